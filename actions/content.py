"""The content that actions answer from, read once per process, and the day they answer as of."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from services.clock import vietnam_today
from services.library import Library
from services.procedures import Catalogue
from services.settings import ROOT, load_settings
from services.wording import day

CONTENT = ROOT / "content"


@lru_cache(maxsize=1)
def library() -> Library:
    """Give everything answers are made from; raises ContentError at first use if a file is wrong."""
    return Library.load(CONTENT)


def catalogue() -> Catalogue:
    """Give all procedures; raises ContentError at first use if a file is wrong."""
    return library().catalogue


def answering_day() -> date:
    """Give the day answers are made for: today in Viet Nam, or the day set for a rehearsal."""
    return load_settings().answer_as_of or vietnam_today()


def rehearsal_notice() -> str:
    """Give the line that every answer starts with while a rehearsal day is set, else nothing."""
    as_of = load_settings().answer_as_of
    return f"[THỬ NGHIỆM: trả lời như ngày {day(as_of)}, không phải hôm nay]\n" if as_of else ""
