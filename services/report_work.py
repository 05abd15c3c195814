"""What officers do with reports: take them, change their state, write to the citizen, decide on duplicates.

Every step is in the report's history and in the audit trail, in the transaction that takes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit, report_history, report_news, report_states
from services.db.report_tables import ReportLink, ReportMessage
from services.report_desk import CHANGE, NotPermitted, Officer, visible_row
from services.report_identity import kept_moment
from services.secrets import Cipher

# Within this time the same words of the same officer are a second click, not a second message.
_SECOND_CLICK = timedelta(minutes=1)


class StepRefused(Exception):
    """The step is not possible; the text tells the officer why, in Vietnamese."""


def change_state(
    session: Session,
    cipher: Cipher,
    officer: Officer,
    report_id: int,
    version: int,
    new_state: str,
    words: str,
    now: datetime,
) -> None:
    """Take a step and tell the citizen: in the officer's words, or in ours where none are needed.

    A second click on the same step changes nothing. Raises StepRefused, NotPermitted, and ReportChanged
    when the report is no longer at `version`.
    """
    row = _row(session, officer, report_id)
    if row.case_state == new_state and row.version == version + 1:
        kind = "question" if new_state == report_states.ASKING else "news"
        told = words.strip() or report_states.TOLD.get(new_state, "")
        if _just_written(session, cipher, row, kind, told, officer, now):
            return
    if row.version != version:
        raise report_history.ReportChanged(f"report {report_id}")
    if new_state not in report_states.STEPS[row.case_state]:
        raise StepRefused(
            f"Tin đang ở bước “{report_states.LABELS[row.case_state]}”, không chuyển thẳng sang bước này."
        )
    words = words.strip()
    if new_state in report_states.NEEDS_WORDS and not words:
        raise StepRefused("Bước này phải ghi lời nhắn để bà con biết kết quả hoặc biết phải đến đâu.")
    if new_state == report_states.ASKING and not words:
        raise StepRefused("Cần bổ sung gì thì ghi câu hỏi để máy nhắn cho bà con.")
    report_history.move(session, row, new_state, "state", audit.officer(officer.id), now, version)
    _audit(session, officer, row, "report.state", now, f"{row.case_state}>{new_state}")
    kind = "question" if new_state == report_states.ASKING else "news"
    told = words or report_states.TOLD[new_state]
    _tell(session, cipher, row, kind, told, officer, now)


def ask(
    session: Session,
    cipher: Cipher,
    officer: Officer,
    report_id: int,
    question: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Put a question to the citizen; an open report waits for the answer. A second click asks once.

    Raises StepRefused, and ReportChanged when a `version` is given and the report is no longer at it.
    """
    row = _row(session, officer, report_id)
    actor = audit.officer(officer.id)
    if _just_written(session, cipher, row, "question", question, officer, now):
        return
    if report_states.ASKING in report_states.STEPS[row.case_state]:
        report_history.move(session, row, report_states.ASKING, "question", actor, now, version)
    else:
        _still_at(session, row, version)
        report_history.note(session, row, "question", actor, now)
    _audit(session, officer, row, "report.asked", now)
    _tell(session, cipher, row, "question", question, officer, now)


