"""What the classifier sees of a sentence: words, words without marks, letter groups, concepts.

Each view gives names of features; a learnt vocabulary makes a row of numbers of them (one plus the
logarithm of how often, times how rare the feature is, the row scaled to length one).
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack

from nlu.concepts import ConceptFinder
from nlu.normalizer import Normalizer
from nlu.spelling import Speller
from nlu.syllables import plain_word

# The longest word whose letter groups count; what is longer is no word of the language.
_LONGEST_WORD = 24


@dataclass(frozen=True)
class Sentence:
    """A sentence as the views read it: its words after repair, with marks and without."""

    words: tuple[str, ...]
    plain: tuple[str, ...]


class Reader:
    """Turns a citizen's text into a `Sentence`."""

    def __init__(self, normalizer: Normalizer, speller: Speller) -> None:
        self._normalizer = normalizer
        self._speller = speller

    def read(self, text: str) -> Sentence:
        """Give the repaired words of a text."""
        return sentence(self._speller.correct(self._normalizer.words(text)))


def sentence(words: Sequence[str]) -> Sentence:
    """Make a sentence of words that are repaired already."""
    return Sentence(tuple(words), tuple(plain_word(word) for word in words))


def unmarked(given: Sentence) -> Sentence:
    """Give the sentence as it is without any marks."""
    return Sentence(given.plain, given.plain)


def word_groups(words: Sequence[str], longest: int) -> list[str]:
    """Give the runs of one to `longest` words."""
    found = list(words)
    for length in range(2, longest + 1):
        found.extend(" ".join(words[i : i + length]) for i in range(len(words) - length + 1))
    return found


def letter_groups(words: Sequence[str], shortest: int, longest: int) -> list[str]:
    """Give the runs of letters inside words, whose ends count as a blank."""
    found: list[str] = []
    for word in words:
        found.extend(_groups_of(word[:_LONGEST_WORD], shortest, longest))
    return found


# Most words of a message were in others before it, and a long one says the same words again.
@lru_cache(maxsize=4096)
def _groups_of(word: str, shortest: int, longest: int) -> tuple[str, ...]:
    padded = f" {word} "
    size = len(padded)
    found: list[str] = []
    for length in range(shortest, longest + 1):
        if length >= size:
            found.append(padded)
            break
        found.extend([padded[i : i + length] for i in range(size - length + 1)])
    return tuple(found)


class Vocabulary:
    """The features of one view that training met often enough, each with its rarity."""

    def __init__(self, places: dict[str, int], rarity: np.ndarray) -> None:
        self.places = places
        self.rarity = rarity

    @classmethod
    def learn(cls, documents: Iterable[Sequence[str]], least: int) -> Vocabulary:
        """Keep the features that `least` documents have."""
        counts: Counter[str] = Counter()
        total = 0
        for document in documents:
            counts.update(set(document))
            total += 1
        kept = sorted(feature for feature, count in counts.items() if count >= least)
        rarity = [math.log((1 + total) / (1 + counts[feature])) + 1.0 for feature in kept]
        return cls({feature: i for i, feature in enumerate(kept)}, np.array(rarity, dtype=np.float32))

    def rows(self, documents: Iterable[Sequence[str]]) -> csr_matrix:
        """Give one row for each document."""
        indices, values, starts = array("i"), array("f"), array("i", [0])
        for document in documents:
            found, weights = self.row(document)
            indices.extend(found)
            values.extend(weights)
            starts.append(len(indices))
        return csr_matrix(
            (np.array(values, np.float32), np.array(indices, np.int32), np.array(starts, np.int32)),
            shape=(len(starts) - 1, len(self.places)),
        )

    def row(self, document: Sequence[str]) -> tuple[list[int], list[float]]:
        """Give the numbers of the features that a document has, and the value of each."""
        rarity = self.rarity
        counts: Counter[Any] = Counter(map(self.places.get, document))
        # All features that training did not meet.
        counts.pop(None, None)
        weights = [(1.0 + math.log(n)) * float(rarity[i]) for i, n in counts.items()]
        length = math.sqrt(sum(weight * weight for weight in weights)) or 1.0
        return list(counts), [weight / length for weight in weights]


class Views:
    """The four views together, as one row per sentence."""

    def __init__(self, config: dict[str, Any], finder: ConceptFinder) -> None:
        self._config = config
        self._finder = finder
        self._vocabularies: dict[str, Vocabulary] = {}

    def learn(self, sentences: Sequence[Sentence], without_marks: bool) -> csr_matrix:
        """Learn the vocabularies; give the rows of the sentences, then those of their unmarked copies."""
        parts = []
        for name, (see, weight, least) in self._sights().items():
            documents = [see(item) for item in sentences]
            if without_marks and name in ("marked", "concepts"):
                documents += [see(unmarked(item)) for item in sentences]
            vocabulary = Vocabulary.learn(documents, least)
            rows = vocabulary.rows(documents)
            if without_marks and rows.shape[0] == len(sentences):
                rows = vstack([rows, rows])
            self._vocabularies[name] = vocabulary
            parts.append(rows * np.float32(weight))
        return hstack(parts).tocsr()

    def rows(self, sentences: Sequence[Sentence]) -> csr_matrix:
        """Give the rows of sentences by the learnt vocabularies."""
        parts = [
            self._vocabularies[name].rows([see(item) for item in sentences]) * np.float32(weight)
            for name, (see, weight, _) in self._sights().items()
        ]
        return hstack(parts).tocsr()

    def row(self, read: Sentence) -> tuple[np.ndarray, np.ndarray]:
        """Give the columns of one sentence and their values: a tenth of the work of a matrix of one row."""
        columns: list[int] = []
        values: list[float] = []
        start = 0
        for name, (see, weight, _) in self._sights().items():
            vocabulary = self._vocabularies[name]
            found, weights = vocabulary.row(see(read))
            columns.extend([start + place for place in found])
            values.extend([value * weight for value in weights])
            start += len(vocabulary.places)
        return np.array(columns, np.int32), np.array(values, np.float32)

    def state(self) -> dict[str, Any]:
        """Give what was learnt, for storing."""
        return {name: (item.places, item.rarity) for name, item in self._vocabularies.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take what a training stored."""
        self._vocabularies = {name: Vocabulary(*item) for name, item in state.items()}

    def _sights(self) -> dict[str, tuple[Callable[[Sentence], list[str]], float, int]]:
        longest = self._config["word_groups"]
        low, high = self._config["letter_groups"]
        weights, least = self._config["view_weights"], self._config["least"]
        return {
            "marked": (lambda s: word_groups(s.words, longest), weights["marked"], least["marked"]),
            "plain": (lambda s: word_groups(s.plain, longest), weights["plain"], least["plain"]),
            "letters": (lambda s: letter_groups(s.plain, low, high), weights["letters"], least["letters"]),
            "concepts": (lambda s: self._finder.features(s.words), weights["concepts"], least["concepts"]),
        }
