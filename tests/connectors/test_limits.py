"""What fits into one Zalo message: nothing is lost, nothing is cut in a word, no Markdown is seen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.zalo.limits import MAX_TEXT, MAX_TITLE, plain, short_title, split_text

SENTENCE = "Anh/chị mang theo căn cước đến trụ sở công an phường để làm thủ tục. "


def test_a_short_text_is_one_message() -> None:
    assert split_text("Chào bà con") == ["Chào bà con"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_an_empty_text_is_no_message(text: str) -> None:
    assert split_text(text) == []


def test_the_limit_is_2000_and_holds_for_the_composed_text() -> None:
    composed = "ệ" * MAX_TEXT
    decomposed = unicodedata.normalize("NFD", composed)
    assert len(decomposed) == 3 * MAX_TEXT
    assert split_text(decomposed) == [composed]
    assert [len(part) for part in split_text(composed + "ệ")] == [2000, 1]


def test_a_long_answer_is_cut_at_sentences() -> None:
    text = SENTENCE * 60
    parts = split_text(text)
    assert (" ".join(parts), len(parts)) == (text.strip(), 3)
    assert all(part.startswith("Anh/chị") and part.endswith("thủ tục.") for part in parts)


@pytest.mark.parametrize(
    ("border", "kept"),
    [("\n\n", ""), ("\n", ""), (". ", "."), ("! ", "!"), ("? ", "?"), ("; ", ";"), (", ", ","), (" ", "")],
    ids=["paragraph", "line", "full stop", "exclamation", "question", "semicolon", "comma", "blank"],
)
def test_the_best_border_is_taken(border: str, kept: str) -> None:
    assert split_text("a" * 60 + border + "b" * 60, limit=100) == ["a" * 60 + kept, "b" * 60]


def test_a_paragraph_is_better_than_a_later_sentence() -> None:
    assert split_text("a" * 55 + "\n\n" + "b" * 20 + ". " + "c" * 60, limit=100) == [
        "a" * 55,
        "b" * 20 + ". " + "c" * 60,
    ]


def test_a_blank_far_ahead_is_better_than_a_cut_in_a_word() -> None:
    assert split_text("a " + "b" * 99, limit=100) == ["a", "b" * 99]


def test_a_word_that_is_longer_than_a_message_is_cut() -> None:
    assert split_text("a" * 250, limit=100) == ["a" * 100, "a" * 100, "a" * 50]


# Blanks, borders and letters in any order; Markdown has tests of its own.
WORDS = st.lists(st.sampled_from(["a", "ệ", "e\u0323\u0302", " ", "\n", "\n\n", ". ", ", ", "🙂", "x" * 30]))


@given(WORDS.map("".join), st.integers(min_value=20, max_value=60))
def test_splitting_loses_nothing_but_blanks(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert "".join("".join(parts).split()) == "".join(unicodedata.normalize("NFC", text).split())
    assert all(0 < len(part) <= limit and part == part.strip() for part in parts)


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        ("**Lệ phí**: 15.000 đồng", "Lệ phí: 15.000 đồng"),
        ("__Lệ phí__: 15.000 đồng", "Lệ phí: 15.000 đồng"),
        ("# Giấy tờ\n## Bản chính", "Giấy tờ\nBản chính"),
        ("gõ `#giup_do` nhé", "gõ #giup_do nhé"),
        ("```python\nx = 1\n```", "x = 1"),
        ("[Cổng dịch vụ công](https://dichvucong.gov.vn/a_b)", "Cổng dịch vụ công: https://dichvucong.gov.vn/a_b"),
        ("![sơ đồ](https://x.example/a.png)", "sơ đồ: https://x.example/a.png"),
        ("2 * 3 * 4 = 24", "2 * 3 * 4 = 24"),
        ("#can_cuoc", "#can_cuoc"),
        ("tên_đăng_nhập", "tên_đăng_nhập"),
        ("https://x.example/a__b__c?d=**", "https://x.example/a__b__c?d=**"),
        ("mã a__b__c của hồ sơ", "mã a__b__c của hồ sơ"),
        ("số ** 5 **", "số ** 5 **"),
        (" e\u0323\u0302 ", "ệ"),
    ],
)  # fmt: skip
def test_markdown_never_reaches_a_citizen(marked: str, shown: str) -> None:
    assert plain(marked) == shown


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Lệ phí", "Lệ phí"),
        ("  **Lệ phí**\n hồ sơ ", "Lệ phí hồ sơ"),
        ("a" * 100, "a" * 100),
        ("a" * 101, "a" * 99 + "…"),
        ("Thủ tục " * 20, "Thủ tục " * 11 + "Thủ tục…"),
        ("a" * 60 + ", " + "b" * 60, "a" * 60 + "…"),
        ("e\u0323\u0302" * 100, "ệ" * 100),
    ],
)
def test_a_long_title_ends_at_a_word_with_an_ellipsis(title: str, shown: str) -> None:
    assert short_title(title) == shown
    assert len(shown) <= MAX_TITLE
