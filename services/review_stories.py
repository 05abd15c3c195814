"""Sessions as stories: what was meant and what the assistant did, as far as it went right.

A story ends before the first message that was misunderstood (corrected, rejected, or never understood):
what came after answers something that nobody said. It also ends before a message that a running report or
look-up turned down, and before an action that another action ordered, because Rasa's files cannot say that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.errors import StorageError
from services.review_domain import DomainNames
from services.review_records import Span
from services.review_texts import Body, open_body
from services.review_yaml import annotated, trimmed
from services.secrets import Cipher

Step = dict[str, Any]
_NO_STEPS = frozenset({"action_listen", "action_session_start"})
_UNTELLABLE = frozenset({"followup", "action_execution_rejected"})


@dataclass(frozen=True)
class Story:
    """The steps of one session; `told` has the citizens' words where they can be told, `meant` has none."""

    told: tuple[Step, ...] = ()
    meant: tuple[Step, ...] = ()


def story_of(cipher: Cipher, events: Iterable[Any], messages: Mapping[int, Any], names: DomainNames) -> Story:
    """Make the story of a session from its events (rows with id, sealed_data) and its indexed messages."""
    told: list[Step] = []
    meant: list[Step] = []
    turn: list[Step] = []
    pending: tuple[Step, Step] | None = None

    def keep() -> None:
        if pending is not None and turn:
            told.extend([pending[0], *turn])
            meant.extend([pending[1], *turn])

    for row in events:
        try:
            event: dict[str, Any] = json.loads(cipher.open(row.sealed_data))
        except (StorageError, ValueError):
            break
        kind, name = event.get("event"), event.get("name")
        if kind == "user":
            keep()
            pending, turn = None, []
            message = messages.get(row.id)
            if message is None or not _was_right(message, names):
                break
            pending = _citizen(message, open_body(cipher, message.sealed_body), names)
        elif kind in _UNTELLABLE or (kind == "action" and name not in names.actions | _NO_STEPS):
            pending, turn = None, []
            break
        elif kind == "action" and name not in _NO_STEPS and pending is not None:
            turn.append({"action": str(name)})
        elif kind == "active_loop" and pending is not None:
            turn.append({"active_loop": str(name) if name else None})
    else:
        keep()
    return Story(tuple(told), tuple(meant))


def _was_right(message: Any, names: DomainNames) -> bool:
    if message.state not in ("open", "accepted") or message.intent not in names.intents:
        return False
    return message.state == "accepted" or not message.doubtful


def _citizen(message: Any, body: Body, names: DomainNames) -> tuple[Step, Step]:
    found = [
        (e.entity, e.value if isinstance(e.value, str) else body.text[e.start : e.end]) for e in body.entities
    ]
    given = [(name, str(value)) for name, value in body.given]
    entities = [(name, value) for name, value in (*found, *given) if name in names.entities]
    meant: Step = {"intent": message.intent, **({"entities": entities} if entities else {})}
    sentence = _sentence(message, body)
    return ({"user": sentence, "intent": message.intent} if sentence else meant), meant


def _sentence(message: Any, body: Body) -> str:
    """Give the words with their entities, or "" where the model would not find the same in them again."""
    if not message.typed or body.is_masked or body.given:
        return ""
    spans = []
    end = 0
    for entity in sorted(body.entities, key=lambda entity: entity.start):
        # A time depends on the day it was said; two entities of the same words cannot be annotated.
        if (
            not isinstance(entity.value, str)
            or entity.start < end
            or "]" in body.text[entity.start : entity.end]
        ):
            return ""
        spans.append(Span(entity.start, entity.end, entity.entity, entity.value, entity.role))
        end = entity.end
    text, moved = trimmed(body.text, spans)
    return annotated(text, moved) if text == body.text else ""
