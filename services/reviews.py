"""Reviewing conversations, for the console: listing sessions, their states, tags and notes.

Single messages are `services.review_messages`, the replay is `services.review_replay`; the console finds
all of it here. Every function takes the viewer and refuses (ReviewRefused) what the viewer may not do.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit
from services.db.review_tables import SESSION_STATES, ReviewMessage, ReviewNote, ReviewSession, ReviewTag
from services.review_access import may_read, session_for, visible
from services.review_messages import (
    accept,
    correct,
    find_message,
    find_messages,
    messages_of,
    reject,
    reopen,
)
from services.review_records import PAGE_SIZE, Page, Replay, ReviewRefused, SessionFilter, SessionRow
from services.review_replay import replay_of, unmask
from services.secrets import Cipher
from services.staff import Viewer
from services.text import nfc, squeeze

__all__ = [
    "accept",
    "add_note",
    "add_tag",
    "correct",
    "find_message",
    "find_messages",
    "find_sessions",
    "messages_of",
    "reject",
    "remove_tag",
    "reopen",
    "replay",
    "set_state",
    "tags_in_use",
    "unmask",
]

LONGEST_NOTE = 2_000
# Within this time the same note of the same person is a second click.
SECOND_CLICK = timedelta(minutes=1)
_TAG = re.compile(r"[\w][\w .-]{0,39}")


def find_sessions(
    session: Session,
    cipher: Cipher,
    viewer: Viewer,
    wanted: SessionFilter,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[SessionRow]:
    """List sessions, the newest first. Raises ReviewRefused."""
    may_read(viewer)
    conditions = [visible(viewer, ReviewSession.account_id), *session_conditions(wanted)]
    total = session.execute(sa.select(sa.func.count(ReviewSession.id)).where(*conditions)).scalar_one()
    rows = (
        session.execute(
            sa.select(ReviewSession)
            .where(*conditions)
            .order_by(ReviewSession.started_at.desc(), ReviewSession.id.desc())
            .limit(size)
            .offset((page - 1) * size)
        )
        .scalars()
        .all()
    )
    tags = tags_of(session, [row.id for row in rows])
    shown = tuple(session_row(cipher, row, tags.get(row.id, ())) for row in rows)
    return Page(shown, page, total, page * size < total, size)


def session_conditions(wanted: SessionFilter) -> list[Any]:
    """Give the SQL conditions of a filter on `review_session`."""
    row = ReviewSession
    conditions: list[Any] = []
    if wanted.since is not None:
        conditions.append(row.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(row.started_at < wanted.until)
    for column, value in (
        (row.account_id, wanted.account_id),
        (row.channel, wanted.channel),
        (row.state, wanted.state),
    ):
        if value:
            conditions.append(column == value)
    if wanted.intent:
        holding = sa.select(ReviewMessage.session_id).where(ReviewMessage.intent == wanted.intent)
        conditions.append(row.id.in_(holding))
    if wanted.confidence_below is not None:
        conditions.append(row.lowest_confidence < wanted.confidence_below)
    for column, asked in (
        (row.fallbacks, wanted.fallback),
        (row.handovers, wanted.handover),
        (row.reports, wanted.with_report),
    ):
        if asked is not None:
            conditions.append(column > 0 if asked else column == 0)
    if wanted.tag:
        conditions.append(row.id.in_(sa.select(ReviewTag.session_id).where(ReviewTag.tag == wanted.tag)))
    return conditions


def replay(session: Session, cipher: Cipher, viewer: Viewer, session_id: int, now: datetime) -> Replay | None:
    """Tell a session again, with a note in the audit trail; None when the viewer has no such session."""
    may_read(viewer)
    row = session.get(ReviewSession, session_id)
    if row is None or not viewer.sees(row.account_id):
        return None
    shown = session_row(cipher, row, tags_of(session, [session_id]).get(session_id, ()))
    _note_down(session, viewer, "review.read", now, session_id)
    return replay_of(session, cipher, row, shown)


def set_state(session: Session, viewer: Viewer, session_id: int, state: str, now: datetime) -> None:
    """Say where the review of a session stands, and that the viewer said so. Raises ReviewRefused."""
    row = session_for(session, viewer, session_id)
    if state not in SESSION_STATES:
        raise ReviewRefused("Không có trạng thái này.")
    row.state, row.reviewer = state, "" if state == "new" else viewer.user_id
    session.flush()
    _note_down(session, viewer, "review.state", now, session_id, state)


def add_tag(session: Session, viewer: Viewer, session_id: int, tag: str, now: datetime) -> None:
    """Put a tag on a session; one that is there stays. Raises ReviewRefused."""
    session_for(session, viewer, session_id, held=True)
    said = squeeze(nfc(tag)).lower()
    if not _TAG.fullmatch(said):
        raise ReviewRefused("Nhãn có từ 1 đến 40 chữ, số, dấu cách, dấu chấm hoặc gạch nối.")
    if session.get(ReviewTag, (session_id, said)) is None:
        session.add(ReviewTag(session_id=session_id, tag=said, added_by=viewer.user_id, added_at=now))
        session.flush()
        # The tag itself may say something about a citizen; who put how many is enough for the trail.
        _note_down(session, viewer, "review.tagged", now, session_id)


def remove_tag(session: Session, viewer: Viewer, session_id: int, tag: str, now: datetime) -> None:
    """Take a tag off a session. Raises ReviewRefused."""
    session_for(session, viewer, session_id, held=True)
    row = session.get(ReviewTag, (session_id, squeeze(nfc(tag)).lower()))
    if row is not None:
        session.delete(row)
        session.flush()
        _note_down(session, viewer, "review.untagged", now, session_id)


def tags_in_use(session: Session, viewer: Viewer) -> list[str]:
    """List the tags on sessions that the viewer may read."""
    may_read(viewer)
    query = (
        sa.select(ReviewTag.tag)
        .join(ReviewSession, ReviewSession.id == ReviewTag.session_id)
        .where(visible(viewer, ReviewSession.account_id))
        .distinct()
        .order_by(ReviewTag.tag)
    )
    return list(session.execute(query).scalars())


def add_note(
    session: Session, cipher: Cipher, viewer: Viewer, session_id: int, text: str, now: datetime
) -> None:
    """Keep a note on a session, sealed; a second click keeps it once. Raises ReviewRefused."""
    session_for(session, viewer, session_id, held=True)
    said = nfc(text).strip()
    if not said or len(said) > LONGEST_NOTE:
        raise ReviewRefused(f"Ghi chú có từ 1 đến {LONGEST_NOTE} chữ.")
    last = session.execute(
        sa.select(ReviewNote)
        .where(ReviewNote.session_id == session_id)
        .order_by(ReviewNote.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if (
        last is not None
        and last.author == viewer.user_id
        and last.written_at >= now - SECOND_CLICK
        and cipher.open(last.sealed_text) == said
    ):
        return
    session.add(
        ReviewNote(
            session_id=session_id, author=viewer.user_id, sealed_text=cipher.seal(said), written_at=now
        )
    )
    session.flush()
    _note_down(session, viewer, "review.noted", now, session_id)


def _note_down(
    session: Session, viewer: Viewer, action: str, now: datetime, session_id: int, more: str = ""
) -> None:
    detail = f"session {session_id}" + (f": {more}" if more else "")
    audit.record(session, audit.officer(viewer.user_id), action, now, detail=detail)


def tags_of(session: Session, ids: list[int]) -> dict[int, tuple[str, ...]]:
    """Give the tags of sessions by their ids."""
    found: dict[int, tuple[str, ...]] = {}
    query = (
        sa.select(ReviewTag.session_id, ReviewTag.tag)
        .where(ReviewTag.session_id.in_(ids))
        .order_by(ReviewTag.tag)
    )
    for row in session.execute(query):
        found[row.session_id] = (*found.get(row.session_id, ()), row.tag)
    return found


def session_row(cipher: Cipher, row: Any, tags: tuple[str, ...]) -> SessionRow:
    """Give a row of `review_session` as it is shown."""
    return SessionRow(
        id=row.id,
        account_id=row.account_id,
        channel=row.channel,
        started_at=row.started_at,
        ended_at=row.ended_at,
        messages=row.messages,
        lowest_confidence=row.lowest_confidence,
        fallbacks=row.fallbacks,
        handovers=row.handovers,
        reports=row.reports,
        answer_seconds=row.answer_seconds,
        state=row.state,
        reviewer=row.reviewer,
        tags=tags,
        opening=cipher.open(row.sealed_opening),
    )
