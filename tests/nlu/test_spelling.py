"""Slips of the finger are repaired by what the training sentences say."""

from __future__ import annotations

import pytest

from nlu.spelling import Speller

SENTENCES = [
    "đổi bằng lái ở công an phường được không",
    "lý lịch tư pháp mấy ngày có",
    "xin hộ chiếu mới",
] * 6
SPELLER = Speller.learn(sentence.split() for sentence in SENTENCES)


@pytest.mark.parametrize(
    ("typed", "repaired"),
    [
        ("đổibằng lái", "đổi bằng lái"),
        ("lý lịch tư páhp", "lý lịch tư pháp"),
        ("hộ chiếuu", "hộ chiếu"),
        ("công an phưng", "công an phường"),
        ("đổi bằng lái", "đổi bằng lái"),
        ("xyzxyz", "xyzxyz"),
        ("59x1-123.45", "59x1-123.45"),
    ],
)
def test_unknown_words_become_the_likeliest_known_ones(typed: str, repaired: str) -> None:
    assert " ".join(SPELLER.correct(typed.split())) == repaired


def test_what_was_learnt_can_be_stored() -> None:
    again = Speller(**SPELLER.state())
    assert again.correct(["hochieu", "moi"]) == SPELLER.correct(["hochieu", "moi"])
