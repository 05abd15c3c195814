"""Outcomes of an office's page, for citizens and leaders: answers and results, not how busy it was.

Only aggregates leave this module. A figure over fewer than `FEWEST` cases is not given at all, and
counts are rounded down to tens, so that nobody can be recognised in them or by comparing two days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import report_states
from services.db.models import ConversationEvent
from services.db.report_tables import Report, ReportMessage

FEWEST = 10
_CLOSED = tuple(sorted(report_states.CLOSED - {report_states.WITHDRAWN}))
_HUMAN = "officer:%"


@dataclass(frozen=True)
class Outcomes:
    """One period; None where there are too few cases. `share_answered` is between 0 and 1.

    `first_answer` is the median time from a report to the first words of an officer to the citizen,
    over named reports that got one (of anonymous ones only the full hour is kept). `asked` holds the
    intents asked about most with rounded counts, the most frequent first.
    """

    since: datetime
    until: datetime
    first_answer: timedelta | None
    closed: int | None
    share_answered: float | None
    asked: tuple[tuple[str, int], ...]


def outcomes(
    session: Session,
    accounts: Sequence[str] | None,
    procedures: Sequence[str],
    since: datetime,
    until: datetime,
    most_asked: int = 5,
) -> Outcomes:
    """Compute the outcomes of some accounts (None: all) over a period (UTC, `until` excluded).

    `procedures` are the intents that count as questions about procedures.
    """
    waits = _waits(session, accounts, since, until)
    closed, answered = _closed(session, accounts, since, until)
    return Outcomes(
        since,
        until,
        timedelta(seconds=median(waits)) if len(waits) >= FEWEST else None,
        _rounded(closed) if closed >= FEWEST else None,
        # The share is given in steps of five hundredths: finer ones would tell single cases.
        round(answered / closed * 20) / 20 if closed >= FEWEST else None,
        _asked(session, accounts, procedures, since, until, most_asked),
    )


def _waits(session: Session, accounts: Sequence[str] | None, since: datetime, until: datetime) -> list[float]:
    first = (
        sa.select(ReportMessage.report_id, sa.func.min(ReportMessage.created_at).label("at"))
        .where(ReportMessage.direction == "to_citizen", ReportMessage.author.like(_HUMAN))
        .group_by(ReportMessage.report_id)
        .subquery()
    )
    query = sa.select(Report.received_at, first.c.at).join(first, first.c.report_id == Report.id)
    query = query.where(
        Report.received_at >= since, Report.received_at < until, Report.identity != "anonymous"
    )
    rows = session.execute(_of(query, Report.account_id, accounts)).all()
    return [max(0.0, (answered - received).total_seconds()) for received, answered in rows]


def _closed(
    session: Session, accounts: Sequence[str] | None, since: datetime, until: datetime
) -> tuple[int, int]:
    told = sa.exists().where(
        ReportMessage.report_id == Report.id,
        ReportMessage.direction == "to_citizen",
        ReportMessage.kind == "news",
        ReportMessage.author.like(_HUMAN),
    )
    query = sa.select(
        sa.func.count(Report.id), sa.func.sum(sa.case((told, 1), else_=0)).label("answered")
    ).where(Report.closed_at >= since, Report.closed_at < until, Report.case_state.in_(_CLOSED))
    row = session.execute(_of(query, Report.account_id, accounts)).one()
    return int(row[0]), int(row[1] or 0)


def _asked(
    session: Session,
    accounts: Sequence[str] | None,
    procedures: Sequence[str],
    since: datetime,
    until: datetime,
    most: int,
) -> tuple[tuple[str, int], ...]:
    event = ConversationEvent
    query = (
        sa.select(event.intent_name, event.conversation_id)
        .where(
            event.type_name == "user",
            event.intent_name.in_(list(procedures)),
            event.occurred_at >= since.timestamp(),
            event.occurred_at < until.timestamp(),
        )
        .distinct()
    )
    if accounts is not None:
        query = query.where(sa.or_(*(event.conversation_id.like(f"zalo-{one}-%") for one in accounts)))
    # Persons are counted, not messages: one who asks ten times is one.
    people = Counter(row.intent_name for row in session.execute(query))
    ranked = sorted(people.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((intent, _rounded(count)) for intent, count in ranked if count >= FEWEST)[:most]


def _of(query: sa.sql.Select, column: sa.Column, accounts: Sequence[str] | None) -> sa.sql.Select:
    return query if accounts is None else query.where(column.in_(list(accounts)))


def _rounded(count: int) -> int:
    return count // 10 * 10
