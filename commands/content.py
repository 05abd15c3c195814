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
from jinja2 import Environment
from rich.console import Console
from rich.panel import Panel

from services.answers import ASPECT_TITLES, MAX_TEXT, Answer, answer, answer_question
from services.content_schema import ContentError
from services.procedures import ASPECTS, Catalogue, Procedure
from services.text import fold
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
    "muc_phat": ("phạt",),
    "ket_qua": ("kết quả", "được cấp gì"),
}


@app.command()
def check(content: Path = _FOLDER) -> None:
    """Kiểm tra mọi tệp; có lỗi thì liệt kê tệp · mục · lý do và dừng với mã 1."""
    catalogue = _load(content)
    today = datetime.now(_ZONE).date()
    too_long = [
        f"procedures/{item.id}.yml · {title} · câu trả lời dài {len(shown.text)} chữ, tối đa {MAX_TEXT}"
        for item in catalogue
        for title, shown in _all_answers(item, today)
        if len(shown.text) > MAX_TEXT
    ]
    if too_long:
        _fail("\n".join(too_long))
    typer.echo(f"Đúng cả: {len(catalogue)} thủ tục và lịch nghỉ lễ.")


@app.command(name="answer")
def show_answer(
    question: str = typer.Argument(..., help="Câu hỏi như người dân nhắn, hoặc mã thủ tục."),
    aspect: str | None = typer.Option(None, "--aspect", help="Một trong: " + ", ".join(ASPECTS)),
    case: str | None = typer.Option(None, "--case", help="Mã trường hợp trong tệp thủ tục."),
    on: datetime = _ON,
    content: Path = _FOLDER,
) -> None:
    """Cho xem câu trả lời như người dân thấy trên điện thoại, kèm các nút."""
    catalogue = _load(content)
    procedure = catalogue.search(question)
    if procedure is None:
        _fail(f"Không nhận ra thủ tục trong câu “{question}”. Có: {', '.join(p.id for p in catalogue)}")
    if aspect is not None and aspect not in ASPECTS:
        _fail(f"Không có mục “{aspect}”. Có: {', '.join(ASPECTS)}")
    if case is not None and case not in (item.id for item in procedure.cases):
        _fail(f"Không có trường hợp “{case}”. Có: {', '.join(item.id for item in procedure.cases)}")
    day_asked = on.date() if on else datetime.now(_ZONE).date()
    if on:
        typer.echo(f"TRẢ LỜI THỬ NHƯ NGÀY {day(day_asked)}")
    found = None if aspect or case else procedure.find_question(question)
    if found:
        _print(procedure, answer_question(procedure, found, day_asked))
        return
    named = procedure.find_case(question) if question != procedure.id else None
    case = case or (named.id if named else None)
    _print(procedure, answer(procedure, aspect or _spoken_aspect(question), case, day_asked))


@app.command()
def report(
    days: int = typer.Option(60, "--days", help="Số ngày tới."), on: datetime = _ON, content: Path = _FOLDER
) -> None:
    """Liệt kê những gì hết hạn trong số ngày tới và những điểm còn phải hỏi."""
    catalogue = _load(content)
    today = on.date() if on else datetime.now(_ZONE).date()
    typer.echo(f"Từ {day(today)} đến {day(today + timedelta(days))}:")
    rows = sorted({row for item in catalogue for row in _expiring(item, today, days)})
    calendar = catalogue.calendar
    if calendar.review_by <= today + timedelta(days):
        rows.append((calendar.review_by, "holidays.yml", "phải xem lại lịch nghỉ lễ"))
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
    catalogue = _load(content)
    today = on.date() if on else datetime.now(_ZONE).date()
    sections = [(item, list(_all_answers(item, today))) for item in catalogue]
    page = Environment(autoescape=True).from_string(_PAGE).render(sections=sections, today=day(today))
    out.write_text(page, encoding="utf-8")
    typer.echo(f"{out}: {sum(len(answers) for _, answers in sections)} câu trả lời.")


def _load(content: Path) -> Catalogue:
    try:
        return Catalogue.load(content)
    except ContentError as error:
        for problem in error.problems:
            typer.echo(str(problem))
        typer.echo(f"Có {len(error.problems)} lỗi.", err=True)
        raise typer.Exit(1) from error


def _fail(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(1)


def _spoken_aspect(question: str) -> str | None:
    folded = fold(question)
    for name, phrases in _SPOKEN_ASPECTS.items():
        if any(fold(phrase) in folded for phrase in phrases):
            return name
    return None


def _print(procedure: Procedure, shown: Answer) -> None:
    console = Console(width=76, highlight=False, markup=False)
    console.print(Panel(shown.text, title=procedure.id, width=76))
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


def _all_answers(item: Procedure, today: date) -> list[tuple[str, Answer]]:
    shown = [("tổng quan", answer(item, None, None, today))]
    for aspect in ASPECTS:
        for case in (None, *(each.id for each in item.cases)):
            title = f"{ASPECT_TITLES[aspect]} · {case or 'chưa nói trường hợp'}"
            shown.append((title, answer(item, aspect, case, today)))
    shown += [(f"hỏi: {q.ask}", answer_question(item, q, today)) for q in item.questions]
    return shown


_PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>Mọi câu trả lời, {{ today }}</title>
<style>body{font:16px/1.5 sans-serif;max-width:46rem;margin:auto;padding:1rem;background:#eef2f7}
.m{background:#fff;border-radius:.8rem;padding:.7rem 1rem;white-space:pre-wrap;margin:.3rem 0}
.b{display:inline-block;border:1px solid #0068ff;color:#0068ff;border-radius:.5rem;padding:.1rem .6rem;
margin:.15rem}h3{font-size:.9rem;color:#555;margin:1.2rem 0 .2rem}</style>
<h1>Mọi câu trả lời, như ngày {{ today }}</h1>
{% for item, answers in sections %}<h2 id="{{ item.id }}">{{ item.name }} <small>{{ item.id }}</small></h2>
{% for title, shown in answers %}<h3>{{ title }} · {{ shown.text|length }} chữ</h3>
<div class="m">{{ shown.text }}</div>
{% for choice in shown.choices %}<span class="b" title="{{ choice.say }}">{{ choice.title }}</span>
{% endfor %}
{% for link in shown.links %}<a class="b" href="{{ link.url }}">{{ link.title }}</a>{% endfor %}
{% endfor %}{% endfor %}</html>
"""

if __name__ == "__main__":
    app()
