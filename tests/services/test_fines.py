"""What an act costs: every figure of the file is told, by vehicle, degree and day of the act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.content_schema import ContentError
from services.fine_answers import answer_fine
from services.fines import FineBook, measure

CONTENT = Path(__file__).parents[2] / "content"
BOOK = FineBook.load(CONTENT)
RAW: dict[str, Any] = yaml.safe_load((CONTENT / "fines.yml").read_text("utf-8"))
DAYS = (date(2024, 12, 31), date(2025, 1, 1), date(2026, 8, 14), date(2026, 8, 15), date(2026, 11, 21))
TODAY = DAYS[-1]


def told(act: str, vehicle: str | None, on: date = TODAY, text: str = "", dated: bool = False) -> str:
    return answer_fine(BOOK, BOOK.get(act), vehicle, on, text, dated).text


def dong(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def cells() -> Iterator[Any]:
    for item in RAW["violations"]:
        for vehicle in dict.fromkeys(row["vehicle"] for row in item["fines"]):
            yield pytest.param(item, vehicle, id=f"{item['id']}-{vehicle}")


@pytest.mark.parametrize(("item", "vehicle"), cells())
def test_every_figure_of_a_row_is_told_on_the_days_it_holds(item: dict[str, Any], vehicle: str) -> None:
    for on in DAYS:
        text = told(item["id"], vehicle, on)
        for row in (row for row in item["fines"] if row["vehicle"] == vehicle):
            start, end = row["from"], row.get("to")
            holds = str(start) <= str(on) and (end is None or str(on) <= str(end))
            words = [
                row["legal"],
                *(row[key][1:] for key in ("when", "who", "extra", "confirm") if key in row),
            ]
            for pair in (row, row.get("organisation", {})):
                words += [dong(pair["min"]), f"{dong(pair['max'])} đồng"] if "max" in pair else []
            words += [f"trừ {row['points']} điểm"] if "points" in row else []
            if holds:
                assert [word for word in words if word not in text] == [], f"{on}: {text}"
            elif "who" in row:
                assert row["who"] not in text or "confirm" in row or "max" not in row


@pytest.mark.parametrize("act", [item.id for item in BOOK.violations])
def test_an_answer_fits_the_phone_and_ends_with_law_and_day(act: str) -> None:
    for vehicle in (None, *(item.id for item in BOOK.vehicles)):
        for on in DAYS:
            shown = answer_fine(BOOK, BOOK.get(act), vehicle, on)
            assert len(shown.text) < 1900
            assert 1 <= len(shown.choices) <= 5
            assert not re.search(r"\*\*|__|`|^[#*>-] |None|\{|\.\.|  ", shown.text, re.MULTILINE)
            assert re.search(r"^Căn cứ: .+ · Kiểm tra ngày 21/11/2026$", shown.text.splitlines()[-1])


def test_a_red_light_for_motorbike_and_car_with_points_and_article() -> None:
    lines = told("vuot_den_do", None).splitlines()
    assert lines[:5] == [
        "Vượt đèn đỏ: mức phạt",
        "Xe máy:",
        "• Phạt từ 4.000.000 đến 6.000.000 đồng; trừ 4 điểm (điểm c khoản 7, điểm b khoản 13 Điều 7).",
        "Ô tô:",
        "• Phạt từ 18.000.000 đến 20.000.000 đồng; trừ 4 điểm (điểm b khoản 9, điểm b khoản 16 Điều 6).",
    ]


@pytest.mark.parametrize(
    ("on", "line"),
    [
        (
            date(2026, 8, 14),
            "• Người từ 16 đến dưới 18 tuổi: chưa xác nhận được mức phạt (điểm a khoản 4 Điều 18).",
        ),
        (
            date(2026, 8, 15),
            "• Người từ 16 đến dưới 18 tuổi, lái mọi loại xe mô tô: "
            "phạt từ 400.000 đến 600.000 đồng (điểm a khoản 4 Điều 18).",
        ),
    ],
)
def test_the_law_of_the_day_of_the_act_decides(on: date, line: str) -> None:
    text = told("chua_du_tuoi", "xe_may", on, dated=True)
    assert line in text.splitlines()
    assert "Phạt theo quy định có hiệu lực vào ngày xảy ra lỗi." in text
    assert ("238/2026" in text.splitlines()[-1]) == (on >= date(2026, 8, 15))


def test_an_act_before_the_decree_has_no_figure() -> None:
    text = told("vuot_den_do", "xe_may", date(2024, 12, 31), dated=True)
    assert "4.000.000" not in text
    assert "Lỗi ngày 31/12/2024 phạt theo quy định khác" in text


@pytest.mark.parametrize(
    ("act", "vehicle", "text", "amount"),
    [
        ("nong_do_con", "xe_may", "thổi được 0,35", "6.000.000 đến 8.000.000"),
        ("nong_do_con", "xe_may", "mức 0.2 mg", "2.000.000 đến 3.000.000"),
        ("nong_do_con", "o_to", "thổi 0,5", "30.000.000 đến 40.000.000"),
        ("qua_toc_do", "o_to", "chạy 72 trên đường 60", "4.000.000 đến 6.000.000"),
        ("qua_toc_do", "o_to", "quá 35 km", "6.000.000 đến 8.000.000"),
        ("qua_toc_do", "o_to", "trên 35 km", "12.000.000 đến 14.000.000"),
        ("khong_bang_lai", "xe_may", "xe 50cc", "2.000.000 đến 4.000.000"),
        ("qua_tai_xe_tai", "xe_tai", "quá tải 20%", "800.000 đến 1.000.000"),
    ],
)
def test_a_figure_picks_the_degree(act: str, vehicle: str, text: str, amount: str) -> None:
    assert re.findall(r"từ ([\d.]+ đến [\d.]+) đồng", told(act, vehicle, text=text)) == [amount]


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("vuot den do", ["vuot_den_do"]),
        ("tôi đi đến đó", []),
        ("gây tai nạn rồi bỏ chạy", ["gay_tai_nan_bo_chay"]),
        ("quá 35km/h trên cao tốc", ["qua_toc_do"]),
        ("chạy 72 trên đường 60", ["qua_toc_do"]),
        ("quá 10 ngày chưa nộp", []),
        ("không xi nhan", ["khong_xi_nhan"]),
    ],
)
def test_acts_are_found_by_what_people_call_them(text: str, acts: list[str]) -> None:
    assert [item.id for item in BOOK.find(text)] == acts


def test_two_acts_in_one_sentence_are_both_found() -> None:
    assert {item.id for item in BOOK.find("vừa vượt đèn đỏ vừa không đội mũ")} == {"vuot_den_do", "khong_mu"}


def test_an_act_nobody_has_read_a_figure_for_sends_to_the_unit() -> None:
    text = told("khong_xi_nhan", None)
    assert "chưa có mức phạt chắc chắn" in text
    assert "đồng" not in text
    assert BOOK.ask in text


@pytest.mark.parametrize(
    ("kind", "text", "figure"),
    [
        ("con_mg_l", "uống 2 lon bia", None),
        ("con_mg_l", "ngày 15/8", None),
        ("cm3", "xe 110 phân khối", 110.0),
        ("vuot_km_h", "chạy 50 trên đường 60", None),
    ],
)
def test_other_figures_are_not_taken_for_a_degree(kind: str, text: str, figure: float | None) -> None:
    assert measure(kind, text) == figure


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("vehicle: xe_may, min: 4000000", "vehicle: xe_bo, min: 4000000", "violations.0.fines.0.vehicle"),
        ("min: 4000000, max: 6000000, points: 4", "min: 4000000, points: 4", "violations.0.fines.0"),
        ("id: khong_theo_hieu_lenh_csgt", "id: vuot_den_do", "violations.1.id"),
        ("from: 2025-01-01}", "from: 2025-02-30}", "violations.0.fines.0.from"),
    ],
)
def test_a_wrong_file_is_refused_with_field_and_reason(
    tmp_path: Path, old: str, new: str, field: str
) -> None:
    text = (CONTENT / "fines.yml").read_text("utf-8")
    head, mark, rest = text.partition("violations:")
    (tmp_path / "fines.yml").write_text(head + mark + rest.replace(old, new, 1), "utf-8")
    with pytest.raises(ContentError) as caught:
        FineBook.load(tmp_path)
    assert any(item.field.startswith(field) and item.reason for item in caught.value.problems), caught.value
