"""Phrases are found with the care Vietnamese marks need, typed in full, in part or not at all."""

from __future__ import annotations

import unicodedata

import pytest

from services.phrases import PhraseIndex, Said, best


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("tôi vượt đèn đỏ", "đèn đỏ"),
        ("vuot den do phat bao nhieu", "đèn đỏ"),
        ("toi vượt den đỏ", "đèn đỏ"),
        ("VƯỢT ĐÈN ĐỎ", "đèn đỏ"),
        ("mất hoá đơn xe", "hóa đơn"),
        ("đăng kí tạm trú", "đăng ký tạm trú"),
        ("công ti tôi", "công ty"),
        ("sữa thông tin", "sửa thông tin"),
        ("uỷ quyền cho con", "ủy quyền"),
        ("làm online, được không", "trên mạng|online"),
        ("chủ nhà ko cho làm tạm trú", "không cho"),
        ("chu nha k cho lam", "không cho"),
        ("Ko có hợp đồng", "không có hợp đồng"),
        (unicodedata.normalize("NFD", "thuê trọ ở quận 8"), "thuê trọ"),
    ],
)
def test_a_phrase_is_found_however_it_was_typed(text: str, phrase: str) -> None:
    assert Said(text).says(phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("tôi đi đến đó", "đèn đỏ"),
        ("đưa xe đi sửa", "đua xe"),
        ("cái này mất mấy ngày", "mất máy"),
        ("cho con nhập khẩu về đây", "chở con"),
        ("thuếtrọng", "trọ"),
        ("tôi ở trong nhà", "trọ"),
        ("", "trọ"),
        ("?!", "trọ"),
    ],
)
def test_other_words_with_the_same_letters_are_not_it(text: str, phrase: str) -> None:
    assert not Said(text).says(phrase)


def test_the_place_of_a_phrase_is_that_in_the_composed_text() -> None:
    text = "Vậy thuê trọ thì sao"
    assert Said(unicodedata.normalize("NFD", text)).find("thuê trọ") == (4, 12)


def test_the_longest_phrase_wins() -> None:
    said = Said("gây tai nạn rồi bỏ chạy")
    assert best(said, [("gay", ["gây tai nạn"]), ("bo", ["gây tai nạn rồi bỏ chạy"])]) == ("bo", 23)
    assert best(Said("trời mưa"), [("gay", ["gây tai nạn"])]) == (None, 0)


@pytest.mark.parametrize(
    "text",
    [
        "tôi vượt đèn đỏ rồi bị mất giấy tờ xe",
        "mat giay to xe, giay to xe cua ba toi",
        "đăng kí tạm trú online",
        "đến đó làm gì",
        "",
    ],
)
def test_an_index_finds_what_looking_for_each_phrase_finds(text: str) -> None:
    phrases = [
        ("mất", "mất giấy tờ xe"),
        ("đèn", "vượt đèn đỏ"),
        ("xe", "giấy tờ xe|cà vẹt"),
        ("đèn", "đèn đỏ"),
        ("mạng", "trên mạng|online"),
        ("trú", "đăng ký tạm trú"),
        ("không có gì", "|"),
    ]
    said = Said(text)
    one_by_one = [(item, said.find(phrase)) for item, phrase in phrases]
    assert PhraseIndex(phrases).find(said) == [(item, span) for item, span in one_by_one if span]
