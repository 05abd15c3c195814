"""Figures in Vietnamese as people read them: money, dates, terms. No facts, no layout."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

_UNITS = {
    "working_day": "ngày làm việc",
    "day": "ngày",
    "working_hour": "giờ làm việc",
    "hour": "giờ",
    "month": "tháng",
    "year": "năm",
}


def number(value: int) -> str:
    """Give a whole number with a dot every three digits: 15000 as "15.000"."""
    return f"{value:,}".replace(",", ".")


def money(amount: int) -> str:
    """Give đồng as "15.000 đồng", and 0 as words that say nothing is charged."""
    return "không mất tiền" if amount == 0 else f"{number(amount)} đồng"


def money_range(lowest: int, highest: int) -> str:
    """Give "từ 500.000 đến 1.000.000 đồng"; a single figure when both are equal."""
    if lowest == highest:
        return money(lowest)
    return f"từ {number(lowest)} đến {number(highest)} đồng"


def percent(rate: Decimal) -> str:
    """Give a rate with a decimal comma: "1,5%"."""
    return f"{rate.normalize():f}%".replace(".", ",")


def day(value: date) -> str:
    """Give a date as dd/mm/yyyy."""
    return value.strftime("%d/%m/%Y")


def day_off(value: date) -> str:
    """Say why nobody works on a day off: "thứ Bảy", "Chủ nhật", else "ngày nghỉ"."""
    return {5: "thứ Bảy", 6: "Chủ nhật"}.get(value.weekday(), "ngày nghỉ")


def term(amount: Decimal, unit: str) -> str:
    """Give a length of time: "3 ngày làm việc", "nửa ngày làm việc", "ngay khi nộp" for 0."""
    if amount == 0:
        return "ngay khi nộp"
    if amount == Decimal("0.5"):
        return f"nửa {_UNITS[unit]}"
    return f"{amount.normalize():f}".replace(".", ",") + f" {_UNITS[unit]}"


def sentence(text: str) -> str:
    """Give the text with a capital first letter and a full stop, unless it ends a sentence already."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":", "…")) else text + "."
