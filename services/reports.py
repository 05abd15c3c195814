"""From a confirmed draft to a report with a code: one transaction, and one report per draft.

The same draft handed over again (five deliveries of the confirming message, a process killed before
it could tell the code) gives the code and the secret that it has already.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services import audit, report_codes, report_drafts, report_links, report_marks, return_address
from services.clock import VIETNAM
from services.db.models import InboundEvent, MediaItem
from services.db.report_tables import Report, ReportEvent, ReportEvidence, ReportFact
from services.report_identity import ANONYMOUS, kept_moment
from services.report_links import Compared
from services.report_submission import EvidenceRef, Submission
from services.return_address import Address
from services.secrets import Cipher

NEW = "moi"
RECEIPT_PURPOSE = "report receipt"
CONTACT_PURPOSE = "report contact"
_DRAFT_PURPOSE = "draft"
_TRIES = 8


@dataclass(frozen=True)
class Receipt:
    """What the citizen is told; `created` is false when the draft was a report already."""

    code: str
    secret: str
    created: bool
    report_id: int
    received_at: datetime

    def __repr__(self) -> str:
        return f"Receipt(code={self.code!r}, created={self.created})"


def submit(session: Session, cipher: Cipher, submission: Submission, now: datetime) -> Receipt:
    """Store a confirmed report with all that belongs to it, in the caller's transaction.

    Raises StorageError through the transaction; then nothing was stored and it may be tried again.
    """
    name = f"{submission.account_id}\n{submission.citizen_id}\n{submission.draft_id}"
    known = _by_draft(session, cipher, cipher.digests(_DRAFT_PURPOSE, name))
    if known is not None:
        return known
    kept = kept_moment(submission.identity, now)
    sealing = cipher.at(kept)
    report_id = _insert(session, sealing, submission, name, now, kept)
    if report_id is None:
        # Another process stored it between our look and our insert.
        known = _by_draft(session, cipher, cipher.digests(_DRAFT_PURPOSE, name))
        assert known is not None
        return known
    _add_facts(session, sealing, report_id, submission, kept)
    add_evidence(session, sealing, report_id, submission.account_id, submission.evidence, kept)
    _add_marks_and_links(session, sealing, report_id, submission, kept)
    session.execute(
        sa.insert(ReportEvent.__table__).values(
            report_id=report_id, kind="received", actor=audit.CITIZEN, new_state=NEW, at=kept
        )
    )
    audit.record(session, audit.CITIZEN, "report.submitted", kept, report_id)
    report_drafts.mark_submitted(session, cipher, submission.account_id, submission.citizen_id, now)
    stored = _by_draft(session, cipher, cipher.digests(_DRAFT_PURPOSE, name))
    assert stored is not None
    return Receipt(stored.code, stored.secret, True, stored.report_id, stored.received_at)


def draft_digest(cipher: Cipher, name: str) -> str:
    """Give the keyed hash of a draft's name (account, citizen, draft id)."""
    return cipher.digest(_DRAFT_PURPOSE, name)


def add_evidence(
    session: Session,
    cipher: Cipher,
    report_id: int,
    account_id: str,
    evidence: Sequence[EvidenceRef],
    at: datetime,
) -> int:
    """Attach what the citizen sent, once each; give how many were new.

    What was never received is attached too, so that an officer sees it is missing.
    """
    rows = session.execute(
        sa.select(ReportEvidence.position, ReportEvidence.sealed_source)
        .where(ReportEvidence.report_id == report_id)
        .order_by(ReportEvidence.position)
    ).all()
    there = {tuple(json.loads(cipher.open(row.sealed_source))[:2]) for row in rows}
    position, added = len(rows), 0
    for ref in dict.fromkeys(evidence):
        if (ref.event_key, ref.position) in there:
            continue
        media_id = session.execute(
            sa.select(MediaItem.id)
            .join(InboundEvent, InboundEvent.id == MediaItem.inbound_id)
            .where(
                InboundEvent.account_id == account_id,
                InboundEvent.event_key == ref.event_key,
                MediaItem.position == ref.position,
            )
        ).scalar()
        source = cipher.seal(json.dumps([ref.event_key, ref.position, media_id]))
        session.execute(
            sa.insert(ReportEvidence.__table__).values(
                report_id=report_id, position=position + added, sealed_source=source, added_at=at
            )
        )
        added += 1
    return added


def _by_draft(session: Session, cipher: Cipher, digests: Sequence[str]) -> Receipt | None:
    row = session.execute(
        sa.select(Report.id, Report.code, Report.sealed_receipt, Report.received_at).where(
            Report.draft_digest.in_(digests)
        )
    ).first()
    if row is None:
        return None
    # After an erasure the code is told still, but no secret opens anything any more.
    sealed = row.sealed_receipt
    secret = json.loads(cipher.for_purpose(RECEIPT_PURPOSE).open(sealed))[0] if sealed else ""
    return Receipt(row.code, secret, False, row.id, row.received_at)


