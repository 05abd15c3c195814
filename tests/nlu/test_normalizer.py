"""What citizens type and what the classifier's features see of it."""

from __future__ import annotations

import pytest

from nlu.normalizer import load_normalizer

NORMALIZER = load_normalizer()


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("hoà xoá thuý khoẻ uỷ quý", "hòa xóa thúy khỏe ủy quý"),
        ("hoàn toàn", "hoàn toàn"),
        ("dduowcj", "được"),
        ("dduowjc", "được"),
        ("tajm trus", "tạm trú"),
        ("thuee nhaf", "thuê nhà"),
        ("hôj", "hộ"),
        ("mâts", "mất"),
        ("giúppppp vớiiii", "giúp với"),
        ("1000000", "1000000"),
        ("dc ko z", "được không vậy"),
        ("lm cccd", "làm căn cước công dân"),
        ("tạm\u200b trú", "tạm trú"),
        ("ta\u0323m tru\u0301", "tạm trú"),
        ("🙏🙏", "cảm ơn cảm ơn"),
        ("😀😀", ""),
    ],
)
def test_words_are_written_properly(typed: str, seen: str) -> None:
    assert " ".join(NORMALIZER.words(typed)) == seen


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("ck em đánh em", "chồng em đánh em"),
        ("ck nhầm 5tr", "chuyển khoản nhầm 5tr"),
        ("mk quên mk vneid", "mình quên mật khẩu vneid"),
        ("đk tt cho vk", "đăng ký tạm trú cho vợ"),
        ("sai tt cá nhân", "sai thông tin cá nhân"),
        ("đk gì", "điều kiện gì"),
        ("nộp onl đk ko", "nộp online được không"),
        ("bn ơi", "bạn ơi"),
        ("mất bn tiền", "mất bao nhiêu tiền"),
        ("nhập hk", "nhập hộ khẩu"),
        ("được hk", "được không"),
        ("p 5", "phường 5"),
    ],
)
def test_shorthand_with_two_meanings_is_decided_by_its_neighbours(typed: str, seen: str) -> None:
    assert " ".join(NORMALIZER.words(typed)) == seen


def test_words_that_only_look_like_shorthand_stay() -> None:
    kept = "kết hôn công ty cấp lại cắt khẩu bị hỏng cat khau cap lai"
    assert " ".join(NORMALIZER.words(kept)) == kept


def test_a_long_text_is_read_at_both_ends() -> None:
    words = NORMALIZER.words("đầu " + "giữa " * 5_000 + "cuối")
    assert (words[0], words[-1]) == ("đầu", "cuối")
    assert len(words) < 600
