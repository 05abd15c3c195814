"""The short lines of an overview: own words by case and day, waivers never left out, neighbours in order."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.answers import answer, answer_question, neighbours
from services.procedures import Catalogue, Procedure

CONTENT = Path(__file__).parents[2] / "content"
CATALOGUE = Catalogue.load(CONTENT)
TODAY = date(2026, 11, 21)


def changed(tmp_path: Path, procedure_id: str, path: str, value: Any) -> Procedure:
    """Give a procedure with one field of its file changed."""
    raw = yaml.safe_load((CONTENT / "procedures" / f"{procedure_id}.yml").read_text("utf-8"))
    place = raw
    *way, last = path.split(".")
    for key in way:
        place = place[key]
    place[last] = value
    (tmp_path / "procedures").mkdir()
    (tmp_path / "holidays.yml").write_text((CONTENT / "holidays.yml").read_text("utf-8"), "utf-8")
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    for day in ("2026-11-21", "2027-02-28", "2026-12-31", "2027-05-21"):
        text = text.replace(f"'{day}'", day)
    (tmp_path / "procedures" / f"{procedure_id}.yml").write_text(text, "utf-8")
    return Catalogue.load(tmp_path).get(procedure_id)


def line(procedure: Procedure, title: str, case: str | None, on: date = TODAY) -> str:
    text = answer(procedure, None, case, on).text
    return next((row for row in text.splitlines() if row.startswith(f"{title}: ")), "")


def test_a_short_line_can_differ_by_case_and_by_day(tmp_path: Path) -> None:
    brief = [
        {"text": "hợp đồng thuê", "cases": ["thue_tro"], "to": "2026-12-31"},
        {"text": "hợp đồng thuê kiểu mới", "cases": ["thue_tro"], "from": "2027-01-01"},
        {"text": "giấy tờ nhà", "cases": ["nha_cua_minh"]},
    ]
    procedure = changed(tmp_path, "dang_ky_tam_tru", "aspects.giay_to.brief", brief)
    assert line(procedure, "Giấy tờ", None) == "Giấy tờ: Hợp đồng thuê."
    assert line(procedure, "Giấy tờ", "thue_tro", date(2027, 1, 1)) == "Giấy tờ: Hợp đồng thuê kiểu mới."
    assert line(procedure, "Giấy tờ", "nha_cua_minh") == "Giấy tờ: Giấy tờ nhà."
    # No short line of its own: the papers of the case stand there.
    assert line(procedure, "Giấy tờ", "o_nho") == (
        "Giấy tờ: Tờ khai thay đổi thông tin cư trú; giấy cho mượn nhà, cho ở nhờ."
    )


@pytest.mark.parametrize(
    ("on", "told"),
    [
        (date(2026, 8, 14), False),
        (date(2026, 8, 15), True),
        (date(2027, 2, 28), True),
        (date(2027, 3, 1), False),
    ],
)
def test_a_waiver_is_told_even_where_there_is_only_one_fee(on: date, told: bool) -> None:
    procedure = CATALOGUE.get("can_cuoc_cap_lai_mat_hong")
    said = line(procedure, "Lệ phí", "mat", on)
    assert ("Đến hết 28/02/2027 có đợt miễn, giảm" in said) == told


def test_a_common_question_can_hold_for_one_case_and_time_only(tmp_path: Path) -> None:
    questions = [
        {"ask": "Mang gì?", "words": ["mang gì"], "answer": "Mang hợp đồng.", "cases": ["thue_tro"]},
        {"ask": "Mang gì?", "words": ["mang gì"], "answer": "Mang sổ đỏ.", "cases": ["nha_cua_minh"]},
    ]
    procedure = changed(tmp_path, "dang_ky_tam_tru", "questions", questions)
    for case, told in (("thue_tro", "Mang hợp đồng."), ("nha_cua_minh", "Mang sổ đỏ.")):
        question = procedure.find_question("đi làm mang gì", case, TODAY)
        assert question is not None
        assert told in answer_question(procedure, question, TODAY).text


def test_more_than_three_neighbours_are_behind_one_button() -> None:
    shown = answer(CATALOGUE.get("pccc_tong_quan_thay_doi"), None, None, TODAY)
    assert [choice.title for choice in shown.choices] == [
        "Giấy tờ",
        "Lệ phí",
        "Nghiệm thu phòng cháy",
        "Thẩm định thiết kế",
        "Việc khác",
    ]
    parts = neighbours(CATALOGUE.get("pccc_tong_quan_thay_doi"))
    assert [len(part.choices) for part in parts] == [5, 2]


@pytest.mark.parametrize("procedure_id", [item.id for item in CATALOGUE])
def test_every_neighbour_can_be_reached(procedure_id: str) -> None:
    procedure = CATALOGUE.get(procedure_id)
    shown = answer(procedure, None, None, TODAY)
    reached = {choice.procedure_id for choice in shown.choices}
    if "Việc khác" in [choice.title for choice in shown.choices]:
        reached |= {choice.procedure_id for part in neighbours(procedure) for choice in part.choices}
    assert {near.id for near in procedure.siblings} <= reached


@pytest.mark.parametrize(
    ("intent", "text", "expected"),
    [
        ("hoi_can_cuoc_cap_moi", "con tôi 8 tuổi", "can_cuoc_6_den_duoi_14_tuoi"),
        ("hoi_can_cuoc_cap_moi", "chau 3t lam cccd", "can_cuoc_duoi_6_tuoi"),
        ("hoi_can_cuoc_cap_moi", "cháu sinh năm 2015", "can_cuoc_6_den_duoi_14_tuoi"),
        ("hoi_can_cuoc_cap_moi", "cháu sinh năm 2012", "can_cuoc_cap_lan_dau_tu_14"),
        ("hoi_can_cuoc_cap_moi", "bé 3 tuổi làm căn cước ở đâu", "can_cuoc_duoi_6_tuoi"),
    ],
)
def test_an_age_selects_the_procedure_as_of_the_day(intent: str, text: str, expected: str) -> None:
    chosen = CATALOGUE.choose(intent, text, TODAY)
    assert chosen is not None
    assert chosen.id == expected


@pytest.mark.parametrize(
    ("text", "on", "expected"),
    [
        ("mẹ tôi 67 tuổi", TODAY, "tren_60"),
        ("mẹ tôi 60 tuổi", TODAY, "den_tuoi"),
        ("tôi sinh năm 1986", TODAY, "den_tuoi"),
        ("tôi sinh năm 1966", date(2026, 3, 1), "den_tuoi"),
        ("tôi sinh năm 1966", date(2027, 3, 1), "tren_60"),
        ("67 tuổi mà thẻ hết hạn", TODAY, "tren_60"),
        ("67 tuổi vừa bị mất thẻ", TODAY, "mat_the"),
    ],
)
def test_an_age_selects_the_case_as_of_the_day(text: str, on: date, expected: str) -> None:
    found = CATALOGUE.get("can_cuoc_doi_den_tuoi").find_case(text, on)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize("text", ["em bé", "16 tuổi", "sáp nhập", "cho mình hỏi", "hết hạn"])
def test_generic_words_name_no_procedure(text: str) -> None:
    assert CATALOGUE.named(text) is None
