"""News, menu and digest through the local Zalo, as a citizen types and taps."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Assistant

pytestmark = [pytest.mark.journey, pytest.mark.timeout(360)]


def test_the_latest_news_are_listed_and_opened_by_a_tap(assistant: Assistant) -> None:
    citizen = assistant.citizen("400001")
    assert "1. " in citizen.say("có tin gì mới")
    row = citizen.buttons[0]
    opened = citizen.tap(row)
    assert opened.split("\n")[0] == row.removeprefix("1. ")
    assert "Nguồn: " in opened


def test_a_pasted_message_is_judged_with_and_without_marks(assistant: Assistant) -> None:
    citizen = assistant.citizen("400002")
    for text in (
        'đây có phải lừa đảo không: "Cục CSGT báo xe bạn bị phạt nguội, bấm link tải ứng dụng nộp phạt"',
        "tin nhan ngan hang doi ma otp de nang cap sinh trac hoc co phai lua dao khong",
    ):
        assert "Dấu hiệu:" in citizen.say(text)
        assert citizen.buttons[-1] == "Gọi 113"


def test_the_menu_comes_back_and_its_parts_open(assistant: Assistant) -> None:
    citizen = assistant.citizen("400003")
    citizen.send({"event": "follow"})
    main = ["Tin tức", "Thủ tục hành chính", "Danh bạ", "Tố giác / phản ánh", "Gặp cán bộ"]
    assert citizen.buttons == main
    citizen.tap("Tố giác / phản ánh")
    assert citizen.buttons[:2] == ["Gọi 113", "Tố giác tội phạm"]
    citizen.say("menu")
    assert citizen.buttons == main
    assert citizen.tap("Tin tức").startswith("Tin tức, cảnh báo của ")


def test_the_digest_is_agreed_to_and_ended_with_its_word(assistant: Assistant) -> None:
    citizen = assistant.citizen("400004")
    assert "Anh/chị có đồng ý nhận không ạ?" in citizen.say("đăng ký bản tin mỗi tuần")
    assert "đã ghi: anh/chị nhận bản tin" in citizen.tap("Đồng ý nhận")
    assert "đã thôi gửi bản tin" in citizen.say("huy ban tin")


def test_figures_and_saturday(assistant: Assistant) -> None:
    citizen = assistant.citizen("400005")
    assert citizen.say("thống kê").startswith("Kết quả của ")
    assert "Thứ Bảy, " in citizen.say("thứ bảy có làm không")
