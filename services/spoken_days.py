"""Days as they are spoken of: "hôm kia", "thứ hai tuần trước", "20/11", "mùng 2 Tết", "rằm tháng bảy"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from services.lunar import last_day_of_lunar_year, lunar_to_solar, tet
from services.text import fold
from services.time_words import FEASTS, WEEKDAYS, count, marked, month_number

_WEEKDAYS_TYPED = {**{fold(key): value for key, value in WEEKDAYS.items()}, **WEEKDAYS}


def spoken_days(values: dict[str, dict[str, str]], today: date, ahead: bool) -> list[date] | None:
    """Give the day, or first and last day, that parts of a time name; None if they name none.

    Raises ValueError for a day that does not exist.
    """
    for kind, fields in values.items():
        if kind in ("day", "part_day", "part_ago") and "day" in fields:
            return _spoken_day(fold(re.sub(r"\s+", " ", fields["day"])), fields["day"], today)
        if kind == "weekday":
            return [_weekday(fields, today, ahead)]
        if kind == "full_date" or kind == "date":
            year = fields.get("y") or _named_year(fields, today)
            return [_calendar(int(fields["d"]), int(fields["m"]), year, today, ahead)]
        if kind == "holiday":
            return [_feast(fields, today, ahead)]
        if kind == "day_of_month":
            return [_day_of_month(fields, today, ahead)]
        if kind == "tet":
            return [_tet(fields, today, ahead)]
        if kind == "lunar":
            return [_lunar(fields, today, ahead)]
    return None


def _spoken_day(said: str, written: str, today: date) -> list[date]:
    if said in ("hom kia", "bua kia", "kia") and written.strip().endswith("kìa"):
        return [today - timedelta(days=3)]
    back = {
        "hom nay": 0, "bua nay": 0, "ngay hom nay": 0, "nay": 0, "hnay": 0,
        "hom qua": 1, "ngay hom qua": 1, "bua qua": 1, "qua": 1, "wa": 1, "hum qua": 1, "hom wa": 1,
        "hqua": 1, "hom kia": 2, "bua kia": 2, "kia": 2, "mai": -1, "ngay mai": -1, "mot": -2, "ngay mot": -2,
        "ngay kia": -2,
    }.get(said)  # fmt: skip
    if back is not None:
        return [today - timedelta(days=back)]
    if said.endswith(("nay", "ray")):
        return [today - timedelta(days=4), today]
    # "bữa trước", "hôm bữa", "hôm nọ": some day of the last week, before yesterday's morning.
    return [today - timedelta(days=7), today - timedelta(days=1)]


def _weekday(fields: dict[str, str], today: date, ahead: bool) -> date:
    wanted = _WEEKDAYS_TYPED[re.sub(r"\s+", " ", fields["wd"])]
    monday = today - timedelta(days=today.weekday())
    which = fold(re.sub(r"\s+", " ", fields.get("which", "")))
    if which in ("tuan truoc", "tuan roi", "tuan vua roi", "tuan qua", "truoc"):
        return monday + timedelta(days=int(wanted) - 7)
    if which in ("tuan nay", "nay"):
        return monday + timedelta(days=int(wanted))
    if which in ("tuan sau", "tuan toi", "toi"):
        return monday + timedelta(days=int(wanted) + 7)
    if which in ("vua roi", "roi", "vua qua"):
        return today - timedelta(days=(today.weekday() - int(wanted) - 1) % 7 + 1)
    if ahead:
        return today + timedelta(days=(int(wanted) - today.weekday()) % 7)
    return today - timedelta(days=(today.weekday() - int(wanted)) % 7)


def _calendar(day: int, month: int, year: str | None, today: date, ahead: bool) -> date:
    if year is not None:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    for candidate in (today.year, today.year + 1) if ahead else (today.year, today.year - 1):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue  # 29/2
        if (found >= today) if ahead else (found <= today):
            return found
    return date(today.year, month, day)


def _named_year(fields: dict[str, str], today: date) -> str | None:
    """Give the year that "năm ngoái" and the like mean, in four digits."""
    back = years_back(fields)
    return None if back is None else str(today.year - back)


def years_back(fields: dict[str, str]) -> int | None:
    """Give how many years ago the named year is; None if none is named."""
    said = fold(re.sub(r"\s+", " ", fields.get("which_year", "")))
    return {"nam ngoai": 1, "nam truoc": 1, "nam roi": 1, "nam kia": 2, "nam nay": 0}.get(said)


def _feast(fields: dict[str, str], today: date, ahead: bool) -> date:
    day, month, lunar = FEASTS[marked(fields["feast"], FEASTS)]

    def in_year(year: int) -> date:
        return lunar_to_solar(day, month, year) if lunar else date(year, month, day)

    back = years_back(fields)
    return _nearest(in_year, today, ahead) if back is None else in_year(today.year - back)


def _day_of_month(fields: dict[str, str], today: date, ahead: bool) -> date:
    day, which = int(fields["d"]), fold(fields.get("which", ""))
    first = today.replace(day=1)
    if which.endswith("truoc") or (not which and not ahead and day > today.day):
        first = (first - timedelta(days=1)).replace(day=1)
    elif not which and ahead and day < today.day:
        first = (first + timedelta(days=32)).replace(day=1)
    return first.replace(day=day)


def _tet(fields: dict[str, str], today: date, ahead: bool) -> date:
    def in_year(year: int) -> date:
        if "eve" in fields:
            return last_day_of_lunar_year(year)
        if "md" in fields:
            return tet(year) + timedelta(days=count(fields["md"]) - 1)
        day = int(fields["d"])
        if day <= 10:
            return tet(year) + timedelta(days=day - 1)
        eve = last_day_of_lunar_year(year)
        return eve - timedelta(days=30 - day) if day <= 30 else eve

    return _nearest(in_year, today, ahead)


def _lunar(fields: dict[str, str], today: date, ahead: bool) -> date:
    day = 15 if "ram" in fields else count(fields["md"])
    if "m" in fields:
        month = month_number(fields["m"])
        return _nearest(lambda year: lunar_to_solar(day, month, year), today, ahead)
    dates = [
        lunar_to_solar(day, month, year) for year in (today.year - 1, today.year) for month in range(1, 13)
    ]
    if ahead:
        return min(item for item in dates if item >= today)
    return max(item for item in dates if item <= today)


def _nearest(in_year: Callable[[int], date], today: date, ahead: bool) -> date:
    dates = [in_year(year) for year in (today.year - 1, today.year, today.year + 1)]
    return min(d for d in dates if d >= today) if ahead else max(d for d in dates if d <= today)
