"""A report's state and its history: each step is one guarded update and one entry that stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import report_states
from services.db.report_tables import Report, ReportEvent
from services.report_identity import kept_moment


class ReportChanged(Exception):
    """Somebody else changed the report since it was read: read it again, nothing was stored."""


def move(
    session: Session,
    row: Any,
    new_state: str,
    kind: str,
    actor: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Bring a report (its row) to a state and note it. Raises ReportChanged when `version` is not its own."""
    at = kept_moment(row.identity, now)
    values: dict[str, Any] = {"case_state": new_state, "state_since": at}
    values["closed_at"] = at if new_state in report_states.CLOSED else None
    if new_state == report_states.AT_WORK and row.taken_up_at is None:
        values["taken_up_at"] = at
    change(session, row.id, row.version if version is None else version, **values)
    session.execute(
        sa.insert(ReportEvent.__table__).values(
            report_id=row.id, kind=kind, actor=actor, old_state=row.case_state, new_state=new_state, at=at
        )
    )


def note(session: Session, row: Any, kind: str, actor: str, now: datetime) -> None:
    """Note what happened without a change of state."""
    session.execute(
        sa.insert(ReportEvent.__table__).values(
            report_id=row.id, kind=kind, actor=actor, at=kept_moment(row.identity, now)
        )
    )


def change(session: Session, report_id: int, version: int, **values: Any) -> None:
    """Change columns of a report that still has this version. Raises ReportChanged."""
    result = session.execute(
        sa.update(Report.__table__)
        .where(Report.id == report_id, Report.version == version, Report.erased_at.is_(None))
        .values(version=version + 1, **values)
    )
    if result.rowcount != 1:
        raise ReportChanged(f"report {report_id}")


def read_row(session: Session, report_id: int) -> Any | None:
    """Give the row of a report that has not been erased, held against other writers, or None."""
    return session.execute(
        sa.select(Report.__table__)
        .where(Report.id == report_id, Report.erased_at.is_(None))
        .with_for_update()
    ).first()
