"""Nhật ký: who read or changed what; only to be read."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session
from starlette.responses import Response

from console.audit_words import ACTIONS, action_words, detail_words
from console.permissions import AUDIT, REPORTS
from console.report_access import officer_for
from console.visit import Page, Visit
from services import audit, audit_search, report_desk

PAGE_SIZE = 100


def trail(visit: Visit) -> Response:
    """List entries, newest first, of one person or one kind if asked."""
    who, what = visit.asked("ai", 64), visit.asked("viec", 64)
    before = visit.asked("truoc", 18)
    with visit.read() as session:
        entries = audit_search.find(
            session,
            actor=audit.officer(who) if who else None,
            action=what or None,
            before=int(before) if before.isascii() and before.isdigit() else None,
            limit=PAGE_SIZE + 1,
        )
        codes = _codes(session, visit, entries)
    return visit.page(
        "audit.html",
        entries=entries[:PAGE_SIZE],
        more=len(entries) > PAGE_SIZE,
        who=who,
        what=what,
        actions=sorted(ACTIONS.items(), key=lambda item: item[1]),
        words=action_words,
        details=partial(detail_words, units=visit.console.accounts),
        codes=codes,
    )


def _codes(session: Session, visit: Visit, entries: list[audit.Entry]) -> dict[int, str]:
    if visit.viewer.role in REPORTS:
        ids = {entry.report_id for entry in entries if entry.report_id is not None}
        return report_desk.codes(session, officer_for(visit.viewer), tuple(ids))
    # An administrator opens no report: a code tells them nothing but which entries belong together.
    return audit_search.report_codes(session, entries)


PAGES = (Page("/nhat-ky", trail, AUDIT),)
