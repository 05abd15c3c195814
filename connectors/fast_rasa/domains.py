"""`Domain.is_empty`: looked at once, instead of building and comparing an empty domain at every message."""

from __future__ import annotations

from rasa.shared.core.domain import Domain

_is_empty = Domain.is_empty


def is_empty(self: Domain) -> bool:
    """Tell whether the domain has nothing in it. A domain does not change."""
    found: bool | None = self.__dict__.get("_found_empty")
    if found is None:
        found = self.__dict__["_found_empty"] = bool(_is_empty(self))
    return found
