"""The audit trail: who read or changed what, when. It only grows; triggers of the database see to it.

Entries hold ids, names of fields and states, never what somebody wrote. `actor` is "citizen",
"system", or "officer:" with the officer's id. An officer's reading of names is an entry of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.report_tables import AuditEntry

CITIZEN, SYSTEM = "citizen", "system"
# The triggers refuse to delete anything younger.
KEPT = timedelta(days=732)
_LONGEST = 200


@dataclass(frozen=True)
class Entry:
    """One entry; `at` is UTC."""

    id: int
    actor: str
    action: str
    report_id: int | None
    detail: str
    at: datetime


def officer(officer_id: str) -> str:
    """Name an officer as an actor."""
    return f"officer:{officer_id}"[:64]


def record(
    session: Session, actor: str, action: str, now: datetime, report_id: int | None = None, detail: str = ""
) -> None:
    """Add an entry in the transaction of what it tells of: both are stored, or neither."""
    session.execute(
        sa.insert(AuditEntry.__table__).values(
            actor=actor, action=action, report_id=report_id, detail=detail[:_LONGEST], at=now
        )
    )


def entries(
    session: Session, report_id: int | None = None, actor: str | None = None, limit: int = 200
) -> list[Entry]:
    """List entries, newest first, of one report or one actor if given."""
    query = sa.select(AuditEntry.__table__).order_by(AuditEntry.id.desc()).limit(limit)
    if report_id is not None:
        query = query.where(AuditEntry.report_id == report_id)
    if actor is not None:
        query = query.where(AuditEntry.actor == actor)
    return [Entry(**row._mapping) for row in session.execute(query)]


def forget_old(session: Session, now: datetime, kept: timedelta = KEPT) -> int:
    """Delete entries past their time (never less than `KEPT`); give how many."""
    before = now - max(kept, KEPT)
    result = session.execute(sa.delete(AuditEntry.__table__).where(AuditEntry.at < before))
    return int(result.rowcount)
