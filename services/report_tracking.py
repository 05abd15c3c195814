"""What a citizen sees of a report and may do with it: read its state, add to it, say "chưa xong", withdraw.

Every function takes the grant that `services.report_access` gave out; with a stale or foreign one it
does nothing and gives None. A message that has done its work already gets the same answer and changes
nothing.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit, report_access, report_history, report_states, report_turns
from services.clock import VIETNAM
from services.db.models import MediaItem
from services.db.report_tables import ReportEvidence, ReportMessage
from services.report_categories import Catalogue
from services.report_clocks import ReportClocks, Timed
from services.report_identity import ANONYMOUS, kept_moment
from services.report_submission import EvidenceRef
from services.reports import add_evidence
from services.secrets import Cipher

LONGEST_ADDITION = 10_000


class Outcome(enum.Enum):
    """What became of a citizen's wish."""

    DONE = "done"
    # The report is not closed (to reopen it), or closed already (to withdraw it).
    NOT_NOW = "not now"
    # More than fifteen days have passed since it was closed: a new report is needed.
    TOO_LATE = "too late"


@dataclass(frozen=True)
class Holder:
    """Who asks, and with what right.

    `message` is the id of the message by which they ask: a turn that is worked again does nothing twice.
    """

    account_id: str
    citizen_id: str
    grant: str
    message: str = ""


@dataclass(frozen=True)
class News:
    """One message of an officer to the citizen; `question` waits for an answer."""

    text: str
    question: bool
    answered: bool
    at: datetime


@dataclass(frozen=True)
class Status:
    """A report as its reporter sees it. `next_steps` are whole sentences with days; newest news last."""

    code: str
    category: str
    title: str
    state: str
    label: str
    told: str
    next_steps: tuple[str, ...]
    news: tuple[News, ...]
    evidence: int
    evidence_missing: int
    received_at: datetime
    anonymous: bool
    can_reopen: bool
    can_withdraw: bool

    @property
    def text(self) -> str:
        """The whole in plain words, fit for one message."""
        local = self.received_at.astimezone(VIETNAM)
        about = "khoảng " if self.anonymous else ""
        lines = [
            f"Tin {self.code}, gửi lúc {about}{local:%H:%M} ngày {local:%d/%m/%Y}.",
            f"Hiện nay: {self.label}. {self.told}",
        ]
        if self.news and self.news[-1].text not in self.told:
            said = "Cán bộ hỏi" if self.news[-1].question else "Cán bộ nhắn"
            lines.append(f"{said}: {self.news[-1].text}")
        lines += self.next_steps
        if self.evidence_missing:
            lines.append(
                f"Có {self.evidence_missing} ảnh, clip máy không tải về được; anh/chị gửi lại giúp ạ."
            )
        return "\n".join(lines)


def status(
    session: Session,
    cipher: Cipher,
    catalogue: Catalogue,
    clocks: ReportClocks,
    holder: Holder,
    now: datetime,
) -> Status | None:
    """Give the state of the report, what comes next and by when."""
    row = _row(session, cipher, holder, now)
    if row is None:
        return None
    messages = session.execute(
        sa.select(ReportMessage.__table__)
        .where(ReportMessage.report_id == row.id, ReportMessage.direction == "to_citizen")
        .order_by(ReportMessage.id)
    ).all()
    news = tuple(
        News(cipher.open(one.sealed_text), one.kind == "question", one.answered, one.created_at)
        for one in messages
    )
    states = evidence_states(session, cipher, row.id)
    closed = row.case_state in report_states.CLOSED
    return Status(
        code=row.code,
        category=row.category,
        title=title_of(catalogue, row.category),
        state=row.case_state,
        label=report_states.LABELS[row.case_state],
        told=report_states.TOLD[row.case_state],
        next_steps=tuple(clocks.told_to_citizen(timed(row, catalogue), now)),
        news=news,
        evidence=len(states),
        evidence_missing=states.count("missing"),
        received_at=row.received_at,
        anonymous=row.identity == ANONYMOUS,
        can_reopen=closed and row.case_state != report_states.WITHDRAWN and _in_time(row, now),
        can_withdraw=not closed,
    )


def add_information(
    session: Session,
    cipher: Cipher,
    holder: Holder,
    text: str,
    now: datetime,
    evidence: Sequence[EvidenceRef] = (),
) -> Outcome | None:
    """Add words and pictures to a report; they answer the officer's open questions, if there are any."""
    row = _row(session, cipher, holder, now)
    if row is None:
        return None
    if _done_before(session, cipher, holder) or not _begin(session, cipher, row, holder, now):
        return Outcome.DONE
    asked = session.execute(
        sa.update(ReportMessage.__table__)
        .where(
            ReportMessage.report_id == row.id,
            ReportMessage.kind == "question",
            ReportMessage.answered.is_(False),
        )
        .values(answered=True)
    ).rowcount
    kind = "answer" if asked else "addition"
    at = kept_moment(row.identity, now)
    if text.strip():
        _keep_words(session, cipher, row, kind, text, now)
    add_evidence(session, cipher.at(at), row.id, holder.account_id, evidence, at)
    if row.case_state == report_states.ASKING:
        report_history.move(session, row, report_states.AT_WORK, kind, audit.CITIZEN, now)
    else:
        report_history.note(session, row, kind, audit.CITIZEN, now)
    audit.record(session, audit.CITIZEN, f"report.{kind}", at, row.id)
    return Outcome.DONE