def tell(
    session: Session,
    cipher: Cipher,
    officer: Officer,
    report_id: int,
    words: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Write to the citizen; a second click writes once.

    Raises StepRefused for an empty or a too long message, and ReportChanged as `ask` does.
    """
    row = _row(session, officer, report_id)
    if _just_written(session, cipher, row, "news", words, officer, now):
        return
    _still_at(session, row, version)
    report_history.note(session, row, "message", audit.officer(officer.id), now)
    _audit(session, officer, row, "report.told", now)
    _tell(session, cipher, row, "news", words, officer, now)


def resend(
    session: Session, cipher: Cipher, officer: Officer, report_id: int, message_id: int, now: datetime
) -> bool:
    """Try an undelivered message once more; tell whether there was one."""
    row = _row(session, officer, report_id)
    _audit(session, officer, row, "report.resent", now)
    return report_news.resend(session, cipher, row, message_id, now)


def write_note(
    session: Session, cipher: Cipher, officer: Officer, report_id: int, text: str, now: datetime
) -> None:
    """Keep a note for officers; citizens never see it. A second click keeps it once."""
    row = _row(session, officer, report_id)
    if _just_written(session, cipher, row, "note", text, officer, now):
        return
    at = kept_moment(row.identity, now)
    session.execute(
        sa.insert(ReportMessage.__table__).values(
            report_id=row.id,
            direction="internal",
            kind="note",
            author=audit.officer(officer.id),
            sealed_text=cipher.at(at).seal(text.strip()),
            delivery="none",
            answered=False,
            created_at=at,
        )
    )
    report_history.note(session, row, "note", audit.officer(officer.id), now)
    _audit(session, officer, row, "report.noted", now)


def assign(
    session: Session, officer: Officer, report_id: int, version: int, to: str | None, now: datetime
) -> None:
    """Give a report to an officer, or to nobody; a second click changes nothing. Raises ReportChanged."""
    _set(session, officer, report_id, version, "report.assigned", to or "", now, assigned_to=to)


def mark_complex(
    session: Session, officer: Officer, report_id: int, version: int, complex_case: bool, now: datetime
) -> None:
    """Say that the longer term of the law runs, or that it does not. Raises ReportChanged."""
    told = "yes" if complex_case else "no"
    _set(session, officer, report_id, version, "report.complex", told, now, complex_case=complex_case)


def set_file_number(
    session: Session, officer: Officer, report_id: int, version: int, number: str, now: datetime
) -> None:
    """Note the case file that took the report over: it is then kept as files are. Raises ReportChanged."""
    number = number.strip()[:64]
    _set(session, officer, report_id, version, "report.filed", "", now, file_number=number or None)


def decide_link(session: Session, officer: Officer, link_id: int, same: bool, now: datetime) -> None:
    """Say whether two linked reports are about the same thing; both stay. Raises NotPermitted."""
    officer.needs(CHANGE)
    link = session.execute(sa.select(ReportLink.__table__).where(ReportLink.id == link_id)).first()
    if link is None:
        raise StepRefused("Không còn liên kết này.")
    rows = [visible_row(session, officer, one) for one in (link.first_id, link.second_id)]
    if None in rows:
        raise NotPermitted("both reports")
    session.execute(
        sa.update(ReportLink.__table__)
        .where(ReportLink.id == link_id)
        .values(state="same" if same else "different", decided_by=officer.id, decided_at=now)
    )
    for row in rows:
        _audit(session, officer, row, "report.linked", now, "same" if same else "different")


def _row(session: Session, officer: Officer, report_id: int) -> Any:
    officer.needs(CHANGE)
    row = visible_row(session, officer, report_id)
    if row is None:
        raise StepRefused("Không có tin này, hoặc tin không thuộc phần việc của đồng chí.")
    return row


def _still_at(session: Session, row: Any, version: int | None) -> None:
    # A message changes what the next officer has to know before writing: pages shown before it are stale.
    if version is not None:
        report_history.change(session, row.id, version)


def _just_written(
    session: Session, cipher: Cipher, row: Any, kind: str, text: str, officer: Officer, now: datetime
) -> bool:
    # Held, so that on Postgres two clicks at once come one after the other.
    report_history.read_row(session, row.id)
    table = ReportMessage.__table__
    last = session.execute(
        sa.select(table).where(table.c.report_id == row.id).order_by(table.c.id.desc()).limit(1)
    ).first()
    return (
        last is not None
        and (last.kind, last.author) == (kind, audit.officer(officer.id))
        and last.created_at >= kept_moment(row.identity, now - _SECOND_CLICK)
        and bool(cipher.open(last.sealed_text) == text.strip())
    )


def _set(
    session: Session,
    officer: Officer,
    report_id: int,
    version: int,
    action: str,
    detail: str,
    now: datetime,
    **values: Any,
) -> None:
    row = _row(session, officer, report_id)
    if row.version == version + 1 and all(row._mapping[name] == value for name, value in values.items()):
        # A second click: what it asks for was done by the first.
        return
    report_history.change(session, row.id, version, **values)
    _audit(session, officer, row, action, now, detail)


def _tell(
    session: Session, cipher: Cipher, row: Any, kind: str, words: str, officer: Officer, now: datetime
) -> None:
    try:
        report_news.tell(session, cipher, row, kind, words, audit.officer(officer.id), now)
    except ValueError:
        most = report_news.MOST_LETTERS
        raise StepRefused(f"Lời nhắn cho bà con phải có chữ và không dài quá {most} chữ.") from None


def _audit(
    session: Session, officer: Officer, row: Any, action: str, now: datetime, detail: str = ""
) -> None:
    # To the hour for an anonymous report: the moment of a message would lead to the outbox and from there
    # to the citizen.
    at = kept_moment(row.identity, now)
    audit.record(session, audit.officer(officer.id), action, at, row.id, detail)
