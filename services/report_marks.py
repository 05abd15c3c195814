"""What reports are found and compared by: phones, plates, accounts, streets and places, as keyed hashes.

A value is first brought to one form (digits of a phone, letters of a plate); what has no form gives no
mark. Nothing can be read back from a mark without the keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.db.report_tables import Report, ReportMark
from services.secrets import Cipher
from services.text import fold, squeeze

PHONE, REPORTER_PHONE, PLATE, ACCOUNT, STREET, CELL = (
    "phone", "reporter_phone", "plate", "account", "street", "cell",
)  # fmt: skip
# About 110 m from north to south: a cell and its eight neighbours are "the same place".
CELL_DEGREES = 0.001

_NO_PLATE = re.compile(r"[^0-9A-Z]")
_ACCOUNT = re.compile(r"[^0-9a-z]")


def phone_form(text: str) -> str:
    """Give a Vietnamese phone number as digits from 0; empty when there are too few or too many."""
    digits = re.sub(r"[^0-9]", "", text)
    digits = "0" + digits[2:] if digits.startswith("84") and len(digits) >= 11 else digits
    return digits if 8 <= len(digits) <= 12 else ""


def plate_form(text: str) -> str:
    """Give a plate as its letters and digits: "59X1-123.45" as "59X112345"; empty when too short."""
    form = _NO_PLATE.sub("", fold(text).upper())
    return form if 6 <= len(form) <= 10 else ""


def account_form(text: str) -> str:
    """Give an account number, link or name as letters and digits; empty when too short to compare."""
    form = _ACCOUNT.sub("", fold(text))
    return form if 6 <= len(form) <= 100 else ""


def street_form(place: Mapping[str, Any] | None, ward: str) -> str:
    """Give street and ward of a place in one form; empty when one of them is unknown."""
    street = squeeze(fold(str((place or {}).get("duong") or "")))
    return f"{street}|{fold(ward)}" if street and ward else ""


def cells(latitude: float | None, longitude: float | None, around: bool = False) -> list[str]:
    """Give the cell of a position, with its neighbours if `around`; none without a position."""
    if latitude is None or longitude is None:
        return []
    row, column = round(latitude / CELL_DEGREES), round(longitude / CELL_DEGREES)
    reach = (-1, 0, 1) if around else (0,)
    return [f"{row + down}|{column + right}" for down in reach for right in reach]


def add_marks(session: Session, cipher: Cipher, report_id: int, marks: Iterable[tuple[str, str]]) -> None:
    """Store marks (kind, value in its form) of a report; one that is there already stays."""
    rows = [
        {
            "report_id": report_id,
            "kind": kind,
            "digest": mark_digest(cipher, kind, value),
            "sealed_value": cipher.seal(value),
        }
        for kind, value in dict.fromkeys(marks)
        if value
    ]
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        statement = dialect.insert(ReportMark.__table__)
        session.execute(
            statement.on_conflict_do_nothing(index_elements=["report_id", "kind", "digest"]), rows
        )


def mark_digest(cipher: Cipher, kind: str, value: str) -> str:
    """Give the keyed hash under which a value is stored now."""
    return cipher.digest(_purpose(kind), value)


def reports_with(session: Session, cipher: Cipher, kind: str, values: Iterable[str]) -> set[int]:
    """Give the ids of reports that hold one of the values (in their form), under any of the keys."""
    digests = [digest for value in values if value for digest in cipher.digests(_purpose(kind), value)]
    if not digests:
        return set()
    query = sa.select(ReportMark.report_id).where(ReportMark.kind == kind, ReportMark.digest.in_(digests))
    return set(session.execute(query).scalars())


def received_since(session: Session, account_id: str, moment: datetime, ids: Iterable[int]) -> list[Any]:
    """Give rows (id, group_id, occurred_from, occurred_to) of those reports that came since then."""
    query = sa.select(Report.id, Report.group_id, Report.occurred_from, Report.occurred_to).where(
        Report.id.in_(list(ids)),
        Report.account_id == account_id,
        Report.received_at >= moment,
        Report.erased_at.is_(None),
    )
    return list(session.execute(query).all())


def _purpose(kind: str) -> str:
    # The same number is found as a reporter's only when somebody looks for reporters.
    return f"mark {kind}"