def not_done(session: Session, cipher: Cipher, holder: Holder, text: str, now: datetime) -> Outcome | None:
    """Open a closed report again: the citizen says that it is not done, within fifteen days."""
    row = _row(session, cipher, holder, now)
    if row is None:
        return None
    if _done_before(session, cipher, holder):
        return Outcome.DONE
    if row.case_state not in report_states.CLOSED:
        return Outcome.NOT_NOW
    if not _in_time(row, now):
        return Outcome.TOO_LATE
    _begin(session, cipher, row, holder, now)
    _keep_words(session, cipher, row, "not_done", text, now)
    report_history.move(session, row, report_states.AT_WORK, "not_done", audit.CITIZEN, now)
    audit.record(session, audit.CITIZEN, "report.not_done", kept_moment(row.identity, now), row.id)
    return Outcome.DONE


def withdraw(session: Session, cipher: Cipher, holder: Holder, text: str, now: datetime) -> Outcome | None:
    """Note that the citizen takes the report back; officers may have to follow it all the same."""
    row = _row(session, cipher, holder, now)
    if row is None:
        return None
    if _done_before(session, cipher, holder):
        return Outcome.DONE
    if row.case_state in report_states.CLOSED:
        return Outcome.NOT_NOW
    _begin(session, cipher, row, holder, now)
    _keep_words(session, cipher, row, "withdrawal", text, now)
    report_history.move(session, row, report_states.WITHDRAWN, "withdrawal", audit.CITIZEN, now)
    audit.record(session, audit.CITIZEN, "report.withdrawn", kept_moment(row.identity, now), row.id)
    return Outcome.DONE


def taken_before(
    session: Session, cipher: Cipher, account_id: str, citizen_id: str, message: str
) -> str | None:
    """Give the code of the report to which a message was added when its turn ran before, or None."""
    report_id = report_turns.report_of(session, cipher, account_id, citizen_id, message)
    row = None if report_id is None else report_history.read_row(session, report_id)
    return None if row is None else str(row.code)


def title_of(catalogue: Catalogue, category_id: str) -> str:
    """Give the title of a category; its id when the content does not know it any more."""
    try:
        return catalogue.category(category_id).title
    except KeyError:
        return category_id


def timed(row: Any, catalogue: Catalogue) -> Timed:
    """Give what the clocks look at in a report's row."""
    try:
        clock = catalogue.category(row.category).clock
    except KeyError:
        clock = None
    return Timed(
        clock_id=clock.id if clock else None,
        state=row.case_state,
        received_at=row.received_at,
        taken_up_at=row.taken_up_at,
        closed_at=row.closed_at,
        occurred_from=row.occurred_from,
        emergency=row.emergency,
        complex_case=row.complex_case,
        told=row.news_state in ("sent", "code_only"),
    )


def evidence_states(session: Session, cipher: Cipher, report_id: int) -> list[str]:
    """Give the state of each piece of evidence in order; what was never received is "missing"."""
    sources = session.execute(
        sa.select(ReportEvidence.sealed_source)
        .where(ReportEvidence.report_id == report_id)
        .order_by(ReportEvidence.position)
    ).scalars()
    ids = [json.loads(cipher.open(sealed))[2] for sealed in sources]
    query = sa.select(MediaItem.id, MediaItem.state).where(MediaItem.id.in_([one for one in ids if one]))
    states = {row.id: str(row.state) for row in session.execute(query)}
    return [states.get(one, "missing") for one in ids]


def _row(session: Session, cipher: Cipher, holder: Holder, now: datetime) -> Any | None:
    report_id = report_access.granted(cipher, holder.grant, holder.account_id, holder.citizen_id, now)
    return None if report_id is None else report_history.read_row(session, report_id)


def _done_before(session: Session, cipher: Cipher, holder: Holder) -> bool:
    asker = (holder.account_id, holder.citizen_id, holder.message)
    return report_turns.report_of(session, cipher, *asker) is not None


def _begin(session: Session, cipher: Cipher, row: Any, holder: Holder, now: datetime) -> bool:
    asker = (holder.account_id, holder.citizen_id, holder.message)
    return report_turns.begin(session, cipher, row.id, *asker, kept_moment(row.identity, now))


def _keep_words(session: Session, cipher: Cipher, row: Any, kind: str, text: str, now: datetime) -> None:
    at = kept_moment(row.identity, now)
    session.execute(
        sa.insert(ReportMessage.__table__).values(
            report_id=row.id,
            direction="from_citizen",
            kind=kind,
            author=audit.CITIZEN,
            sealed_text=cipher.at(at).seal(text.strip()[:LONGEST_ADDITION]),
            delivery="none",
            answered=False,
            created_at=at,
        )
    )


def _in_time(row: Any, now: datetime) -> bool:
    return row.closed_at is not None and now - row.closed_at <= report_states.REOPEN
