"""What no longer exists, said before an answer: from `content/no_longer.yml`.

People ask in the words of years ago: for the household book, the district police, the police seal of
a company. The answer alone would let them look for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from services.content_schema import ContentError, read_file
from services.phrases import Said, longest
from services.text import nfc

FILE = "no_longer.yml"


@dataclass(frozen=True)
class Gone:
    """One thing that is gone; `say` is one or two whole sentences. Empty `procedures` means all."""

    id: str
    words: tuple[str, ...]
    say: str
    drawn_from: str
    unless: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    unless_procedures: tuple[str, ...] = ()

    def concerns(self, procedure: str) -> bool:
        """Tell whether it may stand before answers about that procedure."""
        return procedure not in self.unless_procedures and (
            not self.procedures or procedure in self.procedures
        )


@dataclass(frozen=True)
class NoLonger:
    """All of the file."""

    items: tuple[Gone, ...]
    verified_on: date
    review_by: date

    @classmethod
    def load(cls, folder: Path) -> NoLonger:
        """Read and check the file; raises ContentError with every problem."""
        document, problems = read_file(folder / FILE, FILE)
        if problems or document is None:
            raise ContentError(tuple(sorted(problems)))
        return cls(
            tuple(map(_gone, document["items"])),
            date.fromisoformat(document["verified_on"]),
            date.fromisoformat(document["review_by"]),
        )

    def find(self, text: str, procedure: str) -> str | None:
        """Give what to say first to a text about a procedure; the longest words win, None without any."""
        said = Said(text)
        found, length = None, 0
        for item in self.items:
            here = longest(said, item.words) if item.concerns(procedure) else 0
            if here > length and not longest(said, item.unless):
                found, length = nfc(item.say), here
        return found


def _gone(item: Mapping[str, Any]) -> Gone:
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in item.items()
    }
    return Gone(**fields)
