"""Which sides of a procedure a sentence asks about, where wordings overlap or sound alike without marks."""

from __future__ import annotations

import pytest
import yaml

from nlu.aspects import LEXICON, AspectExtractor

ASPECTS = AspectExtractor(yaml.safe_load(LEXICON.read_text("utf-8")), None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("đăng ký thường trú mất bao nhiêu ngày", ["thoi_han"]),
        ("đăng ký thường trú mất bao nhiêu", ["le_phi"]),
        ("dang ky xe may het bnh tien", ["le_phi"]),
        ("sang tên xe mất bao nhiu", ["le_phi"]),
        ("chạy quá tốc độ bị phạt bn tiền", ["muc_phat"]),
        ("bao lâu có kết quả", ["thoi_han"]),
        ("hồ sơ xin con dấu gồm những gì", ["giay_to"]),
        ("làm dấu mất mấy ngày", ["thoi_han"]),
        ("lam dau mat may ngay", ["noi_nop", "thoi_han"]),
        ("làm đâu, mất mấy ngày", ["noi_nop", "thoi_han"]),
        ("chưa đăng ký gì hết có sao ko", ["muc_phat"]),
    ],
)
def test_the_sides_of_a_sentence(text: str, sides: list[str]) -> None:
    assert [found["value"] for found in ASPECTS.find(text)] == sides
