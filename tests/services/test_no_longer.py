"""What no longer exists is said before the answer, and only where it belongs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.content_schema import ContentError, check_folder
from services.inquiries import Asked, Memory, Side
from services.library import Library
from services.no_longer import NoLonger
from services.replies import respond

CONTENT = Path(__file__).parents[2] / "content"
LIBRARY = Library.load(CONTENT)
TODAY = date(2026, 11, 21)


def first_line(intent: str, text: str, *sides: str) -> str:
    asked = Asked(intent, text, tuple(Side(name) for name in sides))
    reply = respond(LIBRARY, asked, Memory(), TODAY)
    assert reply is not None
    return reply.answers[0].text.splitlines()[0]


@pytest.mark.parametrize(
    ("intent", "text", "begins"),
    [
        (
            "hoi_dang_ky_thuong_tru",
            "rút hộ khẩu ở quê rồi nhập khẩu",
            "Bây giờ không còn giấy chuyển hộ khẩu",
        ),
        ("hoi_dang_ky_thuong_tru", "nhap khau co can so ho khau khong", "Sổ hộ khẩu giấy hết giá trị"),
        ("hoi_dang_ky_tam_tru", "làm sổ KT3", "Bây giờ không còn sổ tạm trú"),
        ("hoi_can_cuoc_cap_lai", "mất cmnd làm lại ở đâu", "CMND (cả loại 9 số và 12 số)"),
        ("hoi_can_cuoc_cap_doi", "đổi căn cước có phải lên huyện không", "Không còn công an huyện"),
        ("hoi_sang_ten_xe", "sang tên có phải rút hồ sơ gốc không", "Không còn phải rút hồ sơ gốc."),
        ("hoi_con_dau", "làm lại con dấu doanh nghiệp bị mòn", "Công ty tự quyết định con dấu"),
        ("hoi_giay_phep_lai_xe", "đổi bằng lái ở sở gtvt", "Sở Giao thông không còn làm bằng lái."),
    ],
)
def test_what_is_gone_stands_first_whatever_the_side(intent: str, text: str, begins: str) -> None:
    for side in ("giay_to", "noi_nop", "le_phi"):
        assert first_line(intent, text, side).startswith(begins)


def test_who_asks_about_the_household_book_itself_is_not_told_twice() -> None:
    assert (
        first_line("hoi_xac_nhan_cu_tru", "sổ hộ khẩu còn dùng được không")
        == "Sổ hộ khẩu còn dùng được không?"
    )


def test_the_old_number_is_no_old_card() -> None:
    assert not first_line(
        "hoi_can_cuoc_cap_doi", "đổi căn cước có mất số cmnd cũ không", "giay_to"
    ).startswith("CMND")


def test_before_a_long_answer_it_is_a_message_of_its_own() -> None:
    asked = Asked("hoi_dang_ky_thuong_tru", "rút hộ khẩu ở quê", (Side("giay_to"),))
    for case in LIBRARY.catalogue.get("dang_ky_thuong_tru").cases:
        reply = respond(LIBRARY, asked, Memory("dang_ky_thuong_tru", case.id), TODAY)
        assert reply is not None
        assert reply.answers[0].text.startswith("Bây giờ không còn giấy chuyển hộ khẩu")
        assert all(len(part.text) <= 1900 for part in reply.answers)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("  say: Sở Tư pháp", "  sei: Sở Tư pháp", "items.8.say"),
        ("- id: so_giao_thong", "- id: so_tu_phap", "items.9.id"),
        ("verified_on: 2026-11-21", "verified_on: 2026-11-31", "verified_on"),
    ],
)
def test_a_wrong_file_is_refused_with_its_field(tmp_path: Path, old: str, new: str, field: str) -> None:
    text = (CONTENT / "no_longer.yml").read_text("utf-8").replace(old, new, 1)
    (tmp_path / "no_longer.yml").write_text(text, "utf-8")
    with pytest.raises(ContentError) as caught:
        NoLonger.load(tmp_path)
    assert field in [problem.field for problem in caught.value.problems]


def test_an_unknown_procedure_is_refused(tmp_path: Path) -> None:
    for name in ("holidays.yml", "no_longer.yml"):
        text = (CONTENT / name).read_text("utf-8")
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "procedures").mkdir()
    with pytest.raises(ContentError, match="không có thủ tục “dang_ky_thuong_tru”"):
        check_folder(tmp_path)
