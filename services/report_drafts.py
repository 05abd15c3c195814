"""One open draft of a report per citizen: kept sealed for a set time, then gone.

A draft is no report: no officer sees it. Whose it is stands here as a keyed hash only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.db.report_tables import ReportDraft
from services.return_address import DRAFTING, Address, owner_digest, owner_digests
from services.secrets import Cipher

# Long enough to sleep over it, short enough that nothing lies about that was never meant to be sent.
KEPT = timedelta(days=3)
# A turn that broke after the report was stored runs again and finds its draft still.
KEPT_ONCE_SUBMITTED = timedelta(hours=1)
_PURPOSE = "report draft"


@dataclass(frozen=True)
class StoredDraft:
    """A draft as it was saved; moments are UTC.

    `submitted`: it is a report already. Confirming it again gives the same code; for anything else it
    is no open draft.
    """

    body: dict[str, Any]
    submitted: bool
    started_at: datetime
    saved_at: datetime
    expires_at: datetime


def save(
    session: Session,
    cipher: Cipher,
    account_id: str,
    citizen_id: str,
    body: dict[str, Any],
    now: datetime,
    keep: timedelta = KEPT,
) -> None:
    """Keep a draft (JSON-able) in place of the one that was there, and from now on for its time."""
    address = Address(account_id, citizen_id)
    digest = owner_digest(cipher, DRAFTING, address)
    # One row per citizen while keys rotate, too: what an older key named is renamed first.
    session.execute(
        sa.update(ReportDraft.__table__)
        .where(ReportDraft.owner_digest.in_(owner_digests(cipher, DRAFTING, address)))
        .values(owner_digest=digest)
    )
    values = {
        "sealed_body": _seal(cipher, address, body),
        "saved_at": now,
        "expires_at": now + keep,
        "submitted": False,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(ReportDraft.__table__).values(owner_digest=digest, started_at=now, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["owner_digest"], set_=values))


def load(
    session: Session, cipher: Cipher, account_id: str, citizen_id: str, now: datetime
) -> StoredDraft | None:
    """Give the citizen's open draft, or None. Raises StorageError when no key opens it."""
    digests = owner_digests(cipher, DRAFTING, Address(account_id, citizen_id))
    row = session.execute(
        sa.select(ReportDraft.__table__).where(
            ReportDraft.owner_digest.in_(digests), ReportDraft.expires_at > now
        )
    ).first()
    if row is None:
        return None
    body = json.loads(cipher.for_purpose(_PURPOSE).open(row.sealed_body))["body"]
    return StoredDraft(body, row.submitted, row.started_at, row.saved_at, row.expires_at)


def drop(session: Session, cipher: Cipher, account_id: str, citizen_id: str) -> bool:
    """Forget the citizen's draft; tell whether there was one."""
    digests = owner_digests(cipher, DRAFTING, Address(account_id, citizen_id))
    result = session.execute(sa.delete(ReportDraft.__table__).where(ReportDraft.owner_digest.in_(digests)))
    return bool(result.rowcount)


def mark_submitted(session: Session, cipher: Cipher, account_id: str, citizen_id: str, now: datetime) -> None:
    """Note that the citizen's draft became a report; it stays for a moment longer."""
    digests = owner_digests(cipher, DRAFTING, Address(account_id, citizen_id))
    session.execute(
        sa.update(ReportDraft.__table__)
        .where(ReportDraft.owner_digest.in_(digests))
        .values(submitted=True, expires_at=now + KEPT_ONCE_SUBMITTED)
    )


def expire(session: Session, now: datetime) -> int:
    """Forget the drafts whose time is over; give how many."""
    result = session.execute(sa.delete(ReportDraft.__table__).where(ReportDraft.expires_at <= now))
    return int(result.rowcount)


def reseal(cipher: Cipher, sealed: str) -> tuple[str, str]:
    """Give a draft's owner digest and body under the newest key. Raises StorageError."""
    mine = cipher.for_purpose(_PURPOSE)
    owner = json.loads(mine.open(sealed))["owner"]
    return owner_digest(cipher, DRAFTING, Address(*owner)), mine.reseal(sealed)


def _seal(cipher: Cipher, address: Address, body: dict[str, Any]) -> str:
    # The owner stands in the sealed part, so that the hash can be made anew when keys rotate.
    owner = [address.account_id, address.citizen_id]
    return cipher.for_purpose(_PURPOSE).seal(json.dumps({"owner": owner, "body": body}, ensure_ascii=False))
