"""When dossiers are taken: which day a citizen asks about, and what is known of that day.

Known are the days of the week by published procedure and the public holidays. Opening times by the
clock have no source, so none is ever said. Moments are aware and in Viet Nam's time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.text import fold, nfc, squeeze
from services.units import ServiceHours
from services.wording import day as written
from services.working_days import WorkingCalendar

WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_SATURDAY, _SUNDAY = 5, 6

_HOURS_SAID = re.compile(
    r"\b(?:may (?:gio|h)|gio (?:lam|mo|dong|nghi|tiep|to)|lam viec|(?:mo|dong) cua|co (?:lam|mo|truc|tiep)"
    r"|co nhan|lam toi|nghi (?:trua|khong|k|ha|le)|con (?:lam|mo|ai|nhan)|mo lai|lich (?:lam|truc|nghi)"
    r"|ngoai gio|cuoi tuan|chu nhat|cn|thu (?:hai|ba|tu|nam|sau|bay|[2-7])|t[2-7]|ban dem|buoi toi|khuya"
    r"|tet|quoc khanh|ngay le|le \d|hom nay|bua nay|ngay mai|(?:sang|chieu) mai)\b"
)
_WEEKDAY = {
    "hai": 0, "2": 0, "ba": 1, "3": 1, "tu": 2, "4": 2, "nam": 3, "5": 3, "sau": 4, "6": 4, "bay": 5, "7": 5,
}  # fmt: skip
_WEEKDAY_SAID = re.compile(r"\b(?:thu ?(hai|ba|tu|nam|sau|bay|[2-7])|t([2-7]))\b")
_SUNDAY_SAID = re.compile(r"\b(?:chu nhat|cn)\b")
_DATE_SAID = re.compile(r"\b(\d{1,2})(?:[/.-]| thang )(\d{1,2})(?:(?:[/.-]| nam )(\d{4}))?\b")
_TET_DAY = re.compile(r"\b(?:mung|mong) ?(\d{1,2}|mot|hai|ba|bon|tu|nam)\b")
_TET_NUMBER = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5}
_NEW_YEAR_MORNING = "Tết Nguyên đán (mùng 1)"
_FEASTS = (
    ("tet duong lich", "Tết Dương lịch"), ("tet tay", "Tết Dương lịch"), ("quoc khanh", "Quốc khánh"),
    ("gio to", "Giỗ Tổ Hùng Vương"), ("tet", _NEW_YEAR_MORNING),
)  # fmt: skip
_NEAR = (("hom nay", 0), ("bua nay", 0), ("ngay mai", 1), ("sang mai", 1), ("chieu mai", 1), ("ngay kia", 2))
_NOW = re.compile(r"\b(?:bay gio|bi gio|gio nay|luc nay|hien gio)\b")
_NIGHT = re.compile(
    r"\b(?:ban dem|buoi toi|toi nay|dem nay|toi mai|khuya|nua dem|gio toi)\b"
    r"|\b\d{1,2} ?(?:h|gio) ?(?:toi|dem)\b|\b(?:19|2[0-3]) ?(?:h|gio)\b"
)
# With its marks the word is the evening; without them it is "I" far more often.
_EVENING = re.compile(r"\btối\b", re.IGNORECASE)
# No office takes dossiers then; between these hours only the office's own, unconfirmed times decide.
_NIGHT_FROM, _NIGHT_TO = 20, 6


@dataclass(frozen=True)
class When:
    """What was asked: a day, or None for in general, and whether it is about the night."""

    day: date | None = None
    night: bool = False


def asks_hours(text: str) -> bool:
    """Tell whether a text asks when somebody is there."""
    folded = squeeze(fold(text))
    return any(pattern.search(folded) for pattern in (_HOURS_SAID, _NOW)) or _at_night(text, folded)


def when_asked(text: str, now: datetime, calendar: WorkingCalendar) -> When:
    """Read the day and time of day from a text; a day without a year is the next one."""
    folded = squeeze(fold(text))
    at_present = _NOW.search(folded) is not None
    asked = now.date() if at_present else _day(folded, now.date(), calendar)
    dark = now.hour >= _NIGHT_FROM or now.hour < _NIGHT_TO
    night = _at_night(text, folded) or (at_present and dark)
    return When(asked, night)


def hours_lines(services: Iterable[ServiceHours], when: When, calendar: WorkingCalendar) -> list[str]:
    """Say when dossiers are taken, on the day asked about or in general."""
    if when.night:
        return [
            "Ban đêm là ngoài giờ hành chính nên không nhận hồ sơ thủ tục. "
            "Việc khẩn cấp, đang nguy hiểm thì gọi 113."
        ]
    if when.day is None:
        return [f"{item.title}: {_week(item)}." for item in services]
    holiday, weekday = calendar.holiday(when.day), when.day.weekday()
    head = f"{WEEKDAYS[weekday]}, {written(when.day)}:"
    if holiday is not None and holiday.certain:
        return [f"{head} ngày nghỉ ({holiday.name}), không nhận hồ sơ."]
    if weekday == _SUNDAY:
        return [f"{head} giờ nhận hồ sơ đã công bố không có Chủ nhật."]
    if holiday is not None:
        return [f"{head} có thể nghỉ ({holiday.name}), lịch nghỉ chưa chắc chắn. Anh/chị nên đi ngày khác."]
    lines = [head, *(f"• {item.title}: {_on(item, weekday)}." for item in services)]
    if not calendar.covers(when.day):
        lines.append(f"Lịch nghỉ lễ năm {when.day.year} chưa có, nên chưa chắc hôm đó có nghỉ lễ không.")
    return lines


def _at_night(text: str, folded: str) -> bool:
    return bool(_NIGHT.search(folded) or _EVENING.search(nfc(text)))


def _week(item: ServiceHours) -> str:
    saturday = f", và {item.saturday} thứ Bảy" if item.saturday else ""
    unsaid = "" if item.saturday else "; thứ Bảy thì nơi nào làm thêm mới tự báo"
    return f"thứ Hai đến thứ Sáu {item.weekdays}{saturday}, trừ ngày lễ, Tết{unsaid}"


def _on(item: ServiceHours, weekday: int) -> str:
    if weekday < _SATURDAY:
        return f"có nhận, {item.weekdays}"
    if item.saturday:
        return f"có nhận, {item.saturday}"
    return "giờ công bố không ghi thứ Bảy, nơi nào làm thêm thì tự báo"


def _day(folded: str, today: date, calendar: WorkingCalendar) -> date | None:
    for words, ahead in _NEAR:
        if re.search(rf"\b{words}\b", folded):
            return today + timedelta(days=ahead)
    if found := _DATE_SAID.search(folded):
        return _next_date(int(found[1]), int(found[2]), found[3], today)
    if found := _TET_DAY.search(folded):
        first = _feast(_NEW_YEAR_MORNING, today - timedelta(days=30), calendar)
        number = _TET_NUMBER.get(found[1]) or int(found[1])
        return first + timedelta(days=number - 1) if first else None
    for words, name in _FEASTS:
        if re.search(rf"\b{words}\b", folded):
            return _feast(name, today, calendar)
    if _SUNDAY_SAID.search(folded):
        return _next_weekday(_SUNDAY, today)
    if found := _WEEKDAY_SAID.search(folded):
        return _next_weekday(_WEEKDAY[found[1] or found[2]], today)
    return _next_weekday(_SATURDAY, today) if "cuoi tuan" in folded else None


def _next_weekday(weekday: int, today: date) -> date:
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _next_date(day: int, month: int, year: str | None, today: date) -> date | None:
    try:
        if year is not None:
            return date(int(year), month, day)
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else this_year.replace(year=today.year + 1)
    except ValueError:
        return None


def _feast(name: str, since: date, calendar: WorkingCalendar) -> date | None:
    return next((item.day for item in calendar.holidays if item.name == name and item.day >= since), None)
