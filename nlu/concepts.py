"""Finds the concepts of a message by a lexicon of wordings, and makes features of them.

A wording fits when its words do: equal, or typed without marks, or with the marks "hỏi" and "ngã"
exchanged. So knowledge of the language enters that no set of examples can teach.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import yaml

from nlu.syllables import plain_word
from services.text import nfc

LEXICON = Path(__file__).parent / "lexicons" / "khai_niem.yml"
_GAP = "…"
_LONGEST_GAP = 3
_NUMBER = re.compile(r"^\d[\d.,]*$")
_HOI, _NGA = "\u0309", "\u0303"
# Numbers people write as words; "một" is left out, it is also an article.
_NUMBER_WORDS = {"hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười", "vài", "mấy", "dăm"}


class ConceptFinder:
    """Concepts of texts, by a lexicon that maps each concept to its wordings."""

    def __init__(self, lexicon: dict[str, list[str]]) -> None:
        self._by_first: dict[tuple[str, ...], list[tuple[tuple[str, ...], str]]] = {}
        for concept, wordings in lexicon.items():
            for wording in wordings:
                words = tuple(_alike(word) for word in nfc(str(wording)).lower().split())
                self._by_first.setdefault(_beginning(words), []).append((words, concept))

    def find(self, words: Sequence[str]) -> list[str]:
        """Give the concepts of a message's words, in the order of the alphabet."""
        alike = [_alike(word) for word in words]
        folded = [plain_word(word) for word in words]
        found: set[str] = set()
        for place, word in enumerate(folded):
            firsts = (word, "_so_") if _is_number(words[place]) else (word,)
            beginnings: list[tuple[str, ...]] = [(first,) for first in firsts]
            if place + 1 < len(folded):
                beginnings += [(first, folded[place + 1]) for first in firsts]
            for beginning in beginnings:
                for wording, concept in self._by_first.get(beginning, ()):
                    if concept not in found and _fits(wording, alike, folded, words, place):
                        found.add(concept)
        return sorted(found)

    def features(self, words: Sequence[str]) -> list[str]:
        """Give the concepts and every pair of them, as names of features."""
        concepts = self.find(words)
        return concepts + [f"{one}+{other}" for one, other in combinations(concepts, 2)]


def load_concepts() -> dict[str, list[str]]:
    """Read the lexicon of concepts."""
    lexicon: dict[str, list[str]] = yaml.safe_load(LEXICON.read_text(encoding="utf-8"))
    return lexicon


def _beginning(words: tuple[str, ...]) -> tuple[str, ...]:
    """Give what a wording is looked up by: its first two words, or one if the second may be anything."""
    first = tuple(plain_word(word) for word in words[:2])
    return first[:1] if len(words) < 2 or words[1] in (_GAP, "_so_") else first


def _fits(
    wording: tuple[str, ...], alike: Sequence[str], folded: Sequence[str], words: Sequence[str], place: int
) -> bool:
    for index, part in enumerate(wording):
        if part == _GAP:
            rest = wording[index + 1 :]
            last = min(place + _LONGEST_GAP, len(words) - 1)
            return any(_fits(rest, alike, folded, words, start) for start in range(place, last + 1))
        if place >= len(words):
            return False
        if part == "_so_":
            if not _is_number(words[place]):
                return False
        elif part != alike[place] and (folded[place] != words[place] or plain_word(part) != folded[place]):
            return False
        place += 1
    return True


def _is_number(word: str) -> bool:
    return word in _NUMBER_WORDS or bool(_NUMBER.match(word))


@lru_cache(maxsize=50_000)
def _alike(word: str) -> str:
    """Give one form for words that differ only in "hỏi" and "ngã", which the South does not tell apart."""
    decomposed = unicodedata.normalize("NFD", word).replace(_NGA, _HOI)
    return unicodedata.normalize("NFC", decomposed)
