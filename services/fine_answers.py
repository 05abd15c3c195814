"""Putting a traffic fine into words: per vehicle what it costs, how many points, under which article."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from services.answers import MAX_BUTTONS, Answer, Choice
from services.fines import Fine, FineBook, Vehicle, Violation
from services.text import nfc
from services.wording import day, money, money_range, sentence

PREFIX = "phat:"
"""Choices about fines carry the act's id after this, where others carry a procedure's id."""

PAY = ("Nộp phạt thế nào", "Nộp phạt giao thông thế nào", "nop_phat_giao_thong")
LOOK_UP = ("Tra phạt nguội", "Tra phạt nguội ở đâu", "phat_nguoi_tra_cuu")
# Told together when no vehicle was named: what nearly everybody drives.
_USUAL = ("xe_may", "o_to")


def answer_fine(
    book: FineBook, violation: Violation, vehicle: str | None, on: date, text: str = "", dated: bool = False
) -> Answer:
    """Say what an act of that day costs, for one vehicle or for motorbike and car.

    `text` may hold a figure (0,35 mg/l; 15 km/h) that picks the degree. `dated`: the citizen named
    the day, so it is said that the law of that day decides. Raises KeyError for an unknown vehicle.
    """
    kind = book.vehicle(vehicle) if vehicle else None
    title = f"{violation.name}, {kind.name}" if kind else violation.name
    basis = book.basis(on)
    lines = [f"{title}: mức phạt" + (f" cho lỗi ngày {day(on)}" if dated else "")]
    unsure: list[str] = []
    if not violation.fines:
        lines.append(f"Trợ lý chưa có mức phạt chắc chắn cho lỗi này nên không dám nói. Xin hỏi {book.ask}.")
    elif basis is None:
        lines.append(f"Lỗi ngày {day(on)} phạt theo quy định khác, chưa có ở đây. Xin hỏi {book.ask}.")
    else:
        lines += _rows(book, violation, kind, on, text, unsure)
    if basis and violation.note:
        lines.append(sentence(violation.note))
    if violation.confirm:
        unsure.append(violation.confirm)
    if kind and kind.confirm:
        unsure.append(kind.confirm)
    if dated and basis:
        lines.append(book.rules["ngay_vi_pham"])
    if unsure:
        lines += [f"Cần hỏi lại {book.ask}:", *(f"• {sentence(item)}" for item in unsure)]
    if basis and violation.fines:
        lines.append(book.closing)
    if on > book.review_by:
        lines.append(f"Lưu ý: thông tin này chỉ chắc đến ngày {day(book.review_by)}. Xin hỏi {book.ask}.")
    lines.append(f"Căn cứ: {basis or 'chưa có'} · Kiểm tra ngày {day(book.verified_on)}")
    return Answer(nfc("\n".join(lines)), _choices(book, violation, kind), ())


def _rows(
    book: FineBook, violation: Violation, kind: Vehicle | None, on: date, text: str, unsure: list[str]
) -> list[str]:
    valid = [row for row in violation.fines if row.scope.on(on)]
    kinds = list(dict.fromkeys(row.vehicle for row in valid))
    if kind:
        wanted = {kind.id, kind.also} & set(kinds) or ({"nguoi"} & set(kinds))
    else:
        wanted = set(_USUAL) & set(kinds) or set(kinds)
    rows = [row for row in valid if row.vehicle in wanted]
    if not rows:
        known = ", ".join(book.vehicle(name).name for name in kinds)
        unsure.append(f"Trợ lý chỉ có mức của lỗi này với {known}" if known else "Chưa có mức của ngày đó")
        return []
    exact = [row for row in rows if row.fits(text)]
    rows = exact or rows
    lines = []
    for name in kinds:
        own = [row for row in rows if row.vehicle == name]
        if not own:
            continue
        if kind is None and name != "nguoi":
            lines.append(f"{sentence(book.vehicle(name).name)[:-1]}:")
        lines += [f"• {_row(book, row, unsure)}" for row in own]
    if any(row.points for row in rows):
        lines.append(f"Điểm trừ vào {book.points_total} điểm của bằng lái.")
    return lines


def _row(book: FineBook, row: Fine, unsure: list[str]) -> str:
    who = ", ".join(filter(None, (row.who, row.when)))
    said = ["cảnh cáo"] if row.warning else []
    if row.confirm:
        unsure.append(row.confirm)
        said.append("chưa xác nhận được mức phạt")
    if row.amount:
        said.append(f"phạt {money_range(*row.amount)}" + (f" {row.unit}" if row.unit else ""))
    if row.cap:
        said.append(f"tối đa {money(row.cap)}")
    if row.points:
        said.append(f"trừ {row.points} điểm")
    if row.suspend_months:
        said.append(f"tước bằng lái {row.suspend_months[0]} đến {row.suspend_months[1]} tháng")
    if row.extra:
        said.append(row.extra)
    if row.organisation:
        said.append(f"tổ chức {money_range(*row.organisation)}")
    text = "; ".join(said)
    return sentence(f"{who}: {text} ({row.legal})" if who else f"{text} ({row.legal})")


def _choices(book: FineBook, violation: Violation, kind: Vehicle | None) -> tuple[Choice, ...]:
    kinds: Iterable[str] = dict.fromkeys(row.vehicle for row in violation.fines)
    others = [book.vehicle(name) for name in kinds if name != "nguoi" and (kind is None or name != kind.id)]
    choices = [
        Choice(
            sentence(item.name)[:-1],
            f"{sentence(violation.say)[:-1]} bằng {item.name} thì phạt bao nhiêu",
            PREFIX + violation.id,
            "muc_phat",
            item.id,
        )
        for item in others
        if kind is not None or item.id not in _USUAL
    ]
    choices = choices[: MAX_BUTTONS - 2]
    choices += [Choice(title, say, procedure_id) for title, say, procedure_id in (PAY, LOOK_UP)]
    return tuple(choices)
