"""What citizens sent beside words: each picture, clip or file is wanted from the moment its event is stored.

An item is `wanted`, then `fetching` under a lease, and ends as `stored` (its bytes are in
services.evidence_store under their hash) or as `missing`, with the reason an officer reads. The
address is sealed: who has it can fetch what the citizen sent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.db.leases import Leases
from services.db.models import InboundEvent, MediaItem
from services.db.prepared import Prepared, value
from services.errors import StorageError
from services.secrets import Cipher

NO_ADDRESS = "the message holds no address to fetch it from"

# Written into the SQL as they are: a bound value would keep a partial index from being used.
_WANTED = sa.text("media_item.state = 'wanted'")
_item = MediaItem.__table__
_leases = Leases(_item, held="fetching")


@dataclass(frozen=True)
class WantedItem:
    """One thing to fetch: its kind (`image`, `video` …), its address, and the MD5 the platform names."""

    kind: str
    url: str
    checksum: str = ""


@dataclass(frozen=True)
class ClaimedItem:
    """An item that this worker may fetch until its lease ends."""

    id: int
    account_id: str
    citizen_id: str
    kind: str
    url: str
    checksum: str
    attempts: int
    created_at: datetime


@dataclass(frozen=True)
class SeenItem:
    """What became of one item: `stored` ones have hash, size in bytes and type, others a reason or none."""

    position: int
    kind: str
    state: str
    sha256: str | None
    size: int | None
    mime_type: str | None
    reason: str | None


@dataclass(frozen=True)
class SentItem:
    """One thing a citizen sent: the key of its event, its place among what the event brought, its kind."""

    event_key: str
    position: int
    kind: str


def sent_since(
    session: Session, account_id: str, citizen_id: str, since: datetime, held: bool = False
) -> list[SentItem]:
    """List what a citizen sent from a moment on, oldest first; with `held` only what no turn has worked."""
    query = (
        sa.select(InboundEvent.event_key, MediaItem.position, MediaItem.kind)
        .join(InboundEvent, InboundEvent.id == MediaItem.inbound_id)
        .where(
            MediaItem.account_id == account_id,
            MediaItem.citizen_id == citizen_id,
            MediaItem.created_at >= since,
        )
        .order_by(InboundEvent.sent_at, MediaItem.id)
    )
    if held:
        query = query.where(InboundEvent.state == "held")
    return [SentItem(row.event_key, row.position, row.kind) for row in session.execute(query)]


def event_id(session: Session, account_id: str, event_key: str) -> int | None:
    """Give the number of a stored event, to which its items belong."""
    row = session.execute(
        sa.select(InboundEvent.id).where(
            InboundEvent.account_id == account_id, InboundEvent.event_key == event_key
        )
    ).first()
    return None if row is None else int(row.id)


def want(
    session: Session,
    cipher: Cipher,
    event_id: int,
    account_id: str,
    citizen_id: str,
    items: Sequence[WantedItem],
    now: datetime,
) -> None:
    """Note what an event brought, in the transaction that stores the event.

    A repeated delivery changes nothing. An item without an address is missing at once, so that
    an officer sees that there was one.
    """
    if not items:
        return
    rows = [
        {
            "inbound_id": event_id,
            "position": position,
            "account_id": account_id,
            "citizen_id": citizen_id,
            "kind": item.kind[:16],
            "sealed_url": cipher.seal(json.dumps({"url": item.url, "checksum": item.checksum})),
            "state": "wanted" if item.url else "missing",
            "attempts": 0,
            "next_try_at": now,
            "created_at": now,
            "settled_at": None if item.url else now,
            "last_error": None if item.url else NO_ADDRESS,
        }
        for position, item in enumerate(items)
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(_item).on_conflict_do_nothing(index_elements=["inbound_id", "position"]),
        rows,
    )


def claim(session: Session, cipher: Cipher, worker: str, limit: int, now: datetime) -> list[ClaimedItem]:
    """Take up to `limit` items whose time has come, the longest waiting first.

    An item that none of the keys opens is put off.
    """
    rows = _due.run(session, {"now": now, "most": limit}).all()
    opened, unreadable = _open(cipher, rows)
    _leases.put_off(session, unreadable, now)
    _leases.hold(session, list(opened), worker, now)
    return [
        ClaimedItem(
            id=row.id,
            account_id=row.account_id,
            citizen_id=row.citizen_id,
            kind=row.kind,
            url=opened[row.id]["url"],
            checksum=opened[row.id]["checksum"],
            attempts=row.attempts + 1,
            created_at=row.created_at,
        )
        for row in rows
        if row.id in opened
    ]


def is_any_wanted(session: Session) -> bool:
    """Tell whether an item waits, its time come or not."""
    return _any_wanted.run(session).first() is not None


def settle(
    session: Session, item_id: int, worker: str, sha256: str, size: int, mime_type: str, now: datetime
) -> None:
    """End an item as stored, under the hash of its bytes. Raises ClaimLost."""
    _leases.change(
        session,
        item_id,
        worker,
        state="stored",
        sha256=sha256,
        size=size,
        mime_type=mime_type,
        settled_at=now,
        last_error=None,
    )


def mark_missing(session: Session, item_id: int, worker: str, reason: str, now: datetime) -> None:
    """End an item that cannot be had, with the reason an officer reads. Raises ClaimLost."""
    _leases.change(session, item_id, worker, state="missing", settled_at=now, last_error=reason[:200])


def retry(
    session: Session, item_id: int, worker: str, at: datetime, reason: str, counts: bool = True
) -> None:
    """Fetch an item again from a moment on. Raises ClaimLost.

    A try that failed on our side (`counts` false) does not bring the item nearer to missing.
    """
    _leases.change(session, item_id, worker, state="wanted", next_try_at=at, last_error=reason[:200])
    if not counts:
        session.execute(sa.update(_item).where(_item.c.id == item_id).values(attempts=_item.c.attempts - 1))


def extend_leases(session: Session, worker: str, item_ids: Sequence[int], now: datetime) -> None:
    """Say that this worker is alive and still fetching these items."""
    _leases.extend(session, worker, item_ids, now)


def release_expired(session: Session, now: datetime, everything: bool = False) -> int:
    """Take back what workers that died were fetching; give how many. `everything` ignores the leases."""
    return _leases.release(session, now, everything, state="wanted", next_try_at=now)


def for_event(session: Session, event_id: int) -> list[SeenItem]:
    """List what an event brought, in its order."""
    rows = session.execute(
        sa.select(_item).where(_item.c.inbound_id == event_id).order_by(_item.c.position)
    ).all()
    return [
        SeenItem(row.position, row.kind, row.state, row.sha256, row.size, row.mime_type, row.last_error)
        for row in rows
    ]


def _open(cipher: Cipher, rows: Sequence[Any]) -> tuple[dict[int, dict[str, str]], list[int]]:
    opened, unreadable = {}, []
    for row in rows:
        try:
            opened[row.id] = json.loads(cipher.open(row.sealed_url))
        except StorageError:
            unreadable.append(row.id)
    return opened, unreadable


_due = Prepared(
    lambda _: (
        sa.select(_item)
        .where(_WANTED, _item.c.next_try_at <= value("now", _item.c.next_try_at))
        .order_by(_item.c.next_try_at, _item.c.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )
)
_any_wanted = Prepared(lambda _: sa.select(_item.c.id).where(_WANTED).limit(1))
