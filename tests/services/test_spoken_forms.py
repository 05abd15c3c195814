"""What has a form is found in every usual spelling, with true offsets, and nothing else is."""

from __future__ import annotations

import time
from datetime import datetime, timezone

import pytest
from rasa.shared.nlu.training_data.message import Message

from benchmarks.language.entities import score
from nlu.extractors import PatternExtractor
from services.spoken_forms import find_patterns


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("59X1-123.45", "bien_so", "59X1-123.45"),
        ("59x1 12345", "bien_so", "59X1-123.45"),
        ("59-X1 123.45", "bien_so", "59X1-123.45"),
        ("29A12345", "bien_so", "29A-123.45"),
        ("51F-1234", "bien_so", "51F-1234"),
        ("29MĐ1-123.45", "bien_so", "29MĐ1-123.45"),
        ("0912 345 678", "so_dien_thoai", "0912345678"),
        ("+84912345678", "so_dien_thoai", "0912345678"),
        ("028 3812 3456", "so_dien_thoai", "02838123456"),
        ("tp26 7f3k", "ma_ho_so", "TP-26-7F3K"),
        ("5tr2", "so_tien", 5_200_000),
        ("15.000.000đ", "so_tien", 15_000_000),
        ("2 tỷ rưỡi", "so_tien", 2_500_000_000),
        ("năm triệu", "so_tien", 5_000_000),
        ("3 người", "so_nguoi", 3),
        ("hai thanh niên", "so_nguoi", 2),
        ("xe ba gác", "loai_xe", "xe_ba_banh"),
        ("xe hoi", "loai_xe", "o_to"),
    ],
)
def test_spellings_give_one_value(text: str, entity: str, value: object) -> None:
    sentence = f"tôi thấy {text} ạ"
    found = [(item.entity, item.value, sentence[item.start : item.end]) for item in find_patterns(sentence)]
    assert found == [(entity, value, text)]


@pytest.mark.parametrize(
    "text",
    [
        "số căn cước 079123456789", "ba em mới mất", "24/7", "hẻm 12/5", "nghị định 168/2024", "tôi 25 tuổi",
        "mẫu CT01", "5 chai nước", "thủ tục hành chính",
    ],
)  # fmt: skip
def test_other_numbers_and_words_are_left_alone(text: str) -> None:
    assert find_patterns(text) == []


def test_the_sentences_of_the_dev_set_are_read() -> None:
    result = score()
    assert result.errors == []
    assert result.right["thoi_gian"] >= 40


def test_the_time_a_message_was_sent_is_now() -> None:
    extractor = PatternExtractor(lambda: datetime(2030, 1, 1, tzinfo=timezone.utc))
    message = Message(
        data={"text": "tối qua mất xe 59X1-123.45", "metadata": {"sent_at": "2026-11-21T07:30:00+00:00"}}
    )
    extractor.process([message])
    assert message.get("entities") == [
        {
            "entity": "thoi_gian",
            "start": 0,
            "end": 7,
            "value": {
                "start": "2026-11-20T18:00:00+07:00",
                "end": "2026-11-20T23:00:00+07:00",
                "precision": "part",
            },
            "confidence_entity": 1.0,
            "extractor": "PatternExtractor",
        },
        {
            "entity": "bien_so",
            "start": 15,
            "end": 26,
            "value": "59X1-123.45",
            "confidence_entity": 1.0,
            "extractor": "PatternExtractor",
        },
    ]


@pytest.mark.parametrize("sent", [None, "", "yesterday", "2026-11-21T07:30:00", 17])
def test_without_a_usable_time_of_sending_the_clock_counts(sent: object) -> None:
    extractor = PatternExtractor(lambda: datetime(2026, 11, 21, 7, 30, tzinfo=timezone.utc))
    message = Message(data={"text": "bây giờ", "metadata": {"sent_at": sent}})
    extractor.process([message])
    assert message.get("entities")[0]["value"]["start"] == "2026-11-21T14:30:00+07:00"


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 5_000,
        "9" * 10_000,
        "59x1-" * 2_000,
        "tối qua " * 1_250,
        "İ" * 10_000,
        "5tr" * 3_000,
        "\u0301" * 999,
    ],
)
def test_no_text_breaks_it_or_takes_long(text: str) -> None:
    extractor = PatternExtractor()
    now = datetime(2026, 11, 21, tzinfo=timezone.utc)
    extractor.find(text, now)
    started = time.process_time()
    found = extractor.find(text, now)
    assert time.process_time() - started < 0.05
    assert all(0 <= item["start"] < item["end"] <= len(text) for item in found)


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("xe biển đỏ TM-12-34 bóp còi", "bien_so", "TM-12-34"),
        ("biển đỏ kp 8912 chạy ẩu", "bien_so", "KP-89-12"),
        ("xe ngoại giao 80-123-NG-45 quẹt tôi", "bien_so", "80-123-NG-45"),
        ("số tui nè 0 9 0 3 1 2 3 4 5 6", "so_dien_thoai", "0903123456"),
        ("(+84) 70.123.4567 zalo luôn", "so_dien_thoai", "0701234567"),
        ("mã tp_26_8rst", "ma_ho_so", "TP-26-8RST"),
        ("mất hai trăm năm mươi triệu", "so_tien", 250_000_000),
        ("mất 5tr", "so_tien", 5_000_000),
        ("chuyển 1tr2", "so_tien", 1_200_000),
        ("đòi 2 củ", "so_tien", 2_000_000),
        ("lấy 50k", "so_tien", 50_000),
        ("giật của bà trăm rưỡi ngàn", "so_tien", 150_000),
        ("thu 20 cành", "so_tien", 20_000),
        ("khoảng chục thanh niên tụ tập", "so_nguoi", 10),
        ("có ba đứa nhỏ", "so_nguoi", 3),
    ],
)
def test_other_spellings(text: str, entity: str, value: object) -> None:
    assert [(found.entity, found.value) for found in find_patterns(text) if found.entity != "loai_xe"] == [
        (entity, value)
    ]


def test_four_digits_after_a_word_are_no_army_plate() -> None:
    assert find_patterns("biển số 1234") == []
