"""Recognises intents with a linear model over words, letter groups and concepts.

A text is first written properly (nlu.normalizer, nlu.spelling); the model sees it in four views
(nlu.views). Every training sentence is learnt a second time without its marks, which removes the cliff
at which "dang ky tam tru" is no longer understood. Margins become probabilities by a temperature that is
fitted on sentences the model had not seen. Intents named in `urgent` win as soon as their probability
reaches their own, low threshold: missing an emergency costs more than a false alarm.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import deep_container_fingerprint

import services.text
from nlu import augmentation, concepts, intent_model, normalizer, spelling, syllables, views
from nlu.intent_model import DEFAULTS, IntentModel

_FILE = "intents.joblib"
_MODULES = (augmentation, concepts, intent_model, normalizer, spelling, syllables, views, services.text)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class VietnameseIntentClassifier(GraphComponent, IntentClassifier):
    """A linear support vector machine with calibrated confidence."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings: see `nlu.intent_model.DEFAULTS` for what each does."""
        return {**DEFAULTS, "ranking_length": 5}

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: IntentModel
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> VietnameseIntentClassifier:
        """Make an untrained classifier from the lexicons of the project."""
        model = IntentModel(config, normalizer.load_lexicon(), concepts.load_concepts())
        return cls(config, model_storage, resource, model)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> VietnameseIntentClassifier:
        """Make the classifier that a training stored; the project's lexicons are not read."""
        with model_storage.read_from(resource) as folder:
            state = joblib.load(folder / _FILE)
        return cls(config, model_storage, resource, IntentModel.restore(config, state))

    @staticmethod
    def required_packages() -> list[str]:
        """Name the packages whose version decides what a model does."""
        return ["sklearn", "scipy", "numpy"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make Rasa's cache notice a change of a module or a lexicon."""
        files = [Path(str(module.__file__)) for module in _MODULES]
        files += [Path(__file__), normalizer.LEXICON, concepts.LEXICON]
        return str(deep_container_fingerprint([file.read_text("utf-8") for file in files]))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples that have a text and an intent."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        self._model.learn([e.get(TEXT) for e in examples], [e.get(INTENT) for e in examples])
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._model.state(), folder / _FILE, compress=3)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add intent and ranking to each message; a text without any word gets no intent."""
        for message in messages:
            ranking = [
                {"name": name, "confidence": chance}
                for name, chance in self._model.rank(message.get(TEXT) or "", self._config["ranking_length"])
            ]
            first = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set(INTENT, first, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages
