"""Everything that replaces lines of Rasa itself, to make a turn cheap: in this package and nowhere else.

Each module replaces what its name says, names the lines of Rasa 3.6.21 and why, and gives the same
results (tests hold it beside stock). `install` steps aside with a warning on any other version of Rasa,
and does nothing when `FAST_RASA=off`, so that the difference can be measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import rasa
import structlog
from rasa.core import processor
from rasa.core.actions.action import RemoteAction
from rasa.core.policies import memoization, rule_policy
from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from connectors.fast_rasa import action_calls, debug_lines, domains, events, graph, rules, trackers

log = structlog.get_logger()

WRITTEN_FOR = "3.6.21"


@dataclass(frozen=True)
class Replacement:
    """One function of Rasa, what stands in for it, where it is and why it is replaced."""

    owner: Any
    name: str
    instead: Any
    where: str
    why: str


REPLACEMENTS = (
    Replacement(
        RemoteAction, "_validate_action_result", action_calls.validate_action_result,
        "rasa/core/actions/action.py:699",
        "checks the constant schema against its meta-schema at every answer of the action server",
    ),
    Replacement(
        RemoteAction, "_action_call_format", action_calls.action_call_format,
        "rasa/core/actions/action.py:651",
        "writes out all that the assistant did in the session, which no action reads, at every call",
    ),
    Replacement(
        EndpointConfig, "session", action_calls.session,
        "rasa/utils/endpoints.py:105",
        "opens a session and a connection for every call of the action server",
    ),
    Replacement(
        Event, "resolve_by_type", staticmethod(events.resolve_by_type),
        "rasa/shared/core/events.py:375",
        "walks all subclasses of Event for every event that is read",
    ),
    Replacement(
        DaskGraphRunner, "run", graph.run,
        "rasa/engine/runner/dask.py:82",
        "plans the same graph anew, with threads and queues, three times a turn",
    ),
    Replacement(
        DialogueStateTracker, "copy", trackers.copy_tracker,
        "rasa/shared/core/trackers.py:620",
        "replays all events of the session before every action",
    ),
    Replacement(
        Domain, "is_empty", domains.is_empty,
        "rasa/shared/core/domain.py:1793",
        "writes the whole domain out, and an empty one, at every message",
    ),
    Replacement(
        RulePolicy, "_prediction_states", rules.prediction_states,
        "rasa/core/policies/policy.py:262",
        "makes the states of the whole session, of which rules look at the last few",
    ),
    Replacement(
        RulePolicy, "_get_possible_keys", rules.possible_keys,
        "rasa/core/policies/rule_policy.py:913",
        "holds every rule against every state of the session",
    ),
    Replacement(
        Policy, "format_tracker_states", staticmethod(rules.format_tracker_states),
        "rasa/core/policies/policy.py:438",
        "writes the states out for a debug line that is not logged",
    ),
    *(
        Replacement(
            module, "copy", debug_lines.only_for_debug_lines, where,
            "copies events, slots and states for debug lines that are not logged",
        )
        for module, where in (
            (processor, "rasa/core/processor.py:1"),
            (rule_policy, "rasa/core/policies/rule_policy.py:2"),
            (memoization, "rasa/core/policies/memoization.py:2"),
        )
    ),
)  # fmt: skip

_stock: list[Callable[[], None]] = []


def install(wanted: bool = True, version: str = rasa.__version__) -> bool:
    """Replace Rasa's lines in this process; tell whether they are replaced. A second call changes nothing."""
    if not wanted:
        uninstall()
        return False
    if version != WRITTEN_FOR:
        log.warning("fast_rasa.stepped_aside", version=version, written_for=WRITTEN_FOR)
        return False
    if not _stock:
        for item in REPLACEMENTS:
            _replace(item)
    return True


async def close_connections() -> None:
    """Close what was kept open, when the server ends."""
    await action_calls.close_sessions()


def uninstall() -> None:
    """Give Rasa its own lines back."""
    while _stock:
        _stock.pop()()


def _replace(item: Replacement) -> None:
    own = item.owner.__dict__.get(item.name)

    def put_back() -> None:
        # A method that the class only inherits is inherited again.
        if own is None:
            delattr(item.owner, item.name)
        else:
            setattr(item.owner, item.name, own)

    setattr(item.owner, item.name, item.instead)
    _stock.append(put_back)
