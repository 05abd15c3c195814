"""The durable inbox: events are stored once, then worked one citizen at a time, in order.

An event is `new`, then `working` under a lease, and ends as `done`, `ignored` or `dead`. A citizen
never has two events at work; citizens run side by side. On Postgres several workers share the
table with SKIP LOCKED; SQLite has one writer at a time, which gives the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.leases import Leases
from services.db.models import InboundEvent
from services.db.prepared import Prepared, places, value
from services.errors import StorageError
from services.secrets import Cipher

_event = InboundEvent.__table__
# Written into the SQL as it is: a bound value would keep a partial index from being used.
_HELD = sa.text("inbound_event.state = 'held'")
_leases = Leases(_event, held="working")

# Written into the SQL as they are: a bound value would keep a partial index from being used.
_NEW = sa.literal_column("'new'")
_WORKING = sa.literal_column("'working'")
_OTHER_OPEN = sa.text("other.state IN ('new', 'working')")


@dataclass(frozen=True)
class NewEvent:
    """An event as it came from a platform. `body` is its JSON text; moments are aware."""

    account_id: str
    citizen_id: str
    event_key: str
    kind: str
    body: str
    sent_at: datetime


@dataclass(frozen=True)
class ClaimedEvent:
    """An event that this worker may work on until its lease ends."""

    id: int
    account_id: str
    citizen_id: str
    event_key: str
    kind: str
    body: str
    attempts: int
    sent_at: datetime
    received_at: datetime


def store(session: Session, cipher: Cipher, events: Sequence[NewEvent], now: datetime) -> None:
    """Insert events; one that is there already (same account and key) is left as it is."""
    if not events:
        return
    rows = [
        {
            "account_id": event.account_id,
            "citizen_id": event.citizen_id,
            "event_key": event.event_key,
            "kind": event.kind,
            "sealed_body": cipher.seal(event.body),
            "state": "new",
            "attempts": 0,
            "sent_at": event.sent_at,
            "received_at": now,
            "next_try_at": now,
        }
        for event in events
    ]
    _insert.run(session, rows)


def claim(session: Session, cipher: Cipher, worker: str, limit: int, now: datetime) -> list[ClaimedEvent]:
    """Take up to `limit` events, each the oldest open one of a citizen who has none at work.

    An event that none of the keys opens is put off, and stops nobody but its own citizen.
    """
    rows = _due.run(session, {"now": now, "most": limit}).all()
    bodies, unreadable = _open_bodies(cipher, rows)
    _leases.put_off(session, unreadable, now)
    _leases.hold(session, list(bodies), worker, now)
    return [
        ClaimedEvent(
            id=row.id,
            account_id=row.account_id,
            citizen_id=row.citizen_id,
            event_key=row.event_key,
            kind=row.kind,
            body=bodies[row.id],
            attempts=row.attempts + 1,
            sent_at=row.sent_at,
            received_at=row.received_at,
        )
        for row in rows
        if row.id in bodies
    ]


def is_any_new(session: Session) -> bool:
    """Tell whether an event waits, its time come or not."""
    return _any_new.run(session).first() is not None


def settle(session: Session, event_id: int, worker: str, state: str, now: datetime, error: str = "") -> None:
    """End an event as `done`, `ignored` or `dead`. Raises ClaimLost if it is not this worker's now."""
    _leases.change(session, event_id, worker, state=state, settled_at=now, last_error=error[:200] or None)


def held_since(session: Session, account_id: str, citizen_id: str, since: datetime) -> bool:
    """Tell whether a citizen wrote from a moment on what no turn has worked, as an officer had the word."""
    query = sa.select(InboundEvent.id).where(
        InboundEvent.account_id == account_id,
        InboundEvent.citizen_id == citizen_id,
        _HELD,
        InboundEvent.received_at >= since,
    )
    return session.execute(query.limit(1)).first() is not None


def retry(session: Session, event_id: int, worker: str, at: datetime, error: str) -> None:
    """Give an event back to be worked again from a moment on. Raises ClaimLost."""
    _leases.change(session, event_id, worker, state="new", next_try_at=at, last_error=error[:200])


def extend_leases(session: Session, worker: str, event_ids: Sequence[int], now: datetime) -> None:
    """Say that this worker is alive and still at these events."""
    _leases.extend(session, worker, event_ids, now)


def release_expired(session: Session, now: datetime, everything: bool = False) -> int:
    """Give back what workers that died held; give how many. `everything` ignores the leases
    (for the start of a deployment that has one worker process only)."""
    return _leases.release(session, now, everything, state="new", next_try_at=now)


def counts(session: Session) -> dict[str, int]:
    """Count the open and dead events by state."""
    query = (
        sa.select(InboundEvent.state, sa.func.count(InboundEvent.id).label("number"))
        .where(InboundEvent.state.in_(["new", "working", "dead"]))
        .group_by(InboundEvent.state)
    )
    return {row.state: row.number for row in session.execute(query)}


def _open_bodies(cipher: Cipher, rows: Sequence[Any]) -> tuple[dict[int, str], list[int]]:
    bodies, unreadable = {}, []
    for row in rows:
        try:
            bodies[row.id] = cipher.open(row.sealed_body)
        except StorageError:
            unreadable.append(row.id)
    return bodies, unreadable


def _oldest_open() -> Any:
    other = _event.alias("other")
    blocked = sa.exists().where(
        other.c.account_id == _event.c.account_id,
        other.c.citizen_id == _event.c.citizen_id,
        # Says nothing new, but lets the database see that the index of open events answers it; without it
        # every claim reads all events that the account ever had.
        _OTHER_OPEN,
        sa.or_(
            other.c.state == _WORKING,
            sa.and_(
                other.c.state == _NEW,
                sa.or_(
                    other.c.sent_at < _event.c.sent_at,
                    sa.and_(other.c.sent_at == _event.c.sent_at, other.c.id < _event.c.id),
                ),
            ),
        ),
    )
    return (
        sa.select(_event)
        .where(_event.c.state == _NEW, _event.c.next_try_at <= value("now", _event.c.next_try_at), ~blocked)
        .order_by(_event.c.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )


_due = Prepared(lambda _: _oldest_open())
_any_new = Prepared(lambda _: sa.select(_event.c.id).where(_event.c.state == _NEW).limit(1))
_insert = Prepared(
    lambda dialect: (
        dialect.insert(_event)
        .values(
            places(
                _event,
                *("account_id", "citizen_id", "event_key", "kind", "sealed_body", "state", "attempts"),
                *("sent_at", "received_at", "next_try_at"),
            )
        )
        .on_conflict_do_nothing(index_elements=["account_id", "event_key"])
    )
)
