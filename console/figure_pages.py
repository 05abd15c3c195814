"""Số liệu: how much is understood, what is asked, and how people's words change, as pictures and tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from console.conversation_list import day_start
from console.figure_cache import Question, Sheet
from console.permissions import FIGURES
from console.report_access import own_accounts
from console.visit import NotThere, Page, Visit
from services import review_figures
from services.clock import VIETNAM
from services.outcome_words import duration
from services.outcomes import FEWEST, outcomes
from services.review_figures import Figures

FIELDS = ("tu", "den", "don_vi")
FIRST_LOOK = timedelta(days=90)


def figures(visit: Visit) -> Response:
    """Show the figures."""
    asked = _asked(visit)
    sheet = _sheet(visit, asked)
    return visit.page(
        "figures.html",
        figures=sheet.figures,
        results=sheet.results,
        titles=sheet.titles,
        counted_at=sheet.counted_at,
        asked=asked,
        query=urlencode(asked),
        names=visit.console.names,
        accounts=own_accounts(visit),
    )


def picture(visit: Visit) -> Response:
    """Hand out one picture of the page."""
    place = visit.request.path_params["place"]
    if not (place.isascii() and place.isdigit()) or len(place) > 3:
        raise NotThere
    drawn = _sheet(visit, _asked(visit)).picture(int(place))
    if drawn is None:
        raise NotThere
    return Response(drawn, media_type="image/png")


def _sheet(visit: Visit, asked: dict[str, str]) -> Sheet:
    def count() -> Sheet:
        return Sheet(visit.now, _counted(visit, asked), _results(visit, asked))

    return visit.console.figures.get(Question.of(visit.viewer, tuple(asked.values())), visit.now, count)


def _asked(visit: Visit) -> dict[str, str]:
    asked = {name: visit.asked(name, 64) for name in FIELDS}
    if not any(name in visit.request.query_params for name in FIELDS):
        asked["tu"] = f"{(visit.now - FIRST_LOOK).astimezone(VIETNAM):%Y-%m-%d}"
    return asked


def _counted(visit: Visit, asked: dict[str, str]) -> Figures:
    since: datetime | None = day_start(asked["tu"])
    until = day_start(asked["den"], after=1)
    with visit.read() as session:
        return review_figures.figures(
            session, visit.console.cipher, visit.viewer, since, until, asked["don_vi"]
        )


def _results(visit: Visit, asked: dict[str, str]) -> list[tuple[str, str]]:
    """Say what came of reports in the period: a figure and what it is; few cases give none."""
    own = list(own_accounts(visit))
    chosen = [asked["don_vi"]] if asked["don_vi"] in own else own
    since = day_start(asked["tu"]) or visit.now - FIRST_LOOK
    until = day_start(asked["den"], after=1) or visit.now
    with visit.read() as session:
        found = outcomes(session, chosen, (), since, until)
    few = f"chưa đủ {FEWEST} tin"
    share = f"{round(found.share_answered * 100)} %" if found.share_answered is not None else few
    return [
        (
            duration(found.first_answer) if found.first_answer is not None else few,
            "Chờ cán bộ trả lời (trung vị)",
        ),
        (f"từ {found.closed} tin" if found.closed is not None else few, "Tin báo đã xong"),
        (share, "Đã xong, có trả lời kết quả"),
    ]


PAGES = (
    Page("/so-lieu", figures, FIGURES),
    Page("/so-lieu/hinh/{place}", picture, FIGURES),
)
