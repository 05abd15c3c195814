"""Finding the content's phrases in what a citizen typed, with the care that Vietnamese marks need.

A word typed with marks must have the phrase's marks: "đến đó" is not "đèn đỏ", "mấy" not "máy". A
word typed without marks matches any marks, because many people type so; but a stretch without any
marks in a text that otherwise has them was meant as it stands ("cho con" is not "chở con"). What
people spell either way is one: hòa/hoà, ký/kí, sửa/sữa; "ko" and "k" are "không".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from services.text import fold, nfc

_Item = TypeVar("_Item")

_WORD = re.compile(r"\w+")
_FINAL_Y = re.compile(r"^([bcdghklmnpqrstvx]{0,2})y$")
# How people shorten "không" when they type.
_NOT = frozenset(("ko", "k", "hok", "khum"))
_TONES = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "r", "\u0323": "j"}
# Above this share of marked words a text counts as typed with marks.
_MARKED_SHARE = 0.4


@dataclass(frozen=True)
class Word:
    """One word: without marks, with its marks in one spelling, and where it stands."""

    folded: str
    marked: str
    start: int
    end: int

    @property
    def bare(self) -> bool:
        """Tell whether it was typed without marks."""
        return self.folded == self.marked


@lru_cache(maxsize=32768)
def _spell(word: str) -> tuple[str, str]:
    """Give a word without marks and with them; a tone stands at the end, as tone placing varies."""
    if word.lower() in _NOT:
        word = "không"
    letters, tone = [], ""
    for char in unicodedata.normalize("NFD", word.lower()):
        if char in _TONES:
            tone = _TONES[char]
        else:
            letters.append(char)
    marked = "".join(letters)
    folded = fold(marked)
    if found := _FINAL_Y.match(folded):
        folded, marked = f"{found[1]}i", f"{marked[:-1]}i"
    return folded, f"{marked}\u0001{tone}" if tone else marked


def words(text: str) -> tuple[Word, ...]:
    """Give the words of a text; positions are those of its NFC form."""
    return tuple(Word(*_spell(found[0]), *found.span()) for found in _WORD.finditer(nfc(text)))


@lru_cache(maxsize=32768)
def _wordings(phrase: str) -> tuple[tuple[Word, ...], ...]:
    """Give the words of each of the wordings that a phrase is, without those that have none."""
    return tuple(filter(None, map(words, phrase.split("|"))))


class Said:
    """What a citizen typed, ready for looking phrases up in it."""

    def __init__(self, text: str) -> None:
        self.text = nfc(text)
        self.words = words(text)
        letters = [word for word in self.words if not word.folded.isdigit()]
        self._with_marks = sum(not word.bare for word in letters) > _MARKED_SHARE * len(letters)
        self._places: dict[str, list[int]] = {}
        for index, word in enumerate(self.words):
            self._places.setdefault(word.folded, []).append(index)

    def find(self, phrase: str) -> tuple[int, int] | None:
        """Give where a phrase stands first (start and end in the NFC text), or None.

        "|" parts phrases of which any will do.
        """
        for wanted in _wordings(phrase):
            for start in self._places.get(wanted[0].folded, ()):
                here = self.words[start : start + len(wanted)]
                if len(here) == len(wanted) and self._same(here, wanted):
                    return here[0].start, here[-1].end
        return None

    def says(self, phrase: str) -> bool:
        """Tell whether the phrase, or one of several parted by "|", was said."""
        return self.find(phrase) is not None

    def length(self, phrases: Iterable[str]) -> int:
        """Give how many letters of the text the phrases take, for telling which of several say more."""
        spans = filter(None, map(self.find, phrases))
        return sum(end - start for start, end in spans)

    def _same(self, here: tuple[Word, ...], wanted: tuple[Word, ...]) -> bool:
        for typed, meant in zip(here, wanted, strict=True):
            if typed.folded != meant.folded or not (typed.bare or typed.marked == meant.marked):
                return False
        meant_with_marks = not all(word.bare for word in wanted)
        return not (self._with_marks and meant_with_marks and all(word.bare for word in here))


class PhraseIndex(Generic[_Item]):
    """Many phrases, of which only those are looked for whose first word stands in the text."""

    def __init__(self, phrases: Iterable[tuple[_Item, str]]) -> None:
        self._phrases = tuple(phrases)
        self._by_first: dict[str, list[int]] = {}
        for number, (_, phrase) in enumerate(self._phrases):
            for first in {wording[0].folded for wording in _wordings(phrase)}:
                self._by_first.setdefault(first, []).append(number)

    def find(self, said: Said) -> list[tuple[_Item, tuple[int, int]]]:
        """Give each item whose phrase was said, once for each of its phrases, in their order, and where."""
        said_words = {word.folded for word in said.words}
        numbers = sorted({number for word in said_words for number in self._by_first.get(word, ())})
        spans = ((self._phrases[number][0], said.find(self._phrases[number][1])) for number in numbers)
        return [(item, span) for item, span in spans if span is not None]


def longest(said: Said, phrases: Iterable[str]) -> int:
    """Give the length of the longest of the phrases that was said, 0 for none."""
    spans = filter(None, map(said.find, phrases))
    return max((end - start for start, end in spans), default=0)


def best(said: Said, candidates: Iterable[tuple[_Item, Iterable[str]]]) -> tuple[_Item | None, int]:
    """Give the candidate whose longest said phrase is the longest of all, and that length."""
    found: _Item | None = None
    length = 0
    for item, phrases in candidates:
        here = longest(said, phrases)
        if here > length:
            found, length = item, here
    return found, length
