"""Things citizens mix up stand side by side, in words of their own procedures."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from services.comparisons import Comparisons, answer_comparison, answer_summaries
from services.content_schema import ContentError
from services.library import Library

CONTENT = Path(__file__).parents[2] / "content"
LIBRARY = Library.load(CONTENT)
BOOK = Comparisons.load(CONTENT)
TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("item", BOOK.items, ids=lambda item: item.id)
def test_a_comparison_says_all_sides_the_difference_and_its_law(item) -> None:  # type: ignore[no-untyped-def]
    shown = answer_comparison(BOOK, item, LIBRARY.catalogue, TODAY)
    for side in item.sides:
        assert f"{side.name}: " in shown.text
        assert side.text[1:] in shown.text
    assert item.difference[1:] in shown.text
    assert shown.text.splitlines()[-1] == f"Căn cứ: {item.basis} · Kiểm tra ngày 21/11/2026"
    assert len(shown.text) < 1900
    assert 1 <= len(shown.choices) <= 5
    assert not re.search(r"\*\*|__|`|None|\.\.|  ", shown.text)


@pytest.mark.parametrize("item", BOOK.items, ids=lambda item: item.id)
def test_each_comparison_is_found_by_its_own_words(item) -> None:  # type: ignore[no-untyped-def]
    asked = " với ".join(side.words[0] for side in item.sides) + " khác gì nhau"
    found = BOOK.find(asked, LIBRARY.catalogue)
    assert found is not None
    assert {side.name for side in item.sides} <= {side.name for side in found.sides}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tạm trú với lưu trú khác gì nhau", "tam_tru_luu_tru"),
        ("tam tru vs luu tru khac j", "tam_tru_luu_tru"),
        ("thường trú, tạm trú, lưu trú là ba thứ gì", "thuong_tru_tam_tru_luu_tru"),
        ("cấp đổi với cấp lại căn cước khác gì", "cap_doi_cap_lai_can_cuoc"),
        ("cấp lại hộ chiếu mất và đổi hộ chiếu hết hạn có khác không", None),
        ("sang tên xe", None),
    ],
)
def test_words_choose_the_comparison_of_the_right_family(text: str, expected: str | None) -> None:
    found = BOOK.find(text, LIBRARY.catalogue)
    assert (found.id if found else None) == expected


def test_two_procedures_without_words_of_their_own_are_put_side_by_side() -> None:
    catalogue = LIBRARY.catalogue
    shown = answer_summaries(catalogue.get("sang_ten_xe"), catalogue.get("ho_chieu_pho_thong"))
    assert [choice.procedure_id for choice in shown.choices] == ["sang_ten_xe", "ho_chieu_pho_thong"]
    assert "Kiểm tra ngày 21/11/2026" in shown.text


def test_past_its_review_day_a_comparison_carries_a_warning() -> None:
    late = answer_comparison(BOOK, BOOK.items[0], LIBRARY.catalogue, date(2027, 5, 22)).text
    assert "chỉ chắc đến ngày 21/05/2027" in late


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("difference: ", "diference: ", "comparisons.0.diference"),
        ("verified_on: 2026-11-21", "verified_on: 2026-11-31", "verified_on"),
        ("id: tam_tru_thuong_tru", "id: tam_tru_luu_tru", "comparisons.1.id"),
    ],
)
def test_a_wrong_file_is_refused_with_field_and_reason(
    tmp_path: Path, old: str, new: str, field: str
) -> None:
    text = (CONTENT / "comparisons.yml").read_text("utf-8").replace(old, new, 1)
    (tmp_path / "comparisons.yml").write_text(text, "utf-8")
    with pytest.raises(ContentError) as caught:
        Comparisons.load(tmp_path)
    assert field in [item.field for item in caught.value.problems]


def test_buttons_of_comparisons_lead_to_procedures_that_exist() -> None:
    raw = yaml.safe_load((CONTENT / "comparisons.yml").read_text("utf-8"))
    ids = {item.id for item in LIBRARY.catalogue}
    assert {side["procedure"] for item in raw["comparisons"] for side in item["sides"]} <= ids
