"""Finds which side of a procedure is asked about (papers, fee, time, place …) as entity `khia_canh`.

What people say for each side is a list of wordings in `nlu/lexicons/khia_canh.yml`; it travels inside
the trained model, so that a model answers the same wherever it is loaded.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import deep_container_fingerprint

from services.text import fold, nfc

LEXICON = Path(__file__).parent / "lexicons" / "khia_canh.yml"
ENTITY = "khia_canh"
_GAP = r"(?:\s+\S+){0,3}\s+"
# "làm dấu", "nộp dấu": a seal, not "đâu" (where), which it is without marks.
_SEAL = re.compile(r"\bd[âấầ]u\b", re.IGNORECASE)
_FILE = "lexicon.yml"
# A longer message asks for its sides at its beginning.
_LONGEST_TEXT = 1_000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class AspectExtractor(GraphComponent, EntityExtractorMixin):
    """Marks the wordings of each aspect; an aspect is marked once, where it is said first."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Nothing to set."""
        return {}

    def __init__(self, lexicon: dict[str, list[str]], storage: ModelStorage, resource: Resource) -> None:
        self._lexicon = lexicon
        self._storage = storage
        self._resource = resource
        self._wordings, self._pattern = _compile(lexicon)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> AspectExtractor:
        """Make the component from the lexicon file."""
        return cls(yaml.safe_load(LEXICON.read_text(encoding="utf-8")), model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> AspectExtractor:
        """Make the component from the lexicon inside the model."""
        with model_storage.read_from(resource) as folder:
            lexicon = yaml.safe_load((folder / _FILE).read_text(encoding="utf-8"))
        return cls(lexicon, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make Rasa's cache notice a changed lexicon or module."""
        return str(
            deep_container_fingerprint([LEXICON.read_text("utf-8"), Path(__file__).read_text("utf-8")])
        )

    def train(self, training_data: TrainingData) -> Resource:
        """Put the lexicon into the model."""
        with self._storage.write_to(self._resource) as folder:
            text = yaml.safe_dump(self._lexicon, allow_unicode=True, sort_keys=False)
            (folder / _FILE).write_text(text, encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples need no aspects."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the aspects that each message asks about."""
        for message in messages:
            found = self.find(message.get(TEXT) or "")
            if found:
                added = self.add_extractor_name(found)
                message.set(ENTITIES, message.get(ENTITIES, []) + added, add_to_output=True)
        return messages

    def find(self, text: str) -> list[dict[str, Any]]:
        """Give the aspects of a text as Rasa entities, in the order in which they are said."""
        folded = fold(text[:_LONGEST_TEXT])
        found: dict[str, dict[str, Any]] = {}
        for match in self._pattern.finditer(folded):
            if _SEAL.search(nfc(text)[match.start() : match.end()]):
                continue
            aspect = self._wordings[str(match.lastgroup)]
            if aspect not in found:
                found[aspect] = {
                    "entity": ENTITY,
                    "start": match.start(),
                    "end": match.end(),
                    "value": aspect,
                    "confidence_entity": 1.0,
                }
        if "muc_phat" in found and "le_phi" in found and not re.search(r"\ble phi\b", folded):
            # "phạt bao nhiêu tiền" asks for the fine; the money in it is no fee.
            del found["le_phi"]
        return list(found.values())


def _compile(lexicon: dict[str, list[str]]) -> tuple[dict[str, str], re.Pattern[str]]:
    """Make one pattern of all wordings, longest first, each in a group that names its aspect."""
    flat = sorted(
        ((fold(wording), aspect) for aspect, wordings in lexicon.items() for wording in wordings),
        key=lambda pair: (-len(pair[0]), pair[0]),
    )
    names, parts = {}, []
    first_words = sorted({re.split(r"[ …]", wording)[0] for wording, _ in flat})
    for number, (wording, aspect) in enumerate(dict(flat).items()):
        group = f"w{number}"
        names[group] = aspect
        pieces = [re.sub(r"\\? +", r"\\s+", re.escape(piece.strip())) for piece in wording.split("…")]
        parts.append(f"(?P<{group}>{_GAP.join(pieces)})")
    # Most words begin no wording: they are left at once, without a try of each.
    begins = "|".join(re.escape(word) for word in first_words)
    return names, re.compile(rf"(?<!\w)(?=(?:{begins})(?!\w))(?:{'|'.join(parts)})(?!\w)")
