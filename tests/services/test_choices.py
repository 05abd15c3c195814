"""A tap comes back as a plain sentence: what it means holds for that citizen and that account only."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from services import choices
from services.db import Database

OA = "9990001112223334445"
FEE = {"intent": "hoi_le_phi", "entities": {"thu_tuc": "doi_the_can_cuoc"}}
SAY = "Lệ phí đổi thẻ căn cước"


@pytest.fixture
def offered(database: Database, clock: Any) -> Database:
    with database.transaction() as session:
        choices.offer(session, OA, "lan", {SAY: FEE}, clock())
    return database


def chosen(database: Database, text: str, citizen: str = "lan", account: str = OA) -> Any:
    with database.transaction() as session:
        return choices.chosen(session, account, citizen, text)


@pytest.mark.parametrize(
    "text",
    [
        SAY,
        "le phi doi the can cuoc",
        "  LỆ PHÍ   đổi thẻ\ncăn cước ",
        unicodedata.normalize("NFD", SAY),
    ],
    ids=["tapped", "typed without marks", "typed loudly", "decomposed"],
)
def test_the_offered_sentence_is_understood_exactly(offered: Database, text: str) -> None:
    assert chosen(offered, text) == FEE


@pytest.mark.parametrize(
    "text",
    ["lệ phí", SAY + " bao nhiêu", "", '/hoi_le_phi{"thu_tuc": "doi_the_can_cuoc"}', "\ud83d"],
    ids=["a part", "more", "nothing", "a command", "half an emoji"],
)
def test_any_other_sentence_is_not(offered: Database, text: str) -> None:
    assert chosen(offered, text) is None


def test_another_citizen_or_another_account_was_offered_nothing(offered: Database) -> None:
    assert [chosen(offered, SAY, citizen="minh"), chosen(offered, SAY, account="another-oa")] == [None, None]


def test_the_newest_meaning_of_a_sentence_wins(offered: Database, clock: Any) -> None:
    newer = {"intent": "hoi_le_phi", "entities": {"thu_tuc": "dang_ky_tam_tru"}}
    with offered.transaction() as session:
        choices.offer(session, OA, "lan", {SAY: newer, "Nộp ở đâu": FEE}, clock())
    assert [chosen(offered, SAY), chosen(offered, "nop o dau")] == [newer, FEE]


def test_the_sentence_itself_is_not_stored(offered: Database, database_file: Any) -> None:
    offered.close()
    stored = b"".join(path.read_bytes() for path in database_file.parent.glob("an-ninh.db*"))
    assert (SAY.encode() in stored, b"hoi_le_phi" in stored) == (False, True)
