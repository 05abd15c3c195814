"""Reviewed sentences among the training sentences: right file, sorted, nothing twice, nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review_records import Span
from services.review_yaml import Example, annotated, nlu_document
from services.training_files import (
    Conflict,
    diff,
    one_line,
    plan_import,
    read_document,
    read_example,
    read_sentences,
    write,
)

INVENTED = """# theme: cu_tru
# origin: invented
version: "3.1"
nlu:
- intent: hoi_tach_ho
  examples: |
    - tách hộ
    - tách hộ ở [Quận 12](dia_diem)
- intent: hoi_danh_ba
  examples: |
    - số điện thoại công an phường
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "cu_tru").mkdir()
    (tmp_path / "cu_tru" / "hoi_tach_ho.yml").write_text(INVENTED, encoding="utf-8")
    return tmp_path


def test_new_sentences_go_beside_the_invented_ones_with_their_source(data: Path) -> None:
    plan = plan_import(
        data,
        [
            Example("ra hộ riêng sao ạ", "hoi_tach_ho"),
            Example("chia hộ ở phường Tân Phú", "hoi_tach_ho", (Span(10, 24, "dia_diem"),)),
            Example("Tách hộ!", "hoi_tach_ho"),
            Example("so dien thoai cong an phuong", "gap_can_bo"),
        ],
        "export of 2026-11-22",
    )
    assert [example.text for example in plan.added] == ["chia hộ ở phường Tân Phú", "ra hộ riêng sao ạ"]
    assert [example.text for example in plan.known] == ["Tách hộ!"]
    assert plan.conflicts == [
        Conflict("so dien thoai cong an phuong", "gap_can_bo", "hoi_danh_ba", "cu_tru/hoi_tach_ho.yml")
    ]
    assert list(plan.files) == ["cu_tru/hoi_tach_ho__that.yml"]
    assert "+    - chia hộ ở [phường Tân Phú](dia_diem)\n" in diff(data, plan)
    assert not (data / "cu_tru" / "hoi_tach_ho__that.yml").exists()
    write(data, plan)
    lines = (data / "cu_tru" / "hoi_tach_ho__that.yml").read_text("utf-8").splitlines()
    assert lines[:2] == ["# theme: cu_tru", "# origin: real"]
    assert lines[4:] == [
        "# source: export of 2026-11-22, 2 sentences",
        'version: "3.1"',
        "nlu:",
        "- intent: hoi_tach_ho",
        "  examples: |",
        "    - chia hộ ở [phường Tân Phú](dia_diem)",
        "    - ra hộ riêng sao ạ",
    ]
    assert [(s.text, s.origin) for s in read_sentences(data)][-2:] == [
        ("chia hộ ở phường Tân Phú", "real"),
        ("ra hộ riêng sao ạ", "real"),
    ]


def test_a_second_import_adds_and_keeps(data: Path) -> None:
    write(data, plan_import(data, [Example("ra hộ riêng sao ạ", "hoi_tach_ho")], "first"))
    again = plan_import(data, [Example("RA HỘ RIÊNG SAO Ạ", "hoi_tach_ho")], "second")
    assert (again.added, again.files) == ([], {})
    second = plan_import(data, [Example("bà muốn chia hộ", "hoi_tach_ho")], "second")
    assert "-    - " not in diff(data, second)
    write(data, second)
    content = (data / "cu_tru" / "hoi_tach_ho__that.yml").read_text("utf-8")
    assert "# source: first, 1 sentences\n# source: second, 1 sentences\n" in content
    assert content.endswith("    - bà muốn chia hộ\n    - ra hộ riêng sao ạ\n")


def test_the_same_new_sentence_is_added_once_and_two_meanings_are_a_conflict(data: Path) -> None:
    plan = plan_import(
        data,
        [
            Example("nhập hộ", "hoi_dang_ky_thuong_tru"),
            Example("Nhập hộ.", "hoi_dang_ky_thuong_tru"),
            Example("nhap ho", "hoi_tach_ho"),
        ],
        "x",
    )
    assert len(plan.added) == 1
    assert [(item.intent, item.stands_under) for item in plan.conflicts] == [
        ("hoi_tach_ho", "hoi_dang_ky_thuong_tru")
    ]


def test_an_export_is_read_back(data: Path) -> None:
    examples = [
        Example("gọi [điện thoại] giúp", "gap_can_bo", (Span(4, 16, "so_dien_thoai"),)),
        Example("một\n- intent: khan_cap", "hoi_tach_ho"),
    ]
    found = read_document(nlu_document(examples))
    assert [(one.text, one.intent) for one in found] == [
        ("gọi ［điện thoại］ giúp", "gap_can_bo"),
        ("một\n- intent: khan_cap", "hoi_tach_ho"),
    ]
    assert found[0].spans == (Span(4, 16, "so_dien_thoai", "[điện thoại]"),)
    plan = plan_import(data, found, "x")
    content = plan.files["cu_tru/hoi_tach_ho__that.yml"]
    assert content.endswith("  examples: |\n    - một - intent: khan_cap\n")


@given(st.text(alphabet="aệe\u0323\u0302 🙂\n\t[](){}:", min_size=1, max_size=24), st.data())
def test_a_sentence_on_one_line_keeps_its_entity(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    once = one_line(Example(text, "x", (Span(start, end, "dia_diem"),)))
    assert len(once.text.splitlines()) <= 1
    for span in once.spans:
        assert 0 <= span.start < span.end <= len(once.text)
        assert read_example(annotated(once.text, once.spans), "x").text == once.text
