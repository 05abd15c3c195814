"""What could not be worked or sent, for an officer to see: events and messages that ended as dead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.models import InboundEvent, OutboundMessage

_DEAD = sa.literal_column("'dead'")


@dataclass(frozen=True)
class DeadLetter:
    """One event (`in`) or message (`out`) that was given up, with the reason; `at` is UTC."""

    direction: str
    id: int
    account_id: str
    citizen_id: str
    at: datetime
    reason: str


def list_dead(session: Session, limit: int = 50) -> list[DeadLetter]:
    """Give the newest dead events and messages, newest first."""
    letters: list[DeadLetter] = []
    for direction, model in (("in", InboundEvent), ("out", OutboundMessage)):
        query = (
            sa.select(model.id, model.account_id, model.citizen_id, model.settled_at, model.last_error)
            .where(model.state == _DEAD)
            .order_by(model.id.desc())
            .limit(limit)
        )
        for row in session.execute(query):
            letters.append(
                DeadLetter(
                    direction, row.id, row.account_id, row.citizen_id, row.settled_at, row.last_error or ""
                )
            )
    return sorted(letters, key=lambda letter: letter.at, reverse=True)[:limit]
