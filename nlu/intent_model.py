"""The intent model itself, free of Rasa: texts and intents in, intents with probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from nlu.augmentation import Augmenter
from nlu.concepts import ConceptFinder
from nlu.normalizer import Normalizer
from nlu.spelling import Speller
from nlu.views import Reader, Sentence, Views

DEFAULTS: dict[str, Any] = {
    # Strength of the fit; larger follows the training sentences more closely.
    "c": 0.3,
    "seed": 20261121,
    # One of this many parts of the data is held out to find the temperature.
    "calibration_folds": 4,
    # Copies in training: all sentences without marks, and this share of them with slips or in shorthand.
    "without_marks": True,
    "slips": 0.0,
    "shorthand": 0.0,
    "word_groups": 2,
    "letter_groups": [2, 4],
    "view_weights": {"marked": 1.0, "plain": 1.0, "letters": 1.0, "concepts": 0.5},
    # How many sentences must have a feature for it to be kept.
    "least": {"marked": 2, "plain": 2, "letters": 3, "concepts": 3},
    # intent → probability from which it wins over all others; `urgent` also wins over `cautious`.
    "cautious": {},
    "urgent": {},
}


class IntentModel:
    """Reads, views and classifies texts."""

    def __init__(
        self, config: dict[str, Any], short_forms: dict[str, Any], concepts: dict[str, list[str]]
    ) -> None:
        self._config = config
        self._short_forms = short_forms
        self._concepts = concepts
        self._normalizer = Normalizer(short_forms)
        self._speller = Speller({}, {}, {})
        self._reader = Reader(self._normalizer, self._speller)
        self._views = Views(config, ConceptFinder(concepts))
        self._intents: list[str] = []
        self._weights: np.ndarray = np.zeros((0, 0), dtype=np.float32)
        self._bias: np.ndarray = np.zeros(0, dtype=np.float32)
        self._temperature = 1.0

    def learn(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        """Learn from sentences and their intents.

        Raises ValueError if there are fewer than two intents.
        """
        self._intents = sorted(set(labels))
        if len(self._intents) < 2:
            raise ValueError("an intent classifier needs examples of two intents at least")
        numbers = np.array([self._intents.index(label) for label in labels])
        self._fit(list(texts), numbers)

    def rank(self, text: str, most: int) -> list[tuple[str, float]]:
        """Give the likeliest intents of a text with their probabilities, best first; none without words."""
        if not self._intents:
            return []
        read = self._reader.read(text)
        if not any(word != "?" for word in read.words):
            return []
        return ranked(self._intents, self._chances(self._margins([read]))[0], self._config, most)

    @property
    def intents(self) -> list[str]:
        """Give the intents in the order of the columns of `chances`."""
        return list(self._intents)

    def chances(self, texts: Sequence[str]) -> np.ndarray:
        """Give one row of probabilities for each text, before `cautious` and `urgent` have their say."""
        return self._chances(self._margins([self._reader.read(text) for text in texts]))

    def state(self) -> dict[str, Any]:
        """Give all that is needed to answer the same elsewhere."""
        return {
            "short_forms": self._short_forms,
            "concepts": self._concepts,
            "speller": self._speller.state(),
            "views": self._views.state(),
            "intents": self._intents,
            "weights": self._weights,
            "bias": self._bias,
            "temperature": self._temperature,
        }

    @classmethod
    def restore(cls, config: dict[str, Any], state: dict[str, Any]) -> IntentModel:
        """Make the model whose state was stored."""
        model = cls(config, state["short_forms"], state["concepts"])
        model._set_speller(Speller(**state["speller"]))
        model._views.restore(state["views"])
        model._intents = state["intents"]
        model._weights = state["weights"]
        model._bias = state["bias"]
        model._temperature = state["temperature"]
        return model

    def _set_speller(self, speller: Speller) -> None:
        self._speller = speller
        self._reader = Reader(self._normalizer, speller)

    def _fit(self, texts: list[str], numbers: np.ndarray) -> None:
        self._set_speller(Speller.learn(self._normalizer.words(text) for text in texts))
        copies, copied = self._copies(texts)
        sentences = [self._reader.read(text) for text in [*texts, *copies]]
        known = np.concatenate([numbers, numbers[copied]])
        rows = self._views.learn(sentences, self._config["without_marks"])
        if self._config["without_marks"]:
            known = np.concatenate([known, known])
        self._temperature = self._calibrate(rows, known, len(texts))
        self._weights, self._bias = self._machine(rows, known)

    def _machine(self, rows: csr_matrix, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fit the linear model; give weights (features by intents) and one bias per intent."""
        machine = LinearSVC(C=self._config["c"], random_state=self._config["seed"])
        machine.fit(rows, known)
        coefficients, bias = machine.coef_, machine.intercept_
        if len(self._intents) == 2:
            coefficients, bias = np.vstack([-coefficients, coefficients]), np.array([-bias[0], bias[0]])
        return np.ascontiguousarray(coefficients.T, dtype=np.float32), bias.astype(np.float32)

    def _copies(self, texts: list[str]) -> tuple[list[str], np.ndarray]:
        seed = self._config["seed"]
        augmenter = Augmenter(self._short_forms["plain"], seed)
        chance = np.random.default_rng(seed)
        made: list[str] = []
        places: list[int] = []
        for share, write in (
            (self._config["slips"], augmenter.with_slips),
            (self._config["shorthand"], augmenter.in_shorthand),
        ):
            chosen = np.flatnonzero(chance.random(len(texts)) < share)
            made.extend(write(texts[i]) for i in chosen)
            places.extend(int(i) for i in chosen)
        return made, np.array(places, dtype=int)

    def _calibrate(self, rows: csr_matrix, known: np.ndarray, sentences: int) -> float:
        """Find the temperature at which confidence on unseen sentences means what it says.

        The first `sentences` rows are the sentences as given; the copies of those held out are held out too.
        """
        numbers = known[:sentences]
        folds = min(self._config["calibration_folds"], int(np.bincount(numbers).min()))
        if folds < 2:
            return 1.0
        splitter = StratifiedKFold(folds, shuffle=True, random_state=self._config["seed"])
        _, unseen = next(splitter.split(np.zeros(sentences), numbers))
        held_out = np.zeros(rows.shape[0], dtype=bool)
        held_out[unseen] = True
        # Copies come in whole rounds, or behind the sentences in an order of their own: those are left out.
        if rows.shape[0] % sentences == 0:
            held_out = np.resize(held_out[:sentences], rows.shape[0])
        else:
            held_out[sentences:] = True
        weights, bias = self._machine(rows[~held_out], known[~held_out])
        margins = np.asarray(rows[unseen] @ weights) + bias

        def loss(temperature: float) -> float:
            chances = log_softmax(margins / temperature, axis=1)
            return float(-chances[np.arange(len(unseen)), numbers[unseen]].mean())

        return float(minimize_scalar(loss, bounds=(0.02, 5.0), method="bounded").x)

    def _chances(self, margins: np.ndarray) -> np.ndarray:
        chances: np.ndarray = softmax(margins.astype(np.float64) / self._temperature, axis=1)
        return chances

    def _margins(self, sentences: Sequence[Sentence]) -> np.ndarray:
        if len(sentences) == 1:
            # A citizen's message, on its way: without the matrices that pay for many.
            columns, values = self._views.row(sentences[0])
            return np.asarray(values @ self._weights[columns] + self._bias)[np.newaxis]
        margins: np.ndarray = np.asarray(self._views.rows(sentences) @ self._weights) + self._bias
        return margins


def ranked(
    intents: Sequence[str], chances: np.ndarray, config: dict[str, Any], most: int
) -> list[tuple[str, float]]:
    """Give the likeliest intents, best first, after `cautious` and `urgent` ones have had their say."""
    given = chances.copy()
    for rule in ("cautious", "urgent"):
        for intent, enough in config[rule].items():
            place = intents.index(intent) if intent in intents else None
            if place is not None and chances[place] >= enough:
                # Certain enough to act: it must also pass the thresholds that come after.
                lifted = 0.5 + chances[place] / 2
                given *= (1 - lifted) / max(1 - given[place], 1e-9)
                given[place] = lifted
    best = np.argsort(-given, kind="stable")[:most]
    return [(intents[i], float(given[i])) for i in best]
