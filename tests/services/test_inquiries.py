"""Which procedure a message is about where the language model and the words disagree."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.inquiries import Asked, Memory, understand
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
