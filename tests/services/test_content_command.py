"""The commands officers and trainers use to check and read content."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from commands.content import app

CONTENT = Path(__file__).parents[2] / "content"
RUN = CliRunner()


def squeezed(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def test_check_says_that_all_is_right() -> None:
    result = RUN.invoke(app, ["check"])
    number = len(list((CONTENT / "procedures").glob("*.yml")))
    fines = yaml.safe_load((CONTENT / "fines.yml").read_text("utf-8"))
    acts = len(fines["violations"]) + len(fines["unknown"])
    pairs = len(yaml.safe_load((CONTENT / "comparisons.yml").read_text("utf-8"))["comparisons"])

    told = f"Đúng cả: {number} thủ tục, {acts} lỗi giao thông, {pairs} câu so sánh, "
    told += "14 tin, 13 dấu hiệu lừa đảo và lịch nghỉ lễ.\n"
    assert (result.exit_code, result.stdout) == (0, told)


def test_check_lists_file_field_and_reason_and_fails(tmp_path: Path) -> None:
    (tmp_path / "procedures").mkdir()
    shutil.copy(CONTENT / "holidays.yml", tmp_path)
    text = (CONTENT / "procedures" / "dang_ky_tam_tru.yml").read_text("utf-8")
    wrong = text.replace("verified_on: 2026-11-21", "verified_on: 2026-02-30")
    (tmp_path / "procedures" / "dang_ky_tam_tru.yml").write_text(wrong, "utf-8")

    result = RUN.invoke(app, ["check", "--content", str(tmp_path)])

    assert result.exit_code == 1
    assert (
        "procedures/dang_ky_tam_tru.yml · verified_on · “2026-02-30” không phải ngày có thật" in result.stdout
    )


def test_check_refuses_an_answer_too_long_for_the_platform(tmp_path: Path) -> None:
    (tmp_path / "procedures").mkdir()
    shutil.copy(CONTENT / "holidays.yml", tmp_path)
    text = (CONTENT / "procedures" / "dang_ky_tam_tru.yml").read_text("utf-8")
    step = "    - Nộp lệ phí nếu không thuộc diện miễn.\n"
    (tmp_path / "procedures" / "dang_ky_tam_tru.yml").write_text(text.replace(step, step * 40), "utf-8")

    result = RUN.invoke(app, ["check", "--content", str(tmp_path)])

    assert result.exit_code == 1
    assert "procedures/dang_ky_tam_tru.yml · Nơi nộp · chưa nói trường hợp · câu trả lời dài" in result.stderr


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("đổi căn cước hết hạn cần giấy tờ gì", "1. Thẻ cũ. Nộp lại khi làm thủ tục."),
        ("doi can cuoc het han mat bao nhieu tien", "thẻ hết hạn đúng mốc tuổi: không mất tiền."),
        ("đăng ký tạm trú hợp đồng viết tay được không", "Được. Giấy cho thuê, cho mượn"),
        ("sang_ten_xe", "Sang tên xe: dành cho người mua bán"),
        ("xe máy vượt đèn đỏ phạt bao nhiêu", "Phạt từ 4.000.000 đến 6.000.000 đồng; trừ 4 điểm"),
        ("tạm trú với lưu trú khác gì nhau", "Lưu trú: Ở lại qua đêm, dưới 30 ngày"),
    ],
)
def test_a_question_shows_the_rendered_answer_with_buttons(question: str, told: str) -> None:
    result = RUN.invoke(app, ["answer", question, "--on", "2026-11-21"])

    assert result.exit_code == 0
    assert told in squeezed(result.stdout)
    assert "TRẢ LỜI THỬ NHƯ NGÀY 21/11/2026" in result.stdout
    assert re.search(r"^  \[.+\] → ", result.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "arguments",
    [["trồng lúa"], ["sang_ten_xe", "--aspect", "mau_son"], ["sang_ten_xe", "--case", "xe_dap"]],
    ids=["no-procedure", "no-aspect", "no-case"],
)
def test_what_does_not_exist_is_refused_with_what_does(arguments: list[str]) -> None:
    result = RUN.invoke(app, ["answer", *arguments])

    assert result.exit_code == 1
    assert "Có: " in result.stderr


def test_the_report_lists_what_expires_in_sixty_days() -> None:
    soon = RUN.invoke(app, ["report", "--on", "2026-11-21"]).stdout
    later = RUN.invoke(app, ["report", "--on", "2027-01-15"]).stdout

    assert "31/12/2026 · can_cuoc_doi_den_tuoi · phải xem lại cả tệp" in soon
    assert "28/02/2027 · dang_ky_tam_tru" not in soon
    assert "31/12/2026 (ĐÃ QUÁ HẠN) · can_cuoc_doi_den_tuoi · phải xem lại cả tệp" in later
    assert "28/02/2027 · dang_ky_tam_tru · hết miễn, giảm" in later


def test_the_page_holds_every_procedure_and_escapes_its_text(tmp_path: Path) -> None:
    out = tmp_path / "answers.html"
    result = RUN.invoke(app, ["html", "--out", str(out), "--on", "2026-11-21"])
    page = out.read_text("utf-8")

    assert result.exit_code == 0
    for path in (CONTENT / "procedures").glob("*.yml"):
        assert f'id="{path.stem}"' in page
    assert "Mẫu" in page or "mẫu CT01" in page
    assert "<script" not in page
