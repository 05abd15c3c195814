"""Weighing the wordings of report categories in what a citizen typed.

A wording may want several phrases at once (“mượn xe + trốn”) and allow alternatives (“chồng|ổng”).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from services.phrases import Said, words
from services.text import fold, nfc

# Longer wordings say more than their length: "chó sủa cả đêm" against "chó" and "đêm" apart.
_LENGTH_POWER = 1.4


def parts(wording: str) -> list[str]:
    """Give the phrases that a wording wants, all of which must be said."""
    return [part.strip() for part in wording.split(" + ")]


class Wordings:
    """The wordings of many owners, ready for finding whose words a text speaks."""

    def __init__(self, by_owner: Mapping[str, Iterable[str]]) -> None:
        self._owners = Counter(one for listed in by_owner.values() for one in set(map(fold, listed)))
        self._by_first_word: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for owner, listed in by_owner.items():
            for wording in listed:
                for first in {words(one)[0].folded for one in parts(wording)[0].split("|")}:
                    self._by_first_word[first].append((owner, wording))

    def weigh(self, text: str) -> dict[str, float]:
        """Give, for each owner with a wording in the text, how much of the text its wordings explain.

        Every stretch of the text counts once for an owner, by the longest wording over it; a wording
        counts less the more owners it has.
        """
        said = Said(text)
        hits: dict[str, list[tuple[frozenset[int], str]]] = defaultdict(list)
        for first in sorted({word.folded for word in said.words}):
            for owner, wording in self._by_first_word.get(first, ()):
                if places := frozenset(_places(said, wording)):
                    hits[owner].append((places, wording))
        return {owner: self._weight(found) for owner, found in hits.items()}

    def _weight(self, hits: list[tuple[frozenset[int], str]]) -> float:
        covered: set[int] = set()
        weight = 0.0
        for places, wording in sorted(hits, key=lambda hit: (-len(hit[0]), hit[1])):
            if fresh := places - covered:
                share = len(fresh) / len(places)
                weight += share * len(places) ** _LENGTH_POWER / self._owners[fold(wording)]
                covered |= places
        return weight


def affirmed(text: str, wording: str, negations: tuple[tuple[str, ...], ...]) -> bool:
    """Tell whether all parts of a wording were said at least once without a negation right before."""
    return all(_affirmed(nfc(text), part, negations) for part in parts(wording))


def as_words(text: str) -> tuple[str, ...]:
    """Give the words of a text with their marks, in one spelling, for comparing exactly."""
    return tuple(word.marked for word in words(text))


def _places(said: Said, wording: str) -> Iterator[int]:
    spans = []
    for part in parts(wording):
        span = said.find(part)
        if span is None:
            return
        spans.append(span)
    for span in spans:
        yield from range(*span)


def _affirmed(text: str, phrase: str, negations: tuple[tuple[str, ...], ...]) -> bool:
    while found := Said(text).find(phrase):
        before = as_words(text[: found[0]])
        if not any(before[-len(negation) :] == negation for negation in negations):
            return True
        text = text[found[1] :]
    return False
