"""One conversation replayed: bubbles, what was understood, what was remembered, why it was answered so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from console import review_words
from console.permissions import CONVERSATIONS, UNMASK
from console.visit import NotThere, Page, Visit
from services import reviews
from services.review_records import UNMASK_REASONS, ReviewRefused


def conversation(visit: Visit) -> Response:
    """Show the replay."""
    return _shown(visit)


def unmask(visit: Visit) -> Response:
    """Show one message as it was written, for a reason that is kept."""
    message_id = number(visit.sent("message", 18))
    try:
        with visit.write() as session:
            text = reviews.unmask(
                session, visit.console.cipher, visit.viewer, message_id, visit.sent("reason", 32), visit.now
            )
    except ReviewRefused as error:
        return _shown(visit, problem=str(error), status=403)
    if text is None:
        raise NotThere
    return _shown(visit, clear={message_id: text})


def _change(work: Callable[[Visit, Session, int], Any]) -> Callable[[Visit], Response]:
    """Make a page of a change: store it and show the conversation again, or say why not."""

    def changed(visit: Visit) -> Response:
        try:
            with visit.write() as session:
                work(visit, session, _id(visit))
        except ReviewRefused as error:
            return _shown(visit, problem=str(error), status=422)
        return visit.go(f"/hoi-thoai/{_id(visit)}", "luu")

    return changed


def _state(visit: Visit, session: Session, session_id: int) -> None:
    reviews.set_state(session, visit.viewer, session_id, visit.sent("state", 16), visit.now)


def _tag(visit: Visit, session: Session, session_id: int) -> None:
    change = reviews.remove_tag if visit.sent("remove") else reviews.add_tag
    change(session, visit.viewer, session_id, visit.sent("remove", 40) or visit.sent("tag", 40), visit.now)


def _note(visit: Visit, session: Session, session_id: int) -> None:
    reviews.add_note(
        session, visit.console.cipher, visit.viewer, session_id, visit.sent("text", 2_000), visit.now
    )


def _shown(
    visit: Visit, clear: dict[int, str] | None = None, problem: str = "", status: int = 200
) -> Response:
    with visit.write() as session:
        found = reviews.replay(session, visit.console.cipher, visit.viewer, _id(visit), visit.now)
        tags = reviews.tags_in_use(session, visit.viewer)
    if found is None:
        raise NotThere
    return visit.page(
        "conversation.html",
        status,
        found=found,
        row=found.row,
        clear=clear or {},
        problem=problem,
        tags=tags,
        words=review_words,
        names=visit.console.names,
        may_unmask=visit.viewer.role in UNMASK,
        reasons=UNMASK_REASONS,
        account=visit.console.accounts.get(found.row.account_id, found.row.account_id),
        base=f"/hoi-thoai/{found.row.id}",
    )


def number(text: str) -> int:
    """Read an id from an address or a form. Raises NotThere."""
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise NotThere
    return int(text)


def _id(visit: Visit) -> int:
    return number(visit.request.path_params["session_id"])


_AT = "/hoi-thoai/{session_id}"
PAGES = (
    Page(_AT, conversation, CONVERSATIONS),
    Page(f"{_AT}/trang-thai", _change(_state), CONVERSATIONS, posts=True),
    Page(f"{_AT}/nhan", _change(_tag), CONVERSATIONS, posts=True),
    Page(f"{_AT}/ghi-chu", _change(_note), CONVERSATIONS, posts=True),
    Page(f"{_AT}/xem-ro", unmask, UNMASK, posts=True),
)
