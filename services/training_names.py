"""The names that training sentences may carry: intents with what people call them, and entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services import review_domain
from services.intent_titles import staff_titles
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


def load_names(root: Path) -> TrainingNames:
    """Read them from `domain.yml` and `content/intents.yml` of a project folder."""
    names, titles = review_domain.load_names(root), staff_titles(root / "content")
    return TrainingNames({intent: titles.get(intent, intent) for intent in names.intents}, names.entities)
