"""Số liệu: counted once a minute, each picture drawn once, and never for who may not see the same."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from console.figure_cache import FigureCache, Question, Sheet
from console.visit import Console
from services import plots
from services.review_figures import Figures
from services.staff import Viewer
from tests.conftest import NOON
from tests.console.conftest import OTHER, WARD, Browser
from tests.console.test_list_cost import questions
from tests.console.test_review_pages import Archive

PAGE = "/so-lieu?tu=2026-11-01"
NO_FIGURES = Figures(0, 0, (), (), (), (), ())


@pytest.fixture
def archive(console: Console, clock: Any) -> Archive:
    """Two messages of the ward, three of the other unit."""
    found = Archive(console, clock)
    found.holds(("mất xe ở hẻm", "nlu_fallback"), ("tạm trú", "hoi_dang_ky_tam_tru"), citizen="c1")
    texts = ("đổi căn cước", "căn cước hết hạn", "làm căn cước")
    found.holds(*((text, "hoi_can_cuoc_cap_doi") for text in texts), citizen="c2", account=OTHER)
    return found


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The places of the pictures that were drawn, in order."""
    places: list[int] = []
    draw = plots.picture

    def noted(figures: Figures, place: int, kind: str = "svg") -> bytes | None:
        places.append(place)
        return draw(figures, place, kind)

    monkeypatch.setattr(plots, "picture", noted)
    return places


def typed(browser: Browser, path: str = PAGE) -> str:
    """How many typed messages the page counts."""
    found = re.search(r"<strong>([^<]+)</strong>Câu bà con gõ", browser.get(path).text)
    assert found is not None
    return found.group(1)


def pictures(browser: Browser, path: str = PAGE) -> list[bytes]:
    """Every picture of the page, as the browser fetches them."""
    links = re.findall(r'src="(/so-lieu/hinh/[^"]+)"', browser.get(path).text)
    return [browser.get(link.replace("&amp;", "&")).content for link in links]


def test_figures_are_counted_once_a_minute_and_say_when(
    archive: Archive, console: Console, signed_in: Callable[..., Browser], clock: Any
) -> None:
    officer = signed_in("officer")
    first = questions(console, officer, PAGE)
    archive.holds(("thêm một câu", "nlu_fallback"), citizen="c3")
    clock.forward(59)
    assert typed(officer) == "2"
    assert "Số liệu tính lúc 12:00 21/11/2026" in officer.get(PAGE).text
    again = questions(console, officer, PAGE)
    clock.forward(1)
    assert typed(officer) == "3"
    # Who it is, is looked up each time; nothing else is.
    assert again == questions(console, officer, "/tai-khoan/mat-khau") < first


def test_a_picture_is_drawn_when_it_is_asked_for_and_once(
    archive: Archive, signed_in: Callable[..., Browser], drawn: list[int], clock: Any
) -> None:
    one, two = signed_in("officer", login="mot"), signed_in("officer", login="hai")
    one.get(PAGE)
    assert drawn == []
    seen = [pictures(browser) for browser in (one, two, one)]
    assert seen[0] == seen[1] == seen[2]
    assert drawn == list(range(len(seen[0])))
    clock.forward(60)
    pictures(one)
    assert drawn == [*range(len(seen[0]))] * 2


def test_nobody_is_shown_figures_of_a_unit_that_is_not_theirs(
    archive: Archive, signed_in: Callable[..., Browser], drawn: list[int]
) -> None:
    ward, other = signed_in("officer", (WARD,), "mot"), signed_in("officer", (OTHER,), "hai")
    both, all_units = signed_in("trainer", (OTHER, WARD), "tam"), signed_in("leader", ("*",), "bon")
    people = (all_units, ward, other, both)
    asked = {
        path: [typed(browser, path) for browser in people]
        for path in (PAGE, f"{PAGE}&don_vi={WARD}", f"{PAGE}&don_vi={OTHER}")
    }
    assert asked == {
        PAGE: ["5", "2", "3", "5"],
        f"{PAGE}&don_vi={WARD}": ["2", "2", "0", "2"],
        f"{PAGE}&don_vi={OTHER}": ["3", "0", "3", "3"],
    }
    assert "mất xe ở hẻm" not in other.get(PAGE).text
    # By the address of a picture, also of one that was just drawn for somebody else.
    seen = [pictures(browser)[0] for browser in people]
    assert len({seen[1], seen[2]}) == 2
    at = f"/so-lieu/hinh/0?tu=2026-11-01&den=&don_vi={OTHER}"
    assert (all_units.get(at).status_code, ward.get(at).status_code) == (200, 404)


def test_who_is_moved_to_another_unit_sees_that_units_figures_at_once(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    admin, officer = signed_in("admin", ("*",)), signed_in("officer", (WARD,), "lan")
    assert typed(officer) == "2"
    admin.submit("/nhan-su/sua/lan", display_name="Lan", role="officer", units=OTHER)
    officer.sign_in("lan")
    assert typed(officer) == "3"


def test_who_asks_while_it_is_counted_waits_for_the_same_sheet() -> None:
    cache, started, counted = FigureCache(), threading.Event(), []

    def count() -> Sheet:
        counted.append(1)
        started.wait(5)
        return Sheet(NOON, NO_FIGURES, [])

    question = Question.of(Viewer("lan", "officer", (WARD,)), ())
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(cache.get, question, NOON, count) for _ in range(4)]
        started.set()
        sheets = [one.result(10) for one in asked]
    assert (len(counted), len({id(sheet) for sheet in sheets})) == (1, 1)


def test_what_went_wrong_is_not_kept_and_neither_is_more_than_a_few() -> None:
    cache = FigureCache(most=2)
    counted: list[str] = []

    def ask(name: str, fails: bool = False, seconds: float = 0) -> None:
        def count() -> Sheet:
            counted.append(name)
            if fails:
                raise ValueError(name)
            return Sheet(NOON, NO_FIGURES, [])

        cache.get(
            Question.of(Viewer("lan", "officer", (WARD,)), (name,)),
            NOON + timedelta(seconds=seconds),
            count,
        )

    with pytest.raises(ValueError, match="a"):
        ask("a", fails=True)
    for name in ("a", "a", "b", "c", "b", "a"):
        ask(name)
    # The clock was set back: what is from the future is counted anew.
    ask("a", seconds=-5)
    assert counted == ["a", "a", "b", "c", "a", "a"]
