"""Brings the index of conversations up to what was said: sessions with their figures, messages masked.

A session whose events changed is read again whole, so that a second run changes nothing and an event that
was written late is found. What staff decided about a message stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.db.engine import Database
from services.db.models import ConversationEvent
from services.db.review_tables import ReviewIndexState, ReviewMessage, ReviewSession
from services.errors import StorageError
from services.review_texts import body_of, seal_body, similar_key
from services.secrets import Cipher

FALLBACK = "nlu_fallback"
# Below this the inbox asks a person, whether the assistant answered or not.
DOUBTFUL_BELOW = 0.5
HANDOVER_ACTION = "action_gap_can_bo"
REPORT_ACTION = "action_bao_tin"
OPENING_LETTERS = 120
# How many events before the newest one known are looked at again: Postgres gives numbers out before a
# transaction commits, so a lower one may appear after a higher one. SQLite has one writer at a time.
_LOOK_BACK = 500
_BATCH = 100
_ROW = "conversations"
# As connectors.zalo.worker names them.
_CONVERSATION = re.compile(r"zalo-(?P<account>[^-]+)-")
# As services.report_codes shows them.
_SHOWN_CODE = re.compile(r"\bTP-\d\d-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def bring_up_to_date(database: Database, cipher: Cipher, now: datetime, limit: int = 5_000) -> int:
    """Read up to `limit` new events; give how many sessions were written. Call again until it gives 0."""
    with database.transaction(read_only=True) as session:
        known = session.get(ReviewIndexState, _ROW)
        start = known.last_event_id if known is not None else 0
        newest = session.execute(
            sa.select(sa.func.max(ConversationEvent.id)).where(
                ConversationEvent.id > start, ConversationEvent.id <= start + limit
            )
        ).scalar()
        if newest is None:
            newest = session.execute(sa.select(sa.func.max(ConversationEvent.id))).scalar() or 0
            if newest <= start:
                newest = start
        behind = start - _LOOK_BACK if database.is_postgres else start
        touched = _changed(session, behind, newest)
    written = 0
    for at in range(0, len(touched), _BATCH):
        with database.transaction() as session:
            for conversation_id, number in touched[at : at + _BATCH]:
                written += _read_again(session, cipher, conversation_id, number)
    with database.transaction() as session:
        row = session.get(ReviewIndexState, _ROW)
        if row is None:
            session.add(ReviewIndexState(name=_ROW, last_event_id=newest, brought_up_at=now))
        else:
            row.last_event_id, row.brought_up_at = max(newest, row.last_event_id), now
    return written


def bring_all(database: Database, cipher: Cipher, now: datetime) -> int:
    """Read everything that is new, however much; give how many sessions were written."""
    written = 0
    while True:
        before = _position(database)
        written += bring_up_to_date(database, cipher, now)
        if _position(database) == before:
            return written


def account_of(conversation_id: str) -> str:
    """Give the Official Account of a conversation, "" for one of another channel."""
    found = _CONVERSATION.match(conversation_id)
    return found["account"] if found else ""


@dataclass
class _Figures:
    """What the events of a session add up to."""

    messages: int = 0
    fallbacks: int = 0
    handovers: int = 0
    confidences: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    report_codes: set[str] = field(default_factory=set)
    opening: str = ""
    channel: str = ""


def _position(database: Database) -> int:
    with database.transaction(read_only=True) as session:
        row = session.get(ReviewIndexState, _ROW)
        return int(row.last_event_id) if row is not None else 0


def _changed(session: Session, start: int, newest: int) -> list[tuple[str, int]]:
    """Give the sessions with events in (start, newest] whose events are not those that were read."""
    event = ConversationEvent
    fresh = (
        sa.select(event.conversation_id, event.session_number)
        .where(event.id > start, event.id <= newest)
        .distinct()
        .subquery()
    )
    held = (
        sa.select(
            event.conversation_id,
            event.session_number,
            sa.func.count(event.id).label("events"),
            sa.func.max(event.id).label("last"),
        )
        .join(
            fresh,
            sa.and_(
                fresh.c.conversation_id == event.conversation_id,
                fresh.c.session_number == event.session_number,
            ),
        )
        .group_by(event.conversation_id, event.session_number)
        .subquery()
    )
    query = (
        sa.select(held.c.conversation_id, held.c.session_number)
        .outerjoin(
            ReviewSession,
            sa.and_(
                ReviewSession.conversation_id == held.c.conversation_id,
                ReviewSession.session_number == held.c.session_number,
            ),
        )
        .where(
            sa.or_(
                ReviewSession.id.is_(None),
                ReviewSession.events != held.c.events,
                ReviewSession.last_event_id != held.c.last,
            )
        )
        .order_by(held.c.last)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _read_again(session: Session, cipher: Cipher, conversation_id: str, number: int) -> int:
    event = ConversationEvent
    rows = session.execute(
        sa.select(event.id, event.type_name, event.occurred_at, event.action_name, event.sealed_data)
        .where(event.conversation_id == conversation_id, event.session_number == number)
        .order_by(event.id)
    ).all()
    if not any(row.type_name == "user" for row in rows):
        return 0
    account_id = account_of(conversation_id)
    figures, messages = _add_up(cipher, rows, account_id)
    found = session.execute(
        sa.select(ReviewSession).where(
            ReviewSession.conversation_id == conversation_id, ReviewSession.session_number == number
        )
    ).scalar_one_or_none()
    if found is None:
        found = ReviewSession(
            conversation_id=conversation_id, session_number=number, state="new", reviewer=""
        )
        session.add(found)
    found.account_id, found.channel = account_id, figures.channel
    found.started_at, found.ended_at = _moment(rows[0].occurred_at), _moment(rows[-1].occurred_at)
    found.messages, found.fallbacks, found.handovers = figures.messages, figures.fallbacks, figures.handovers
    found.reports = len(figures.report_codes)
    found.lowest_confidence = min(figures.confidences, default=None)
    found.answer_seconds = sum(figures.answers) / len(figures.answers) if figures.answers else None
    found.sealed_opening = cipher.seal(figures.opening)
    found.events, found.last_event_id = len(rows), rows[-1].id
    session.flush()
    _add_messages(session, found.id, messages)
    return 1


def _add_up(cipher: Cipher, rows: Sequence[Any], account_id: str) -> tuple[_Figures, list[dict[str, Any]]]:
    figures, messages = _Figures(), []
    waiting: float | None = None
    action = ""
    for row in rows:
        if row.type_name == "action":
            action = row.action_name or ""
            figures.handovers += action == HANDOVER_ACTION
        elif row.type_name == "bot":
            if waiting is not None:
                figures.answers.append(max(0.0, row.occurred_at - waiting))
                waiting = None
            if action == REPORT_ACTION:
                figures.report_codes |= _codes(_open(cipher, row.sealed_data))
        elif row.type_name == "user":
            event = _open(cipher, row.sealed_data)
            message = _message(cipher, row.id, account_id, event, row.occurred_at)
            waiting = _sent_at(event, row.occurred_at)
            figures.messages += 1
            figures.fallbacks += message["is_fallback"]
            figures.channel = figures.channel or str(event.get("input_channel") or "")[:32]
            if message["typed"] and message["confidence"] is not None:
                figures.confidences.append(message["confidence"])
            figures.opening = figures.opening or message["opening"]
            messages.append({name: value for name, value in message.items() if name != "opening"})
    return figures, messages


def _message(
    cipher: Cipher, event_id: int, account_id: str, event: dict[str, Any], occurred_at: float
) -> dict[str, Any]:
    parsed = event.get("parse_data") or {}
    intent = str((parsed.get("intent") or {}).get("name") or FALLBACK)
    ranking = [one for one in parsed.get("intent_ranking") or [] if one.get("name") != FALLBACK]
    best = ranking[0] if ranking else (parsed.get("intent") or {})
    confidence = float(best.get("confidence") or 0.0)
    # What the channel knows for certain comes with one intent at exactly 1 (connectors.zalo.understanding).
    typed = not (
        len(parsed.get("intent_ranking") or []) == 1 and parsed["intent_ranking"][0].get("confidence") == 1.0
    )
    body = body_of(event)
    return {
        "event_id": event_id,
        "account_id": account_id,
        "at": _moment(occurred_at),
        "intent": intent[:128],
        "guess": str(best.get("name") or "")[:128] if ranking else "" if intent == FALLBACK else intent[:128],
        "confidence": confidence,
        "is_fallback": intent == FALLBACK,
        "typed": typed,
        "doubtful": typed and (intent == FALLBACK or confidence < DOUBTFUL_BELOW),
        "similar_key": similar_key(cipher, body.text),
        "sealed_body": seal_body(cipher, body),
        "opening": body.text[:OPENING_LETTERS],
    }


def _add_messages(session: Session, session_id: int, messages: list[dict[str, Any]]) -> None:
    """Add the messages that are not there yet; one that is there keeps what staff said about it."""
    if messages:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        statement = dialect.insert(ReviewMessage.__table__)
        rows = [
            {
                **message,
                "session_id": session_id,
                "state": "open",
                "corrected_intent": "",
                "decided_by": "",
            }
            for message in messages
        ]
        session.execute(statement.on_conflict_do_nothing(index_elements=["event_id"]), rows)


def _open(cipher: Cipher, sealed: str) -> dict[str, Any]:
    try:
        event: dict[str, Any] = json.loads(cipher.open(sealed))
    except (StorageError, ValueError):
        # A text whose key is gone is listed as empty; the others of the session stay readable.
        return {}
    return event


def _codes(event: dict[str, Any]) -> set[str]:
    return set(_SHOWN_CODE.findall(str(event.get("text") or "")))


def _sent_at(event: dict[str, Any], occurred_at: float) -> float:
    try:
        moment = datetime.fromisoformat(str((event.get("metadata") or {}).get("sent_at")))
    except ValueError:
        return occurred_at
    # A phone's clock ahead of ours would make the wait shorter than nothing.
    return min(moment.timestamp(), occurred_at) if moment.tzinfo is not None else occurred_at


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.utc)
