"""`Event.resolve_by_type`: the class of an event by its name, from a table instead of a walk."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rasa.shared.utils.common
from rasa.shared.core.events import Event


def resolve_by_type(type_name: str, default: Any = None) -> Any:
    """Give the event class of a name. Raises ValueError for a name that no event has."""
    found = _classes().get(type_name)
    if found is not None:
        return found
    # A class that was defined meanwhile; then the answers of stock, in its order.
    _classes.cache_clear()
    found = _classes().get(type_name)
    if found is not None:
        return found
    if type_name == "topic":
        return None
    if default is not None:
        return default
    raise ValueError(f"Unknown event name '{type_name}'.")


@lru_cache(maxsize=1)
def _classes() -> dict[str, Any]:
    table: dict[str, Any] = {}
    for kind in rasa.shared.utils.common.all_subclasses(Event):
        # Of two classes with one name stock takes the first.
        table.setdefault(kind.type_name, kind)
    return table
