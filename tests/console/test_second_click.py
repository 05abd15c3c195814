"""A form that is sent twice counts once, also when both requests are under way at once on Postgres.

Both are made to meet: a transaction of ours holds the row until both of them wait for it.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from console.visit import Console
from services.db.engine import Database
from services.db.models import OutboundMessage
from services.db.report_tables import AuditEntry, Report, ReportEvent, ReportMessage
from services.db.review_tables import ReviewNote, ReviewSession, ReviewTag
from tests.console.conftest import TOKEN, Browser
from tests.console.test_report_pages import Town
from tests.console.test_review_pages import Archive
from tests.services.conftest import postgres, postgres_url

__all__ = ["postgres", "postgres_url"]

pytestmark = pytest.mark.timeout(180)
# Looks are noted for each of the two pages that are shown.
LOOKS = ("report.read", "review.read", "staff.signed_in")


@pytest.fixture
def database(postgres: Database) -> Database:
    """The console of these tests works on Postgres."""
    return postgres


@contextmanager
def held(database: Database, table: Any, row_id: int, waiting: int) -> Iterator[None]:
    """Hold a row until so many others wait for it (or do not within 20 seconds)."""
    with database.transaction() as session:
        session.execute(sa.select(table.id).where(table.id == row_id).with_for_update()).one()
        yield
        deadline = time.monotonic() + 20
        while _blocked(database) < waiting:
            assert time.monotonic() < deadline, "the two requests never met"
            time.sleep(0.02)


def _blocked(database: Database) -> int:
    # Within one transaction Postgres shows the same moment again and again.
    with database.transaction(read_only=True) as session:
        asked = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return int(session.execute(asked).scalar_one())


def stored(database: Database) -> Counter[str]:
    """How many of everything that a second click must not make two of, and what the trail tells."""
    tables = (ReportMessage, ReportEvent, OutboundMessage, ReviewNote, ReviewTag)
    with database.transaction() as session:
        counts = {
            table.__tablename__: session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in tables
        }
        trail = session.execute(sa.select(AuditEntry.action).where(AuditEntry.action.not_in(LOOKS))).scalars()
        return Counter(counts) + Counter(trail)


def twice(
    database: Database,
    windows: list[Browser],
    shown: str,
    path: str,
    fields: dict[str, str],
    row: tuple[Any, int],
) -> list[int]:
    """Send a form of a page that was shown from two windows of one browser at the same time."""
    token = TOKEN.search(shown).group(1)  # type: ignore[union-attr]
    version = re.findall(r'name="version" value="(\d+)"', shown)
    sent = {"form_token": token, **({"version": version[0]} if version else {}), **fields}
    with ThreadPoolExecutor(2) as pool:
        with held(database, *row, waiting=2):
            under_way = [pool.submit(window.post, path, data=sent) for window in windows]
        return [one.result(60).status_code for one in under_way]


@pytest.fixture
def windows(app: Any, signed_in: Callable[..., Browser]) -> list[Browser]:
    """Two windows of one officer's browser."""
    one, two = signed_in("officer"), Browser(app)
    two.cookies.update(one.cookies)
    return [one, two]


@pytest.mark.parametrize(
    ("end", "fields", "made"),
    [
        ("nhan-tin", {"how": "ask", "words": "Xe màu gì ạ?"},
         {"report_message": 1, "report_event": 1, "outbound_message": 1, "report.asked": 1}),
        ("nhan-tin", {"how": "tell", "words": "Chúng tôi đang tìm."},
         {"report_message": 1, "report_event": 1, "outbound_message": 1, "report.told": 1}),
        ("nhan-tin", {"how": "note", "words": "Đã gọi hàng xóm"},
         {"report_message": 1, "report_event": 1, "report.noted": 1}),
        ("trang-thai", {"state": "dang_xu_ly", "words": ""},
         {"report_message": 1, "report_event": 1, "outbound_message": 1, "report.state": 1}),
        ("nhan-viec", {"to": "me"}, {"report.assigned": 1}),
        ("phuc-tap", {"complex": "yes"}, {"report.complex": 1}),
        ("so-ho-so", {"number": "12/2026"}, {"report.filed": 1}),
    ],
)  # fmt: skip
def test_a_step_with_a_report_that_is_sent_twice_at_once_is_taken_once(
    end: str, fields: dict[str, str], made: dict[str, int],
    console: Console, clock: Any, windows: list[Browser],
) -> None:  # fmt: skip
    path = f"/tin-bao/{Town(console, clock).gets().report_id}"
    shown, before = windows[0].get(path).text, stored(console.database)
    statuses = twice(
        console.database, windows, shown, f"{path}/{end}", fields, (Report, int(path.split("/")[-1]))
    )
    assert statuses == [303, 303]
    assert stored(console.database) - before == Counter(made)


@pytest.mark.parametrize(
    ("end", "fields", "made"),
    [
        ("ghi-chu", {"text": "Bà con hỏi lại hai lần"}, {"review_note": 1, "review.noted": 1}),
        ("nhan", {"tag": "hay hỏi"}, {"review_tag": 1, "review.tagged": 1}),
    ],
)
def test_a_note_or_tag_that_is_sent_twice_at_once_is_kept_once(
    end: str, fields: dict[str, str], made: dict[str, int],
    console: Console, clock: Any, windows: list[Browser],
) -> None:  # fmt: skip
    Archive(console, clock).holds(("tạm trú", "hoi_dang_ky_tam_tru"))
    shown, before = windows[0].get("/hoi-thoai/1").text, stored(console.database)
    statuses = twice(console.database, windows, shown, f"/hoi-thoai/1/{end}", fields, (ReviewSession, 1))
    assert statuses == [303, 303]
    assert stored(console.database) - before == Counter(made)


def test_of_two_officers_who_take_a_report_at_once_one_is_told(
    console: Console, clock: Any, signed_in: Callable[..., Browser]
) -> None:
    report_id = Town(console, clock).gets().report_id
    path, officers = f"/tin-bao/{report_id}", [signed_in("officer", login=login) for login in ("mot", "hai")]
    sent = []
    for officer in officers:
        shown = officer.get(path).text
        token = TOKEN.search(shown).group(1)  # type: ignore[union-attr]
        sent.append({"form_token": token, "version": "1", "to": "me"})
        assert 'name="version" value="1"' in shown
    with ThreadPoolExecutor(2) as pool:
        with held(console.database, Report, report_id, waiting=2):
            under_way = [
                pool.submit(officer.post, f"{path}/nhan-viec", data=fields)
                for officer, fields in zip(officers, sent, strict=True)
            ]
        statuses = [one.result(60).status_code for one in under_way]
    assert sorted(statuses) == [303, 409]
    with console.database.transaction() as session:
        taken_by = session.execute(sa.select(Report.assigned_to)).scalar_one()
    assert taken_by == ("mot", "hai")[statuses.index(303)]
