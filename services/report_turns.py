"""Which messages have done their work on a report: a turn that broke after it wrote is worked again, once.

The message stands here as a keyed hash. A message does its work on one report, so no two reports share a
value, also not two anonymous ones of the same citizen.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.db.report_tables import ReportTurn
from services.secrets import Cipher

_PURPOSE = "report turn"


def begin(
    session: Session,
    cipher: Cipher,
    report_id: int,
    account_id: str,
    citizen_id: str,
    message: str,
    at: datetime,
) -> bool:
    """Note that a message does its work on a report; false when another process has done it meanwhile.

    `message` is the id of the citizen's message on this account; of none ("") nothing is noted.
    """
    if not message:
        return True
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    digest = cipher.digest(_PURPOSE, _joined(account_id, citizen_id, message))
    statement = dialect.insert(ReportTurn.__table__).values(report_id=report_id, message_digest=digest, at=at)
    # Waits for a process that does the same work at this moment.
    return bool(session.execute(statement.on_conflict_do_nothing()).rowcount)


def report_of(session: Session, cipher: Cipher, account_id: str, citizen_id: str, message: str) -> int | None:
    """Give the id of the report on which a message has done its work, or None."""
    if not message:
        return None
    digests = cipher.digests(_PURPOSE, _joined(account_id, citizen_id, message))
    query = sa.select(ReportTurn.report_id).where(ReportTurn.message_digest.in_(digests))
    row = session.execute(query).first()
    return None if row is None else int(row.report_id)


def forget_old(session: Session, before: datetime) -> int:
    """Forget messages older than a moment, whose turns are over for good; give how many."""
    return int(session.execute(sa.delete(ReportTurn.__table__).where(ReportTurn.at < before)).rowcount)


def _joined(account_id: str, citizen_id: str, message: str) -> str:
    # Ids hold no line breaks: no two triples give the same text.
    return f"{account_id}\n{citizen_id}\n{message}"
