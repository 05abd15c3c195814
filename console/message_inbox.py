"""Chưa hiểu: texts that the assistant did not understand, similar ones together, many decided at once."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from console import review_words
from console.conversation_list import day_start, page_number, share
from console.conversation_page import number
from console.permissions import CONVERSATIONS
from console.report_access import own_accounts
from console.visit import Page, Visit
from services import reviews
from services.review_records import MESSAGE_STATES, MessageFilter, ReviewRefused
from services.training_names import TrainingNames

FIELDS = ("xem", "tu", "den", "don_vi", "y_dinh", "do_tin", "chu")
DOUBTFUL, EVERYTHING = "chua_hieu", "tat_ca"
VIEWS = {
    DOUBTFUL: "Máy chưa hiểu",
    "open": "Mọi câu chưa xét",
    "corrected": "Đã sửa",
    "accepted": "Máy hiểu đúng",
    "rejected": "Đã bỏ",
    EVERYTHING: "Tất cả",
}
NONE_CHOSEN = "Anh/chị chưa chọn câu nào."
NO_INTENT = "Anh/chị chọn ý của bà con trong danh sách."


def inbox(visit: Visit) -> Response:
    """Show the messages."""
    return _shown(visit)


def decide(visit: Visit) -> Response:
    """Store one decision for all chosen messages."""
    ids = [number(text) for text in visit.sent_all("message")]
    how, intent = visit.sent("how", 16), visit.console.names.intent_of(visit.sent("intent", 64))
    if not ids:
        return _shown(visit, NONE_CHOSEN)
    if how == "correct" and not intent:
        return _shown(visit, NO_INTENT)
    cipher, viewer, now = visit.console.cipher, visit.viewer, visit.now
    try:
        with visit.write() as session:
            if how == "correct":
                reviews.correct(session, cipher, viewer, ids, intent, None, now)
            elif how == "reject":
                reviews.reject(session, cipher, viewer, ids, now)
            elif how == "reopen":
                reviews.reopen(session, cipher, viewer, ids, now)
            else:
                reviews.accept(session, cipher, viewer, ids, now)
    except ReviewRefused as error:
        return _shown(visit, str(error))
    return visit.go(f"/chua-hieu?{_query(_asked(visit))}", "luu")


def _shown(visit: Visit, problem: str = "") -> Response:
    asked = _asked(visit)
    with visit.read() as session:
        found = reviews.find_messages(
            session,
            visit.console.cipher,
            visit.viewer,
            _filter(asked, visit.console.names),
            page_number(visit),
        )
    return visit.page(
        "inbox.html",
        422 if problem else 200,
        found=found,
        asked=asked,
        query=_query(asked),
        views={id: (title, _query({**asked, "xem": id})) for id, title in VIEWS.items()},
        problem=problem,
        words=review_words,
        names=visit.console.names,
        accounts=own_accounts(visit),
    )


def _asked(visit: Visit) -> dict[str, str]:
    asked = {name: visit.asked(name, 64) for name in FIELDS}
    if asked["xem"] not in VIEWS:
        asked["xem"] = DOUBTFUL
    return asked


def _query(asked: dict[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _filter(asked: dict[str, str], names: TrainingNames) -> MessageFilter:
    view = asked["xem"]
    return MessageFilter(
        since=day_start(asked["tu"]),
        until=day_start(asked["den"], after=1),
        account_id=asked["don_vi"],
        intent=names.intent_of(asked["y_dinh"]) or asked["y_dinh"],
        confidence_below=share(asked["do_tin"]),
        doubtful=True if view == DOUBTFUL else None,
        state="open" if view == DOUBTFUL else view if view in MESSAGE_STATES else "",
        words=asked["chu"],
    )


PAGES = (
    Page("/chua-hieu", inbox, CONVERSATIONS),
    Page("/chua-hieu", decide, CONVERSATIONS, posts=True),
)
