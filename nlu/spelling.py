"""Corrects words that no one writes, by what the training texts show: likeliest word between its neighbours.

A word that the texts do not know is compared with known ones that a slip of the finger turns into it: a
letter too many, too few, another or two exchanged, a blank forgotten. All on the form without marks. The
candidate that fits best between its neighbours is taken; if none fits, the word stays.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from nlu.syllables import plain_word

# A word is known if the texts have it this often, a repair if they have it this often.
KNOWN, TARGET = 2, 5
LONGEST = 16
_MOST_REPAIRS = 60
_LETTERS = "abcdefghiklmnopqrstuvxy"
_EDIT_COST = {"swap": 1.5, "drop": 2.0, "add": 2.5, "change": 3.5, "split": 2.0}


class Speller:
    """Word counts of the training texts, and repairs by them."""

    def __init__(
        self, words: dict[str, int], pairs: dict[tuple[str, str], int], marks: dict[str, str]
    ) -> None:
        self._words = words
        self._pairs = pairs
        self._marks = marks
        self._total = sum(words.values()) or 1
        self._candidates = lru_cache(maxsize=20_000)(self._find_candidates)

    @classmethod
    def learn(cls, texts: Iterable[Sequence[str]]) -> Speller:
        """Count the words of normalised texts."""
        words: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        written: dict[str, Counter[str]] = {}
        for text in texts:
            folded = [plain_word(word) for word in text]
            words.update(folded)
            pairs.update(pairwise(folded))
            for word, plain in zip(text, folded, strict=True):
                if word != plain:
                    written.setdefault(plain, Counter())[word] += 1
        marks = {plain: forms.most_common(1)[0][0] for plain, forms in written.items()}
        return cls(
            {word: count for word, count in words.items() if count >= KNOWN},
            {pair: count for pair, count in pairs.items() if count >= KNOWN},
            marks,
        )

    def state(self) -> dict[str, Any]:
        """Give what the speller has learnt, for storing."""
        return {"words": self._words, "pairs": self._pairs, "marks": self._marks}

    def correct(self, words: Sequence[str]) -> list[str]:
        """Give the words of a message with unknown ones repaired; a split word gives two."""
        folded = [plain_word(word) for word in words]
        result: list[str] = []
        repairs = 0
        for place, plain in enumerate(folded):
            known = plain in self._words or not plain.isalpha() or not 2 < len(plain) <= LONGEST
            if known or repairs >= _MOST_REPAIRS:
                result.append(words[place])
                continue
            repairs += 1
            before = plain_word(result[-1]) if result else ""
            after = folded[place + 1] if place + 1 < len(folded) else ""
            best = self._best(plain, before, after)
            if best is None:
                result.append(words[place])
            else:
                result.extend(self._marks.get(part, part) for part in best)
        return result

    def _best(self, plain: str, before: str, after: str) -> tuple[str, ...] | None:
        scored = [
            (self._fit(before, parts[0]) + self._fit(parts[-1], after) - cost, parts)
            for parts, cost in self._candidates(plain)
        ]
        return max(scored)[1] if scored else None

    def _fit(self, one: str, other: str) -> float:
        """Give the logarithm of how likely two words stand side by side."""
        alone = math.log((self._words.get(other or one, 0) + 0.5) / self._total)
        pair = self._pairs.get((one, other), 0)
        if not pair:
            return 0.5 * alone - 4.0
        return max(math.log(pair / (self._words.get(one, pair) + 5.0)), 0.5 * alone - 4.0)

    def _find_candidates(self, plain: str) -> list[tuple[tuple[str, ...], float]]:
        found: dict[tuple[str, ...], float] = {}

        def offer(parts: tuple[str, ...], kind: str) -> None:
            if all(self._words.get(part, 0) >= TARGET for part in parts):
                found[parts] = min(found.get(parts, 99.0), _EDIT_COST[kind])

        for i in range(1, len(plain)):
            if i > 1 or len(plain) - i > 1:
                offer((plain[:i], plain[i:]), "split")
            offer((plain[: i - 1] + plain[i] + plain[i - 1] + plain[i + 1 :],), "swap")
        for i in range(len(plain)):
            rest = plain[:i] + plain[i + 1 :]
            if len(rest) > 1:
                offer((rest,), "drop")
            for letter in _LETTERS:
                offer((plain[:i] + letter + plain[i + 1 :],), "change")
        for i in range(len(plain) + 1):
            for letter in _LETTERS:
                offer((plain[:i] + letter + plain[i:],), "add")
        return list(found.items())
