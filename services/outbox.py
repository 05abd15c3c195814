"""The durable outbox: what a turn says is stored with the turn and leaves in order, with retries.

A message is `queued`, then `sending` under a lease, and ends as `sent` or `dead`. `unsure` means the
connection broke after the request had left: the platform may have it, so the sender looks first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.leases import Leases
from services.db.models import OutboundMessage
from services.db.prepared import Prepared, places, value
from services.errors import StorageError
from services.secrets import Cipher

_message = OutboundMessage.__table__
_leases = Leases(_message, held="sending")

# Written into the SQL as they are: a bound value would keep a partial index from being used.
_WAITING = sa.text("outbound_message.state IN ('queued', 'unsure')")
_OTHER_OPEN = sa.text("other.state IN ('queued', 'sending', 'unsure')")


@dataclass(frozen=True)
class Reply:
    """One message to be sent: its kind (`text`, `image`, `file` …) and what the platform needs."""

    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class ClaimedMessage:
    """A message that this worker may send until its lease ends."""

    id: int
    account_id: str
    citizen_id: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    unsure: bool
    started_at: datetime | None
    created_at: datetime


def add(
    session: Session,
    cipher: Cipher,
    account_id: str,
    citizen_id: str,
    replies: Sequence[Reply],
    now: datetime,
    inbound_id: int | None = None,
) -> None:
    """Queue messages in their order, in the caller's transaction."""
    rows = [
        {
            "account_id": account_id,
            "citizen_id": citizen_id,
            "inbound_id": inbound_id,
            "position": position,
            "kind": reply.kind,
            "sealed_payload": cipher.seal(json.dumps(reply.payload, ensure_ascii=False)),
            "state": "queued",
            "attempts": 0,
            "created_at": now,
            "next_try_at": now,
        }
        for position, reply in enumerate(replies)
    ]
    if rows:
        _insert.run(session, rows)


def claim(session: Session, cipher: Cipher, worker: str, limit: int, now: datetime) -> list[ClaimedMessage]:
    """Take up to `limit` messages, each the oldest open one to its citizen.

    A message that none of the keys opens is put off, and stops nobody but its own citizen.
    """
    rows = _due.run(session, {"now": now, "most": limit}).all()
    payloads, unreadable = _open_payloads(cipher, rows)
    _leases.put_off(session, unreadable, now)
    _leases.hold(session, list(payloads), worker, now)
    # The first try stays the moment from which an unsure message is looked for.
    first = [row.id for row in rows if row.id in payloads and row.started_at is None]
    if first:
        _start.run(session, [{"row_id": row_id, "now": now} for row_id in first])
    return [
        ClaimedMessage(
            id=row.id,
            account_id=row.account_id,
            citizen_id=row.citizen_id,
            kind=row.kind,
            payload=payloads[row.id],
            attempts=row.attempts + 1,
            unsure=row.state == "unsure",
            started_at=row.started_at,
            created_at=row.created_at,
        )
        for row in rows
        if row.id in payloads
    ]


def is_any_waiting(session: Session) -> bool:
    """Tell whether a message waits, its time come or not."""
    return _any_waiting.run(session).first() is not None


def mark_sent(session: Session, message_id: int, worker: str, remote_id: str, now: datetime) -> None:
    """End a message as sent under the platform's id. Raises ClaimLost."""
    _leases.change(
        session, message_id, worker, state="sent", remote_id=remote_id, settled_at=now, last_error=None
    )


def mark_dead(session: Session, message_id: int, worker: str, reason: str, now: datetime) -> None:
    """End a message that can never be sent, with the reason an officer reads. Raises ClaimLost."""
    _leases.change(session, message_id, worker, state="dead", settled_at=now, last_error=reason[:200])


def retry(
    session: Session, message_id: int, worker: str, at: datetime, reason: str, unsure: bool = False
) -> None:
    """Try a message again from a moment on; `unsure` if the platform may have it. Raises ClaimLost."""
    state = "unsure" if unsure else "queued"
    _leases.change(session, message_id, worker, state=state, next_try_at=at, last_error=reason[:200])


def extend_leases(session: Session, worker: str, message_ids: Sequence[int], now: datetime) -> None:
    """Say that this worker is alive and still sending these messages."""
    _leases.extend(session, worker, message_ids, now)


def release_expired(session: Session, now: datetime, look_at: datetime, everything: bool = False) -> int:
    """Take back what workers that died were sending, as unsure, to be looked at from `look_at` on."""
    return _leases.release(session, now, everything, state="unsure", next_try_at=look_at)


def is_ours(session: Session, account_id: str, remote_id: str) -> bool:
    """Tell whether the platform's message id is one that the outbox sent."""
    return (
        session.execute(
            sa.select(OutboundMessage.id)
            .where(OutboundMessage.account_id == account_id, OutboundMessage.remote_id == remote_id)
            .limit(1)
        ).first()
        is not None
    )


def counts(session: Session) -> dict[str, int]:
    """Count the open and dead messages by state."""
    query = (
        sa.select(OutboundMessage.state, sa.func.count(OutboundMessage.id).label("number"))
        .where(OutboundMessage.state.in_(["queued", "sending", "unsure", "dead"]))
        .group_by(OutboundMessage.state)
    )
    return {row.state: row.number for row in session.execute(query)}


def _open_payloads(cipher: Cipher, rows: Sequence[Any]) -> tuple[dict[int, dict[str, Any]], list[int]]:
    payloads, unreadable = {}, []
    for row in rows:
        try:
            payloads[row.id] = json.loads(cipher.open(row.sealed_payload))
        except StorageError:
            unreadable.append(row.id)
    return payloads, unreadable


def _oldest_open() -> Any:
    other = _message.alias("other")
    blocked = sa.exists().where(
        other.c.account_id == _message.c.account_id,
        other.c.citizen_id == _message.c.citizen_id,
        _OTHER_OPEN,
        other.c.id < _message.c.id,
    )
    return (
        sa.select(_message)
        .where(_WAITING, _message.c.next_try_at <= value("now", _message.c.next_try_at), ~blocked)
        .order_by(_message.c.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )


_due = Prepared(lambda _: _oldest_open())
_any_waiting = Prepared(lambda _: sa.select(_message.c.id).where(_WAITING).limit(1))
_start = Prepared(
    lambda _: (
        sa.update(_message)
        .where(_message.c.id == value("row_id", _message.c.id))
        .values(started_at=value("now", _message.c.started_at))
    )
)
_insert = Prepared(
    lambda _: sa.insert(_message).values(
        places(
            _message,
            *("account_id", "citizen_id", "inbound_id", "position", "kind", "sealed_payload", "state"),
            *("attempts", "created_at", "next_try_at"),
        )
    )
)
