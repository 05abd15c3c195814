"""Answers to one question, and what is taken back, as people type them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.clock import VIETNAM
from services.report_answers import Unclear, read_answer, read_correction
from services.report_categories import Catalogue, load_categories
from services.report_facts import Fact
from services.report_parts import Question
from services.report_story import read_story
from services.text import fold

CONTENT = Path(__file__).resolve().parents[2] / "content"
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=VIETNAM)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_categories(CONTENT)


@pytest.fixture(scope="module")
def questions(catalogue: Catalogue) -> dict[str, Question]:
    return {one.id: one for category in catalogue.categories for one in category.questions}


def clock(moment: str) -> dict[str, str]:
    return {"start": moment, "end": moment, "precision": "minute"}


@pytest.mark.parametrize(
    ("question", "text", "value", "doubt"),
    [
        ("thoi_gian", "9h tối", clock("2026-11-24T21:00:00+07:00"), ""),
        ("thoi_gian", "9 tối qua", clock("2026-11-24T21:00:00+07:00"), ""),
        ("thoi_gian", "khoảng 8 rưỡi tối hôm kia", clock("2026-11-23T20:30:00+07:00"), ""),
        ("thoi_gian", "7:15", clock("2026-11-25T07:15:00+07:00"), ""),
        ("thoi_gian", "30h", None, "no_such_time"),
        ("thoi_gian", "ngày 31/2", None, "no_such_time"),
        ("tien_luc_nao", "chưa chuyển", None, ""),
        ("dia_diem", "hẻm 12", {"hem": "12"}, ""),
        ("dia_diem", "12 Lê Lợi phường 5", {"so_nha": "12", "duong": "le loi", "phuong": "5"}, ""),
        ("dia_diem", "ở nhà em", {"moc": "o nha"}, "vague"),
        ("dia_diem", "<b>hẻm 5</b>", {"hem": "5"}, ""),
        ("dia_diem", "'; DROP TABLE report; --", None, "vague"),
        ("so_tien", "5 củ", 5_000_000, ""),
        ("so_tien", "2 triệu rưỡi", 2_500_000, ""),
        ("so_tien", "hai mươi lăm triệu", 25_000_000, ""),
        ("so_tien", "3500000", 3_500_000, ""),
        ("so_tien", "9000 tỷ", 9_000_000_000_000, "too_much"),
        ("tai_san", "con Wave với cái điện thoại, chừng 20 triệu", 20_000_000, ""),
        ("xe_ho_di", "59x1 123.45", "59X1-123.45", ""),
        ("xe_ho_di", "xe SH màu đen", None, ""),
        ("xe_ho_di", "đuôi 345", None, "partial_plate"),
        ("xe_ho_di", "87A-123.45", "87A-123.45", "no_such_plate"),
        ("bien_so", "59X1 12345678", None, "no_such_plate"),
        ("goi_ngan_hang", "chưa", "Chưa gọi", ""),
        ("goi_ngan_hang", "gọi rồi", "Đã gọi", ""),
        ("goi_ngan_hang", "2", "Chưa gọi", ""),
        ("goi_ngan_hang", "em đưa tiền mặt", "Không chuyển qua ngân hàng", ""),
        ("dang_dien_ra", "Đang diễn ra", "Đang diễn ra", ""),
        ("dang_dien_ra", "vẫn còn đang", "Đang diễn ra", ""),
        ("dang_dien_ra", "xong rồi, hôm qua", "Đã lâu hơn", ""),
        ("dang_dien_ra", "mới xong", "Vừa xong dưới 1 giờ", ""),
        ("bi_thuong", "ko ai bị gì", "Không ai bị thương", ""),
        ("bi_thuong", "có 1 người gãy chân, gọi 115 rồi", "Có, đã gọi 115", ""),
        ("bi_thuong", "có", "Có, chưa gọi 115", ""),
        ("bi_thuong", "ko biết nữa", "Không rõ", ""),
        ("ban_an_toan", "em ra ngoài rồi", "Đã an toàn", ""),
        ("ban_an_toan", "chưa, nó còn ở ngoài cửa", "Chưa an toàn", ""),
        ("dang_chay", "khói nhiều lắm", "Đang cháy hoặc có khói", ""),
        ("duong_chan", "còn đi được", "Còn đi được", ""),
        ("duoi_18", "không", "Không", ""),
        ("so_nguoi", "năm người", 5, ""),
        ("so_nguoi", "3", 3, ""),
        ("so_nguoi", "tầm chục đứa", 10, ""),
        ("lien_he_kin", "0912 345 678 sau 8h tối", "0912345678", ""),
        ("lien_he_kin", "09l2345", None, "not_a_phone"),
        ("lien_he", "Giấu tên", "Giấu tên", ""),
        (
            "tai_khoan_nhan",
            "vietcombank 0011223344",
            {"so_tai_khoan": ["0011223344"], "ngan_hang": ["Vietcombank"]},
            "",
        ),
        ("tai_khoan_nhan", "qua zalo", None, ""),
        ("thay_gi", "thấy tận mắt", None, ""),
        ("bang_chung", "có clip với hình ảnh", ["clip", "anh"], ""),
    ],
)
def test_a_direct_answer_is_read_for_what_was_asked(
    questions: dict[str, Question], question: str, text: str, value: Any, doubt: str
) -> None:
    for typed in (text, fold(text)):
        fact = read_answer(questions[question], typed, NOW)
        assert isinstance(fact, Fact), fact
        assert (fact.value, fact.doubt) == (value, doubt)
        assert fact.said in typed


@pytest.mark.parametrize(
    ("question", "text", "reason"),
    [
        ("thoi_gian", "ko bik", "unknown"),
        ("thoi_gian", "không nhớ rõ", "unknown"),
        ("so_tien", "hok biết nữa", "unknown"),
        ("dia_diem", "bỏ qua", "skip"),
        ("bao_ket_qua", "khỏi", "skip"),
        ("thoi_gian", "trời ơi", "no_time"),
        ("so_tien", "500", "money_unit"),
        ("so_tien", "nhiều lắm", "no_money"),
        ("so_nguoi", "sao hỏi hoài", "no_number"),
        ("dang_dien_ra", "con mèo", "which_choice"),
        ("dia_diem", "", "empty"),
        ("dia_diem", "😀", "empty"),
        ("bien_so", "?!", "empty"),
    ],
)
def test_what_is_no_answer_says_why(
    questions: dict[str, Question], question: str, text: str, reason: str
) -> None:
    assert read_answer(questions[question], text, NOW) == Unclear(reason)


def test_every_question_of_the_content_stands_any_answer(questions: dict[str, Question]) -> None:
    hostile = [
        "",
        " ",
        "x" * 5_000,
        "1" * 5_000,
        "'; DROP TABLE a; --",
        "<script>",
        "{{7*7}}",
        "\x00",
        "có",
        "không",
    ]
    for question in questions.values():
        for text in hostile:
            assert isinstance(read_answer(question, text, NOW), (Fact, Unclear)), (question.id, text)


def test_every_button_of_every_question_is_read_as_itself(questions: dict[str, Question]) -> None:
    read = {
        (question.id, choice): read_answer(question, choice, NOW)
        for question in questions.values()
        for choice in question.choices
    }
    wrong = {key: fact for key, fact in read.items() if not isinstance(fact, Fact) or fact.value != key[1]}
    assert wrong == {}


@pytest.fixture(scope="module")
def known(catalogue: Catalogue) -> dict[str, Fact]:
    story = (
        "hôm qua lúc 5 giờ chiều ở hẻm 12 đường Lê Lợi phường 5 bị 2 thằng đi xe 59X1-123.45 "
        "giật túi mất 5 triệu"
    )
    return dict(read_story(story, NOW, catalogue).facts)


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("không, 8 giờ chứ không phải 5 giờ", {"thoi_gian": clock("2026-11-24T20:00:00+07:00")}),
        ("không phải 5h chiều mà 8h sáng", {"thoi_gian": clock("2026-11-24T08:00:00+07:00")}),
        ("hôm kia chứ ko phải hôm qua", {"thoi_gian": clock("2026-11-23T17:00:00+07:00")}),
        ("biển số sai, 59X1 123.46 mới đúng", {"bien_so": "59X1-123.46"}),
        ("không phải hẻm 12 mà là hẻm 14", {"dia_diem": {"hem": "14", "duong": "le loi", "phuong": "5"}}),
        ("lộn, ở ngã tư Bảy Hiền", {"dia_diem": {"moc": "nga tu bay hien"}}),
        ("nhầm, 7 triệu", {"so_tien": 7_000_000}),
        ("sửa lại 3 người", {"so_nguoi": 3}),
        ("biển số sai rồi", {"bien_so": None}),
        ("ok đúng rồi", {}),
        ("em muốn hỏi thủ tục tạm trú", {}),
        ("lúc 8 giờ nha", {}),
        ("", {}),
    ],
)
def test_a_correction_changes_only_what_it_names(
    known: dict[str, Fact], text: str, corrected: dict[str, Any]
) -> None:
    for typed in (text, fold(text)):
        assert {name: fact.value for name, fact in read_correction(typed, known, NOW).items()} == corrected


def test_a_fact_called_wrong_without_a_new_value_is_asked_again(known: dict[str, Fact]) -> None:
    assert read_correction("biển số sai rồi", known, NOW) == {"bien_so": Fact("biển số sai", None, "wrong")}
