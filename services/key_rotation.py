"""Everything sealed anew with the newest key, and every keyed hash made anew: the way to retire a key.

Put the new key first in `DATA_KEYS`, restart, run this, and take the old key out. It may be stopped and
run again; what it has not reached is read with the old key meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services import digest, report_drafts, report_marks, return_address
from services.db import Database
from services.db.migrate import TABLES
from services.db.report_tables import CodeAttempt, ReportTurn
from services.errors import StorageError
from services.reports import CONTACT_PURPOSE, RECEIPT_PURPOSE, draft_digest
from services.return_address import REPORTER
from services.secrets import Cipher
from services.sign_in import TOTP_PURPOSE

BATCH = 500
_Values = dict[str, Any]


@dataclass(frozen=True)
class Resealed:
    """How many rows of a table were sealed anew, and how many no key opens."""

    table: str
    rows: int
    unreadable: int


def rotate(database: Database, cipher: Cipher) -> list[Resealed]:
    """Seal every stored text anew, a batch of rows a transaction. Raises StorageError of the database."""
    done = []
    for table in TABLES[0].Base.metadata.sorted_tables:
        names = [column.name for column in table.columns if column.name.startswith("sealed_")]
        if names:
            values = _SPECIAL.get(table.name) or _columns(*names)
            done.append(_reseal(database, cipher, table, values))
    with database.transaction() as session:
        # Their hashes cannot be made anew, and forgetting them once costs nothing.
        session.execute(sa.delete(CodeAttempt.__table__))
        session.execute(sa.delete(ReportTurn.__table__))
    return done


def _reseal(
    database: Database, cipher: Cipher, table: Any, values: Callable[[Cipher, Any], _Values]
) -> Resealed:
    (column,) = table.primary_key.columns
    last, rows, unreadable = None, 0, 0
    while True:
        with database.transaction() as session:
            query = sa.select(table).order_by(column).limit(BATCH).with_for_update()
            if last is not None:
                query = query.where(column > last)
            batch = session.execute(query).all()
            for row in batch:
                try:
                    changed = values(cipher, row)
                except StorageError:
                    unreadable += 1
                    continue
                if changed:
                    session.execute(sa.update(table).where(column == row[column]).values(**changed))
                    rows += 1
        if not batch:
            return Resealed(table.name, rows, unreadable)
        last = batch[-1][column]


def _columns(*names: str) -> Callable[[Cipher, Any], _Values]:
    def values(cipher: Cipher, row: Any) -> _Values:
        sealed = {name: getattr(row, name) for name in names}
        return {name: cipher.reseal(text) for name, text in sealed.items() if text is not None}

    return values


def _report(cipher: Cipher, row: Any) -> _Values:
    values = _columns("sealed_story", "sealed_place")(cipher, row)
    if row.sealed_contact is not None:
        values["sealed_contact"] = cipher.for_purpose(CONTACT_PURPOSE).reseal(row.sealed_contact)
    if row.sealed_receipt is not None:
        receipts = cipher.for_purpose(RECEIPT_PURPOSE)
        values["draft_digest"] = draft_digest(cipher, json.loads(receipts.open(row.sealed_receipt))[1])
        values["sealed_receipt"] = receipts.reseal(row.sealed_receipt)
    if row.sealed_reporter is not None:
        values["sealed_reporter"] = return_address.reseal_address(cipher, row.sealed_reporter)
        if row.reporter_digest is not None:
            who = return_address.open_address(cipher, row.sealed_reporter)
            values["reporter_digest"] = return_address.owner_digest(cipher, REPORTER, who)
    return values


def _mark(cipher: Cipher, row: Any) -> _Values:
    value = cipher.open(row.sealed_value)
    return {
        "digest": report_marks.mark_digest(cipher, row.kind, value),
        "sealed_value": cipher.reseal(row.sealed_value),
    }


def _draft(cipher: Cipher, row: Any) -> _Values:
    digest, body = report_drafts.reseal(cipher, row.sealed_body)
    return {"owner_digest": digest, "sealed_body": body}


def _staff(cipher: Cipher, row: Any) -> _Values:
    return _columns("sealed_totp", "sealed_totp_offer")(cipher.for_purpose(TOTP_PURPOSE), row)


def _subscriber(cipher: Cipher, row: Any) -> _Values:
    return {} if row.sealed_address is None else dict(digest.reseal(cipher, row.sealed_address))


# Every column named `sealed_…` is sealed with the deployment's own cipher, but for these tables'.
_SPECIAL: dict[str, Callable[[Cipher, Any], _Values]] = {
    "report": _report,
    "report_mark": _mark,
    "report_draft": _draft,
    "staff_account": _staff,
    "digest_subscription": _subscriber,
}
