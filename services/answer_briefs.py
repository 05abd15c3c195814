"""The short lines of the overview that have to be computed: what it costs and how long it takes."""

from __future__ import annotations

from services.answer_parts import View, due
from services.facts import Document, Duration, Fee
from services.wording import day, money, money_range, number, percent, term

# Their short lines hold for every case unless they name one.
_FOR_ALL = ("giay_to", "noi_nop")
_LONGEST_PAPERS = 200


def own_brief(view: View) -> str:
    """Give the file's own short line for this case and day, or nothing.

    A line without cases was written for the common case; for others the facts speak.
    """
    lines = [
        item.text
        for item in view.holding("brief")
        if item.scope.cases or view.aspect.id in _FOR_ALL or view.case == view.procedure.common_case
    ]
    return lines[0] if lines else ""


def paper_brief(view: View) -> str:
    """Say the papers in one short line; for a case with papers of its own, those and the first of all."""
    papers: list[Document] = view.holding("documents")
    own = [item for item in papers if view.case in item.scope.cases]
    written = any(item.scope.cases for item in view.holding("brief"))
    if not own or written or view.case == view.procedure.common_case:
        return own_brief(view)
    names = list(dict.fromkeys(item.name for item in (papers[0], *own)))
    said = "; ".join([names[0], *(_lower(name) for name in names[1:])])
    return said if len(said) <= _LONGEST_PAPERS else "bấm Giấy tờ để xem danh sách cho trường hợp này"


def fee_brief(view: View) -> str:
    """Say the fees in one short line for the overview."""
    if own := own_brief(view):
        return own
    rows: list[Fee] = view.holding("fees")
    if len(rows) == 1 and rows[0].amount is not None:
        said = f"{_price(view, rows[0])} ({_lower(rows[0].label)})"
    else:
        said = "; ".join(f"{_lower(fee.label)} {_price(view, fee)}" for fee in rows)
    running = [item for item in view.holding("waivers") if any(fee.amount for fee in rows)]
    if running:
        end = max(item.scope.valid_to for item in running)
        said += f". Đến hết {day(end)} có đợt miễn, giảm, bấm Lệ phí để xem"
    return said


def _price(view: View, fee: Fee) -> str:
    if fee.confirm:
        about = f" (khoảng {number(fee.likely[0])}–{number(fee.likely[1])} đồng)" if fee.likely else ""
        return f"chưa rõ mức, nên hỏi trước{about}"
    if fee.bounds:
        return money_range(*fee.bounds)
    if fee.rate is not None:
        return percent(fee.rate)
    cut = fee.discount
    until = f" đến hết {day(cut.valid_to)}" if cut and cut.active(view.on) else ""
    return money(fee.amount_on(view.on) or 0) + until


def _lower(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def time_brief(view: View) -> str:
    """Say the main duration and its due date in one short line for the overview."""
    if own := own_brief(view):
        return own
    rows: list[Duration] = [item for item in view.holding("durations") if item.amount is not None]
    first = next((item for item in rows if item.due), rows[0] if rows else None)
    if first is None or first.amount is None:
        return "chưa xác nhận được"
    limit = "không quá " if first.at_most and first.amount else ""
    reply = due(view, first)[:1] if first.due else []
    return ". ".join([limit + term(first.amount, first.unit), *reply])
