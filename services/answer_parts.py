"""The lines of an answer, aspect by aspect. `answers` puts them together with buttons.

Each function takes a `View`, what is asked, of whom, when, and gives finished lines. What is not
certain goes to `View.unsure`, which `answers` prints once with the unit to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from services.facts import Aspect, Deadline, Document, Duration, Fee, Line, Penalty, Waiver
from services.procedures import Procedure
from services.wording import day, day_off, money, money_range, percent, sentence, term
from services.working_days import DueDate

NOTHING_TO_DO = "khong_can"
"""The level of a case in which the citizen hands in nothing online, so that there is no service to name."""
LEVELS = {
    "toan_trinh": "Việc này làm được trọn vẹn trên mạng.",
    "mot_phan": "Việc này làm được một phần trên mạng.",
    "khong": "Việc này chưa làm được trên mạng.",
}


@dataclass(frozen=True)
class Office:
    """The unit of this Official Account. A phone needs a source; without one it is refused."""

    name: str
    address: str | None
    phone: str | None
    hours: str | None
    source: str

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise ValueError("an office needs a source for its particulars")


@dataclass(frozen=True)
class View:
    """One question: which facts, for which case (None: all), as of which day.

    `personal` when the citizen said which case is theirs, so that the list is theirs.
    """

    procedure: Procedure
    aspect: Aspect
    case: str | None
    on: date
    office: Office | None = None
    unsure: list[str] = field(default_factory=list)
    personal: bool = False

    def holding(self, name: str) -> list[Any]:
        """Give the facts of one field that hold for the case and the day."""
        return [item for item in getattr(self.aspect, name) if item.scope.holds(self.case, self.on)]


def papers(view: View) -> list[str]:
    """List the papers: the ones always needed, then those needed sometimes, by who brings them."""
    lines: list[str] = []
    documents: list[Document] = view.holding("documents")
    groups = dict.fromkeys(item.group for item in documents)
    for group in groups:
        own = [item for item in documents if item.group == group]
        if group:
            lines.append(f"{group}:")
        elif len(groups) == 1 and own:
            lines.append("Bà con cần chuẩn bị:" if view.personal else "Cần có:")
        lines += [f"{index}. {_paper(item)}" for index, item in enumerate(own, 1)]
    return lines


def _paper(item: Document) -> str:
    code = item.form and (item.form if item.form.startswith("Mẫu") else f"mẫu {item.form}")
    name = f"{item.name} ({code})" if code else item.name
    return " ".join(sentence(part) for part in (name, item.when, item.copy) if part)


def fees(view: View) -> list[str]:
    """List what to pay as of the day, who pays nothing, and what a temporary exemption gives."""
    rows: list[Fee] = view.holding("fees")
    # What is free of charge is so whenever it is handed in.
    charged = any(fee.amount != 0 or fee.confirm for fee in rows)
    lines = [f"Mức thu với hồ sơ nộp ngày {day(view.on)}:"] if charged else []
    for fee in rows:
        lines.append(f"• {fee_row(view, fee)}")
    lines += [waiver for item in view.aspect.waivers for waiver in _waiver(view, item)]
    exempt = [item.text for item in view.holding("exempt")]
    if exempt:
        lines.append(f"Không phải nộp: {'; '.join(exempt)}.")
    return lines


def fee_row(view: View, fee: Fee) -> str:
    """Say one fee as of the day; an unsettled one says so and adds to what has to be asked."""
    if fee.confirm:
        view.unsure.append(sentence(fee.confirm))
        about = f", tham khảo: {money_range(*fee.likely)}" if fee.likely else ""
        parts = [f"{fee.label}: chưa xác nhận được mức chính xác{about}"]
    elif fee.bounds:
        parts = [f"{fee.label}: {money_range(*fee.bounds)}"]
    elif fee.rate is not None:
        parts = [f"{fee.label}: {percent(fee.rate)} {fee.rate_of}"]
    else:
        parts = [" ".join(filter(None, (f"{fee.label}: {money(fee.amount_on(view.on) or 0)}", fee.unit)))]
    return " ".join(sentence(part) for part in (*parts, *_discount(view, fee), fee.note) if part)


def _discount(view: View, fee: Fee) -> list[str]:
    cut = fee.discount
    if cut is None or fee.amount is None or view.on < cut.valid_from:
        return []
    if not cut.active(view.on):
        return [f"Đợt giảm {cut.percent}% đã hết ngày {day(cut.valid_to)}"]
    after = cut.valid_to + timedelta(days=1)
    return [
        f"Mức gốc {money(fee.amount)}, đang giảm {cut.percent}% đến hết {day(cut.valid_to)}",
        f"Từ {day(after)} trở lại {money(fee.amount)} nếu không có văn bản gia hạn",
    ]


def _waiver(view: View, item: Waiver) -> list[str]:
    start, end = item.scope.valid_from, item.scope.valid_to
    assert start is not None, "the schema asks for both days"
    assert end is not None, "the schema asks for both days"
    if item.scope.cases and view.case is not None and view.case not in item.scope.cases:
        return []
    gain = "miễn" if item.percent == 100 and not item.cap else f"giảm {item.percent}%"
    if view.on > end:
        return [f"Đợt {gain} tạm thời đã hết ngày {day(end)} ({item.who})."]
    if view.on < start:
        return []
    cap = f" Số tiền được bớt tối đa {money(item.cap)}." if item.cap else ""
    note = f" {sentence(item.note)}" if item.note else ""
    return [f"Đang được {gain}, từ {day(start)} đến hết {day(end)}: {item.who}.{cap}{note}"]


def times(view: View) -> list[str]:
    """Say how long it takes, about when a dossier of the day is due, and citizens' own deadlines."""
    rows: list[Duration] = view.holding("durations")
    lines = [f"• {_duration(view, item)}" for item in rows]
    lines += _calendar_doubts(view, [item for item in rows if item.due])
    deadlines: list[Deadline] = view.holding("deadlines")
    if deadlines:
        lines.append("Hạn bà con cần nhớ:")
        lines += [f"• {_deadline(item)}" for item in deadlines]
    return lines


