"""The tracker events of conversations in SQL: appended once, read back by session, encrypted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from cachetools import TTLCache
from sqlalchemy.orm import Session

from services.db.models import LEFT_BEHIND, ConversationEvent
from services.db.prepared import Prepared, places, value
from services.db.review_tables import ReviewSession
from services.quick_json import from_json, to_json
from services.secrets import Cipher

SESSION_STARTED = "session_started"
LISTEN = "action_listen"
# Whose last one still counts when it is long past; the index of what is left behind holds no others.
_LASTING = ("slot", "active_loop", "pause", "resume")
# What was sealed or opened in the last minutes need not be opened again for the next turn: to decrypt the
# events of a session took a twentieth of a turn. In memory only, and not for long (docs/privacy.md).
OPENED_BYTES = 24 * 1024 * 1024
OPENED_SECONDS = 300
Event = dict[str, Any]


def append_events(session: Session, cipher: Cipher, conversation_id: str, events: Sequence[Event]) -> None:
    """Add events (as Rasa serialises them) to a conversation, in the caller's transaction."""
    number = _last_session_number(session, conversation_id)
    rows = []
    for event in events:
        if event["event"] == SESSION_STARTED:
            number += 1
        parse_data = event.get("parse_data") or {}
        text = to_json(event)
        sealed = cipher.seal(text)
        _opened.keep(cipher, sealed, text)
        rows.append(
            {
                "conversation_id": conversation_id,
                "session_number": number,
                "type_name": event["event"],
                "occurred_at": event.get("timestamp") or 0.0,
                "message_id": event.get("message_id"),
                "intent_name": (parse_data.get("intent") or {}).get("name"),
                "action_name": event.get("name"),
                "sealed_data": sealed,
            }
        )
    if rows:
        _insert.run(session, rows)


def load_events(session: Session, cipher: Cipher, conversation_id: str, whole: bool = False) -> list[Event]:
    """Read the events of a conversation's last session, or of all sessions, oldest first."""
    rows = (_all_events if whole else _session_events).run(session, {"conversation_id": conversation_id})
    return [from_json(cipher.open(row.sealed_data)) for row in rows]


def load_recent(session: Session, cipher: Cipher, conversation_id: str, most: int) -> list[Event]:
    """Read the last session for its next turn: whole, or the newest `most` events of a longer one.

    Of a longer session the rest begins where the assistant listened, after events that bring back what
    earlier ones left behind: slots, the form that runs, a pause. The cost stays the same at any length.
    """
    asked = {"conversation_id": conversation_id, "most": most + 1}
    rows = _newest_events.run(session, asked).all()[::-1]
    if len(rows) <= most:
        return [_opened.event(cipher, row.sealed_data) for row in rows]
    starts = [i for i, row in enumerate(rows) if i and row.action_name == LISTEN]
    marks = _left_behind.run(session, {**asked, "before": rows[starts[0]].id}).all() if starts else []
    if not starts or any(mark.type_name in ("undo", "rewind") for mark in marks):
        # Events that take others back can be told only with all of them.
        return load_events(session, cipher, conversation_id)
    last = {mark.type_name: mark.newest for mark in marks if mark.type_name in ("restart", "reset_slots")}
    restart = last.get("restart", 0)
    wiped = dict.fromkeys(_LASTING, restart) | {"slot": max(restart, last.get("reset_slots", 0))}
    kept = sorted(mark.newest for mark in marks if mark.newest > wiped.get(mark.type_name, mark.newest))
    brought = {row.id: row.sealed_data for row in _by_id(session, kept)}
    return [
        {"event": "action", "name": "action_session_start"},
        {"event": SESSION_STARTED},
        *(_opened.event(cipher, brought[event_id]) for event_id in kept),
        *(_opened.event(cipher, row.sealed_data) for row in rows[starts[0] :]),
    ]


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


class _Opened:
    """Events by what they were sealed as, which no two events share: nothing in it can grow wrong."""

    def __init__(self) -> None:
        self._texts: TTLCache[tuple[str, str], bytes] = TTLCache(OPENED_BYTES, OPENED_SECONDS, getsizeof=len)
        self._lock = threading.Lock()

    def keep(self, cipher: Cipher, sealed: str, text: str) -> None:
        """Remember what an event was sealed as."""
        data = text.encode("utf-8", "replace")
        with self._lock:
            if len(data) <= OPENED_BYTES:
                self._texts[cipher.fingerprint, sealed[-_TAIL:]] = data

    def event(self, cipher: Cipher, sealed: str) -> Event:
        """Give the event that was sealed. Raises StorageError when none of the keys fits."""
        with self._lock:
            data = self._texts.get((cipher.fingerprint, sealed[-_TAIL:]))
        if data is not None:
            return dict(from_json(data))
        text = cipher.open(sealed)
        self.keep(cipher, sealed, text)
        return dict(from_json(text))


# The end of a Fernet token is its signature.
_TAIL = 44
_opened = _Opened()

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
_newest_events = Prepared(
    lambda _: (
        sa.select(_event.c.id, _event.c.action_name, _event.c.sealed_data)
        .where(_its_own, _in_last_session)
        .order_by(_event.c.id.desc())
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
)
_left_behind = Prepared(
    lambda _: (
        sa.select(_event.c.type_name, sa.func.max(_event.c.id).label("newest"))
        .where(_its_own, _in_last_session, LEFT_BEHIND, _event.c.id < value("before", _event.c.id))
        .group_by(_event.c.type_name, _event.c.action_name)
    )
)
_message = Prepared(
    lambda _: (
        sa.select(_event.c.id)
        .where(_its_own, _in_last_session, _event.c.message_id == value("message_id", _event.c.message_id))
        .limit(1)
    )
)


def _by_id(session: Session, ids: Sequence[int]) -> Any:
    return session.execute(sa.select(_event.c.id, _event.c.sealed_data).where(_event.c.id.in_(ids)))


_insert = Prepared(
    lambda _: sa.insert(_event).values(
        places(
            _event,
            *("conversation_id", "session_number", "type_name", "occurred_at", "message_id", "intent_name"),
            *("action_name", "sealed_data"),
        )
    )
)
