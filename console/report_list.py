"""Tin báo: the list of reports with its filters."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from console import report_words
from console.permissions import REPORTS
from console.report_access import officer_for, own_accounts
from console.visit import Page, Visit
from services import report_desk, report_marks, report_states
from services.report_clocks import LATE
from services.report_desk import Filter, Row

PAGE_SIZE = 50
# How many open reports are looked through for late ones: each has its clocks reckoned.
MOST_LOOKED_AT = 1_000
OPEN, LATE_ONLY, EMERGENCY, MINE, UNDELIVERED = "mo", "qua_han", "khan", "cua_toi", "chua_gui"
VIEWS = {
    OPEN: "Đang mở",
    LATE_ONLY: "Quá hạn",
    EMERGENCY: "Khẩn cấp",
    MINE: "Tôi đang xử lý",
    UNDELIVERED: "Tin nhắn chưa gửi được",
    "": "Tất cả",
}


@dataclass(frozen=True)
class Asked:
    """What the list was asked for, as it stands in the address."""

    view: str
    state: str
    category: str
    account: str
    search: str
    before: str

    @classmethod
    def of(cls, visit: Visit) -> Asked:
        """Read it from the address; a first look shows what is open."""
        bare = not visit.request.query_params
        view = OPEN if bare else visit.asked("xem", 16)
        return cls(
            view=view if view in VIEWS else "",
            state=visit.asked("trang_thai", 32),
            category=visit.asked("loai", 64),
            account=visit.asked("don_vi", 64),
            search=visit.asked("tim", 64),
            before=visit.asked("truoc", 18),
        )

    def query(self, **changes: str) -> str:
        """Write it as an address's query."""
        values = {
            "xem": self.view,
            "trang_thai": self.state,
            "loai": self.category,
            "don_vi": self.account,
            "tim": self.search,
            **changes,
        }
        return urlencode({name: value for name, value in values.items() if value or name == "xem"})


def reports(visit: Visit) -> Response:
    """Show the list."""
    asked = Asked.of(visit)
    rows = _found(visit, asked)
    return visit.page(
        "reports.html",
        rows=rows[:PAGE_SIZE],
        more=len(rows) > PAGE_SIZE,
        asked=asked,
        views=VIEWS,
        words=report_words,
        categories=[(one.id, one.title) for one in visit.console.catalogue.categories if one.report],
        accounts=own_accounts(visit),
    )


def _found(visit: Visit, asked: Asked) -> list[Row]:
    console, officer = visit.console, officer_for(visit.viewer, asked.account)
    wanted = Filter(
        states=_states(asked),
        category=asked.category,
        assigned_to=officer.id if asked.view == MINE else "",
        emergency=True if asked.view == EMERGENCY else None,
        undelivered=asked.view == UNDELIVERED,
    )
    before = int(asked.before) if asked.before.isascii() and asked.before.isdigit() else None
    if asked.search:
        with visit.write() as session:
            ids = set[int]()
            for kind in (report_marks.PLATE, report_marks.PHONE, report_marks.REPORTER_PHONE):
                ids.update(
                    report_desk.find_by_mark(session, console.cipher, officer, kind, asked.search, visit.now)
                )
            ids.update(report_desk.find_by_code(session, officer, asked.search))
        wanted = Filter(ids=tuple(ids), states=_states(asked), category=asked.category)
    found: list[Row] = []
    with visit.read() as session:
        for _ in range(MOST_LOOKED_AT // (PAGE_SIZE + 1)):
            rows = report_desk.list_reports(
                session, console.catalogue, console.clocks, officer, wanted, visit.now, PAGE_SIZE + 1, before
            )
            late = asked.view == LATE_ONLY
            found += [row for row in rows if not late or (row.next_due and row.next_due.colour == LATE)]
            if not late or len(rows) <= PAGE_SIZE or len(found) > PAGE_SIZE:
                break
            before = rows[-1].id
    return found


def _states(asked: Asked) -> tuple[str, ...]:
    if asked.state in report_states.LABELS:
        return (asked.state,)
    if asked.view in (OPEN, LATE_ONLY, MINE):
        return tuple(state for state in report_states.LABELS if state not in report_states.CLOSED)
    return ()


PAGES = (Page("/tin-bao", reports, REPORTS),)
