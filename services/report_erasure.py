"""Emptying a report: its words, names, places and pictures go, a skeleton without them stays for counting.

The skeleton keeps code, category, dates and state; its code and secret open nothing any more.
"""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.models import MediaItem
from services.db.report_tables import (
    Report,
    ReportEvidence,
    ReportFact,
    ReportLink,
    ReportMark,
    ReportMessage,
    ReportTurn,
)
from services.secrets import Cipher


def empty_report(session: Session, report_id: int, now: datetime) -> None:
    """Empty a report; its pictures are no longer held by it."""
    for table in (ReportFact, ReportEvidence, ReportMark, ReportMessage, ReportTurn):
        session.execute(sa.delete(table.__table__).where(table.report_id == report_id))
    session.execute(
        sa.delete(ReportLink.__table__).where(
            sa.or_(ReportLink.first_id == report_id, ReportLink.second_id == report_id)
        )
    )
    session.execute(
        sa.update(Report.__table__)
        .where(Report.id == report_id)
        .values(
            reporter_digest=None,
            sealed_reporter=None,
            sealed_receipt=None,
            sealed_story=None,
            sealed_place=None,
            sealed_contact=None,
            occurred_from=None,
            occurred_to=None,
            amount=None,
            version=Report.version + 1,
            erased_at=now,
        )
    )


def held_media(session: Session, cipher: Cipher) -> set[int]:
    """Give the ids of media items that reports hold; opens each reference, so never on an answer's path."""
    sealed = session.execute(sa.select(ReportEvidence.sealed_source)).scalars()
    return {media_id for one in sealed if (media_id := json.loads(cipher.open(one))[2]) is not None}


def forget_media(session: Session, ids: set[int]) -> set[str]:
    """Delete media items; give the hashes of contents that nothing names any more, to be discarded.

    The caller discards the files after its transaction is committed: a file too many is found by the
    next retention run, a row without its file would be a loss.
    """
    if not ids:
        return set()
    hashes = set(
        session.execute(
            sa.select(MediaItem.sha256).where(MediaItem.id.in_(ids), MediaItem.sha256.is_not(None))
        ).scalars()
    )
    session.execute(sa.delete(MediaItem.__table__).where(MediaItem.id.in_(ids)))
    named = session.execute(sa.select(MediaItem.sha256).where(MediaItem.sha256.in_(hashes))).scalars()
    return hashes - set(named)
