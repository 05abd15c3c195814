"""Copies that Rasa makes for a debug line: left out while no debug line is logged.

`rasa.core.processor`, the rule policy and the memoization policy use `copy.deepcopy` for nothing else (a test
looks): events, slots and states are copied several times a turn and thrown away.
"""

from __future__ import annotations

import copy
import logging
from types import SimpleNamespace
from typing import Any

_rasa = logging.getLogger("rasa")


def deepcopy(value: Any) -> Any:
    """Copy what a debug line shows; what no line shows is given as it is."""
    return copy.deepcopy(value) if _rasa.isEnabledFor(logging.DEBUG) else value


# Stands in for the module `copy` where only its deepcopy is used.
only_for_debug_lines = SimpleNamespace(deepcopy=deepcopy)
