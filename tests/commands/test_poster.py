"""Posters and QR codes: one command makes them for every page, and the code says nothing but the page."""

from __future__ import annotations

from pathlib import Path

import pytest
import segno
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from PIL import Image
from typer.testing import CliRunner

from commands import poster
from services.accounts import Account

ROOT = Path(__file__).resolve().parents[2]
PAGE = Account("9990001112223334445", "Công an phường Tây Thạnh, Thành phố Hồ Chí Minh")


def test_the_printed_code_is_the_code_of_the_page_and_nothing_else(tmp_path: Path) -> None:
    made = poster.make(PAGE, tmp_path)
    with Image.open(made.png) as picture:
        grey = picture.convert("L")
        size = grey.width // 20
        drawn = [
            [int(grey.getpixel((x * 20 + 10, y * 20 + 10)) < 128) for x in range(size)] for y in range(size)
        ]
    wanted = segno.make("https://zalo.me/9990001112223334445", error="q", micro=False)
    assert drawn == [list(row) for row in wanted.matrix_iter(border=4)]
    assert "Zalo Công an phường Tây Thạnh" in made.svg.read_text("utf-8")


def test_the_poster_is_one_a4_page_and_the_picture_shows_the_same_code(tmp_path: Path) -> None:
    made = poster.make(PAGE, tmp_path)
    pdf = made.poster_pdf.read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 1
    assert b"/MediaBox [ 0 0 595.44 841.68 ]" in pdf
    with Image.open(made.poster_png) as picture:
        assert (picture.width, picture.height) == (1654, 2338)
        grey = picture.convert("L")
        wanted = [list(row) for row in segno.make(poster.link_of(PAGE.id), error="q").matrix_iter(border=4)]
        # Millimetres on the page: the code stands at (57, 146) and is 96 wide.
        scale, cell = 1654 / 210, 96 / len(wanted)
        drawn = [
            [
                int(
                    grey.getpixel(
                        (
                            int((57 + (x + 0.5) * cell) * scale),
                            int((297 - 146 - 96 + (y + 0.5) * cell) * scale),
                        )
                    )
                    < 128
                )
                for x in range(len(wanted))
            ]
            for y in range(len(wanted))
        ]
    assert drawn == wanted


def test_the_font_has_every_letter_of_the_poster() -> None:
    said = "".join(
        (*(word for pair in poster.SERVICES for word in pair), *poster.STEPS, poster.DANGER, poster.OTHERS,
         poster.HONEST, PAGE.name, "ĂÂĐÊÔƠƯàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")
    )  # fmt: skip
    font = FT2Font(font_manager.findfont(poster.FONT))
    assert {letter for letter in said if not font.get_char_index(ord(letter))} == set()


def test_one_command_makes_the_posters_of_all_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(
        poster, "make", lambda account, folder: made.append(account.name) or poster.Made(*[folder] * 4)
    )
    sample = ROOT / "docs" / "samples" / "accounts-tan-phu-18.yml"
    result = CliRunner().invoke(poster.app, ["--out", str(tmp_path), "--accounts", str(sample)])
    assert result.exit_code == 0, result.output
    assert len(made) == 18
    assert made[8] == "Công an phường Tây Thạnh"
