"""Which procedure, case and question a citizen's words point to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.answers import ASPECT_TITLES, answer
from services.procedures import ASPECTS, Catalogue
from services.text import fold

CATALOGUE = Catalogue.load(Path(__file__).parents[2] / "content")
IDS = [item.id for item in CATALOGUE]


def test_the_common_procedure_of_an_intent_comes_first() -> None:
    found = CATALOGUE.for_intent("hoi_can_cuoc_cap_doi")

    assert found[0].id == "can_cuoc_doi_den_tuoi"
    assert {item.id for item in found} >= {"can_cuoc_doi_thong_tin", "cmnd_het_hieu_luc_va_cccd_cu"}


def test_an_intent_without_procedures_gives_none() -> None:
    assert CATALOGUE.for_intent("hoi_thoi_tiet") == ()
    assert CATALOGUE.choose("hoi_thoi_tiet", "trời có mưa không") is None


@pytest.mark.parametrize(
    ("intent", "text", "expected"),
    [
        ("hoi_can_cuoc_cap_doi", "đổi căn cước hết hạn cần giấy tờ gì", "can_cuoc_doi_den_tuoi"),
        ("hoi_can_cuoc_cap_doi", "doi can cuoc het bao nhieu tien", "can_cuoc_doi_den_tuoi"),
        ("hoi_can_cuoc_cap_doi", "thẻ bị in sai quê quán", "can_cuoc_doi_thong_tin"),
        ("hoi_can_cuoc_cap_doi", "que toi sap nhap tinh co phai doi the khong", "can_cuoc_doi_thong_tin"),
        ("hoi_can_cuoc_cap_doi", "bố tôi chỉ có CMND 9 số", "cmnd_het_hieu_luc_va_cccd_cu"),
        ("hoi_sang_ten_xe", "mua xe cũ sang tên cần gì", "sang_ten_xe"),
        ("hoi_sang_ten_xe", "xe qua nhieu doi chu khong co giay", "sang_ten_nhieu_doi_chu"),
        ("hoi_dang_ky_tam_tru", "gì cũng được", "dang_ky_tam_tru"),
    ],
)
def test_words_choose_among_the_procedures_of_an_intent(intent: str, text: str, expected: str) -> None:
    chosen = CATALOGUE.choose(intent, text)

    assert chosen is not None
    assert chosen.id == expected


@pytest.mark.parametrize(
    ("procedure", "text", "expected"),
    [
        ("dang_ky_tam_tru", "con tôi thuê trọ gần trường", "thue_tro"),
        ("dang_ky_tam_tru", "o nho nha co ruot", "o_nho"),
        ("dang_ky_tam_tru", "em ở KTX", "theo_danh_sach"),
        ("dang_ky_tam_tru", "về ở với bố mẹ", "gia_dinh"),
        ("dang_ky_tam_tru", "trong lúc rảnh", None),
        ("dang_ky_tam_tru", "lam tam tru o dau", None),
        ("dang_ky_thuong_tru", "nhap ho khau o dau", None),
        ("khai_bao_tam_vang", "tôi đang tại ngoại muốn đi chữa bệnh", "dang_giam_sat"),
        ("dieu_chinh_thong_tin_cu_tru", "doi chu ho mat bao lau", "doi_chu_ho"),
        ("can_cuoc_doi_den_tuoi", "mẹ tôi ngoài 60 tuổi", "tren_60"),
        ("can_cuoc_doi_den_tuoi", "thẻ chưa hết hạn mà muốn đổi", "chua_den_tuoi"),
        ("can_cuoc_doi_den_tuoi", "cccd het han", "den_tuoi"),
        ("sang_ten_xe", "mua xe khac tinh", "khac_tinh"),
        ("sang_ten_xe", "xe nhiều đời chủ", "nhieu_doi_chu"),
    ],
)
def test_words_choose_the_case_with_and_without_marks(
    procedure: str, text: str, expected: str | None
) -> None:
    found = CATALOGUE.get(procedure).find_case(text)

    assert (found.id if found else None) == expected


def test_a_word_inside_another_word_does_not_count() -> None:
    assert CATALOGUE.get("dang_ky_tam_tru").find_case("thuếtrọng") is None


@pytest.mark.parametrize("procedure_id", IDS)
def test_every_answered_question_is_found_by_its_own_words(procedure_id: str) -> None:
    procedure = CATALOGUE.get(procedure_id)
    for question in procedure.questions:
        if question.words:
            asked = fold(question.ask)
            missing = [words for words in question.words if fold(words) not in asked]
            case = next(iter(question.scope.cases), None)
            found = procedure.find_question(" ".join((question.ask, *missing)), case)
            assert found is not None
            assert found.answer == question.answer, question.ask


@pytest.mark.parametrize("procedure_id", IDS)
def test_every_button_leads_where_its_sentence_says(procedure_id: str) -> None:
    procedure = CATALOGUE.get(procedure_id)
    for aspect in (None, *ASPECTS):
        for case in (None, *(item.id for item in procedure.cases)):
            for choice in answer(procedure, aspect, case, date(2026, 11, 21)).choices:
                target = CATALOGUE.get(choice.procedure_id)
                assert fold(target.spoken) in fold(choice.say)
                if choice.case:
                    assert target.case(choice.case).say in choice.say
                if len(target.intents) == 1:
                    assert CATALOGUE.choose(target.intents[0], choice.say) == target, choice.say


def test_an_unknown_procedure_and_an_unknown_case_are_key_errors() -> None:
    with pytest.raises(KeyError):
        CATALOGUE.get("xin_giay_bay")
    with pytest.raises(KeyError):
        answer(CATALOGUE.get("sang_ten_xe"), "giay_to", "xe_dap", date(2026, 11, 21))
    with pytest.raises(KeyError):
        answer(CATALOGUE.get("sang_ten_xe"), "mau_son", None, date(2026, 11, 21))


def test_all_eight_aspects_have_a_button_title() -> None:
    assert set(ASPECT_TITLES) == set(ASPECTS)
    assert all(set(item.aspects) == set(ASPECTS) for item in CATALOGUE)
