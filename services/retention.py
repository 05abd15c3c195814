"""Deletion by age: what is past the office's own periods (`content/retention.yml`) goes, once a day.

A report in a case file stays: files have their own law. Everything else about a closed report goes with
its skeleton left; evidence goes when no report holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit, code_attempts, report_drafts, report_states, report_turns
from services.content_schema import ContentError, read_file
from services.db.models import ConversationEvent, InboundEvent, MediaItem, OutboundMessage
from services.db.report_tables import Report
from services.report_erasure import empty_report, forget_media, held_media
from services.report_identity import ANONYMOUS
from services.secrets import Cipher

FILE = "retention.yml"


@dataclass(frozen=True)
class Periods:
    """How long each kind of data is kept."""

    closed_report: timedelta
    anonymous_address: timedelta
    loose_evidence: timedelta
    conversation: timedelta
    delivery: timedelta
    wrong_codes: timedelta
    audit_log: timedelta


@dataclass(frozen=True)
class Deleted:
    """How many went, by kind; `files` are contents to discard once the transaction is committed."""

    counts: dict[str, int]
    files: frozenset[str]


@lru_cache(maxsize=4)
def load_periods(folder: Path) -> Periods:
    """Read the periods of a content folder. Raises ContentError."""
    document, problems = read_file(folder / FILE, FILE)
    if document is None or problems:
        raise ContentError(tuple(sorted(set(problems))))
    return Periods(**{name: timedelta(days=one["days"]) for name, one in document["periods"].items()})


def run(session: Session, cipher: Cipher, periods: Periods, now: datetime) -> Deleted:
    """Delete what is past its time, and note the run; one transaction."""
    counts = {
        "drafts": report_drafts.expire(session, now),
        "reports": _empty_closed(session, now - periods.closed_report, now),
        "addresses": _cut_addresses(session, now - periods.anonymous_address),
        "conversation_events": _deleted(
            session,
            sa.delete(ConversationEvent.__table__).where(
                ConversationEvent.occurred_at < (now - periods.conversation).timestamp()
            ),
        ),
        "messages": _deleted(
            session,
            sa.delete(OutboundMessage.__table__).where(
                OutboundMessage.state.in_(["sent", "dead"]),
                OutboundMessage.created_at < now - periods.delivery,
            ),
        ),
        "events": _deleted(
            session,
            sa.delete(InboundEvent.__table__).where(
                InboundEvent.state.in_(["done", "ignored", "dead", "held"]),
                InboundEvent.received_at < now - periods.delivery,
            ),
        ),
        # A message is worked again only while its event is kept.
        "turns": report_turns.forget_old(session, now - periods.delivery),
        "wrong_codes": code_attempts.forget_old(session, now - periods.wrong_codes),
        "audit_entries": audit.forget_old(session, now, periods.audit_log),
    }
    loose = set(
        session.execute(
            sa.select(MediaItem.id).where(
                MediaItem.state.in_(["stored", "missing"]),
                MediaItem.created_at < now - periods.loose_evidence,
            )
        ).scalars()
    ) - held_media(session, cipher)
    counts["media"] = len(loose)
    files = forget_media(session, loose)
    told = ",".join(f"{kind}={number}" for kind, number in counts.items() if number)
    audit.record(session, audit.SYSTEM, "retention.ran", now, detail=told)
    return Deleted(counts, frozenset(files))


def named_files(session: Session) -> set[str]:
    """Give the hashes of all contents that some media item names."""
    query = sa.select(MediaItem.sha256).where(MediaItem.sha256.is_not(None))
    return set(session.execute(query).scalars())


def _empty_closed(session: Session, before: datetime, now: datetime) -> int:
    ids = list(
        session.execute(
            sa.select(Report.id).where(
                Report.case_state.in_(report_states.CLOSED),
                Report.closed_at < before,
                Report.file_number.is_(None),
                Report.erased_at.is_(None),
            )
        ).scalars()
    )
    for report_id in ids:
        empty_report(session, report_id, now)
        audit.record(session, audit.SYSTEM, "report.expired", now, report_id)
    return len(ids)


def _cut_addresses(session: Session, before: datetime) -> int:
    statement = (
        sa.update(Report.__table__)
        .where(
            Report.identity == ANONYMOUS,
            Report.closed_at < before,
            Report.sealed_reporter.is_not(None),
        )
        .values(sealed_reporter=None, version=Report.version + 1)
    )
    return _deleted(session, statement)


def _deleted(session: Session, statement: sa.sql.Executable) -> int:
    return int(session.execute(statement).rowcount)
