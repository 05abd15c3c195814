"""Recognises intents with a linear model over words and letter groups, spelled with and without marks.

Three views of a sentence: words as written, words without marks, letter groups without marks. Every
training sentence is learnt a second time without its marks, which costs seconds and removes the
cliff at which "dang ky tam tru" is no longer understood. The margins of the linear model become
probabilities by a temperature that is fitted on sentences the model had not seen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import deep_container_fingerprint
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from scipy.special import log_softmax, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from services.text import fold, nfc

_WORD = r"(?u)\w+(?:[.,:/-]\w+)*"
_FILE = "intents.joblib"


def _as_written(text: str) -> str:
    return nfc(text).lower()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class VietnameseIntentClassifier(GraphComponent, IntentClassifier):
    """A linear support vector machine with calibrated confidence."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings: `c` regularisation, `seed`, `ranking_length`, folds for calibration."""
        return {"c": 0.3, "seed": 20261121, "ranking_length": 5, "calibration_folds": 4}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._views: list[TfidfVectorizer] = []
        self._intents: list[str] = []
        self._weights: np.ndarray = np.zeros((0, 0), dtype=np.float32)
        self._bias: np.ndarray = np.zeros(0, dtype=np.float32)
        self._temperature = 1.0

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> VietnameseIntentClassifier:
        """Make an untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> VietnameseIntentClassifier:
        """Make the classifier that a training stored."""
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            state = joblib.load(folder / _FILE)
        classifier._views = state["views"]
        classifier._intents = state["intents"]
        classifier._weights = state["weights"]
        classifier._bias = state["bias"]
        classifier._temperature = state["temperature"]
        return classifier

    @staticmethod
    def required_packages() -> list[str]:
        """Name the packages whose version decides what a model does."""
        return ["sklearn"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make Rasa's cache notice a change of this module."""
        return str(deep_container_fingerprint([Path(__file__).read_text("utf-8")]))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples that have a text and an intent."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        texts = np.array([_as_written(e.get(TEXT)) for e in examples], dtype=object)
        labels = np.array([e.get(INTENT) for e in examples], dtype=object)
        self._intents = sorted(set(labels))
        if len(self._intents) < 2:
            raise ValueError("an intent classifier needs examples of two intents at least")
        numbers = np.array([self._intents.index(label) for label in labels])
        self._temperature = self._calibrate(texts, numbers)
        self._fit(texts, numbers)
        self._persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add intent and ranking to each message that has a text."""
        for message in messages:
            text = message.get(TEXT)
            ranking = self.rank(text) if text and self._intents else []
            first = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set(INTENT, first, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def rank(self, text: str) -> list[dict[str, Any]]:
        """Give the likeliest intents of a text with their probabilities, best first."""
        margins = self._margins([_as_written(text)])[0]
        chances = softmax(margins / self._temperature)
        best = np.argsort(-chances)[: self._config["ranking_length"]]
        return [{"name": self._intents[i], "confidence": float(chances[i])} for i in best]

    def _fit(self, texts: np.ndarray, numbers: np.ndarray) -> None:
        learnt = np.concatenate([texts, np.array([fold(text) for text in texts], dtype=object)])
        self._views = [
            TfidfVectorizer(token_pattern=_WORD, ngram_range=(1, 2), sublinear_tf=True, lowercase=False),
            TfidfVectorizer(token_pattern=_WORD, ngram_range=(1, 2), sublinear_tf=True, preprocessor=fold),
            TfidfVectorizer(
                analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, preprocessor=fold, min_df=2
            ),
        ]
        for view in self._views:
            view.fit(learnt)
        machine = LinearSVC(C=self._config["c"], random_state=self._config["seed"])
        machine.fit(self._features(learnt), np.concatenate([numbers, numbers]))
        coefficients, bias = machine.coef_, machine.intercept_
        if len(self._intents) == 2:
            coefficients, bias = np.vstack([-coefficients, coefficients]), np.array([-bias[0], bias[0]])
        self._weights = np.ascontiguousarray(coefficients.T, dtype=np.float32)
        self._bias = bias.astype(np.float32)

    def _calibrate(self, texts: np.ndarray, numbers: np.ndarray) -> float:
        """Find the temperature at which confidence on unseen sentences means what it says."""
        folds = min(self._config["calibration_folds"], int(np.bincount(numbers).min()))
        if folds < 2:
            return 1.0
        splitter = StratifiedKFold(folds, shuffle=True, random_state=self._config["seed"])
        known, unseen = next(splitter.split(texts, numbers))
        self._fit(texts[known], numbers[known])
        margins = self._margins(list(texts[unseen]))

        def loss(temperature: float) -> float:
            chances = log_softmax(margins / temperature, axis=1)
            return float(-chances[np.arange(len(unseen)), numbers[unseen]].mean())

        return float(minimize_scalar(loss, bounds=(0.02, 5.0), method="bounded").x)

    def _margins(self, texts: list[str]) -> np.ndarray:
        margins: np.ndarray = np.asarray(self._features(texts) @ self._weights) + self._bias
        return margins

    def _features(self, texts: list[str] | np.ndarray) -> csr_matrix:
        return hstack([view.transform(texts) for view in self._views]).astype(np.float32).tocsr()

    def _persist(self) -> None:
        state = {
            "views": self._views,
            "intents": self._intents,
            "weights": self._weights,
            "bias": self._bias,
            "temperature": self._temperature,
        }
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(state, folder / _FILE, compress=3)
