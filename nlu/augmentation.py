"""Writes training sentences again the way people mistype them: without marks, in shorthand, with slips.

Seeded: the same sentences and settings give the same copies. Nothing is written to files; the copies
exist while a model is trained.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from services.text import fold

_WORD = re.compile(r"\w+|\W+")
_TELEX_TONES = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_TELEX_SHAPES = {"â": "aa", "ê": "ee", "ô": "oo", "ă": "aw", "ơ": "ow", "ư": "uw", "đ": "dd"}
_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "k": "jl",
    "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "x": "zc", "y": "tu",
}  # fmt: skip
_HOI, _NGA = "\u0309", "\u0303"


class Augmenter:
    """Makes misspelled copies; `shares` says how often each kind happens to a sentence."""

    def __init__(self, short_forms: dict[str, Any], seed: int) -> None:
        self._random = random.Random(seed)
        self._short: dict[str, list[str]] = {}
        for short, long in short_forms.items():
            if len(str(short)) < len(str(long)):
                self._short.setdefault(str(long), []).append(str(short))

    def without_marks(self, text: str) -> str:
        """Give the text as typed without any marks."""
        return fold(text)

    def with_slips(self, text: str, share: float = 0.25) -> str:
        """Give the text with slips in about that share of its words, one at least."""
        parts = _WORD.findall(text)
        places = [i for i, part in enumerate(parts) if part.isalpha() and len(part) > 1]
        if not places:
            return text
        count = max(1, round(share * len(places)))
        for place in self._random.sample(places, min(count, len(places))):
            parts[place] = self._slip(parts[place])
        if self._random.random() < 0.25:
            blanks = [i for i, part in enumerate(parts) if part == " "]
            if blanks:
                parts[self._random.choice(blanks)] = ""
        return "".join(parts)

    def in_shorthand(self, text: str) -> str:
        """Give the text with words shortened as in chats, half of the time without marks too."""
        lowered = text.lower().rstrip("?.! ")
        for long, shorts in self._short.items():
            if long in lowered and self._random.random() < 0.7:
                lowered = re.sub(rf"(?<!\w){re.escape(long)}(?!\w)", self._random.choice(shorts), lowered)
        return fold(lowered) if self._random.random() < 0.4 else lowered

    def _slip(self, word: str) -> str:
        kind = self._random.choice(
            ["telex", "telex", "telex", "tone", "no_tone", "swap", "drop", "double", "neighbour", "hoi_nga"]
        )
        decomposed = unicodedata.normalize("NFD", word)
        if kind == "telex":
            return _as_telex(word, self._random)
        if kind == "hoi_nga":
            exchanged = decomposed.translate(str.maketrans(_HOI + _NGA, _NGA + _HOI))
            return unicodedata.normalize("NFC", exchanged)
        if kind == "no_tone":
            return unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TELEX_TONES))
        if kind == "tone":
            bare = "".join(c for c in decomposed if c not in _TELEX_TONES)
            return unicodedata.normalize("NFC", bare) + self._random.choice("sfrxj")
        place = self._random.randrange(len(word) - 1)
        if kind == "swap":
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        if kind == "drop" and len(word) > 2:
            return word[: place + 1] + word[place + 2 :]
        if kind == "double":
            return word[: place + 1] + word[place] + word[place + 1 :]
        near = _NEIGHBOURS.get(fold(word[place]))
        return word[:place] + self._random.choice(near) + word[place + 1 :] if near else word


def _as_telex(word: str, chance: random.Random) -> str:
    """Give a word as its Telex keys, the whole of it or only the tone, the key at its end or earlier."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    key = next((_TELEX_TONES[c] for c in decomposed if c in _TELEX_TONES), "")
    bare = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TELEX_TONES))
    if not key or chance.random() < 0.5:
        for letter, keys in _TELEX_SHAPES.items():
            bare = bare.replace(letter, keys)
    if key and chance.random() < 0.3 and len(bare) > 2:
        return bare[:-1] + key + bare[-1]
    return bare + key


def copies(texts: Iterable[str], augmenter: Augmenter, kinds: Iterable[str]) -> Iterable[tuple[int, str]]:
    """Give (number of the sentence, copy) for every sentence and each kind of copy named."""
    makers = {
        "without_marks": augmenter.without_marks,
        "slips": augmenter.with_slips,
        "shorthand": augmenter.in_shorthand,
    }
    for number, text in enumerate(texts):
        for kind in kinds:
            yield number, makers[kind](text)
