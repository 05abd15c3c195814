"""The names of the directory in a text: today's, old and former ones, with or without marks.

A name is taken at its longest ("Tân Kỳ Tân Quý" is a street, not the ward Tân Quý), together with
the kind that people wrote before it. What it means is for `unit_search` to settle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.phrases import Word, words
from services.text import nfc
from services.units import Directory, Former, Namesake, OldWard, Unit

Known = Unit | OldWard | Former
Entry = Known | Namesake

# What people write before a name, longest first; "thành phố" stands before provinces and old towns.
_KIND_WORDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("thanh", "pho"), "thanh_pho"),
    (("thi", "xa"), "thi_xa"),
    (("thi", "tran"), "thi_tran"),
    (("dac", "khu"), "dac_khu"),
    (("phuong",), "phuong"), (("p",), "phuong"), (("xa",), "xa"), (("x",), "xa"),
    (("tt",), "thi_tran"), (("quan",), "quan"), (("q",), "quan"), (("huyen",), "huyen"),
    (("h",), "huyen"), (("tp",), "thanh_pho"), (("tx",), "thi_xa"), (("tinh",), "tinh"),
)  # fmt: skip
# Wards with a number for a name stood in many towns: without the town they are never one place.
NUMBERED_NAME = "Phường "
_STREET = ("duong", "hem", "ngo", "pho", "so", "d")
_NUMBERED = re.compile(r"\b(?:phường|phuong|p)[.\s]*0?(\d{1,2})\b(?!\s*(?:h|giờ|gio)\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Mention:
    """A name in the text: its word span, what kind stood before it, what it can mean."""

    start: int
    end: int
    name: str
    kind: str | None
    entries: tuple[Entry, ...]
    street: bool = False


# Stands for a longer name that only holds one of ours: a street, a place elsewhere.
_NOTHING = Namesake("", None, "", ())

_Name = tuple[tuple[Word, ...], str, tuple[Entry, ...]]


class UnitNames:
    """Every name of one directory, found in texts."""

    def __init__(self, directory: Directory) -> None:
        gathered: dict[str, list[Entry]] = {}
        for name, entry in _all_names(directory):
            gathered.setdefault(name, []).append(entry)
        self._names: dict[str, list[_Name]] = {}
        for name, meant in gathered.items():
            parts = words(name)
            self._names.setdefault(parts[0].folded, []).append((parts, name, tuple(meant)))

    def mentions(self, text: str) -> list[Mention]:
        """Give the names in a text from left to right, the longest where they overlap."""
        said = words(_NUMBERED.sub(r"phường \1", nfc(text)))
        found: list[Mention] = []
        at = 0
        while at < len(said):
            end, here, shown = at, list[Entry](), ""
            for meant, name, entries in self._names.get(said[at].folded, ()):
                stop = at + len(meant)
                if stop < end or not _same(said[at:stop], meant):
                    continue
                same = stop == end and here
                here, shown = [*(here if same else ()), *entries], shown if same else name
                end = stop
            if here and _NOTHING not in here:
                kind, before = _kind_before(said, at)
                street = before is not None and said[before].folded in _STREET
                found.append(Mention(at, end, shown, kind, tuple(dict.fromkeys(here)), street))
            at = max(end, at + 1)
        return found


def _same(here: tuple[Word, ...], meant: tuple[Word, ...]) -> bool:
    """Compare word by word: marks count where they were typed."""
    return len(here) == len(meant) and all(
        typed.folded == name.folded and (typed.bare or typed.marked == name.marked)
        for typed, name in zip(here, meant, strict=True)
    )


def _kind_before(said: tuple[Word, ...], at: int) -> tuple[str | None, int | None]:
    """Give the kind written before a name ("phường cũ Sơn Kỳ" too) and the place of the word before."""
    before = at - 1
    if before >= 0 and said[before].folded in ("cu", "moi"):
        before -= 1
    for parts, kind in _KIND_WORDS:
        begin = before - len(parts) + 1
        if begin >= 0 and tuple(word.folded for word in said[begin : before + 1]) == parts:
            return kind, begin - 1 if begin else None
    return None, before if before >= 0 else None


def _all_names(directory: Directory) -> Iterator[tuple[str, Entry]]:
    for unit in directory.units:
        for name in (unit.name, *unit.aliases):
            yield name, unit
    for old in directory.old_wards:
        yield old.name, old
    for ended in directory.former:
        for name in (ended.name, *ended.aliases):
            yield name, ended
    for place in directory.namesakes:
        yield place.name, place
    for name in directory.not_units:
        yield name, _NOTHING
