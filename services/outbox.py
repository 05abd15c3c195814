"""The durable outbox: what a turn says is stored with the turn and leaves in order, with retries.

A message is `queued`, then `sending` under a lease, and ends as `sent` or `dead`. `unsure` means the
connection broke after the request had left: the platform may have it, so the sender looks first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.models import OutboundMessage
from services.errors import ClaimLost, StorageError
from services.secrets import Cipher

LEASE = timedelta(seconds=60)
# A message that the present keys do not open is left for an operator to bring the key back.
UNREADABLE_PAUSE = timedelta(minutes=1)

# Written into the SQL as they are: a bound value would keep a partial index from being used.
_SENDING = sa.literal_column("'sending'")
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
    for position, reply in enumerate(replies):
        session.execute(
            sa.insert(OutboundMessage.__table__).values(
                account_id=account_id,
                citizen_id=citizen_id,
                inbound_id=inbound_id,
                position=position,
                kind=reply.kind,
                sealed_payload=cipher.seal(json.dumps(reply.payload, ensure_ascii=False)),
                state="queued",
                attempts=0,
                created_at=now,
                next_try_at=now,
            )
        )


def claim(session: Session, cipher: Cipher, worker: str, limit: int, now: datetime) -> list[ClaimedMessage]:
    """Take up to `limit` messages, each the oldest open one to its citizen.

    A message that none of the keys opens is put off, and stops nobody but its own citizen.
    """
    message = OutboundMessage.__table__
    other = message.alias("other")
    blocked = sa.exists().where(
        other.c.account_id == message.c.account_id,
        other.c.citizen_id == message.c.citizen_id,
        _OTHER_OPEN,
        other.c.id < message.c.id,
    )
    rows = session.execute(
        sa.select(message)
        .where(_WAITING, message.c.next_try_at <= now, ~blocked)
        .order_by(message.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    payloads, unreadable = _open_payloads(cipher, rows)
    if unreadable:
        session.execute(
            sa.update(message)
            .where(message.c.id.in_(unreadable))
            .values(
                next_try_at=now + UNREADABLE_PAUSE, last_error="cannot be read with the present DATA_KEYS"
            )
        )
    if not payloads:
        return []
    session.execute(
        sa.update(message)
        .where(message.c.id.in_(payloads))
        .values(
            state="sending",
            worker=worker,
            lease_until=now + LEASE,
            attempts=message.c.attempts + 1,
            # The first try stays the moment from which an unsure message is looked for.
            started_at=sa.func.coalesce(message.c.started_at, now),
        )
    )
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


def mark_sent(session: Session, message_id: int, worker: str, remote_id: str, now: datetime) -> None:
    """End a message as sent under the platform's id. Raises ClaimLost."""
    _change_claimed(
        session, message_id, worker, state="sent", remote_id=remote_id, settled_at=now, last_error=None
    )


def mark_dead(session: Session, message_id: int, worker: str, reason: str, now: datetime) -> None:
    """End a message that can never be sent, with the reason an officer reads. Raises ClaimLost."""
    _change_claimed(session, message_id, worker, state="dead", settled_at=now, last_error=reason[:200])


def retry(
    session: Session, message_id: int, worker: str, at: datetime, reason: str, unsure: bool = False
) -> None:
    """Try a message again from a moment on; `unsure` if the platform may have it. Raises ClaimLost."""
    _change_claimed(
        session,
        message_id,
        worker,
        state="unsure" if unsure else "queued",
        next_try_at=at,
        last_error=reason[:200],
    )


def extend_leases(session: Session, worker: str, message_ids: Sequence[int], now: datetime) -> None:
    """Say that this worker is alive and still sending these messages."""
    if message_ids:
        session.execute(
            sa.update(OutboundMessage.__table__)
            .where(
                OutboundMessage.id.in_(message_ids),
                OutboundMessage.worker == worker,
                OutboundMessage.state == _SENDING,
            )
            .values(lease_until=now + LEASE)
        )


def release_expired(session: Session, now: datetime, look_at: datetime, everything: bool = False) -> int:
    """Take back what workers that died were sending, as unsure, to be looked at from `look_at` on."""
    query = sa.update(OutboundMessage.__table__).where(OutboundMessage.state == _SENDING)
    if not everything:
        query = query.where(OutboundMessage.lease_until < now)
    return int(session.execute(query.values(state="unsure", worker=None, next_try_at=look_at)).rowcount)


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


def _change_claimed(session: Session, message_id: int, worker: str, **values: object) -> None:
    result = session.execute(
        sa.update(OutboundMessage.__table__)
        .where(
            OutboundMessage.id == message_id,
            OutboundMessage.worker == worker,
            OutboundMessage.state == _SENDING,
        )
        .values(worker=None, lease_until=None, **values)
    )
    if result.rowcount != 1:
        raise ClaimLost(f"outbound message {message_id}")
