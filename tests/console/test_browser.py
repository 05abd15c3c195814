"""The console in Chromium: each role signs in, filters, annotates by keyboard, and is kept out elsewhere."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from console.visit import Console
from tests.console.live import Office
from tests.console.test_report_pages import PNG, Town
from tests.console.test_review_pages import Archive

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
EVIL = "<script>document.title='hacked'</script> mất xe ở chợ"


@pytest.fixture
def archive(console: Console, clock: Any) -> Archive:
    found = Archive(console, clock)
    found.holds((EVIL, "nlu_fallback"), ("tạm trú cần gì", "hoi_dang_ky_tam_tru"), citizen="c1")
    found.holds(("mất xe ở chợ phường", "nlu_fallback"), ("abc xyz", "nlu_fallback"), citizen="c2")
    return found


def test_an_officer_works_a_report_on_a_tablet(
    office: Office, console: Console, clock: Any, hire: Callable[..., None]
) -> None:
    town = Town(console, clock)
    receipt = town.gets_files((PNG, "image/png"), story=EVIL)
    hire("lan", "officer")
    with office.seat("lan") as page:
        page.get_by_role("link", name="Tin mới chưa ai xem").click()
        page.get_by_role("link", name=receipt.code).click()
        page.get_by_text(EVIL).wait_for()
        assert page.title() != "hacked"
        assert page.locator(".evidence img").evaluate("picture => picture.naturalWidth") == 1
        page.get_by_role("button", name="Tôi nhận việc này").click()
        page.get_by_text("Người xử lý: lan").wait_for()
        page.get_by_label("Xác minh", exact=True).check()
        page.get_by_label("Lời nhắn cho bà con").fill("Chúng tôi đang đến.")
        page.get_by_role("button", name="Chuyển bước và nhắn bà con").click()
        page.get_by_text("Đang gửi", exact=False).first.wait_for()
        page.get_by_label("Lý do cần xem").select_option("goi_lai")
        page.get_by_role("button", name="Xem tên và số điện thoại").click()
        page.get_by_text("Nguyễn Thị Lan").wait_for()
        forbidden = ("/nhan-su", "/nhat-ky", "/xuat-du-lieu")
        assert [office.open(page, path) for path in forbidden] == [403] * 3
    assert "Chúng tôi đang đến." in town.sent()[0]


def test_a_trainer_filters_and_decides_by_keyboard(
    office: Office, archive: Archive, hire: Callable[..., None]
) -> None:
    hire("hung", "trainer")
    with office.seat("hung") as page:
        page.get_by_role("link", name="Hội thoại", exact=True).first.click()
        page.get_by_label("Ý của bà con").fill("Đăng ký tạm trú")
        page.get_by_role("button", name="Lọc", exact=True).click()
        page.get_by_text("1 hội thoại").wait_for()
        page.get_by_role("table").get_by_role("link").first.click()
        page.get_by_text(EVIL).first.wait_for()
        assert page.title() != "hacked"
        page.get_by_text("Vì sao").first.click()
        page.get_by_text("action_tra_loi_thu_tuc").first.wait_for()
        office.open(page, "/chua-hieu")
        # The newest stands first: "abc xyz", then "mất xe ở chợ phường".
        page.keyboard.press("j")
        page.keyboard.press("b")
        page.get_by_text("Đã lưu.").wait_for()
        page.keyboard.press("j")
        page.keyboard.press("y")
        page.keyboard.type("tố giác tội phạm")
        page.keyboard.press("Enter")
        page.get_by_text("Đã lưu.").wait_for()
        page.get_by_role("link", name="Xuất dữ liệu").click()
        page.get_by_label("Hội thoại", exact=True).select_option("")
        page.get_by_role("button", name="Xuất", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Tải về").first.click()
        with zipfile.ZipFile(download.value.path()) as exported:
            nlu = exported.read("nlu.yml").decode()
        assert [office.open(page, path) for path in ("/tin-bao", "/tin-bao/1", "/nhan-su")] == [403] * 3
    assert "- mất xe ở chợ phường\n" in nlu
    decided = {row.text: (row.state, row.corrected_intent) for row in archive.messages()}
    assert decided["abc xyz"] == ("rejected", "")
    assert decided["mất xe ở chợ phường"] == ("corrected", "to_giac_toi_pham")


def test_a_leader_marks_entities_by_keyboard_and_by_mouse(
    office: Office, archive: Archive, hire: Callable[..., None]
) -> None:
    hire("dung", "leader")
    message = next(row for row in archive.messages() if row.text == "mất xe ở chợ phường")
    with office.seat("dung") as page:
        office.open(page, f"/chua-hieu/{message.id}")
        page.get_by_label("Ý của bà con").fill("Tố giác tội phạm")
        page.locator(".piece", has_text="mất").focus()
        for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Shift+ArrowRight", "Enter"):
            page.keyboard.press(key)
        assert page.locator("#selected").text_content() == "“chợ phường”"
        page.locator("#marker-entity").select_option("dia_diem")
        page.keyboard.press("Enter")
        page.locator(".piece", has_text="xe").click()
        page.locator("#marker-entity").select_option("loai_xe")
        page.get_by_role("button", name="Đánh dấu", exact=True).click()
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**/chua-hieu/*?xong=luu")
        assert office.open(page, "/nhan-su") == 403
        assert [office.open(page, path) for path in ("/nhat-ky", "/tin-bao", "/so-lieu")] == [200] * 3
        plots = page.locator(".plots img")
        shown = """all => Promise.all(all.map(one => {
            one.loading = "eager";
            return one.decode().then(() => one.naturalWidth);
        }))"""
        widths = plots.evaluate_all(shown)
        assert (len(widths) > 2, min(widths) > 0) == (True, True)
    row = next(row for row in archive.messages() if row.id == message.id)
    assert row.corrected_spans is not None
    assert [(span.entity, row.text[span.start : span.end]) for span in row.corrected_spans] == [
        ("loai_xe", "xe"),
        ("dia_diem", "chợ phường"),
    ]


def test_an_administrator_makes_an_account_and_sees_no_citizen(
    office: Office, archive: Archive, hire: Callable[..., None]
) -> None:
    hire("root", "admin", ("*",))
    with office.seat("root", {"width": 400, "height": 800}) as page:
        page.get_by_role("link", name="Nhân sự").first.click()
        page.get_by_role("link", name="Thêm tài khoản").click()
        page.get_by_label("Tên đăng nhập").fill("mai.le")
        page.get_by_label("Họ và tên").fill("Lê Mai")
        page.get_by_label("Cán bộ xử lý").check()
        page.get_by_label("Mọi đơn vị").check()
        page.get_by_role("button", name="Lưu").click()
        page.get_by_text("chỉ hiện một lần").wait_for()
        forbidden = ("/tin-bao", "/hoi-thoai", "/hoi-thoai/1", "/chua-hieu", "/so-lieu", "/xuat-du-lieu")
        assert [office.open(page, path) for path in forbidden] == [403] * 6
        office.open(page, "/nhat-ky")
        page.locator("td", has_text="Mở trang không có quyền").first.wait_for()
        page.get_by_role("button", name="Đăng xuất").click()
        page.get_by_text("Anh/chị đã đăng xuất.").wait_for()
        page.go_back()
        page.get_by_role("heading", name="Đăng nhập").wait_for()
