"""Số liệu: how much is understood, what is asked, and how people's words change, as pictures and tables."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from console.conversation_list import day_start
from console.permissions import FIGURES
from console.report_access import own_accounts
from console.visit import NotThere, Page, Visit
from services import plots, review_figures
from services.clock import VIETNAM
from services.outcome_words import duration
from services.outcomes import FEWEST, outcomes
from services.review_figures import Figures

FIELDS = ("tu", "den", "don_vi")
FIRST_LOOK = timedelta(days=90)
Pictures = list[tuple[str, bytes]]


class Album:
    """The pictures drawn last, for the few seconds until the browser asks for them."""

    def __init__(self, most: int = 12) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, ...], Pictures] = OrderedDict()
        # Drawing takes CPU and is not made for threads.
        self._drawing = threading.Lock()

    def draw(self, key: tuple[str, ...], figures: Figures) -> Pictures:
        """Draw and keep."""
        with self._drawing:
            drawn = plots.pictures(figures, "png")
            self._kept[key] = drawn
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return drawn

    def find(self, key: tuple[str, ...]) -> Pictures | None:
        """Give what was drawn for this key, if it is still there."""
        with self._drawing:
            return self._kept.get(key)


_album = Album()


def figures(visit: Visit) -> Response:
    """Show the figures."""
    asked = _asked(visit)
    found = _counted(visit, asked)
    drawn = _album.draw(_key(visit, asked), found)
    return visit.page(
        "figures.html",
        figures=found,
        results=_results(visit, asked),
        titles=[title for title, _ in drawn],
        asked=asked,
        query=urlencode(asked),
        names=visit.console.names,
        accounts=own_accounts(visit),
    )


def picture(visit: Visit) -> Response:
    """Hand out one picture of the page."""
    place, asked = visit.request.path_params["place"], _asked(visit)
    drawn = _album.find(_key(visit, asked))
    if drawn is None:
        drawn = _album.draw(_key(visit, asked), _counted(visit, asked))
    if not (place.isascii() and place.isdigit()) or len(place) > 3 or int(place) >= len(drawn):
        raise NotThere
    return Response(drawn[int(place)][1], media_type="image/png")


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


def _key(visit: Visit, asked: dict[str, str]) -> tuple[str, ...]:
    # By viewer: nobody is shown a picture that was drawn for another one's units.
    return (visit.viewer.user_id, *visit.viewer.units, *asked.values())


PAGES = (
    Page("/so-lieu", figures, FIGURES),
    Page("/so-lieu/hinh/{place}", picture, FIGURES),
)
