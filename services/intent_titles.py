"""What an intent is called in front of citizens and officers, from `content/intents.yml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml


@lru_cache(maxsize=4)
def load_titles(folder: Path) -> dict[str, str]:
    """Read intent name → button title from a content folder."""
    data = yaml.safe_load((folder / "intents.yml").read_text(encoding="utf-8"))
    return {str(intent): str(title) for intent, title in data.items()}
