"""The chat page in a real browser: a citizen writes, sees the answer, taps a button."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.journeys.conftest import ROOT, Assistant

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.timeout(360)]

SCREENSHOTS = ROOT / "results" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def test_a_citizen_asks_and_taps_on_a_phone(assistant: Assistant, chromium: str, tmp_path: Path) -> None:
    problems: list[str] = []
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        page = browser.new_page(viewport={"width": 400, "height": 800}, device_scale_factor=2)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(assistant.zalo)
        page.get_by_label("Nhập tin nhắn").first.fill("đổi căn cước hết hạn cần giấy tờ gì")
        page.keyboard.press("Enter")
        page.get_by_text("Giấy tờ đổi căn cước hết hạn").first.wait_for(timeout=30_000)
        assert page.get_by_text("Căn cứ:").first.is_visible()
        page.get_by_role("button", name="Lệ phí", exact=True).last.click()
        page.get_by_text("Đổi thẻ đúng mốc tuổi thì không mất tiền.").last.wait_for(timeout=30_000)
        _keep(page, "phone")
        browser.close()
    assert problems == []


def test_markup_in_a_citizens_text_is_shown_as_text(assistant: Assistant, chromium: str) -> None:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(assistant.zalo)
        page.get_by_label("Nhập tin nhắn").first.fill("<img src=x onerror=\"document.title='hacked'\">")
        page.keyboard.press("Enter")
        page.get_by_label("Tin nhắn của").get_by_text("<img src=x").first.wait_for(timeout=30_000)
        _keep(page, "desktop")
        assert page.title() != "hacked"
        browser.close()


def test_a_report_is_told_on_a_phone(assistant: Assistant, chromium: str) -> None:
    problems: list[str] = []
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        page = browser.new_page(viewport={"width": 400, "height": 860}, device_scale_factor=2)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(assistant.zalo)
        page.get_by_label("Nhập tin nhắn").first.fill("nhà tôi bị trộm mất xe Vision lúc 9 giờ tối hôm qua")
        page.keyboard.press("Enter")
        page.get_by_text("ở đâu ạ").last.wait_for(timeout=30_000)
        page.get_by_label("Nhập tin nhắn").first.fill("hẻm 12 đường Lê Lợi")
        page.keyboard.press("Enter")
        page.get_by_text("trông thế nào").last.wait_for(timeout=30_000)
        page.get_by_role("button", name="Không biết", exact=True).last.click()
        page.get_by_role("button", name="Giấu tên", exact=True).last.click(timeout=30_000)
        page.get_by_text("Gửi tin này cho công an nhé?").last.wait_for(timeout=30_000)
        _keep(page, "report-confirm")
        page.get_by_role("button", name="Gửi tin", exact=True).last.click()
        page.get_by_text("Mã tin: TP-").last.wait_for(timeout=30_000)
        page.get_by_text("Việc tiếp theo").last.wait_for(timeout=30_000)
        _keep(page, "report-sent")
        browser.close()
    assert problems == []


def _keep(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENSHOTS / f"chat-{name}.png"))
