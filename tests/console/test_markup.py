"""Markup that somebody else wrote is shown as text on every page, in Chromium, with no policy to help.

The Content-Security-Policy would stop a script by itself; here it is ignored, so that escaping alone counts.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from console.app import PAGES
from console.visit import Console
from services import review_index, staff
from services.staff import ADMIN, LEADER
from tests.console.conftest import OTHER, WARD, Browser
from tests.console.live import Office
from tests.console.test_access import concrete
from tests.console.test_report_pages import PNG, Town, sends
from tests.services.report_samples import Stated
from tests.services.review_samples import START, action, answered, conversation_id, opened, said, store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

EVIL = "\"'><b class=pwned></b><img src=x onerror=pwned=1>{{7*7}}"
PWNED = "window.pwned !== undefined || document.querySelector('.pwned, img[src=x]') !== null"
SHOWN = """evil => document.querySelector('main').textContent.includes(evil) || Array.from(
  document.querySelectorAll('main input, main textarea')).some(one => one.value.includes(evil))"""


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Two wards, one of which has a name that is markup; so has the assistant."""
    accounts = tmp_path / "evil.yml"
    evil = EVIL.replace("'", "''")
    accounts.write_text(f"- {{id: '{WARD}', name: '{evil}'}}\n- {{id: '{OTHER}', name: Xã}}\n", "utf-8")
    return {**environ, "ZALO_ACCOUNTS": str(accounts), "ZALO_OA_NAME": EVIL}


@pytest.fixture
def town(console: Console, clock: Any, hire: Callable[..., None], signed_in: Callable[..., Browser]) -> None:
    """Everything that somebody may write, written by somebody who means ill."""
    said_so = {"dia_diem": Stated(EVIL, EVIL), "bien_so": Stated(EVIL, EVIL, EVIL)}
    reported = Town(console, clock).gets_files(
        (PNG, "image/png"), (EVIL.encode(), "application/octet-stream"),
        story=EVIL, place=EVIL, name=EVIL, address=EVIL, facts=said_so,
    )  # fmt: skip
    # A news title comes back as the assistant's answer and as the title of its button.
    entity = {"entity": "dia_diem", "start": 0, "end": len(EVIL), "value": EVIL}
    events = [
        *opened(START),
        said(EVIL, "nlu_fallback", START + 5, 0.3, [entity]),
        {"event": "slot", "timestamp": START + 6, "name": "dia_diem", "value": EVIL},
        action("action_tin_tuc", START + 6),
        answered(EVIL, START + 7, [EVIL]),
        action("action_listen", START + 7),
    ]
    store(console.database, console.cipher, conversation_id("c1", WARD), events)
    review_index.bring_all(console.database, console.cipher, clock())
    leader = signed_in(LEADER, (WARD,), "viet-bay")
    at = f"/tin-bao/{reported.report_id}"
    for how in ("note", "tell"):
        assert sends(leader, f"{at}/nhan-tin", leader.get(at).text, how=how, words=EVIL)[0] == 303
    assert sends(leader, f"{at}/so-ho-so", leader.get(at).text, number=EVIL)[0] == 303
    leader.submit("/hoi-thoai/1/ghi-chu", form_on="/hoi-thoai/1", text=EVIL)
    leader.submit("/chua-hieu", message="1", how="correct", intent="to_giac_toi_pham")
    leader.submit("/hoi-thoai/1/trang-thai", form_on="/hoi-thoai/1", state="reviewed")
    hire("xau")
    with console.database.transaction() as session:
        for login, role in (("xau", "officer"), ("viet-bay", LEADER)):
            staff.change(session, "system", login, EVIL, role, (WARD,), clock())


def walk(office: Office, page: Page, role: str) -> dict[str, bool]:
    """Open every page of a role; tells which show the markup as text; none may take it for markup."""
    things = {
        "report_id": "1", "session_id": "1", "message_id": "1", "login": "xau", "position": "0", "place": "0",
    }  # fmt: skip
    seen = {}
    for one in PAGES:
        files = ("{name}", "{position}", "{place}")
        if one.posts or role not in (one.roles or ()) or any(name in one.path for name in files):
            continue
        assert office.open(page, concrete(one.path, things)) == 200
        page.wait_for_load_state("networkidle")
        assert not page.evaluate(PWNED), one.path
        seen[one.path] = bool(page.evaluate(SHOWN, EVIL))
    return seen


def test_every_page_shows_markup_as_text(office: Office, town: None, hire: Callable[..., None]) -> None:
    hire("dung", LEADER, ("*",))
    hire("root", ADMIN, ("*",))
    with office.seat("dung", without_policy=True) as page:
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=pwned=1>')")
        page.wait_for_function("window.pwned === 1")
        leader = walk(office, page, LEADER)
        # Scripts of ours build rows and sentences of what they find on the page.
        office.open(page, "/chua-hieu/1")
        page.locator(".piece").first.click()
        page.locator(".piece").last.click(modifiers=["Shift"])
        assert page.locator("#selected").text_content() == f"“{EVIL}”"
        page.get_by_role("button", name="Đánh dấu", exact=True).click()
        assert not page.evaluate(PWNED)
        office.open(page, f"/tin-bao?xem=&tim={EVIL}")
        assert (page.evaluate(PWNED), page.evaluate(SHOWN, EVIL)) == (False, True)
        office.open(page, "/tin-bao/1")
        page.get_by_label("Lý do cần xem").select_option("goi_lai")
        page.get_by_role("button", name="Xem tên và số điện thoại").click()
        page.get_by_text("Lần xem này đã được ghi").wait_for()
        assert (page.evaluate(PWNED), page.evaluate(SHOWN, EVIL)) == (False, True)
    with office.seat("root", without_policy=True) as page:
        admin = walk(office, page, ADMIN)
    without = {"/", "/tai-khoan", "/tai-khoan/mat-khau", "/tai-khoan/dien-thoai"}
    assert {path for path, shown in leader.items() if not shown} == without
    assert {path for path, shown in admin.items() if not shown} == without


def test_an_exported_page_shows_markup_as_text(
    office: Office, town: None, hire: Callable[..., None], tmp_path: Path
) -> None:
    hire("dung", LEADER, ("*",))
    with office.seat("dung", without_policy=True) as page:
        office.open(page, "/xuat-du-lieu")
        page.get_by_role("button", name="Xuất", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Tải về").first.click()
        with zipfile.ZipFile(download.value.path()) as exported:
            exported.extract("conversations.html", tmp_path)
        page.goto((tmp_path / "conversations.html").as_uri())
        assert not page.evaluate(PWNED)
        assert page.evaluate("evil => document.body.textContent.includes(evil)", EVIL)
