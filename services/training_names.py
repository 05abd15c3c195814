"""The names that training sentences may carry: intents with their titles, and entities, from Rasa's domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from services.intent_titles import load_titles
from services.text import fold, squeeze


@dataclass(frozen=True)
class TrainingNames:
    """Intent → what people call it, in the order of the domain; and the entities."""

    intents: Mapping[str, str]
    entities: tuple[str, ...]

    def intent_of(self, typed: str) -> str:
        """Give the intent that somebody typed, by its title with or without marks or by its name, or ""."""
        if typed in self.intents:
            return typed
        wanted = fold(squeeze(typed))
        return next((intent for intent, title in self.intents.items() if fold(title) == wanted), "")


@lru_cache(maxsize=2)
def load_names(root: Path) -> TrainingNames:
    """Read them from `domain.yml` and `content/intents.yml` of a project folder."""
    domain = yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8"))
    titles = load_titles(root / "content")
    intents = [_name(item) for item in domain["intents"]]
    entities = tuple(_name(item) for item in domain["entities"])
    return TrainingNames({intent: titles.get(intent, intent) for intent in intents}, entities)


def _name(item: object) -> str:
    """A domain lists names, or mappings of a name to its settings."""
    return str(next(iter(item))) if isinstance(item, dict) else str(item)
