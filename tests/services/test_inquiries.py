"""Which procedure a message is about where the language model and the words disagree."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.inquiries import Asked, Memory, understand, without_denied
from services.procedures import Catalogue

CATALOGUE = Catalogue.load(Path("content"))
TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("intent", "confidence", "text", "expected"),
    [
        (
            "hoi_dieu_chinh_thong_tin_cu_tru",
            0.44,
            "khai báo thông tin cư trú mất bao lâu",
            "khai_bao_thong_tin_cu_tru",
        ),
        ("hoi_dinh_danh_vneid", 0.33, "xem hộ khẩu trên vneid ở đâu", "so_ho_khau_giay"),
        (
            "hoi_dieu_chinh_thong_tin_cu_tru",
            0.49,
            "chủ hộ muốn đuổi em ra khỏi hộ khẩu được không",
            "xoa_dang_ky_thuong_tru",
        ),
        # A word or two is no full name, and a model that is sure is believed.
        ("hoi_dieu_chinh_thong_tin_cu_tru", 0.4, "sai tên trên vneid", "dieu_chinh_thong_tin_cu_tru"),
        (
            "hoi_dieu_chinh_thong_tin_cu_tru",
            0.95,
            "khai báo thông tin cư trú mất bao lâu",
            "dieu_chinh_thong_tin_cu_tru",
        ),
    ],
)
def test_a_full_name_counts_more_than_a_guess(
    intent: str, confidence: float, text: str, expected: str
) -> None:
    found = understand(CATALOGUE, Asked(intent, text, confidence=confidence), Memory(), TODAY)

    assert [item.procedure.id for item in found] == [expected]


@pytest.mark.parametrize(
    ("intent", "text", "last", "expected"),
    [
        (
            "hoi_giay_phep_lai_xe",
            "em bị mất ví, mất hết cccd, bằng lái, cà vẹt xe",
            None,
            "can_cuoc_cap_lai_mat_hong",
        ),
        ("hoi_giay_phep_lai_xe", "toi bi mat vi roi cccd blx", None, "can_cuoc_cap_lai_mat_hong"),
        (
            "hoi_can_cuoc_cap_moi",
            "làm căn cước trước",
            "can_cuoc_cap_lai_mat_hong",
            "can_cuoc_cap_lai_mat_hong",
        ),
        ("hoi_can_cuoc_cap_moi", "vậy làm căn cước trước", "gplx_cap_lai", "can_cuoc_cap_lai_mat_hong"),
        ("hoi_giay_phep_lai_xe", "còn bằng lái", "can_cuoc_cap_lai_mat_hong", "gplx_cap_lai"),
        (
            "hoi_cap_doi_cap_lai_dang_ky_xe",
            "còn cà vẹt xe thì sao",
            "can_cuoc_cap_lai_mat_hong",
            "cap_lai_dang_ky_bien_so",
        ),
        # Nothing is lost here.
        ("hoi_giay_phep_lai_xe", "còn bằng lái", "dang_ky_tam_tru", "gplx_doi"),
        ("hoi_giay_phep_lai_xe", "mất bằng lái làm lại ở đâu", None, "gplx_cap_lai"),
        (
            "hoi_can_cuoc_cap_moi",
            "còn bé 5 tuổi làm căn cước",
            "can_cuoc_cap_lai_mat_hong",
            "can_cuoc_duoi_6_tuoi",
        ),
    ],
)
def test_after_a_lost_wallet_each_paper_is_one_to_be_replaced(
    intent: str, text: str, last: str | None, expected: str
) -> None:
    found = understand(CATALOGUE, Asked(intent, text, confidence=0.99), Memory(last, None), TODAY)

    assert [item.procedure.id for item in found] == [expected]


@pytest.mark.parametrize("text", ["tra biển số 59X1-123.45 giúp tôi", "kiem tra giup bien so 59x1 12345"])
def test_a_plate_to_be_looked_up_is_about_fines(text: str) -> None:
    found = understand(CATALOGUE, Asked("hoi_thu_hoi_dang_ky_xe", text), Memory(), TODAY)

    assert [item.procedure.id for item in found] == ["phat_nguoi_tra_cuu"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("xe máy chứ không phải ô tô", "xe máy"),
        ("xe tai chu khong phai xe con", "xe tai"),
        ("không phải ô tô mà là xe máy", "mà là xe máy"),
        ("ý em không phải thuê trọ, ở nhà của mình", "ý em                    , ở nhà của mình"),
        ("không phải ô tô", "không phải ô tô"),
        ("xe mới không phải mang xe đến", "xe mới không phải mang xe đến"),
    ],
)
def test_what_a_correction_puts_aside_is_not_read(text: str, left: str) -> None:
    assert without_denied(text).strip() == left
    assert len(without_denied(text)) == len(text)
