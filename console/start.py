"""The start page: what waits for this member of staff today."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from console.permissions import CONVERSATIONS, EVERYBODY, REPORTS
from console.report_access import officer_for
from console.visit import Page, Visit
from services import handover, report_desk, reviews
from services.review_records import SessionFilter


@dataclass(frozen=True)
class Tile:
    """One figure and where it leads."""

    title: str
    count: int
    path: str
    look: str = ""


def start(visit: Visit) -> Response:
    """Show what waits."""
    tiles = _reports(visit) if visit.viewer.role in REPORTS else []
    if visit.viewer.role in CONVERSATIONS:
        tiles += _conversations(visit)
    return visit.page("start.html", tiles=tiles)


def _reports(visit: Visit) -> list[Tile]:
    with visit.read() as session:
        counts = report_desk.counts(session, officer_for(visit.viewer))
        waiting = [one for one in handover.waiting(session, visit.now) if visit.viewer.sees(one[0])]
    return [
        Tile("Tin khẩn cấp đang mở", counts.emergencies, "/tin-bao?xem=khan", "bad"),
        Tile("Tin mới chưa ai xem", counts.new, "/tin-bao?xem=&trang_thai=moi", "warn"),
        Tile("Tôi đang xử lý", counts.mine, "/tin-bao?xem=cua_toi"),
        Tile("Tin đang mở", counts.open, "/tin-bao?xem=mo"),
        Tile("Tin nhắn chưa gửi được", counts.undelivered, "/tin-bao?xem=chua_gui", "warn"),
        Tile("Bà con đang chờ cán bộ trên Zalo", len(waiting), "", "warn"),
    ]


def _conversations(visit: Visit) -> list[Tile]:
    wanted = {
        "Hội thoại cần chú ý": ("/hoi-thoai?trang_thai=flagged", SessionFilter(state="flagged"), "warn"),
        "Hội thoại chưa xem, có câu chưa hiểu": (
            "/hoi-thoai?trang_thai=new&chua_hieu=co",
            SessionFilter(state="new", fallback=True),
            "",
        ),
    }
    with visit.read() as session:
        return [
            Tile(
                title,
                reviews.find_sessions(session, visit.console.cipher, visit.viewer, asked, size=1).total or 0,
                path,
                look,
            )
            for title, (path, asked, look) in wanted.items()
        ]


PAGES = (Page("/", start, EVERYBODY),)
