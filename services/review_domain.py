"""The intents, entities and actions of the present domain: what a correction or an export may name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from services.settings import ROOT

FALLBACK = "nlu_fallback"
# Rasa's own; they need not stand in a domain.
_DEFAULT_ACTIONS = frozenset({"action_listen", "action_restart", "action_default_fallback", "action_back"})


@dataclass(frozen=True)
class DomainNames:
    """The names of a domain, each in its order there."""

    intents: tuple[str, ...]
    entities: tuple[str, ...]
    actions: frozenset[str]


def load_names(folder: Path = ROOT) -> DomainNames:
    """Read the names of `domain.yml` in a project folder."""
    return _load(folder / "domain.yml", (folder / "domain.yml").stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _load(path: Path, _changed: int) -> DomainNames:
    domain = yaml.safe_load(path.read_text(encoding="utf-8"))
    actions = [*_names(domain.get("actions")), *(domain.get("responses") or {}), *(domain.get("forms") or {})]
    return DomainNames(
        tuple(_names(domain.get("intents"))),
        tuple(_names(domain.get("entities"))),
        _DEFAULT_ACTIONS | frozenset(actions),
    )


def _names(entries: Iterable[Any] | None) -> list[str]:
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries or ()]
