"""A citizen's way to a report: by code and secret, or, for one under their name, from the same chat.

Whoever gets in is handed a grant: a sealed word that opens this report to this citizen for half an
hour, for the dialogue to keep. An unknown code and a wrong secret get the same answer.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit, code_attempts, report_codes, return_address
from services.db.report_tables import Report, ReportMessage
from services.errors import StorageError
from services.report_identity import kept_moment
from services.reports import RECEIPT_PURPOSE
from services.return_address import ASKING, REPORTER, Address
from services.secrets import Cipher

GRANTED = timedelta(minutes=30)
_GRANT = "report grant"
# Opened where there is no report, so that an unknown code takes as long as a wrong secret.
_NO_SECRET = "------"


@dataclass(frozen=True)
class Found:
    """The report is theirs; `grant` opens it."""

    grant: str
    code: str


@dataclass(frozen=True)
class Wait:
    """Too many wrong codes: nothing was looked up, and nothing is until this moment (UTC)."""

    until: datetime


@dataclass(frozen=True)
class Typo:
    """`what` ("code" or "secret") cannot be one, whatever is stored: a slip, which costs nothing."""

    what: str


@dataclass(frozen=True)
class NotFound:
    """No such pair of code and secret."""


@dataclass(frozen=True)
class Own:
    """One of a citizen's reports under their name."""

    grant: str
    code: str
    category: str
    state: str
    received_at: datetime


@dataclass(frozen=True)
class Asked:
    """A question of an officer that waits for this citizen's answer."""

    grant: str
    code: str
    text: str


def look_up(
    session: Session,
    cipher: Cipher,
    account_id: str,
    citizen_id: str,
    code_typed: str,
    secret_typed: str,
    now: datetime,
) -> Found | Wait | Typo | NotFound:
    """Open a report by code and secret, as the citizen typed them."""
    code, secret = report_codes.read_code(code_typed), report_codes.read_secret(secret_typed)
    if code is None or secret is None:
        return Typo("code" if code is None else "secret")
    asker = Address(account_id, citizen_id)
    scopes = code_attempts.scopes(account_id, citizen_id, code)
    code_attempts.queue_up(session, cipher, now)
    until = code_attempts.blocked_until(session, cipher, scopes[1:2], now)
    if until is not None:
        return Wait(until)
    row = session.execute(
        sa.select(Report.id, Report.identity, Report.sealed_receipt, Report.sealed_reporter).where(
            Report.code == code, Report.erased_at.is_(None)
        )
    ).first()
    # Nobody else's guesses keep a citizen from their own report in the chat they reported from.
    own = row is not None and row.sealed_reporter is not None
    own = own and return_address.is_address(cipher, row.sealed_reporter, asker)
    until = None if own else code_attempts.blocked_until(session, cipher, scopes, now)
    if until is not None:
        return Wait(until)
    receipts = cipher.for_purpose(RECEIPT_PURPOSE)
    sealed = row.sealed_receipt if row is not None else receipts.seal(json.dumps([_NO_SECRET, ""]))
    right = hmac.compare_digest(json.loads(receipts.open(sealed))[0], secret)
    if row is None or not right:
        code_attempts.failed(session, cipher, scopes, now)
        return NotFound()
    code_attempts.forgive(session, cipher, scopes[1:])
    audit.record(session, audit.CITIZEN, "report.opened_by_code", kept_moment(row.identity, now), row.id)
    return Found(_grant(cipher, row.id, asker, now), code)


def own_reports(
    session: Session, cipher: Cipher, account_id: str, citizen_id: str, now: datetime
) -> list[Own]:
    """List a citizen's reports under their name (also a kept-secret one), newest first.

    Anonymous and discreet ones are not listed: somebody else may hold the phone.
    """
    asker = Address(account_id, citizen_id)
    rows = session.execute(
        sa.select(Report.id, Report.code, Report.category, Report.case_state, Report.received_at)
        .where(
            Report.reporter_digest.in_(return_address.owner_digests(cipher, REPORTER, asker)),
            Report.discreet.is_(False),
            Report.erased_at.is_(None),
        )
        .order_by(Report.id.desc())
    ).all()
    return [
        Own(_grant(cipher, row.id, asker, now), row.code, row.category, row.case_state, row.received_at)
        for row in rows
    ]


def open_questions(
    session: Session, cipher: Cipher, account_id: str, citizen_id: str, now: datetime
) -> list[Asked]:
    """List the officers' questions that went to this chat and wait for an answer, oldest first.

    Questions about discreet reports are left out: they are read with code and secret only.
    """
    asker = Address(account_id, citizen_id)
    rows = session.execute(
        sa.select(Report.id, Report.code, Report.sealed_reporter, ReportMessage.sealed_text)
        .join(ReportMessage, ReportMessage.report_id == Report.id)
        .where(
            Report.account_id == account_id,
            Report.sealed_reporter.is_not(None),
            Report.discreet.is_(False),
            ReportMessage.kind == "question",
            ReportMessage.answered.is_(False),
        )
        .order_by(ReportMessage.id)
    ).all()
    return [
        Asked(_grant(cipher, row.id, asker, now), row.code, cipher.open(row.sealed_text))
        for row in rows
        if return_address.is_address(cipher, row.sealed_reporter, asker)
    ]


def granted(cipher: Cipher, grant: str, account_id: str, citizen_id: str, now: datetime) -> int | None:
    """Give the id of the report that a grant opens to this citizen now, or None."""
    try:
        report_id, holder, until = json.loads(cipher.for_purpose(_GRANT).open(grant))
    except (StorageError, ValueError):
        return None
    mine = return_address.owner_digests(cipher, ASKING, Address(account_id, citizen_id))
    if holder not in mine or now > datetime.fromtimestamp(until, tz=timezone.utc):
        return None
    return int(report_id)


def _grant(cipher: Cipher, report_id: int, asker: Address, now: datetime) -> str:
    holder = return_address.owner_digest(cipher, ASKING, asker)
    word: list[Any] = [report_id, holder, (now + GRANTED).timestamp()]
    return cipher.for_purpose(_GRANT).seal(json.dumps(word))