def _duration(view: View, item: Duration) -> str:
    if item.amount is None:
        view.unsure.append(sentence(item.confirm or item.label))
        return sentence(f"{item.label}: chưa xác nhận được thời gian")
    limit = "không quá " if item.at_most and item.amount else ""
    length = f"{item.label}: {limit}{term(item.amount, item.unit)}"
    start = f", tính từ {item.start}" if item.start else ""
    parts = [length + start, *(due(view, item) if item.due else ()), item.note]
    return " ".join(sentence(part) for part in parts if part)


def due(view: View, item: Duration) -> list[str]:
    """Say about which day a dossier handed in on the day is due; nothing without a calendar.

    Nobody takes it on a day off, so that it counts from the next working day.
    """
    end = due_date(view, item)
    if end is None:
        return []
    taken = _taken_in(view)
    first = f"Ngày {day(view.on)} là {day_off(view.on)}, nộp" if taken > view.on else "Nộp"
    return [f"{first} đủ ngày {day(taken)} thì khoảng ngày {day(end.day)} là đến hạn"]


def due_date(view: View, item: Duration) -> DueDate | None:
    """Give the day the duration ends for a dossier of the day; None without a calendar."""
    assert item.amount is not None  # the content rules ask for whole days where `due` is set
    days = int(item.amount)
    if item.unit == "day":
        return DueDate(_taken_in(view) + timedelta(days=days))
    calendar = view.procedure.calendar
    return calendar.due(_taken_in(view), days) if calendar else None


def _taken_in(view: View) -> date:
    calendar = view.procedure.calendar
    return calendar.next_working_day(view.on) if calendar else view.on


def _calendar_doubts(view: View, rows: list[Duration]) -> list[str]:
    """Say once which days off the due dates lean on without being certain."""
    found = [end for item in rows if (end := due_date(view, item))]
    names = dict.fromkeys(holiday.name for end in found for holiday in end.unsure)
    lines = []
    if names:
        said = f"Lịch nghỉ {', '.join(names)} chưa chắc nên đã tính là ngày nghỉ, có thể xong sớm hơn"
        lines.append(sentence(said))
    if not all(end.covered for end in found):
        lines.append("Lịch nghỉ lễ của năm đó chưa có nên các ngày trên chỉ là ước tính.")
    return lines


