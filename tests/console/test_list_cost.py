"""A longer list asks the database no more questions: what keeps lists fast with 10,000 conversations.

The figures themselves are measured by `make bench-console`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from console.visit import Console
from tests.console.conftest import Browser
from tests.console.test_report_pages import Town
from tests.console.test_review_pages import Archive


def questions(console: Console, browser: Browser, path: str) -> int:
    """How many statements a page takes."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    sa.event.listen(console.database.engine, "before_cursor_execute", note)
    assert browser.get(path).status_code == 200
    sa.event.remove(console.database.engine, "before_cursor_execute", note)
    return len(asked)


PATHS = ("/", "/tin-bao", "/tin-bao?xem=qua_han", "/hoi-thoai", "/chua-hieu", "/nhat-ky")


def test_a_longer_list_asks_no_more(console: Console, clock: Any, signed_in: Callable[..., Browser]) -> None:
    town, archive, browser = Town(console, clock), Archive(console, clock), signed_in("leader", ("*",))

    def fill(first: int, last: int) -> dict[str, int]:
        for number in range(first, last):
            town.gets()
            archive.holds((f"câu số {number} lạ", "nlu_fallback"), citizen=f"c{number}", days=number)
        return {path: questions(console, browser, path) for path in PATHS}

    few, many = fill(0, 3), fill(3, 15)
    assert many == few
    assert max(few.values()) <= 15
