"""The sample configurations: 18 pages of the Tân Phú model, the traffic page of Tiền Giang, today's units."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.accounts import Account, load_accounts
from services.settings import load_settings
from services.unit_search import One, UnitSearch
from services.units import load_directory

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "docs" / "samples"
DIRECTORY = load_directory(ROOT / "content")


def read(name: str, environ: dict[str, str]) -> list[Account]:
    settings = load_settings({**environ, "ZALO_ACCOUNTS": str(SAMPLES / name)})
    return list(load_accounts(settings, {}).values())


def test_the_eighteen_pages_stand_on_todays_units(environ: dict[str, str]) -> None:
    pages = read("accounts-tan-phu-18.yml", environ)
    assert len(pages) == 18
    assert [page.unit for page in pages] == [
        "hcm", "hcm", "hcm_pc06", "hcm", "hcm", "hcm_pc08", "hcm",
        "hcm_tan_son_nhi", "hcm_tay_thanh", "hcm_phu_tho_hoa", "hcm_phu_thanh", "hcm_phu_thanh",
        "hcm_tan_phu", "hcm_tan_phu", "", "", "", "",
    ]  # fmt: skip
    search = UnitSearch(DIRECTORY)
    for page in pages:
        assert not page.unit or isinstance(search.get(page.unit), One), page.name
    # A page of a ward that was split is bound to no unit, nor found by its name: the street decides.
    assert all(not isinstance(search.resolve(page.name), One) for page in pages[14:])


def test_the_traffic_page_of_tien_giang_is_one_of_dong_thap(environ: dict[str, str]) -> None:
    (page,) = read("accounts-dong-thap-atgt.yml", environ)
    assert (page.unit, page.name) == ("dong_thap", "Thông tin An toàn giao thông – Công an tỉnh Đồng Tháp")


@pytest.mark.parametrize("name", ["accounts-tan-phu-18.yml", "accounts-dong-thap-atgt.yml"])
def test_a_sample_says_loudly_that_its_ids_are_none(name: str) -> None:
    text = (SAMPLES / name).read_text("utf-8")
    assert text.startswith("# CẤU HÌNH MẪU – KHÔNG PHẢI TÀI KHOẢN THẬT.")
    assert text.count("access_token_env") == text.count('- id: "990000000000000')
