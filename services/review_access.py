"""Who of the staff may do what with conversations; every function of reviewing asks here first."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.review_tables import ReviewMessage, ReviewSession
from services.review_records import ReviewRefused
from services.staff import ALL_UNITS, LEADER, OFFICER, TRAINER, Viewer

# An administrator looks after accounts and sees no conversation.
READERS = (OFFICER, TRAINER, LEADER)
UNMASKERS = (OFFICER, LEADER)
EXPORTERS = (TRAINER, LEADER)


def may_read(viewer: Viewer) -> None:
    """Let pass who reads and marks conversations. Raises ReviewRefused."""
    if viewer.role not in READERS:
        raise ReviewRefused("Vai trò của anh/chị không xem hội thoại.")


def may_unmask(viewer: Viewer) -> None:
    """Let pass who may see a text as it was written. Raises ReviewRefused."""
    if viewer.role not in UNMASKERS:
        raise ReviewRefused("Vai trò của anh/chị không xem phần đã che.")


def may_export(viewer: Viewer) -> None:
    """Let pass who may take reviewed conversations out. Raises ReviewRefused."""
    if viewer.role not in EXPORTERS:
        raise ReviewRefused("Vai trò của anh/chị không xuất dữ liệu.")


def visible(viewer: Viewer, column: Any) -> Any:
    """Give the SQL condition that a row's account is among the viewer's units."""
    return sa.true() if ALL_UNITS in viewer.units else column.in_(viewer.units or ("",))


def session_for(session: Session, viewer: Viewer, session_id: int, held: bool = False) -> ReviewSession:
    """Give a session that the viewer may read. Raises ReviewRefused, also for one that is not there.

    `held`: others who want to hold it wait until this transaction ends.
    """
    may_read(viewer)
    row: ReviewSession | None = session.get(ReviewSession, session_id, with_for_update=True if held else None)
    if row is None or not viewer.sees(row.account_id):
        raise ReviewRefused("Không có cuộc trò chuyện này, hoặc nó thuộc đơn vị khác.")
    return row


def message_for(session: Session, viewer: Viewer, message_id: int) -> ReviewMessage:
    """Give a message that the viewer may read. Raises ReviewRefused, also for one that is not there."""
    may_read(viewer)
    row: ReviewMessage | None = session.get(ReviewMessage, message_id)
    if row is None or not viewer.sees(row.account_id):
        raise ReviewRefused("Không có tin nhắn này, hoặc nó thuộc đơn vị khác.")
    return row
