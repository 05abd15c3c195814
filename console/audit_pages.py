"""Nhật ký: who read or changed what; only to be read."""

from __future__ import annotations

from starlette.responses import Response

from console.audit_words import ACTIONS, action_words
from console.permissions import AUDIT
from console.visit import Page, Visit
from services import audit, audit_search

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
        codes = audit_search.report_codes(session, entries)
    return visit.page(
        "audit.html",
        entries=entries[:PAGE_SIZE],
        more=len(entries) > PAGE_SIZE,
        who=who,
        what=what,
        actions=sorted(ACTIONS.items(), key=lambda item: item[1]),
        words=action_words,
        codes=codes,
    )


PAGES = (Page("/nhat-ky", trail, AUDIT),)
