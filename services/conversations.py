"""The tracker events of conversations in SQL: appended once, read back by session, encrypted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.models import ConversationEvent
from services.db.prepared import Prepared, places, value
from services.db.review_tables import ReviewSession
from services.secrets import Cipher

SESSION_STARTED = "session_started"
Event = dict[str, Any]


def append_events(session: Session, cipher: Cipher, conversation_id: str, events: Sequence[Event]) -> None:
    """Add events (as Rasa serialises them) to a conversation, in the caller's transaction."""
    number = _last_session_number(session, conversation_id)
    rows = []
    for event in events:
        if event["event"] == SESSION_STARTED:
            number += 1
        parse_data = event.get("parse_data") or {}
        rows.append(
            {
                "conversation_id": conversation_id,
                "session_number": number,
                "type_name": event["event"],
                "occurred_at": event.get("timestamp") or 0.0,
                "message_id": event.get("message_id"),
                "intent_name": (parse_data.get("intent") or {}).get("name"),
                "action_name": event.get("name"),
                "sealed_data": cipher.seal(json.dumps(event, ensure_ascii=False)),
            }
        )
    if rows:
        _insert.run(session, rows)


def load_events(session: Session, cipher: Cipher, conversation_id: str, whole: bool = False) -> list[Event]:
    """Read the events of a conversation's last session, or of all sessions, oldest first."""
    rows = (_all_events if whole else _session_events).run(session, {"conversation_id": conversation_id})
    return [json.loads(cipher.open(row.sealed_data)) for row in rows]


def count_events(session: Session, conversation_id: str) -> int:
    """Count the stored events of a conversation's last session."""
    return int(
        session.execute(
            sa.select(sa.func.count(ConversationEvent.id)).where(
                ConversationEvent.conversation_id == conversation_id,
                ConversationEvent.session_number == _last_session_number(session, conversation_id),
            )
        ).scalar_one()
    )


def has_message(session: Session, conversation_id: str, message_id: str) -> bool:
    """Tell whether a citizen's message of this id was already worked into the conversation."""
    asked = {"conversation_id": conversation_id, "message_id": message_id}
    return _message.run(session, asked).first() is not None


def conversation_ids(session: Session) -> list[str]:
    """List every conversation; reads the whole table, so never on the path of an answer."""
    return list(session.execute(sa.select(ConversationEvent.conversation_id).distinct()).scalars())


def delete_conversation(session: Session, conversation_id: str) -> int:
    """Delete all events of a conversation, and its review; give how many events there were."""
    session.execute(
        sa.delete(ReviewSession.__table__).where(ReviewSession.conversation_id == conversation_id)
    )
    result = session.execute(
        sa.delete(ConversationEvent.__table__).where(ConversationEvent.conversation_id == conversation_id)
    )
    return int(result.rowcount)


def _last_session_number(session: Session, conversation_id: str) -> int:
    return _last_number.run(session, {"conversation_id": conversation_id}).scalar() or 0


_event = ConversationEvent.__table__
_its_own = _event.c.conversation_id == value("conversation_id", _event.c.conversation_id)
_newest_number = (
    sa.select(_event.c.session_number).where(_its_own).order_by(_event.c.session_number.desc()).limit(1)
)
_in_last_session = _event.c.session_number == _newest_number.scalar_subquery()

_last_number = Prepared(lambda _: _newest_number)
_all_events = Prepared(lambda _: sa.select(_event.c.sealed_data).where(_its_own).order_by(_event.c.id))
_session_events = Prepared(
    lambda _: sa.select(_event.c.sealed_data).where(_its_own, _in_last_session).order_by(_event.c.id)
)
_message = Prepared(
    lambda _: sa.select(_event.c.id)
    .where(_its_own, _in_last_session, _event.c.message_id == value("message_id", _event.c.message_id))
    .limit(1)
)
_insert = Prepared(
    lambda _: sa.insert(_event).values(
        places(
            _event,
            *("conversation_id", "session_number", "type_name", "occurred_at", "message_id", "intent_name"),
            *("action_name", "sealed_data"),
        )
    )
)
