"""Nhân sự and Nhật ký as an administrator sees them, and the commands of the terminal."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from typer.testing import CliRunner

from commands import staff as commands
from console.audit_words import detail_words
from console.visit import Console
from services import staff
from services.audit import Entry
from services.db import open_database
from services.db.migrate import upgrade
from services.settings import load_settings
from tests.console.conftest import OTHER, WARD, Browser


def test_an_account_is_made_changed_locked_and_opened_again(
    signed_in: Callable[..., Browser], console: Console, hire: Callable[..., None]
) -> None:
    admin = signed_in("admin", ("*",), "root")
    hire("lan")
    changed = admin.submit("/nhan-su/sua/lan", display_name="Lan <b>", role="leader", units=[WARD, OTHER])
    assert changed.headers["location"] == "/nhan-su?xong=nhan-su"
    page = admin.get("/nhan-su").text
    assert "Lan &lt;b&gt;" in page
    assert "Công an phường Tân Sơn Nhì, Công an xã Bà Điểm" in page
    admin.submit("/nhan-su/sua/lan/khoa", form_on="/nhan-su/sua/lan")
    assert "Đã khóa" in admin.get("/nhan-su").text
    admin.submit("/nhan-su/sua/lan/mo", form_on="/nhan-su/sua/lan")
    assert "Đã khóa" not in admin.get("/nhan-su").text
    given = admin.submit("/nhan-su/sua/lan/mat-khau", form_on="/nhan-su/sua/lan")
    assert "chỉ hiện một lần" in given.text
    with console.database.transaction() as session:
        lan = staff.find(session, "lan")
    assert lan is not None
    assert (lan.role, lan.units, lan.must_change) == ("leader", (WARD, OTHER), True)
    trail = admin.get("/nhat-ky?ai=root").text
    for words in ("Sửa tài khoản", "Khóa tài khoản", "Mở lại tài khoản", "Cấp lại mật khẩu"):
        assert words in trail.split("<tbody>")[1]


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(signed_in: Callable[..., Browser]) -> None:
    admin = signed_in("admin", ("*",), "root")
    answer = admin.submit("/nhan-su/them", login="Lan Anh", display_name="Lê Lan Anh", role="trainer")
    assert answer.status_code == 422
    assert "chữ thường không dấu" in answer.text
    assert 'value="Lê Lan Anh"' in answer.text
    own = admin.submit("/nhan-su/sua/root/khoa", form_on="/nhan-su/sua/root")
    assert (own.status_code, "quản trị viên cuối cùng" in own.text) == (422, True)


def test_the_trail_is_shown_page_by_page(
    signed_in: Callable[..., Browser], console: Console, app: Starlette
) -> None:
    leader = signed_in("leader")
    for number in range(130):
        Browser(app).get("/")
        with console.database.transaction() as session:
            staff.audit.record(session, "system", "test.entry", console.clock(), detail=f"entry-{number}")
    first = leader.get("/nhat-ky").text
    link = html.unescape(first.split('<a class="button" href="/nhat-ky?ai=')[1].split('"')[0])
    older = leader.get(f"/nhat-ky?ai={link}").text
    assert ("entry-129<" in first, "entry-20<" in first, "entry-20<" in older) == (True, False, True)


@pytest.mark.parametrize(
    ("action", "detail", "shown"),
    [
        ("staff.added", f"lan officer {WARD},{OTHER}", "lan, Cán bộ xử lý, Phường, Xã"),
        ("staff.changed", "lan leader *", "lan, Lãnh đạo, mọi đơn vị"),
        ("staff.added", "root admin ", "root, Quản trị"),
        ("staff.sign_in_failed", "password 3", "mật khẩu, lần 3"),
        ("report.state", "moi>dang_xu_ly", "Mới gửi → Đang xác minh"),
        ("report.evidence_read", "0", "tệp thứ 1"),
        ("report.names_read", "goi_lai", "Gọi lại cho người báo tin"),
        ("report.linked", "same", "Cùng một việc"),
        ("reports.searched", "plate", "theo biển số"),
        ("review.read", "session 14", "hội thoại 14"),
        ("review.state", "session 2: reviewed", "hội thoại 2: Đã xem xong"),
        ("review.accepted", "messages 3 4", "câu 3 4"),
        ("review.unmasked", "message 5: tin_bao", "câu 5: Cần để xử lý một tin báo"),
        ("review.exported", "40 sessions, 78 messages", "40 hội thoại, 78 câu"),
        ("console.refused", "/nhan-su", "/nhan-su"),
        ("report.assigned", "", ""),
    ],
)
def test_the_trail_says_in_words_what_was_done(action: str, detail: str, shown: str, clock: Any) -> None:
    entry = Entry(1, "system", action, None, detail, clock())
    assert detail_words(entry, {WARD: "Phường", OTHER: "Xã"}) == shown


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data_key: str) -> Any:
    """A deployment of its own for the commands."""
    values = {"DATA_DIR": str(tmp_path), "DATA_KEYS": data_key, "DATABASE_URL": ""}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load_settings(values)


def test_the_first_administrator_comes_from_the_terminal(at_home: Any) -> None:
    runner = CliRunner()
    made = runner.invoke(commands.app, ["first-admin", "lan.nguyen", "--name", "Nguyễn Thị Lan"])
    assert made.exit_code == 0, made.output
    again = runner.invoke(commands.app, ["first-admin", "lan.nguyen", "--name", "Nguyễn Thị Lan"])
    assert (again.exit_code, "đã có người dùng" in again.output) == (1, True)
    reset = runner.invoke(commands.app, ["reset", "lan.nguyen"])
    assert "first password:" in reset.output
    assert made.output.split("first password: ")[1][:19] != reset.output.split("first password: ")[1][:19]
    listed = runner.invoke(commands.app, ["list"])
    assert "lan.nguyen" in listed.output
    assert runner.invoke(commands.app, ["reset", "nobody"]).exit_code == 1


def test_a_trials_accounts_end_by_themselves_and_with_the_real_zalo(at_home: Any, clock: Any) -> None:
    database = open_database(at_home.database_url)
    upgrade(database)
    first = commands.make_trial_accounts(at_home, clock())
    second = commands.make_trial_accounts(at_home, clock())
    assert first != second
    with database.transaction() as session:
        people = [one for one in staff.everybody(session) if one.is_open(clock())]
        assert sorted(one.role for one in people) == ["admin", "leader", "officer", "trainer"]
        assert not any(one.is_open(clock.forward(86_400)) for one in people)
    commands.make_trial_accounts(at_home, clock())
    assert [commands.close_trial_accounts(at_home, clock()) for _ in range(2)] == [4, 0]