def _deadline(item: Deadline) -> str:
    length = f" trong {term(item.amount, item.unit)}" if item.amount and item.unit else ""
    start = f" kể từ {item.start}" if item.start else ""
    return sentence(f"{item.text}{length}{start}")


def places(view: View) -> list[str]:
    """Say where to go, our own unit's particulars if it is one of them, and what happens there."""
    rows = view.holding("places")
    lines = [f"• {sentence(item.name + (f' ({item.when})' if item.when else ''))}" for item in rows]
    if view.office and any(item.local for item in rows):
        lines += _office(view.office)
    if view.aspect.hours and not (view.office and view.office.hours):
        lines.append(f"Giờ nhận hồ sơ: {view.aspect.hours}.")
    return lines + _numbered("Khi đến nơi:", view.holding("steps"))


def _office(office: Office) -> list[str]:
    lines = [f"Đơn vị của trang này: {sentence(office.name)}"]
    where = office.address or "chưa có nguồn chắc chắn nên trợ lý không đoán"
    lines.append(f"Địa chỉ: {sentence(where)}")
    if office.phone:
        lines.append(f"Điện thoại: {office.phone} (theo {office.source}).")
    if office.hours:
        lines.append(f"Giờ làm việc: {sentence(office.hours)}")
    return lines


def online_level(view: View) -> list[str]:
    """Say how much of it can be done online; nothing where nothing is handed in."""
    level = view.procedure.online.level_for(view.case)
    return [LEVELS[level]] if level and level != NOTHING_TO_DO else []


def online(view: View) -> list[str]:
    """Say under which name and code it can be done online, and how."""
    service = view.procedure.online
    level = service.level_for(view.case)
    if level == NOTHING_TO_DO:
        return []
    lines = []
    if service.name and level != "khong":
        codes = f" (mã {', '.join(service.codes)})" if service.codes else ""
        lines.append(f"Tên dịch vụ: “{service.name}”{codes}.")
    if service.channels:
        lines.append(f"Làm trên: {' hoặc '.join(service.channels)}.")
    return lines + _numbered("Cách làm:", view.holding("steps"))


def conditions(view: View) -> list[str]:
    """List the conditions."""
    return [f"• {sentence(item.text)}" for item in view.holding("conditions")]


def penalties(view: View) -> list[str]:
    """List fines for acts of that day."""
    rows = [f"• {_penalty(view, item)}" for item in view.holding("penalties")]
    others = [item for item in view.aspect.penalties if not item.scope.on(view.on)]
    if not rows and others:
        view.unsure.append(f"Mức phạt cho việc xảy ra ngày {day(view.on)} theo quy định khác, chưa có ở đây.")
    return rows


def _penalty(view: View, item: Penalty) -> str:
    if item.confirm:
        view.unsure.append(sentence(item.confirm))
        return sentence(f"{item.act}: chưa xác nhận được mức phạt ({item.legal})")
    said = ["cảnh cáo"] if item.warning else []
    if item.minimum is not None and item.maximum is not None:
        said.append(f"phạt {money_range(item.minimum, item.maximum)}")
    text = " hoặc ".join(said)
    if item.organisation:
        text += f"; tổ chức {money_range(*item.organisation)}"
    if item.points:
        text += f"; trừ {item.points} điểm bằng lái"
    text = "; ".join(filter(None, (text, item.extra)))
    return sentence(f"{item.act}: {text} ({item.legal})")


def results(view: View) -> list[str]:
    """List what the citizen gets."""
    return [f"• {sentence(item.text)}" for item in view.holding("results")]


def _numbered(title: str, steps: Iterable[Line]) -> list[str]:
    lines = [f"{index}. {sentence(item.text)}" for index, item in enumerate(steps, 1)]
    return [title, *lines] if lines else []


SECTIONS: dict[str, Callable[[View], list[str]]] = {
    "giay_to": papers,
    "le_phi": fees,
    "thoi_han": times,
    "noi_nop": places,
    "truc_tuyen": online,
    "dieu_kien": conditions,
    "muc_phat": penalties,
    "ket_qua": results,
}
