"""Red flags in a message that a citizen pastes, from `content/scam_signs.yml`.

What it finds is never proof of safety: a text without a known sign is "not known to be safe".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from services.content_schema import ContentError, ContentLoader, Problem, shape_problems
from services.report_categories import load_categories
from services.report_matching import Wordings
from services.report_parts import ScamPattern

FILE = "scam_signs.yml"


@dataclass(frozen=True)
class Sign:
    """One red flag, with the patterns it was taken from; a weak one counts only beside another."""

    id: str
    says: str
    weak: bool
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A number to call and what it is for; its source is in the file."""

    number: str
    use: str


@dataclass(frozen=True)
class Suspicion:
    """What was found in a text: signs in the order of the file, and the pattern it is most like."""

    signs: tuple[Sign, ...]
    pattern: ScamPattern | None

    @property
    def any(self) -> bool:
        """Tell whether anything speaks for a scam."""
        return bool(self.signs) or self.pattern is not None


@dataclass(frozen=True)
class ScamBook:
    """Signs, what police never do, what to do, whom to call; `verified_on` as the file says."""

    signs: tuple[Sign, ...]
    never: tuple[tuple[str, str], ...]
    do_now: tuple[str, ...]
    calls: tuple[Call, ...]
    lost_money: str
    verified_on: str
    wordings: Wordings
    folder: Path

    def suspect(self, text: str) -> Suspicion:
        """Look for red flags in a text."""
        weights = self.wordings.weigh(text)
        found = tuple(sign for sign in self.signs if sign.id in weights)
        if all(sign.weak for sign in found):
            found = ()
        flagged = load_categories(self.folder).scam_flags(text)
        return Suspicion(found, flagged[0] if flagged else None)


@lru_cache(maxsize=4)
def load_scam_book(folder: Path) -> ScamBook:
    """Read and check the file; raises ContentError with every problem."""
    data = yaml.load((folder / FILE).read_text(encoding="utf-8"), Loader=ContentLoader)
    problems = [Problem(FILE, *item) for item in shape_problems("scam_signs", data)]
    categories = load_categories(folder)
    patterns = {item.id: item for item in categories.scams}
    if not problems:
        problems = [Problem(FILE, *item) for item in _wrong(data, patterns, _sources(folder))]
    if problems:
        raise ContentError(tuple(sorted(problems)))
    return ScamBook(
        signs=tuple(
            Sign(item["id"], item["says"], item.get("weak", False), tuple(item["patterns"]))
            for item in data["signs"]
        ),
        never=tuple((item["id"], item["says"]) for item in data["never"]),
        do_now=tuple(data["do_now"]),
        calls=tuple(Call(item["number"], item["use"]) for item in data["calls"]),
        lost_money=data["lost_money"]["says"],
        verified_on=data["verified_on"],
        wordings=Wordings({item["id"]: item["words"] for item in data["signs"]}),
        folder=folder,
    )


def _sources(folder: Path) -> Mapping[str, Any]:
    document = yaml.load((folder / "report_categories.yml").read_text(encoding="utf-8"), Loader=ContentLoader)
    found: Mapping[str, Any] = document["sources"]
    return found


def _wrong(
    data: Mapping[str, Any], patterns: Mapping[str, ScamPattern], sources: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    for sign in data["signs"]:
        for name in sign["patterns"]:
            if name not in patterns:
                yield f"signs.{sign['id']}.patterns", f"không có “{name}” trong scam_patterns.yml"
    for part in (*data["never"], *data["calls"], data["lost_money"]):
        for name in part["source"]:
            if name not in sources:
                yield "source", f"không có nguồn “{name}” trong report_categories.yml"
