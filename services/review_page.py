"""Sessions as one page to read or print, without any script; citizens' words are escaped."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.clock import VIETNAM
from services.review_records import Replay

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def conversations_page(
    replays: Sequence[Replay], pictures: Sequence[tuple[str, bytes]], made_at: datetime
) -> str:
    """Give the page; pictures are SVG with a title each."""
    encoded = [(title, base64.b64encode(picture).decode("ascii")) for title, picture in pictures]
    return _PAGES.get_template("conversations.html").render(
        replays=replays, pictures=encoded, made=f"Xuất lúc {_local(made_at)}", local=_local, time=_time
    )


def _local(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y")


def _time(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).strftime("%H:%M:%S")
