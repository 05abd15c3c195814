"""Commands for whoever edits what citizens are told: check files, read answers, see what expires.

python -m commands.content check
python -m commands.content answer "đổi căn cước hết hạn cần giấy tờ gì" --on 2027-01-05
python -m commands.content report
python -m commands.content html --out answers.html
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.panel import Panel

from commands.content_page import page, sections
from services.answers import ASPECT_TITLES, MAX_TEXT, Answer, answer
from services.content_schema import ContentError
from services.inquiries import COMPARE, FINES, Asked, Memory, Side
from services.library import Library
from services.news import FOLDER as NEWS
from services.news import load_items
from services.phrases import Said
from services.procedures import ASPECTS, Procedure
from services.replies import respond
from services.scam_signs import FILE as SIGNS
from services.scam_signs import load_scam_book
from services.wording import day

app = typer.Typer(help="Kiểm tra và đọc thử nội dung trả lời người dân.", no_args_is_help=True)
_CONTENT = Path(__file__).resolve().parent.parent / "content"
_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_FOLDER = typer.Option(_CONTENT, "--content", help="Thư mục nội dung.")
_OUT = typer.Option(Path("answers.html"), "--out", help="Tệp HTML để đọc soát.")
_ON = typer.Option(None, "--on", formats=["%Y-%m-%d"], help="Trả lời như vào ngày này.")

# Enough to try a question in the terminal; in conversation the language model finds the aspect.
_SPOKEN_ASPECTS = {
    "giay_to": ("giấy tờ", "hồ sơ gồm", "cần gì", "mang gì", "giấy gì"),
    "le_phi": ("lệ phí", "bao nhiêu tiền", "hết bao nhiêu", "mất tiền", "tốn"),
    "thoi_han": ("bao lâu", "mấy ngày", "khi nào xong", "thời hạn"),
    "noi_nop": ("ở đâu", "nơi nộp", "chỗ nào"),
    "truc_tuyen": ("trực tuyến", "online", "trên mạng", "vneid"),
    "dieu_kien": ("điều kiện", "phải đổi không", "có phải"),
    "muc_phat": ("phạt bao nhiêu", "bị phạt", "phạt thế nào", "phạt"),
    "ket_qua": ("kết quả", "được cấp gì"),
}
_COMPARING = ("khác nhau", "khác gì", "khác chỗ nào", "khác thế nào", "so với", "giống nhau")


@app.command()
def check(content: Path = _FOLDER) -> None:
    """Kiểm tra mọi tệp; có lỗi thì liệt kê tệp · mục · lý do và dừng với mã 1."""
    library = _load(content)
    today = datetime.now(_ZONE).date()
    too_long = [
        f"{_file(name)} · {title} · câu trả lời dài {len(shown.text)} chữ, tối đa {MAX_TEXT}"
        for name, _, answers in sections(library, today)
        for title, shown in answers
        if len(shown.text) > MAX_TEXT
    ]
    if too_long:
        _fail("\n".join(too_long))
    counted = [f"{len(library.catalogue)} thủ tục"]
    if library.fines:
        counted.append(f"{len(library.fines.violations)} lỗi giao thông")
    if library.comparisons:
        counted.append(f"{len(library.comparisons.items)} câu so sánh")
    try:
        if (content / NEWS).exists():
            counted.append(f"{len(load_items(content))} tin")
        if (content / SIGNS).exists():
            counted.append(f"{len(load_scam_book(content).signs)} dấu hiệu lừa đảo")
    except ContentError as error:
        _fail(str(error))
    typer.echo(f"Đúng cả: {', '.join(counted)} và lịch nghỉ lễ.")


@app.command(name="answer")
def show_answer(
    question: str = typer.Argument(..., help="Câu hỏi như người dân nhắn, hoặc mã thủ tục."),
    aspect: str | None = typer.Option(None, "--aspect", help="Một trong: " + ", ".join(ASPECTS)),
    case: str | None = typer.Option(None, "--case", help="Mã trường hợp trong tệp thủ tục."),
    on: datetime = _ON,
    content: Path = _FOLDER,
) -> None:
    """Cho xem câu trả lời như người dân thấy trên điện thoại, kèm các nút."""
    library = _load(content)
    catalogue = library.catalogue
    day_asked = on.date() if on else datetime.now(_ZONE).date()
    asked = _asked(library, question)
    procedure = catalogue.search(question)
    if aspect is not None and aspect not in ASPECTS:
        _fail(f"Không có mục “{aspect}”. Có: {', '.join(ASPECTS)}")
    if case is not None and procedure and case not in (item.id for item in procedure.cases):
        _fail(f"Không có trường hợp “{case}”. Có: {', '.join(item.id for item in procedure.cases)}")
    exact = bool(procedure and (aspect or case or question == procedure.id))
    if procedure and exact:
        shown = [(procedure.id, answer(procedure, aspect, case, day_asked))]
    else:
        reply = respond(library, asked, Memory(), day_asked)
        if reply is None:
            _fail(f"Không nhận ra thủ tục trong câu “{question}”. Có: {', '.join(p.id for p in catalogue)}")
        shown = [(reply.memory.procedure or "", part) for part in reply.answers]
    if on:
        typer.echo(f"TRẢ LỜI THỬ NHƯ NGÀY {day(day_asked)}")
    for title, part in shown:
        _print(title, part)


@app.command()
def report(
    days: int = typer.Option(60, "--days", help="Số ngày tới."), on: datetime = _ON, content: Path = _FOLDER
) -> None:
    """Liệt kê những gì hết hạn trong số ngày tới và những điểm còn phải hỏi."""
    library = _load(content)
    catalogue = library.catalogue
    today = on.date() if on else datetime.now(_ZONE).date()
    typer.echo(f"Từ {day(today)} đến {day(today + timedelta(days))}:")
    rows = sorted({row for item in catalogue for row in _expiring(item, today, days)})
    whole = [(catalogue.calendar.review_by, "holidays.yml", "phải xem lại lịch nghỉ lễ")]
    if library.fines:
        whole.append((library.fines.review_by, "fines.yml", "phải xem lại mức phạt giao thông"))
    if library.comparisons:
        whole.append((library.comparisons.review_by, "comparisons.yml", "phải xem lại các câu so sánh"))
    if library.no_longer:
        whole.append((library.no_longer.review_by, "no_longer.yml", "phải xem lại những gì nay không còn"))
    rows = sorted([*rows, *(row for row in whole if row[0] <= today + timedelta(days))])
    for when, who, what in rows:
        late = " (ĐÃ QUÁ HẠN)" if when < today else ""
        typer.echo(f"{day(when)}{late} · {who} · {what}")
    if not rows:
        typer.echo("Không có gì hết hạn.")
    open_points = [(item.id, point.text) for item in catalogue for point in item.open_points]
    typer.echo(f"\nCòn {len(open_points)} điểm phải xác nhận:")
    for who, text in open_points:
        typer.echo(f"{who} · {text}")


@app.command()
def html(
    out: Path = _OUT,
    on: datetime = _ON,
    content: Path = _FOLDER,
) -> None:
    """Viết mọi câu trả lời vào một trang để đọc từ đầu đến cuối."""
    library = _load(content)
    text, number = page(library, on.date() if on else datetime.now(_ZONE).date())
    out.write_text(text, encoding="utf-8")
    typer.echo(f"{out}: {number} câu trả lời.")


def _load(content: Path) -> Library:
    try:
        return Library.load(content)
    except ContentError as error:
        for problem in error.problems:
            typer.echo(str(problem))
        typer.echo(f"Có {len(error.problems)} lỗi.", err=True)
        raise typer.Exit(1) from error


def _fail(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(1)


def _file(name: str) -> str:
    return f"{name}.yml" if name in ("fines", "comparisons") else f"procedures/{name}.yml"


def _asked(library: Library, question: str) -> Asked:
    """Guess from the words alone what the language model gives in conversation: intent and side."""
    said = Said(question)
    sides: list[Side] = []
    for name, phrases in _SPOKEN_ASPECTS.items():
        span = next(filter(None, map(said.find, phrases)), None)
        if span and not sides:
            sides.append(Side(name, *span))
    if any(map(said.says, _COMPARING)):
        return Asked(COMPARE, question)
    if library.fines and library.fines.find(question) and said.says("phạt|mấy điểm|bao nhiêu điểm"):
        return Asked(FINES, question, (Side("muc_phat"),))
    procedure = library.catalogue.search(question)
    return Asked(procedure.intents[0] if procedure else "", question, tuple(sides))


def _print(title: str, shown: Answer) -> None:
    console = Console(width=76, highlight=False, markup=False)
    console.print(Panel(shown.text, title=title, width=76))
    for choice in shown.choices:
        console.print(f"  [{choice.title}] → “{choice.say}”")
    for link in shown.links:
        console.print(f"  [{link.title}] → {link.url}")
    console.print(f"  ({len(shown.text)} chữ, {len(shown.choices) + len(shown.links)} nút)")


def _expiring(item: Procedure, today: date, days: int) -> list[tuple[date, str, str]]:
    rows = [(item.review_by, item.id, "phải xem lại cả tệp")]
    fees = item.aspects["le_phi"]
    rows += [
        (fee.discount.valid_to, item.id, f"hết giảm {fee.discount.percent}%: {fee.label}")
        for fee in fees.fees
        if fee.discount
    ]
    rows += [
        (waiver.scope.valid_to, item.id, f"hết miễn, giảm: {waiver.who}")
        for waiver in fees.waivers
        if waiver.scope.valid_to
    ]
    for name, aspect in item.aspects.items():
        rows += [
            (scope.valid_to, item.id, f"{ASPECT_TITLES[name]}: hết hiệu lực một dòng {field}")
            for field, scope in aspect.facts()
            if scope.valid_to and field != "waivers"
        ]
    last = today + timedelta(days)
    return [row for row in rows if row[0] <= last and (row[0] >= today or row[2] == rows[0][2])]


if __name__ == "__main__":
    app()
