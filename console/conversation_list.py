"""Hội thoại: conversations to review, with the filters that Rasa X had."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from console import review_words
from console.permissions import CONVERSATIONS
from console.report_access import own_accounts
from console.visit import Page, Visit
from services import reviews
from services.clock import VIETNAM
from services.review_records import SESSION_STATES, SessionFilter
from services.training_names import TrainingNames

FIELDS = (
    "tu", "den", "don_vi", "y_dinh", "do_tin", "chua_hieu", "can_bo", "tin_bao", "nhan", "trang_thai",
)  # fmt: skip
YES_OR_NO = {"": "Tất cả", "co": "Có", "khong": "Không"}


def conversations(visit: Visit) -> Response:
    """Show the list."""
    asked = {name: visit.asked(name, 64) for name in FIELDS}
    number = page_number(visit)
    with visit.read() as session:
        found = reviews.find_sessions(
            session, visit.console.cipher, visit.viewer, session_filter(asked, visit.console.names), number
        )
        tags = reviews.tags_in_use(session, visit.viewer)
    return visit.page(
        "conversations.html",
        found=found,
        asked=asked,
        query=urlencode({name: value for name, value in asked.items() if value}),
        tags=tags,
        words=review_words,
        names=visit.console.names,
        accounts=own_accounts(visit),
        yes_or_no=YES_OR_NO,
    )


def session_filter(asked: dict[str, str], names: TrainingNames) -> SessionFilter:
    """Read a filter from the values of a form; what makes no sense does not narrow."""
    return SessionFilter(
        since=day_start(asked["tu"]),
        until=day_start(asked["den"], after=1),
        account_id=asked["don_vi"],
        intent=names.intent_of(asked["y_dinh"]) or asked["y_dinh"],
        confidence_below=share(asked["do_tin"]),
        fallback=yes_or_no(asked["chua_hieu"]),
        handover=yes_or_no(asked["can_bo"]),
        with_report=yes_or_no(asked["tin_bao"]),
        tag=asked["nhan"],
        state=asked["trang_thai"] if asked["trang_thai"] in SESSION_STATES else "",
    )


def day_start(text: str, after: int = 0) -> datetime | None:
    """Give the first moment of a day (2026-11-21) in Viet Nam, or of the day so many days after it."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
        return datetime.combine(day + timedelta(days=after), time(), VIETNAM)
    except (ValueError, OverflowError):
        return None


def share(text: str) -> float | None:
    """Read a share in percent ("70", "62,5")."""
    try:
        value = float(text.replace(",", ".")) / 100
    except ValueError:
        return None
    return value if 0 < value <= 1 else None


def yes_or_no(text: str) -> bool | None:
    """Read one of YES_OR_NO."""
    return {"co": True, "khong": False}.get(text)


def page_number(visit: Visit) -> int:
    """Give the page that was asked for, 1 for anything that is no page."""
    text = visit.asked("trang", 6)
    return max(1, int(text)) if text.isascii() and text.isdigit() else 1


PAGES = (Page("/hoi-thoai", conversations, CONVERSATIONS),)
