"""One thing a citizen told: their own words, what they mean, and what is doubtful about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.text import nfc

# What may stand in `Fact.doubt`; a fact with a doubt is asked again or read back before it is used.
DOUBTS = (
    "future",
    "older_than_a_year",
    "after_midnight",
    "no_such_time",
    "no_such_plate",
    "partial_plate",
    "not_a_phone",
    "too_much",
    "vague",
    "wrong",
)
_WINDOW = 1_800


@dataclass(frozen=True)
class Fact:
    """What was told about one fact of a report.

    `said` is a slice of the citizen's text. `value` is JSON-able and the same however the words were
    typed (marks, capitals): a time `{"start", "end", "precision"}`, a plate `"59X1-123.45"`, money in
    đồng, a phone `"0912345678"`, a place as parts in lower case without marks (for comparing; people
    read `said`), a number of people, or names of the content; None where the words say it all.
    `doubt` is one of `DOUBTS`, or empty.
    """

    said: str
    value: Any = None
    doubt: str = ""


def windows(text: str) -> Iterator[tuple[int, str]]:
    """Give (offset, part) of the NFC form of a long text, cut between words, for finders with a limit."""
    given = nfc(text)
    start = 0
    while len(given) - start > _WINDOW:
        cut = max(given.rfind(sign, start + _WINDOW // 2, start + _WINDOW) for sign in (". ", "\n", " "))
        cut = cut + 1 if cut > start else start + _WINDOW
        yield start, given[start:cut]
        start = cut
    yield start, given[start:]