def _insert(
    session: Session, cipher: Cipher, submission: Submission, name: str, now: datetime, kept: datetime
) -> int | None:
    """Insert the report's row; None when its draft has one. A code that exists is drawn again."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    receipt = json.dumps([report_codes.new_secret(), name])
    values = _columns(cipher, submission, kept)
    values["draft_digest"] = draft_digest(cipher, name)
    values["sealed_receipt"] = cipher.for_purpose(RECEIPT_PURPOSE).seal(receipt)
    for _ in range(_TRIES):
        code = report_codes.new_code(now.astimezone(VIETNAM).year)
        statement = dialect.insert(Report.__table__).values(code=code, **values)
        if session.execute(statement.on_conflict_do_nothing()).rowcount == 1:
            query = sa.select(Report.id).where(Report.code == code)
            return int(session.execute(query).scalar_one())
        taken = sa.select(Report.id).where(Report.draft_digest == values["draft_digest"])
        if session.execute(taken).first() is not None:
            return None
    raise RuntimeError("no free case code")


def _columns(cipher: Cipher, submission: Submission, kept: datetime) -> dict[str, Any]:
    anonymous = submission.identity == ANONYMOUS
    address = Address(submission.account_id, submission.citizen_id)
    reachable = submission.reachable or not anonymous
    contact = {"name": submission.name, "phone": submission.phone, "address": submission.address}
    place = {
        "text": submission.place, "latitude": submission.latitude, "longitude": submission.longitude,
    }  # fmt: skip
    start, end = submission.occurred_from, submission.occurred_to
    start, end = start or end, end or start
    if start is not None and end is not None and end < start:
        start, end = end, start
    return {
        "account_id": submission.account_id,
        "reporter_digest": None
        if anonymous
        else return_address.owner_digest(cipher, return_address.REPORTER, address),
        "sealed_reporter": return_address.seal_address(cipher, address) if reachable else None,
        "identity": submission.identity,
        "category": submission.category,
        "group_id": submission.group,
        "unit_id": submission.unit or None,
        "ward_id": submission.ward or None,
        "emergency": submission.emergency,
        "discreet": submission.discreet,
        "questionnaire_version": submission.questionnaire_version,
        "occurred_from": start,
        "occurred_to": end,
        "amount": submission.amount,
        "sealed_story": cipher.seal(submission.story),
        "sealed_place": cipher.seal(json.dumps(place, ensure_ascii=False)),
        "sealed_contact": None
        if anonymous
        else cipher.for_purpose(CONTACT_PURPOSE).seal(json.dumps(contact, ensure_ascii=False)),
        "case_state": NEW,
        "news_state": "none" if reachable else "code_only",
        "complex_case": False,
        "version": 1,
        "received_at": kept,
        "state_since": kept,
    }


def _add_facts(
    session: Session, cipher: Cipher, report_id: int, submission: Submission, at: datetime
) -> None:
    rows = [
        {
            "report_id": report_id,
            "fact_id": fact_id,
            "sealed_fact": cipher.seal(
                json.dumps({"said": fact.said, "value": fact.value, "doubt": fact.doubt}, ensure_ascii=False)
            ),
            "added_at": at,
        }
        for fact_id, fact in submission.facts.items()
    ]
    if rows:
        session.execute(sa.insert(ReportFact.__table__), rows)


def _add_marks_and_links(
    session: Session, cipher: Cipher, report_id: int, submission: Submission, at: datetime
) -> None:
    fact = submission.facts.get("dia_diem")
    place = fact.value if fact is not None and isinstance(fact.value, dict) else None
    position = (submission.latitude, submission.longitude)
    marks = [
        *((report_marks.PHONE, report_marks.phone_form(one)) for one in submission.phones),
        *((report_marks.PLATE, report_marks.plate_form(one)) for one in submission.plates),
        *((report_marks.ACCOUNT, report_marks.account_form(one)) for one in submission.accounts),
        *((report_marks.CELL, one) for one in report_marks.cells(*position)),
        (report_marks.STREET, report_marks.street_form(place, submission.ward)),
    ]
    if submission.identity != ANONYMOUS:
        marks.append((report_marks.REPORTER_PHONE, report_marks.phone_form(submission.phone)))
    marks = [(kind, value) for kind, value in marks if value]
    report_marks.add_marks(session, cipher, report_id, marks)
    compared = Compared(
        report_id,
        submission.account_id,
        submission.group,
        *_ordered(submission),
        tuple(marks),
        tuple(report_marks.cells(*position, around=True)),
    )
    report_links.link_similar(session, cipher, compared, at)


def _ordered(submission: Submission) -> tuple[datetime | None, datetime | None]:
    known = [moment for moment in (submission.occurred_from, submission.occurred_to) if moment is not None]
    return (min(known), max(known)) if known else (None, None)
