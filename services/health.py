"""How a deployment is, as the database tells it: what waits and for how long, what was given up, tokens.

Everything here is read by indexes that hold open and dead rows only, so that it costs the same beside
millions of settled ones. Nothing of a citizen is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db import Database
from services.db.migrate import is_current
from services.db.models import InboundEvent, MediaItem, OutboundMessage, PlatformToken
from services.errors import StorageError

# States in the order in which a row goes through them. What is settled well is not counted: it is history.
INBOX_STATES = ("new", "working", "dead")
OUTBOX_STATES = ("queued", "sending", "unsure", "dead")
MEDIA_STATES = ("wanted", "fetching")

# Written as the partial indexes have them: a bound value would keep them from being used.
_INBOX_OPEN = sa.text("inbound_event.state IN ('new', 'working')")
_OUTBOX_OPEN = sa.text("outbound_message.state IN ('queued', 'sending', 'unsure')")
_MEDIA_OPEN = sa.text("media_item.state IN ('wanted', 'fetching')")
_INBOX_DEAD = sa.text("inbound_event.state = 'dead'")
_OUTBOX_DEAD = sa.text("outbound_message.state = 'dead'")


@dataclass(frozen=True)
class QueueHealth:
    """One queue: rows by state, and the age in seconds of the oldest open one (0 when none is open)."""

    counts: Mapping[str, int]
    oldest_seconds: float

    @property
    def dead(self) -> int:
        """Count what was given up."""
        return self.counts.get("dead", 0)

    @property
    def open(self) -> int:
        """Count what is still to be done."""
        return sum(number for state, number in self.counts.items() if state != "dead")


@dataclass(frozen=True)
class TokenHealth:
    """One account's token: seconds since it was issued and until it ends (negative when it ended).

    `broken` means that it cannot be renewed and somebody has to authorise the account again.
    """

    account_id: str
    age_seconds: float
    seconds_left: float
    broken: bool


@dataclass(frozen=True)
class Health:
    """What the database says about a deployment."""

    inbox: QueueHealth
    outbox: QueueHealth
    media: QueueHealth
    tokens: tuple[TokenHealth, ...]


def measure(session: Session, now: datetime) -> Health:
    """Read everything; four small queries and one for the tokens."""
    inbox, outbox, media = InboundEvent, OutboundMessage, MediaItem
    return Health(
        inbox=_queue(session, inbox, inbox.received_at, INBOX_STATES, _INBOX_OPEN, _INBOX_DEAD, now),
        outbox=_queue(session, outbox, outbox.created_at, OUTBOX_STATES, _OUTBOX_OPEN, _OUTBOX_DEAD, now),
        media=_queue(session, media, media.created_at, MEDIA_STATES, _MEDIA_OPEN, None, now),
        tokens=tuple(_tokens(session, now)),
    )


def database_problem(database: Database) -> str:
    """Tell what is wrong with the database: it does not answer, its schema is another; "" when nothing."""
    try:
        with database.transaction(read_only=True) as session:
            session.execute(sa.text("SELECT 1"))
        return "" if is_current(database) else "the schema is not the newest: migrations are missing"
    except StorageError as error:
        return f"the database does not answer: {error}"
    except sa.exc.SQLAlchemyError as error:
        return f"the database does not answer: {type(error).__name__}"


def _queue(
    session: Session,
    model: Any,
    since: sa.Column,
    states: tuple[str, ...],
    is_open: sa.sql.ClauseElement,
    is_dead: sa.sql.ClauseElement | None,
    now: datetime,
) -> QueueHealth:
    counts = dict.fromkeys(states, 0)
    oldest: datetime | None = None
    query = (
        sa.select(model.state, sa.func.count(model.id).label("number"), sa.func.min(since).label("oldest"))
        .where(is_open)
        .group_by(model.state)
    )
    for row in session.execute(query):
        counts[row.state] = int(row.number)
        oldest = row.oldest if oldest is None else min(oldest, row.oldest)
    if is_dead is not None:
        counts["dead"] = int(session.execute(sa.select(sa.func.count(model.id)).where(is_dead)).scalar_one())
    return QueueHealth(counts, 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()))


def _tokens(session: Session, now: datetime) -> list[TokenHealth]:
    token = PlatformToken.__table__
    rows = session.execute(
        sa.select(token.c.account_id, token.c.issued_at, token.c.expires_at, token.c.broken_at).order_by(
            token.c.account_id
        )
    )
    return [
        TokenHealth(
            row.account_id,
            (now - row.issued_at).total_seconds(),
            (row.expires_at - now).total_seconds(),
            row.broken_at is not None,
        )
        for row in rows
    ]
