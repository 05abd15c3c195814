"""Xuất dữ liệu and Số liệu in the console: what is taken out, who may fetch it, what the figures say."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from console import export_pages
from console.visit import Console
from services import audit
from tests.console.conftest import OTHER, WARD, Browser
from tests.console.test_review_pages import EVIL, Archive

LINK = re.compile(r'href="(/xuat-du-lieu/[^"]+)"')


@pytest.fixture
def archive(console: Console, clock: Any) -> Archive:
    found = Archive(console, clock)
    found.holds(("đăng ký tạm trú cần gì", "hoi_dang_ky_tam_tru"), (EVIL, "nlu_fallback"), citizen="c1")
    found.holds(("đổi căn cước gọi 0912345678", "hoi_can_cuoc_cap_doi"), citizen="c2", account=OTHER, days=3)
    return found


def unpacked(browser: Browser, link: str) -> dict[str, bytes]:
    """The files of a download."""
    answer = browser.get(link)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"].startswith('attachment; filename="an-ninh-')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_was_decided_is_exported_masked_and_as_plain_text(
    archive: Archive, signed_in: Callable[..., Browser], console: Console
) -> None:
    trainer = signed_in("trainer", ("*",))
    trainer.submit("/chua-hieu", message=["1", "3"], how="accept")
    trainer.submit("/chua-hieu", message="2", how="correct", intent="to_giac_toi_pham")
    answer = trainer.submit("/xuat-du-lieu", trang_thai="")
    assert answer.headers["location"] == "/xuat-du-lieu?xong=xuat"
    page = trainer.get("/xuat-du-lieu").text
    assert "2 hội thoại, 3 câu, 3 câu để huấn luyện" in re.sub(r"\s+", " ", page)
    files = unpacked(trainer, LINK.findall(page)[0])
    assert {"nlu.yml", "stories.yml", "test_stories.yml", "conversations.html", "review.csv", "review.xlsx",
            "manifest.json"} <= set(files)  # fmt: skip
    nlu = files["nlu.yml"].decode()
    examples = {item["intent"]: item["examples"] for item in yaml.safe_load(nlu)["nlu"]}
    assert "đăng ký tạm trú cần gì" in examples["hoi_dang_ky_tam_tru"]
    assert "alert(1)" in examples["to_giac_toi_pham"]
    assert not any(b"0912345678" in content for content in files.values())
    assert b"<script>alert" not in files["conversations.html"]
    with console.database.transaction() as session:
        actions = [entry.action for entry in audit.entries(session)]
    assert actions[:2] == ["review.downloaded", "review.exported"]


def test_an_export_is_narrowed_by_day_unit_and_state(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    leader = signed_in("leader", ("*",))
    leader.submit("/hoi-thoai/1/trang-thai", form_on="/hoi-thoai/1", state="reviewed")
    counted = []
    for sent in ({"trang_thai": "reviewed"}, {"tu": "2026-11-23"}, {"don_vi": OTHER}, {"den": "2026-11-01"}):
        leader.submit("/xuat-du-lieu", **sent)
        page = leader.get("/xuat-du-lieu").text
        newest = unpacked(leader, LINK.findall(page)[0])
        counted.append(yaml.safe_load(newest["manifest.json"])["counts"]["messages"])
        archive.clock.forward(1)
    assert counted == [2, 1, 1, 0]


def test_an_export_holds_own_units_and_is_fetched_by_its_maker_only(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    one, two = signed_in("trainer", (WARD,), "mot"), signed_in("trainer", ("*",), "hai")
    one.submit("/xuat-du-lieu", trang_thai="")
    link = LINK.findall(one.get("/xuat-du-lieu").text)[0]
    assert "đổi căn cước" not in unpacked(one, link)["review.csv"].decode()
    assert (two.get(link).status_code, LINK.findall(two.get("/xuat-du-lieu").text)) == (404, [])
    assert [one.get(f"/xuat-du-lieu/{name}").status_code for name in ("%2e%2e", "x", "..%2fhai")] == [404] * 3


def test_an_export_is_deleted_after_a_week(
    archive: Archive, signed_in: Callable[..., Browser], console: Console, clock: Any
) -> None:
    trainer = signed_in("trainer", ("*",))
    trainer.submit("/xuat-du-lieu")
    assert export_pages.forget_old(console, clock()) == 0
    clock.forward(8 * 86_400)
    assert export_pages.forget_old(console, clock()) == 1


def test_the_figures_count_what_was_typed_in_ones_own_units(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    officer = signed_in("officer", (WARD,))
    page = officer.get("/so-lieu?tu=2026-11-01").text
    tiles = re.findall(r"<div><strong[^>]*>([^<]+)</strong>([^<]+)</div>", page)
    assert tiles == [
        ("2", "Câu bà con gõ"),
        ("1", "Câu máy chưa hiểu"),
        ("50 %", "Tỷ lệ chưa hiểu"),
        ("chưa đủ 10 tin", "Chờ cán bộ trả lời (trung vị)"),
        ("chưa đủ 10 tin", "Tin báo đã xong"),
        ("chưa đủ 10 tin", "Đã xong, có trả lời kết quả"),
    ]
    assert "<script>alert" not in page
    pictures = re.findall(r'src="(/so-lieu/hinh/[^"]+)"', page)
    assert len(pictures) >= 3
    for path in pictures:
        answer = officer.get(path.replace("&amp;", "&"))
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG")
    assert [officer.get(f"/so-lieu/hinh/{place}").status_code for place in ("99", "x")] == [404, 404]
    empty = officer.get("/so-lieu?tu=2020-01-01&den=2020-01-02").text
    assert "Chưa có câu nào trong khoảng này." in empty
