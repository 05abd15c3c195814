"""Rasa components around the pattern finders and the time parser: what has a form needs no training."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from services.clock import Clock, utc_now
from services.moments import find_moments
from services.spoken_forms import find_patterns
from services.text import nfc

TIME = "thoi_gian"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PatternExtractor(GraphComponent, EntityExtractorMixin):
    """Marks plates, phone numbers, report codes, money, people, vehicles and times.

    A time is an entity `thoi_gian` with the value {"start", "end", "precision"}, ISO 8601 in
    Asia/Ho_Chi_Minh. "Now" is the metadata's `sent_at` where there is one, else the clock.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Nothing to set."""
        return {}

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PatternExtractor:
        """Make the component; it learns nothing."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples need no such entities."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the findings to each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            # Offsets are those of the NFC form; in any other form they would point beside the words.
            if not text or nfc(text) != text:
                continue
            found = self.find(text, self._now(message))
            if found:
                added = self.add_extractor_name(found)
                message.set(ENTITIES, message.get(ENTITIES, []) + added, add_to_output=True)
        return messages

    def find(self, text: str, now: datetime) -> list[dict[str, Any]]:
        """Give the findings of a text as Rasa entities, in the order of their offsets."""
        times = [
            _entity(
                TIME,
                moment.begins,
                moment.ends,
                {
                    "start": moment.start.isoformat(),
                    "end": moment.end.isoformat(),
                    "precision": moment.precision,
                },
            )
            for moment in find_moments(text, now)
        ]
        forms = [
            _entity(item.entity, item.start, item.end, item.value)
            for item in find_patterns(text)
            # "5 giờ" and "ngày 20/11" are no people and no sums.
            if all(item.end <= time["start"] or item.start >= time["end"] for time in times)
            or item.entity in ("bien_so", "so_dien_thoai", "ma_ho_so")
        ]
        strict = [item for item in forms if item["entity"] in ("bien_so", "so_dien_thoai", "ma_ho_so")]
        times = [
            time
            for time in times
            if all(time["end"] <= item["start"] or time["start"] >= item["end"] for item in strict)
        ]
        return sorted(forms + times, key=lambda item: int(item["start"]))

    def _now(self, message: Message) -> datetime:
        sent = (message.get("metadata") or {}).get("sent_at")
        try:
            moment = datetime.fromisoformat(str(sent))
        except ValueError:
            return self._clock()
        return moment if moment.tzinfo is not None else self._clock()


def _entity(name: str, start: int, end: int, value: Any) -> dict[str, Any]:
    return {"entity": name, "start": start, "end": end, "value": value, "confidence_entity": 1.0}
