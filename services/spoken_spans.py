"""Spans as they are spoken of: "30 phút trước", "hai ngày nay", "đầu tháng", "tuần trước", "nãy giờ"."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from services.clock import VIETNAM
from services.spoken_days import years_back
from services.text import fold
from services.time_words import count, month_number


def spoken_span(
    kind: str, fields: dict[str, str], here: datetime, ahead: bool
) -> tuple[datetime, datetime, str]:
    """Give start, end and precision of a span that stands alone; `kind` is one of `SPANS`.

    Raises ValueError for a span that does not exist (a 13th month).
    """
    return SPANS[kind](fields, here, ahead)


def _ago(fields: dict[str, str], here: datetime, ahead: bool) -> tuple[datetime, datetime, str]:
    unit = _unit(fields["unit"])
    if fold(fields["n"]) in ("vai", "may"):
        return here - 5 * _STEP[unit], here - 2 * _STEP[unit], unit
    amount = 0.5 if fold(fields["n"]) == "nua" else float(count(fields["n"]))
    if "half" in fields:
        amount += 0.5
    if unit == "day":
        start, end = whole_day((here - timedelta(days=amount)).date())
        return start, end, "day"
    moment = here - amount * _STEP[unit]
    if unit in ("minute", "hour"):
        return moment, moment, "minute" if unit == "minute" else "hour"
    slack = _STEP[unit] / 4
    return moment - slack, moment + slack, unit


def _since(fields: dict[str, str], here: datetime, ahead: bool) -> tuple[datetime, datetime, str]:
    unit = _unit(fields["unit"])
    amount = {"vai": 5.0, "may": 5.0, "nua": 0.5}.get(fold(fields["n"])) or float(count(fields["n"]))
    return here - amount * _STEP[unit], here, unit


def _edge(fields: dict[str, str], here: datetime, ahead: bool) -> tuple[datetime, datetime, str]:
    first, following = _span(fold(fields["of"]), fold(fields.get("which", "nay")), here.date(), ahead)
    length = (following - first).days
    third = max(1, length // 3)
    if fold(fields["of"]) == "tuan":
        third = 2
    edge = fold(fields["edge"])
    if edge == "dau":
        following = first + timedelta(days=third)
    elif edge == "cuoi":
        first = following - timedelta(days=third)
    else:
        first, following = first + timedelta(days=third), following - timedelta(days=third)
    return whole_day(first)[0], whole_day(following)[0], "week" if length > 7 else "day"


def _period(fields: dict[str, str], here: datetime, ahead: bool) -> tuple[datetime, datetime, str]:
    which = fold(re.sub(r"\s+", " ", fields["which"]))
    if which in ("vua roi", "vua qua", "qua"):
        which = "truoc"
    first, following = _span(fold(fields["of"]), which, here.date(), ahead)
    return (
        whole_day(first)[0],
        whole_day(following)[0],
        {"tuan": "week", "thang": "month", "nam": "year"}[fold(fields["of"])],
    )


def _month(fields: dict[str, str], here: datetime, ahead: bool) -> tuple[datetime, datetime, str]:
    month, today = month_number(fields["m"]), here.date()
    back = years_back(fields)
    year = int(fields["y"]) if "y" in fields else today.year - (back or 0)
    first = date(year, month, 1)
    if back is not None:
        return whole_day(first)[0], whole_day(_next_month(first))[0], "month"
    if "y" not in fields and not ahead and first > today:
        first = date(year - 1, month, 1)
    elif "y" not in fields and ahead and month < today.month:
        first = date(year + 1, month, 1)
    return whole_day(first)[0], whole_day(_next_month(first))[0], "month"


def _just(fields: dict[str, str], here: datetime, ahead: bool) -> tuple[datetime, datetime, str]:
    fresh = fold(re.sub(r"\s+", " ", fields["just"])) in (
        "vua xong",
        "vua moi",
        "moi day",
        "moi nay",
        "vua nay",
    )
    return here - (timedelta(hours=1) if fresh else timedelta(hours=4)), here, "hour"


def _now(fields: dict[str, str], here: datetime, ahead: bool) -> tuple[datetime, datetime, str]:
    return here, here, "minute"


def _span(of: str, which: str, today: date, ahead: bool) -> tuple[date, date]:
    step = {"truoc": -1, "roi": -1, "ngoai": -1, "kia": -2, "sau": 1, "toi": 1}.get(which, 0)
    if of == "tuan":
        first = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        return first, first + timedelta(weeks=1)
    if of == "nam":
        return date(today.year + step, 1, 1), date(today.year + step + 1, 1, 1)
    if step == 0 and which not in ("nay", "truoc"):
        first = date(today.year, month_number(which), 1)
        if not ahead and first > today:
            first = first.replace(year=today.year - 1)
        return first, _next_month(first)
    month = today.month - 1 + step
    first = date(today.year + month // 12, month % 12 + 1, 1)
    return first, _next_month(first)


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def whole_day(day: date) -> tuple[datetime, datetime]:
    """Give the first moment of a day and of the next."""
    start = datetime.combine(day, time(0), VIETNAM)
    return start, start + timedelta(days=1)


def _unit(said: str) -> str:
    return {
        "phut": "minute", "p": "minute", "tieng": "hour", "tieng dong ho": "hour", "gio": "hour", "h": "hour",
        "ngay": "day", "hom": "day", "bua": "day", "tuan": "week", "thang": "month", "nam": "year",
    }[fold(said)]  # fmt: skip


_STEP = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}

SPANS = {
    "ago": _ago,
    "since": _since,
    "edge": _edge,
    "period": _period,
    "month": _month,
    "just": _just,
    "now": _now,
}
