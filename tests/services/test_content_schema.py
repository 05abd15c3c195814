"""Content that is wrong is refused with its file, its field and a reason an officer understands."""

from __future__ import annotations

import copy
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.content_schema import ContentError, Problem, check_folder

CONTENT = Path(__file__).parents[2] / "content"
FILE = "procedures/dang_ky_tam_tru.yml"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "procedures").mkdir()
    shutil.copy(CONTENT / "holidays.yml", tmp_path)
    shutil.copy(CONTENT / FILE, tmp_path / "procedures")
    return tmp_path


@pytest.fixture(scope="module")
def original() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CONTENT / FILE).read_text("utf-8"))
    return loaded


def problems_after(folder: Path, original: dict[str, Any], change: Change) -> list[Problem]:
    document = copy.deepcopy(original)
    change(document)
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    (folder / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        check_folder(folder)
    return list(caught.value.problems)


def put(path: str, value: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        *way, last = path.split(".")
        place: Any = document
        for key in way:
            place = place[int(key)] if key.isdigit() else place[key]
        place[int(last) if last.isdigit() else last] = value

    return change


def drop(path: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        *way, last = path.split(".")
        place: Any = document
        for key in way:
            place = place[int(key)] if key.isdigit() else place[key]
        del place[int(last) if last.isdigit() else last]

    return change


def test_all_content_of_the_project_is_right() -> None:
    documents = check_folder(CONTENT)
    on_disk = {f"procedures/{path.name}" for path in (CONTENT / "procedures").glob("*.yml")}

    assert set(documents) == {
        "holidays.yml",
        "fines.yml",
        "comparisons.yml",
        "no_longer.yml",
        "units.yml",
        "report_clocks.yml",
        "retention.yml",
        *on_disk,
    }


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        pytest.param(
            put("verified_on", "2026-11-31"), "verified_on", "không phải ngày có thật", id="no-such-day"
        ),
        pytest.param(
            put("review_by", "21/11/2026"), "review_by", "năm-tháng-ngày", id="date-in-another-form"
        ),
        pytest.param(
            put("review_by", "2026-11-01"), "review_by", "phải sau ngày kiểm tra", id="review-before-check"
        ),
        pytest.param(drop("sources"), "sources", "thiếu mục bắt buộc", id="no-source"),
        pytest.param(put("sources", []), "sources", "cần ít nhất 1 dòng", id="empty-sources"),
        pytest.param(
            put("sources.0.url", "www.example"), "sources.0.url", "không đúng khuôn", id="bad-address"
        ),
        pytest.param(put("legal_basis.documents", []), "legal_basis.documents", "ít nhất 1", id="no-law"),
        pytest.param(
            put("aspects.gio_lam", {"lead": "x"}),
            "aspects.gio_lam",
            "mục lạ; chỉ được dùng: giay_to",
            id="unknown-aspect",
        ),
        pytest.param(drop("aspects.ket_qua"), "aspects.ket_qua", "thiếu mục", id="missing-aspect"),
        pytest.param(
            put("aspects.le_phi.fees.0.amount", 15000.5),
            "aspects.le_phi.fees.0.amount",
            "số nguyên",
            id="money-not-whole",
        ),
        pytest.param(
            put("aspects.le_phi.fees.0.amount", "15.000"),
            "aspects.le_phi.fees.0.amount",
            "số nguyên",
            id="money-as-text",
        ),
        pytest.param(
            put("aspects.le_phi.fees.0.amount", None),
            "aspects.le_phi.fees.0.confirm",
            "chưa biết",
            id="unknown-fee",
        ),
        pytest.param(
            put("aspects.le_phi.waivers.0.to", "2026-08-01"),
            "aspects.le_phi.waivers.0.to",
            "đứng trước ngày bắt đầu",
            id="ends-before-it-starts",
        ),
        pytest.param(
            put("aspects.muc_phat.penalties.0.max", 400000),
            "aspects.muc_phat.penalties.0.max",
            "nhỏ hơn mức thấp nhất",
            id="fine-upside-down",
        ),
        pytest.param(
            put("aspects.thoi_han.durations.0.amount", None),
            "aspects.thoi_han.durations.0.confirm",
            "chưa biết",
            id="unknown-time",
        ),
        pytest.param(put("online.codes.0", "1004194"), "online.codes.0", "không đúng khuôn", id="bad-code"),
        pytest.param(
            put("common_case", "o_le"), "common_case", "không có trường hợp", id="unknown-common-case"
        ),
        pytest.param(
            put("aspects.giay_to.documents.1.cases", ["nha_lau"]),
            "aspects.giay_to.documents.1.cases",
            "không có trường hợp “nha_lau”",
            id="unknown-case",
        ),
        pytest.param(
            put("cases.0.goto", "khong_co"), "cases.0.goto", "thường gặp", id="common-case-elsewhere"
        ),
        pytest.param(
            put("cases.1.goto", "khong_co"), "cases.1.goto", "không có thủ tục", id="unknown-procedure"
        ),
        pytest.param(
            put("cases.1.say", "khi trời mưa"), "cases.1.say", "không chọn được", id="button-without-words"
        ),
        pytest.param(
            put("open_points.0.aspects", ["gia"]),
            "open_points.0.aspects.0",
            "chỉ được dùng",
            id="open-aspect",
        ),
        pytest.param(put("id", "tam_tru"), "id", "phải giống tên tệp", id="id-is-not-the-file"),
        pytest.param(
            put("summary", "Nhanh: **miễn phí** cho mọi người"), "summary", "Markdown", id="markdown"
        ),
        pytest.param(
            put("summary", "Áp dụng từ 2026-08-15 cho mọi người"), "summary", "dd/mm/yyyy", id="iso-date"
        ),
        pytest.param(
            put("summary", "Nộp 15000 đồng tại công an"), "summary", "dấu chấm", id="money-without-dots"
        ),
        pytest.param(
            put("summary", unicodedata.normalize("NFD", "Dành cho người đến ở")),
            "summary",
            "NFC",
            id="decomposed",
        ),
        pytest.param(put("cases.0.name", "x" * 41), "cases.0.name", "tối đa 40 chữ", id="button-too-long"),
        pytest.param(put("phi", 1), "phi", "mục lạ", id="unknown-field"),
    ],
)
def test_wrong_content_is_refused_with_file_field_and_reason(
    folder: Path, original: dict[str, Any], change: Change, field: str, reason: str
) -> None:
    found = problems_after(folder, original, change)

    assert {problem.file for problem in found} == {FILE}
    assert [problem for problem in found if problem.field == field and reason in problem.reason], found


def test_all_problems_are_listed_at_once(folder: Path, original: dict[str, Any]) -> None:
    def change(document: dict[str, Any]) -> None:
        drop("sources")(document)
        put("verified_on", "2026-13-01")(document)

    found = problems_after(folder, original, change)

    assert {problem.field for problem in found} == {"sources", "verified_on"}
    assert str(found[0]).startswith(f"{FILE} · ")


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("id: a\nid: b\n", "dòng 2", "ghi hai lần"),
        ("id: [a\n", "dòng 2", "YAML"),
        ("- a\n", "(tệp)", "tên: giá trị"),
    ],
    ids=["key-twice", "not-yaml", "a-list"],
)
def test_a_file_that_cannot_be_read_names_the_place(folder: Path, text: str, field: str, reason: str) -> None:
    (folder / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        check_folder(folder)

    (problem,) = caught.value.problems
    assert (problem.file, problem.field) == (FILE, field)
    assert reason in problem.reason


def test_two_procedures_of_an_intent_need_one_default(folder: Path, original: dict[str, Any]) -> None:
    second = {**copy.deepcopy(original), "id": "khac", "short_name": "Nút khác"}
    text = yaml.safe_dump(second, allow_unicode=True, sort_keys=False)
    (folder / "procedures" / "khac.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        check_folder(folder)

    assert {(p.file, p.field) for p in caught.value.problems} == {
        (FILE, "default"),
        ("procedures/khac.yml", "default"),
    }


def test_without_the_holiday_file_nothing_is_loaded(folder: Path) -> None:
    (folder / "holidays.yml").unlink()
    with pytest.raises(ContentError, match=r"holidays.yml · \(tệp\) · không có tệp này"):
        check_folder(folder)


def test_the_example_of_the_how_to_is_right(folder: Path) -> None:
    how_to = (CONTENT / "README.md").read_text("utf-8")
    example = how_to.split("```yaml\n")[1].split("```")[0]
    (folder / "procedures" / "gia_han_tam_tru.yml").write_text(example, "utf-8")

    assert "procedures/gia_han_tam_tru.yml" in check_folder(folder)
