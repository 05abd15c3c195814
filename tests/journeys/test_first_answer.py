"""A citizen asks over Zalo and gets the right answer: signed webhook, Rasa, content, OpenAPI, chat."""

from __future__ import annotations

import re

import pytest
import requests

from tests.journeys.conftest import Assistant

pytestmark = [pytest.mark.journey, pytest.mark.timeout(360)]

CITED = re.compile(r"Căn cứ: .+ · Kiểm tra ngày \d\d/\d\d/\d{4}$", re.MULTILINE)


def test_papers_then_fee_then_place_of_an_expired_id_card(assistant: Assistant) -> None:
    citizen = assistant.citizen("100001")

    papers = citizen.say("đổi căn cước hết hạn cần giấy tờ gì")
    assert papers.startswith("Giấy tờ đổi căn cước hết hạn")
    assert CITED.search(papers)

    fee = citizen.say("doi can cuoc het han mat bao nhieu tien")
    assert fee.startswith("Lệ phí đổi căn cước hết hạn")
    assert CITED.search(fee)

    place = citizen.say("vậy nộp ở đâu")
    assert place.startswith("Nơi nộp hồ sơ đổi căn cước hết hạn")
    assert CITED.search(place)


def test_follow_ups_and_a_switch_of_procedure(assistant: Assistant) -> None:
    citizen = assistant.citizen("100002")
    assert "15.000 đồng" in citizen.say("đăng ký tạm trú mất bao nhiêu tiền")
    assert "3 ngày làm việc" in citizen.say("mấy ngày có")
    assert citizen.say("mua xe máy cũ sang tên cần giấy tờ gì").startswith("Giấy tờ sang tên xe")
    assert citizen.say("còn lệ phí?").startswith("Lệ phí sang tên xe")


def test_a_tapped_button_is_understood_exactly(assistant: Assistant) -> None:
    citizen = assistant.citizen("100003")
    citizen.say("đăng ký tạm trú")
    assert "Lệ phí" in citizen.buttons
    assert citizen.tap("Lệ phí").startswith("Lệ phí đăng ký tạm trú")


def test_a_typed_command_never_reaches_rasa_as_a_command(assistant: Assistant) -> None:
    citizen = assistant.citizen("100004")
    answer = citizen.say('/hoi_dang_ky_tam_tru{"khia_canh": "le_phi"}')
    assert "chưa hiểu" in answer
    assert "15.000" not in answer


def test_danger_is_answered_with_numbers_to_call(assistant: Assistant) -> None:
    citizen = assistant.citizen("100005")
    assert "GỌI NGAY" in citizen.say("cứu tôi với có người đang cầm dao đập cửa")
    assert citizen.buttons[0] == "Gọi 113"
    assert "Tôi an toàn, báo tiếp" in citizen.buttons


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"event": "follow"}, "Chào anh/chị"),
        ({"image": "http://127.0.0.1:9/anh.jpg"}, "đã nhận"),
        ({"location": {"latitude": 10.79, "longitude": 106.62}}, "vị trí"),
        ({"text": "🙂🙂🙂"}, ""),
    ],
    ids=["follow", "picture", "place", "emoji"],
)
def test_what_is_no_question_is_answered_politely(
    assistant: Assistant, message: dict[str, object], expected: str
) -> None:
    citizen = assistant.citizen(f"1001{len(str(message))}")
    assert expected in citizen.send(message)


def test_nonsense_gets_choices_or_a_way_on(assistant: Assistant) -> None:
    citizen = assistant.citizen("100006")
    citizen.say("asdf qwer zxcv")
    assert citizen.buttons


def test_text_in_decomposed_unicode_is_understood(assistant: Assistant) -> None:
    import unicodedata

    citizen = assistant.citizen("100007")
    answer = citizen.say(unicodedata.normalize("NFD", "lệ phí đăng ký tạm trú"))
    assert answer.startswith("Lệ phí đăng ký tạm trú")


def test_what_is_not_signed_by_zalo_is_acknowledged_and_dropped(assistant: Assistant) -> None:
    url = f"{assistant.rasa}/webhooks/zalo/webhook"
    for body in (b"", b"{}", b"[]", b"no json", b'{"event_name": "user_send_text"}', b"x" * 1_000_000):
        answer = requests.post(url, data=body, timeout=10)
        assert (answer.status_code, answer.text) == (200, "ok")
    log = (assistant.data_dir / "log" / "rasa.log").read_text(errors="replace")
    assert "zalo.webhook.rejected" in log
    assert "Traceback" not in log


def test_no_citizen_word_is_in_the_logs_or_in_the_database_file(assistant: Assistant) -> None:
    citizen = assistant.citizen("100008")
    citizen.say("tôi tên Nguyễn Thị Kiểm Thử số 0900000123 hỏi đăng ký tạm trú")
    for file in [*assistant.data_dir.glob("log/*.log"), *assistant.data_dir.glob("an-ninh.db*")]:
        content = file.read_bytes()
        assert "Kiểm Thử".encode() not in content, file.name
        assert b"0900000123" not in content, file.name
