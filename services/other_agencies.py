"""Matters of other agencies: who deals with them, from `content/other_agencies.yml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from services.text import fold


@dataclass(frozen=True)
class Agency:
    """One kind of matter: its title, and a clause that says who deals with it."""

    id: str
    title: str
    where: str
    words: tuple[str, ...]


@lru_cache(maxsize=4)
def load_agencies(folder: Path) -> tuple[Agency, ...]:
    """Read the agencies of a content folder."""
    data = yaml.safe_load((folder / "other_agencies.yml").read_text(encoding="utf-8"))
    return tuple(
        Agency(str(item["id"]), str(item["title"]), str(item["where"]), tuple(item["words"]))
        for item in data["agencies"]
    )


def find_agency(folder: Path, text: str) -> Agency | None:
    """Find the agency whose longest wording stands in the text; None when nothing fits."""
    folded = fold(text)
    best: Agency | None = None
    length = 0
    for agency in load_agencies(folder):
        for words in agency.words:
            wanted = fold(words)
            if len(wanted) > length and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", folded):
                best, length = agency, len(wanted)
    return best
