"""Ranks the kinds of report that a telling message may be about, learnt from Rasa's intent metadata.

Training sentences name their kind beside the intent (`metadata: {loai_tin: trom_cap}`, in
`data/nlu/tin_bao/loai_*.yml`). The model is that of the intents (`nlu.intent_model`), fitted on these
sentences only. Messages with a telling intent get one entity `loai_tin`: its value is the likeliest
kind, its `additional_info` holds the `ranking`, a list of {"name", "confidence"}, best first. What to do
with a kind that is not certain is decided by services, which know the words of the content too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import deep_container_fingerprint

import services.text
from nlu import augmentation, concepts, intent_model, normalizer, spelling, syllables, views
from nlu.intent_model import DEFAULTS, IntentModel
from services.text import fold

# The entity, and the key of the metadata beside an intent.
KIND = "loai_tin"
# Messages of these intents tell of something that may become a report.
TELLING = (
    "to_giac_toi_pham",
    "to_giac_lua_dao_mang",
    "phan_anh_giao_thong",
    "phan_anh_trat_tu_cong_cong",
    "kien_nghi_phan_anh",
    "khieu_nai_can_bo",
    "khan_cap",
)
_FILE = "report_categories.joblib"
_MODULES = (augmentation, concepts, intent_model, normalizer, spelling, syllables, views, services.text)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ReportCategoryClassifier(GraphComponent, EntityExtractorMixin):
    """Adds the ranking of report categories to telling messages; stands behind the intent classifier."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings: those of `nlu.intent_model.DEFAULTS`, fitted to short lists of sentences."""
        return {
            **DEFAULTS,
            "least": {"marked": 1, "plain": 1, "letters": 2, "concepts": 2},
            "ranking_length": 8,
            "intents": list(TELLING),
        }

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: IntentModel | None
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
    ) -> ReportCategoryClassifier:
        """Make an untrained classifier."""
        return cls(config, model_storage, resource, None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ReportCategoryClassifier:
        """Make the classifier that a training stored."""
        with model_storage.read_from(resource) as folder:
            state = joblib.load(folder / _FILE)
        model = None if state is None else IntentModel.restore(config, state)
        return cls(config, model_storage, resource, model)

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
        """Learn from the examples whose intent names a kind; with fewer than two kinds nothing is learnt."""
        known = [(example.get(TEXT), kind_of(example)) for example in training_data.intent_examples]
        told = [(text, kind) for text, kind in known if text and kind]
        if len({kind for _, kind in told}) > 1:
            model = IntentModel(self._config, normalizer.load_lexicon(), concepts.load_concepts())
            model.learn([text for text, _ in told], [kind for _, kind in told])
            self._model = model
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._model.state() if self._model else None, folder / _FILE, compress=3)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples need no such entity."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the ranking to each telling message that has a word."""
        for message in messages:
            intent = (message.get(INTENT) or {}).get(INTENT_NAME_KEY)
            if self._model is None or intent not in self._config["intents"]:
                continue
            if found := self.find(message.get(TEXT) or ""):
                added = self.add_extractor_name([found])
                message.set(ENTITIES, message.get(ENTITIES, []) + added, add_to_output=True)
        return messages

    def find(self, text: str) -> dict[str, Any] | None:
        """Give the entity of a text; None when nothing was learnt or no word was said."""
        # Read without marks, so that the same story is the same kind however it was typed.
        ranking = self._model.rank(fold(text), self._config["ranking_length"]) if self._model else []
        if not ranking:
            return None
        return {
            "entity": KIND,
            "start": 0,
            "end": len(text),
            "value": ranking[0][0],
            "confidence_entity": ranking[0][1],
            "additional_info": {
                "ranking": [{"name": name, "confidence": round(chance, 4)} for name, chance in ranking]
            },
        }


def kind_of(example: Message) -> str | None:
    """Give the kind of report that Rasa read beside an example's intent; None if there is none."""
    beside = (example.get("metadata") or {}).get("intent")
    kind = beside.get(KIND) if isinstance(beside, dict) else None
    return kind if isinstance(kind, str) else None
