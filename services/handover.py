"""Who speaks with a citizen: the assistant, or an officer who took over, or one who was asked for.

An officer who writes in the OA's own chat tool silences the assistant for that citizen; it comes
back when the officer has been quiet for `OFFICER_QUIET`, or says so. A citizen who asks for an
officer waits until `WAITING` is over; meanwhile the assistant goes on answering.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.db.models import ConversationMode
from services.db.prepared import Prepared, value

OFFICER_QUIET = timedelta(minutes=30)
WAITING = timedelta(hours=12)


class Speaker(enum.Enum):
    """Who answers a citizen's next message."""

    ASSISTANT = "assistant"
    WAITING = "waiting"
    OFFICER = "officer"
    # The officer has been quiet long enough: the assistant answers again, and says that it is it.
    ASSISTANT_AGAIN = "assistant again"


def speaker(session: Session, account_id: str, citizen_id: str, now: datetime) -> Speaker:
    """Tell who answers now; ASSISTANT_AGAIN until `assistant_resumes` notes that it was said."""
    row = _mode.run(session, {"account_id": account_id, "citizen_id": citizen_id}).first()
    if row is None:
        return Speaker.ASSISTANT
    if row.until > now:
        return Speaker(row.mode)
    return Speaker.ASSISTANT_AGAIN if row.mode == Speaker.OFFICER.value else Speaker.ASSISTANT


def officer_wrote(session: Session, account_id: str, citizen_id: str, now: datetime) -> bool:
    """Let the officer speak until quiet; True when this begins the take-over."""
    began = speaker(session, account_id, citizen_id, now) is not Speaker.OFFICER
    _set(session, account_id, citizen_id, Speaker.OFFICER, now, now + OFFICER_QUIET, keep_since=not began)
    return began


def ask_for_officer(session: Session, account_id: str, citizen_id: str, now: datetime) -> bool:
    """Note that a citizen wants an officer; True when this is new, so that officers are told once."""
    if speaker(session, account_id, citizen_id, now) in (Speaker.WAITING, Speaker.OFFICER):
        return False
    _set(session, account_id, citizen_id, Speaker.WAITING, now, now + WAITING, keep_since=False)
    return True


def assistant_resumes(session: Session, account_id: str, citizen_id: str) -> bool:
    """Let the assistant speak again; True when somebody else had the word."""
    row = session.get(ConversationMode, (account_id, citizen_id))
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def waiting(session: Session, now: datetime) -> list[tuple[str, str, datetime]]:
    """List who waits for an officer (account, citizen, since), longest first."""
    query = (
        sa.select(ConversationMode.account_id, ConversationMode.citizen_id, ConversationMode.since)
        .where(ConversationMode.mode == Speaker.WAITING.value, ConversationMode.until > now)
        .order_by(ConversationMode.since)
    )
    return [(row.account_id, row.citizen_id, row.since) for row in session.execute(query)]


def _set(
    session: Session,
    account_id: str,
    citizen_id: str,
    mode: Speaker,
    since: datetime,
    until: datetime,
    keep_since: bool,
) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(ConversationMode.__table__).values(
        account_id=account_id, citizen_id=citizen_id, mode=mode.value, since=since, until=until
    )
    changed = {"mode": mode.value, "until": until}
    if not keep_since:
        changed["since"] = since
    session.execute(
        statement.on_conflict_do_update(index_elements=["account_id", "citizen_id"], set_=changed)
    )
    session.expire_all()


_table = ConversationMode.__table__
_mode = Prepared(
    lambda _: sa.select(_table.c.mode, _table.c.until).where(
        *(_table.c[name] == value(name, _table.c[name]) for name in ("account_id", "citizen_id"))
    )
)
