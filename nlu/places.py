"""Finds places (`dia_diem`) and police units (`don_vi`) with a tagger learnt from annotated sentences.

Places have no form: "quán ốc đầu hẻm 12", "ngã tư Bốn Xã", "xóm Chài". A conditional random field over
words without marks and their neighbours marks them. Each annotated sentence is learnt twice, as written
and as typed without marks and capitals; sentences of intents that name no places teach what is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import deep_container_fingerprint

from nlu import place_words
from nlu.place_words import Token, features, tokens
from services.text import fold, nfc

ENTITIES_LEARNT = ("dia_diem", "don_vi")
_FILE = "places.joblib"
Span = tuple[int, int, str]


class PlaceTagger:
    """The tagger itself, free of Rasa."""

    def __init__(self, machine: Any = None) -> None:
        self._machine = machine

    def learn(self, examples: Sequence[tuple[str, Sequence[Span]]], rounds: int, seed: int) -> None:
        """Learn from texts with their spans (start, end, entity)."""
        from sklearn_crfsuite import CRF

        rows, labels = [], []
        for text, spans in examples:
            for written in dict.fromkeys((text, fold(text))):
                words = tokens(written)
                if words and len(written) == len(text):
                    rows.append(features(words))
                    labels.append(_labels(words, spans))
        self._machine = CRF(algorithm="lbfgs", c1=0.05, c2=0.05, max_iterations=rounds, min_freq=2)
        self._machine.fit(rows, labels)

    def find(self, text: str) -> list[tuple[int, int, str, float]]:
        """Give (start, end, entity, how sure) for each place and unit of a text."""
        words = tokens(text)
        if self._machine is None or not words:
            return []
        rows = features(words)
        labels = self._machine.predict_single(rows)
        if all(label == "O" for label in labels):
            return []
        chances = self._machine.predict_marginals_single(rows)
        found: list[tuple[int, int, str, float]] = []
        for place, label in enumerate(labels):
            if label == "O":
                continue
            kind, sure = label[2:], float(chances[place][label])
            if label[0] == "I" and place and labels[place - 1][2:] == kind:
                start, _, _, before = found.pop()
                found.append((start, words[place].end, kind, min(before, sure)))
            else:
                found.append((words[place].start, words[place].end, kind, sure))
        return found

    @property
    def state(self) -> Any:
        """Give what was learnt, for storing."""
        return self._machine


def _labels(words: Sequence[Token], spans: Sequence[Span]) -> list[str]:
    labels = []
    for word in words:
        inside = next(((s, e, kind) for s, e, kind in spans if s <= word.start and word.end <= e), None)
        labels.append("O" if inside is None else f"{'B' if word.start == inside[0] else 'I'}-{inside[2]}")
    return labels


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class PlaceExtractor(GraphComponent, EntityExtractorMixin):
    """Marks places and units."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings.

        `rounds` of fitting; `unmarked`: how many sentences without places are learnt for each with one;
        `sure`: from which probability a finding counts.
        """
        return {"rounds": 60, "unmarked": 1.0, "sure": 0.4, "seed": 20261121}

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, tagger: PlaceTagger
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._tagger = tagger

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PlaceExtractor:
        """Make an untrained extractor."""
        return cls(config, model_storage, resource, PlaceTagger())

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> PlaceExtractor:
        """Make the extractor that a training stored."""
        with model_storage.read_from(resource) as folder:
            tagger = PlaceTagger(joblib.load(folder / _FILE))
        return cls(config, model_storage, resource, tagger)

    @staticmethod
    def required_packages() -> list[str]:
        """Name the package that the tagger is made with."""
        return ["sklearn_crfsuite"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make Rasa's cache notice a changed module."""
        files = [Path(__file__), Path(str(place_words.__file__))]
        return str(deep_container_fingerprint([file.read_text("utf-8") for file in files]))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the annotated sentences, and from others as many as `unmarked` says."""
        examples = chosen_examples(training_data, self._config["unmarked"], self._config["seed"])
        if any(spans for _, spans in examples):
            self._tagger.learn(examples, self._config["rounds"], self._config["seed"])
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._tagger.state, folder / _FILE, compress=3)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Later components need no places of training examples."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the places and units to each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            if not text or nfc(text) != text:
                continue
            found = [
                {
                    "entity": kind,
                    "start": start,
                    "end": end,
                    "value": text[start:end],
                    "confidence_entity": sure,
                }
                for start, end, kind, sure in self._tagger.find(text)
                if sure >= self._config["sure"]
            ]
            if found:
                added = self.add_extractor_name(found)
                message.set(ENTITIES, message.get(ENTITIES, []) + added, add_to_output=True)
        return messages


def chosen_examples(training_data: TrainingData, unmarked: float, seed: int) -> list[tuple[str, list[Span]]]:
    """Give the annotated sentences, and sentences of intents without annotations as examples of no place."""
    import numpy as np

    annotated: list[tuple[str, list[Span]]] = []
    with_places: set[str] = set()
    for example in training_data.intent_examples:
        spans = [
            (item["start"], item["end"], item["entity"])
            for item in example.get(ENTITIES) or []
            if item["entity"] in ENTITIES_LEARNT
        ]
        if spans:
            annotated.append((example.get(TEXT), spans))
            with_places.add(example.get(INTENT))
    others = [
        e.get(TEXT) for e in training_data.intent_examples if e.get(INTENT) not in with_places and e.get(TEXT)
    ]
    count = min(len(others), int(unmarked * len(annotated)))
    picked = np.random.default_rng(seed).permutation(len(others))[:count]
    return annotated + [(others[i], []) for i in picked]
