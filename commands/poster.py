"""QR codes and a printable A4 poster for each Official Account.

`python -m commands.poster --out var/poster` writes `<id>-qr.png`, `<id>-qr.svg`, `<id>-poster.pdf` and
`<id>-poster.png` for every account of the deployment (`--oa ID` for one). The code opens
`https://zalo.me/<id>`; nothing else can be put into it. One drawing gives both the PDF and the PNG.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import wrap

import segno
import typer
from dotenv import load_dotenv
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from rich.console import Console

from services.accounts import Account, load_accounts
from services.errors import SettingsError
from services.settings import ROOT, load_settings
from services.text import nfc

app = typer.Typer(add_completion=False, help=__doc__)
console = Console()

A4_INCHES = (8.27, 11.69)
DOTS_PER_INCH = 200
# A font that comes with matplotlib and has every Vietnamese letter.
FONT = "DejaVu Sans"
DARK, BRIGHT, PALE, RED = "#0b3d2e", "#ffffff", "#eef5f1", "#b3261e"
# Tolerates a quarter of the code being dirty or torn.
CORRECTION = "q"

SERVICES = (
    ("Tin tức", "cảnh báo lừa đảo, an toàn giao thông"),
    ("Thủ tục hành chính", "giấy tờ, lệ phí, nơi nộp, bao lâu xong"),
    ("Danh bạ", "công an phường, xã ở đâu, giờ làm việc"),
    ("Tố giác / phản ánh", "báo tội phạm, vi phạm; có thể giấu tên"),
)
STEPS = (
    "Mở Zalo, bấm biểu tượng quét mã QR.",
    "Đưa máy vào mã bên trên, bấm Quan tâm.",
    "Nhắn điều cần hỏi bằng lời của mình.",
)
DANGER = "Đang nguy hiểm, đừng nhắn tin: GỌI NGAY 113"
OTHERS = "Cháy, mắc kẹt, đuối nước: 114      Cấp cứu: 115"
HONEST = "Trợ lý tự động trả lời ngày đêm. Công an không đòi tiền, không hỏi mã OTP qua Zalo."


Out = typer.Option(Path("var/poster"), help="The folder to write into.")


@dataclass(frozen=True)
class Made:
    """The files of one account."""

    png: Path
    svg: Path
    poster_pdf: Path
    poster_png: Path


def link_of(account_id: str) -> str:
    """Give the address that opens an Official Account in Zalo."""
    return f"https://zalo.me/{account_id}"


def make(account: Account, folder: Path) -> Made:
    """Write the code and the poster of an account into a folder; existing files are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Made(*(folder / f"{account.id}-{end}" for end in ("qr.png", "qr.svg", "poster.pdf", "poster.png")))
    code = segno.make(link_of(account.id), error=CORRECTION, micro=False)
    code.save(str(made.png), scale=20, border=4)
    code.save(str(made.svg), scale=10, border=4, title=f"Zalo {nfc(account.name)}")
    figure = _poster(account, code)
    FigureCanvasPdf(figure).print_pdf(str(made.poster_pdf))
    figure.set_dpi(DOTS_PER_INCH)
    FigureCanvasAgg(figure).print_png(str(made.poster_png))
    return made


@app.command()
def posters(
    out: Path = Out,
    oa: str = typer.Option("", help="Only this account."),
    accounts_file: str = typer.Option("", "--accounts", help="Another file of accounts than ZALO_ACCOUNTS."),
) -> None:
    """Write QR codes (PNG, SVG) and posters (PDF, PNG)."""
    load_dotenv(ROOT / ".env")
    try:
        settings = load_settings()
        if accounts_file:
            settings = replace(settings, zalo_accounts=str(Path(accounts_file).resolve()))
        accounts = load_accounts(settings)
    except SettingsError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    if oa and oa not in accounts:
        console.print(f"there is no account {oa}", style="red", markup=False)
        raise typer.Exit(1)
    for account in [accounts[oa]] if oa else accounts.values():
        made = make(account, out)
        console.print(f"{account.name}: {made.poster_pdf}", markup=False, soft_wrap=True)


def _poster(account: Account, code: segno.QRCode) -> Figure:
    """Draw the poster on a page measured in millimetres from its lower left corner."""
    figure = Figure(figsize=A4_INCHES)
    page = figure.add_axes((0, 0, 1, 1))
    page.set_xlim(0, 210)
    page.set_ylim(0, 297)
    page.axis("off")

    def write(x: float, y: float, text: str, size: float, colour: str = DARK, **more: object) -> None:
        page.text(x, y, nfc(text), fontsize=size, color=colour, family=FONT, **more)

    middle = {"ha": "center", "va": "center"}
    page.add_patch(Rectangle((0, 245), 210, 52, color=DARK))
    write(105, 282, "HỎI CÔNG AN TRÊN ZALO", 30, BRIGHT, weight="bold", **middle)
    lines = [line for part in nfc(account.name).split(", ", 1) for line in wrap(part, 34)][:2]
    for number, line in enumerate(lines):
        write(105, 264 - 10 * number, line, 21 if len(lines) > 1 else 24, BRIGHT, **middle)

    _draw_code(page, code, left=57, bottom=146, side=96)
    write(105, 144, link_of(account.id), 11, **middle)

    for number, step in enumerate(STEPS, start=1):
        y = 133 - 9 * (number - 1)
        write(40, y, f"{number}.", 15, weight="bold", va="center")
        write(50, y, step, 15, va="center")

    page.add_patch(FancyBboxPatch((18, 58), 174, 46, boxstyle="round,pad=2", color=PALE))
    for number, (name, what) in enumerate(SERVICES):
        row = 98 - 11.5 * number
        write(22, row, "•", 16, weight="bold", va="center")
        write(28, row, name, 14.5, weight="bold", va="center")
        write(88, row, what, 12.5, va="center")

    page.add_patch(Rectangle((0, 18), 210, 33, color=RED))
    write(105, 40, DANGER, 19.5, BRIGHT, weight="bold", **middle)
    write(105, 27, OTHERS, 15, BRIGHT, weight="bold", **middle)
    write(105, 9, HONEST, 10.5, **middle)
    return figure


def _draw_code(page: object, code: segno.QRCode, left: float, bottom: float, side: float) -> None:
    """Draw the code as squares, sharp at any size, with the quiet zone that scanners need."""
    rows = [bytes(row) for row in code.matrix_iter(border=4)]
    cell = side / len(rows)
    page.add_patch(Rectangle((left, bottom), side, side, color=BRIGHT))  # type: ignore[attr-defined]
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                # A hair wider than the cell: no bright seams between squares in a PDF viewer.
                corner = (left + x * cell, bottom + side - (y + 1) * cell)
                square = Rectangle(corner, cell * 1.02, cell * 1.02, color="black", linewidth=0)
                page.add_patch(square)  # type: ignore[attr-defined]


if __name__ == "__main__":
    app()
