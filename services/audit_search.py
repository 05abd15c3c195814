"""Looking things up in the audit trail, page by page."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.audit import Entry
from services.db.report_tables import AuditEntry, Report


def find(
    session: Session,
    actor: str | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Entry]:
    """List entries, newest first: of one actor, of one action, older than the entry `before`."""
    query = sa.select(AuditEntry.__table__).order_by(AuditEntry.id.desc()).limit(limit)
    if actor is not None:
        query = query.where(AuditEntry.actor == actor)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return [Entry(**row._mapping) for row in session.execute(query)]


def report_codes(session: Session, entries: Sequence[Entry]) -> dict[int, str]:
    """Give the codes of the reports that entries are about, by report id."""
    ids = {entry.report_id for entry in entries if entry.report_id is not None}
    rows = session.execute(sa.select(Report.id, Report.code).where(Report.id.in_(ids)))
    return {row.id: row.code for row in rows}
