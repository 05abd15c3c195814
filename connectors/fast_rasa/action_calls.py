"""Calls of the action server: the answer is checked by a prepared schema, the connection stays open.

`RemoteAction._validate_action_result` validates with `jsonschema.validate`, which first validates the
schema, a constant, against its meta-schema: that took two thirds of the processor time of a turn. Here
most answers are seen to be right by a look at their types, and the others are held against the schema,
checked once. `EndpointConfig.session` makes a session for each call, and with it a connection.
`RemoteAction._action_call_format` writes out every event of the session, most of which are what the assistant
itself did and said in earlier turns.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import lru_cache, partial
from typing import Any

import aiohttp
from jsonschema import ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.constants import DOCS_BASE_URL
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from services.quick_json import to_json

# Shorter than the five seconds after which Sanic closes a connection that is not used: who sends on a
# connection that is being closed gets no answer, and does not know whether the action ran.
KEEP_SECONDS = 2.5

# Events that the schema asks nothing of but their name, beside what it asks of all.
_PLAIN = frozenset(
    {
        "user_featurization", "cancel_reminder", "reminder", "action_execution_rejected", "form_validation",
        "loop_interrupted", "form", "active_loop", "reset_slots", "resume", "pause", "followup", "export",
        "restart", "undo", "rewind", "bot", "session_started", "agent",
    }
)  # fmt: skip

_BARE_ACTION = frozenset({"event", "name", "policy", "confidence", "timestamp", "metadata"})

_kept: list[aiohttp.ClientSession] = []
_call_format = RemoteAction._action_call_format


def action_call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """Make the request of an action: as stock does, without what the assistant did in earlier turns."""
    if type(tracker) is not DialogueStateTracker:
        return dict(_call_format(self, tracker, domain))
    events = tracker.events
    tracker.events = deque(_said_and_this_turn(events), maxlen=events.maxlen)
    try:
        return dict(_call_format(self, tracker, domain))
    finally:
        tracker.events = events


def _said_and_this_turn(events: deque[Event]) -> list[Event]:
    """Leave out what the assistant did in earlier turns; what the citizen said in them stays."""
    kept: list[Event] = []
    is_this_turn = True
    for event in reversed(events):
        is_said = isinstance(event, UserUttered)
        if is_this_turn or is_said:
            kept.append(event)
        is_this_turn = is_this_turn and not is_said
    return kept[::-1]


def validate_action_result(self: RemoteAction, result: Any) -> bool:
    """Check an answer of the action server. Raises ValidationError."""
    if _is_surely_valid(result):
        return True
    error = best_match(_validator().iter_errors(result))
    if error is None:
        return True
    assert isinstance(error, ValidationError)
    error.message += (
        ". Failed to validate Action server response from API, "
        "make sure your response from the Action endpoint is valid. "
        "For more information about the format visit "
        f"{DOCS_BASE_URL}/custom-actions"
    )
    raise error


def _is_surely_valid(result: Any) -> bool:
    """Tell whether an answer fits the schema; False says only that the schema has to be asked."""
    if type(result) is not dict:
        return False
    events, responses = result.get("events", []), result.get("responses", [])
    return (
        type(events) is list
        and type(responses) is list
        and all(type(response) is dict for response in responses)
        and all(_is_surely_an_event(event) for event in events)
    )


def _is_surely_an_event(event: Any) -> bool:
    if type(event) is not dict:
        return False
    kind = event.get("event")
    if kind == "slot":
        known = type(event.get("name")) is str and "value" in event
    elif kind == "action":
        # As each new session brings one; those with more said of them are for the schema.
        known = (
            event.keys() <= _BARE_ACTION
            and event.get("confidence") is None
            and all(type(event.get(key)) in (str, type(None)) for key in ("name", "policy"))
        )
    else:
        known = type(kind) is str and kind in _PLAIN
    return (
        known
        and type(event.get("timestamp")) in (int, float, type(None))
        and type(event.get("metadata")) in (dict, type(None))
    )


@lru_cache(maxsize=1)
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


class _Open:
    """A session for `async with` that is left open behind the block."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self._session

    async def __aexit__(self, *_: object) -> None:
        return None


def session(self: EndpointConfig) -> _Open:
    """Give the session of an endpoint in the running event loop; made once, by stock's settings."""
    loop = asyncio.get_running_loop()
    found: tuple[Any, aiohttp.ClientSession] | None = self.__dict__.get("_kept_session")
    if found is None or found[0] is not loop or found[1].closed:
        found = (loop, _make_session(self))
        self.__dict__["_kept_session"] = found
        _kept.append(found[1])
    return _Open(found[1])


async def close_sessions() -> None:
    """Close the connections to the action server, when the server ends."""
    while _kept:
        await _kept.pop().close()


_make_stock_session = EndpointConfig.session


def _make_session(endpoint: EndpointConfig) -> aiohttp.ClientSession:
    made: aiohttp.ClientSession = _make_stock_session(endpoint)
    # Nothing was opened yet, so the connector may still be exchanged for one that lets go earlier.
    connector = made.connector
    assert connector is not None
    connector._keepalive_timeout = KEEP_SECONDS
    made._json_serialize = partial(to_json, escaped=True)
    return made
