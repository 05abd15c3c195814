"""Reports that may be about the same thing: found when one comes in, decided by officers, never merged.

Two reports are linked when they share a plate, or a place and the group of their category, within an
hour; or a plate and a place, when the times are vague or unknown. A shared account number of a
cheat links at any time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services import report_marks
from services.db.report_tables import ReportLink
from services.secrets import Cipher

HOUR = timedelta(hours=1)
# A span that says no more than "in the morning" is no hour.
VAGUE = timedelta(hours=3)
LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Compared:
    """What of a report is compared; `marks` are (kind, value in its form), `cells` with their neighbours."""

    report_id: int
    account_id: str
    group_id: str
    occurred_from: datetime | None
    occurred_to: datetime | None
    marks: tuple[tuple[str, str], ...]
    cells: tuple[str, ...]


def link_similar(session: Session, cipher: Cipher, new: Compared, now: datetime) -> int:
    """Link a new report with those it resembles; give with how many."""
    shared: dict[int, set[str]] = defaultdict(set)
    wanted = {
        report_marks.PLATE: ("plate", [value for kind, value in new.marks if kind == report_marks.PLATE]),
        report_marks.ACCOUNT: (
            "account",
            [value for kind, value in new.marks if kind == report_marks.ACCOUNT],
        ),
        report_marks.STREET: ("place", [value for kind, value in new.marks if kind == report_marks.STREET]),
        report_marks.CELL: ("place", list(new.cells)),
    }
    for kind, (name, values) in wanted.items():
        for report_id in report_marks.reports_with(session, cipher, kind, values):
            shared[report_id].add(name)
    shared.pop(new.report_id, None)
    rows = report_marks.received_since(session, new.account_id, now - LOOK_BACK, shared)
    found = [(row.id, reason) for row in rows if (reason := _reason(new, row, shared[row.id]))]
    if found:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(
            dialect.insert(ReportLink.__table__).on_conflict_do_nothing(
                index_elements=["first_id", "second_id"]
            ),
            [
                {
                    "first_id": min(other, new.report_id),
                    "second_id": max(other, new.report_id),
                    "shared": reason,
                    "state": "possible",
                    "found_at": now,
                }
                for other, reason in found
            ],
        )
    return len(found)


def links_of(session: Session, report_id: int) -> list[Any]:
    """Give the rows of a report's links (id, other_id, shared, state), oldest first."""
    other = sa.case((ReportLink.first_id == report_id, ReportLink.second_id), else_=ReportLink.first_id)
    query = (
        sa.select(ReportLink.id, other.label("other_id"), ReportLink.shared, ReportLink.state)
        .where(sa.or_(ReportLink.first_id == report_id, ReportLink.second_id == report_id))
        .order_by(ReportLink.id)
    )
    return list(session.execute(query).all())


def possible_of(session: Session, report_ids: Sequence[int]) -> Counter[int]:
    """Count the links of reports that nobody has decided on, by report; one question for a whole list."""
    wanted = set(report_ids)
    query = sa.select(ReportLink.first_id, ReportLink.second_id).where(
        ReportLink.state == "possible",
        sa.or_(ReportLink.first_id.in_(wanted), ReportLink.second_id.in_(wanted)),
    )
    return Counter(one for row in session.execute(query) for one in row if one in wanted)


def _reason(new: Compared, other: Any, shared: set[str]) -> str:
    near = _same_hour(new, other)
    if near and ("plate" in shared or ("place" in shared and new.group_id == other.group_id)):
        return "+".join([*sorted(shared), "hour"])
    vague = near is None
    if "account" in shared or (vague and {"plate", "place"} <= shared):
        return "+".join(sorted(shared))
    return ""


def _same_hour(new: Compared, other: Any) -> bool | None:
    """Tell whether both happened within an hour of each other; None when the times do not say."""
    spans = [(new.occurred_from, new.occurred_to), (other.occurred_from, other.occurred_to)]
    if any(start is None or end is None or end - start > VAGUE for start, end in spans):
        return None
    (start, end), (other_start, other_end) = spans
    return bool(start - HOUR <= other_end and other_start - HOUR <= end)
