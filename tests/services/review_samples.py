"""Conversations as Rasa's tracker holds them, written through the tracker store's own functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.conversations import append_events
from services.db.engine import Database
from services.secrets import Cipher

OA, OTHER_OA = "9990001112223334445", "9990001112223334446"
# 21 November 2026, noon in Viet Nam.
START = 1_795_237_200.0


def conversation_id(citizen: str = "c1", account: str = OA) -> str:
    return f"zalo-{account}-{citizen}"


def action(name: str, at: float, policy: str | None = "policy_0_RulePolicy") -> dict[str, Any]:
    return {"event": "action", "timestamp": at, "name": name, "policy": policy, "confidence": 1.0}


def said(
    text: str,
    intent: str,
    at: float,
    confidence: float = 0.9,
    entities: Sequence[Mapping[str, Any]] = (),
    certain: bool = False,
) -> dict[str, Any]:
    """What a citizen said; `certain` is a tap. A fallback's best guess is `hoi_tach_ho`."""
    ranking = [{"name": intent, "confidence": 1.0 if certain else confidence}]
    if intent == "nlu_fallback":
        ranking.append({"name": "hoi_tach_ho", "confidence": 0.3})
    elif not certain:
        ranking.append({"name": "out_of_scope", "confidence": 1 - confidence})
    return {
        "event": "user",
        "timestamp": at,
        "text": text,
        "input_channel": "zalo",
        "message_id": f"m{at}",
        "metadata": {},
        "parse_data": {
            "text": text,
            "intent": dict(ranking[0]),
            "entities": [dict(entity) for entity in entities],
            "intent_ranking": ranking,
        },
    }


def answered(text: str, at: float, buttons: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "event": "bot",
        "timestamp": at,
        "text": text,
        "data": {"buttons": [{"title": title, "payload": "x"} for title in buttons]},
    }


def opened(at: float) -> list[dict[str, Any]]:
    return [
        action("action_session_start", at, None),
        {"event": "session_started", "timestamp": at},
        action("action_listen", at, None),
    ]


def turn(
    text: str, intent: str, at: float, answer: str, by: str = "action_tra_loi_thu_tuc", **more: Any
) -> list[dict[str, Any]]:
    """A question, the action of the rule, its answer two seconds later, and listening again."""
    return [
        said(text, intent, at, **more),
        action(by, at + 1),
        answered(answer, at + 2),
        action("action_listen", at + 2),
    ]


def store(database: Database, cipher: Cipher, conversation: str, events: Sequence[dict[str, Any]]) -> None:
    with database.transaction() as session:
        append_events(session, cipher, conversation, events)
