"""By when what has to be done about a report: the law's terms from content, as moments and in plain words.

Terms in days end with the last minute of their last day in Viet Nam, and the day on which they begin
does not count. Working days leave out weekends and public holidays; holidays that the government has
not announced yet count as days off and make a date unsure.
"""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from services.clock import VIETNAM
from services.content_reader import read_calendar
from services.content_schema import ContentError, read_file
from services.working_days import WorkingCalendar

FILE, HOLIDAYS = "report_clocks.yml", "holidays.yml"
CLOSED = frozenset({"da_giai_quyet", "khong_du_can_cu", "huong_dan_noi_khac", "da_rut"})
PASSED_ON = CLOSED | {"da_chuyen"}
DONE, GREEN, AMBER, RED, LATE = "done", "green", "amber", "red", "late"
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


@dataclass(frozen=True)
class Timed:
    """What of a report the clocks look at. Moments are aware."""

    clock_id: str | None
    state: str
    received_at: datetime
    taken_up_at: datetime | None = None
    closed_at: datetime | None = None
    occurred_from: datetime | None = None
    emergency: bool = False
    complex_case: bool = False
    # The newest news reached the citizen, or nobody may write to them.
    told: bool = False


@dataclass(frozen=True)
class Deadline:
    """One term: `due` is its last moment; `colour` is done, green, amber, red or late.

    `say` is what citizens are told of it, empty for the office's own; `unsure` when it leans on
    holidays that are not announced yet.
    """

    id: str
    label: str
    due: datetime
    colour: str
    basis: str
    say: str = ""
    unsure: bool = False

    @property
    def day(self) -> date:
        """The last day, in Viet Nam."""
        return self.due.astimezone(VIETNAM).date()


@dataclass(frozen=True)
class ReportClocks:
    """All clocks, and the working calendar they count with."""

    document: dict[str, Any]
    calendar: WorkingCalendar

    def deadlines(self, report: Timed, now: datetime) -> list[Deadline]:
        """Give the terms that run or ran for a report, in the order of the file, the office's own first."""
        found = [self._own_target(report, now)]
        for step in self.document["clocks"].get(report.clock_id, []):
            start = {
                "received": report.received_at,
                "taken_up": report.taken_up_at,
                "closed": report.closed_at,
                "occurred": report.occurred_from,
            }[step["starts"]]
            if start is None or (step.get("when") == "emergency" and not report.emergency):
                continue
            term = step["complex"] if report.complex_case and "complex" in step else step
            due, unsure = self.due(start, term["amount"], term["unit"])
            colour = _colour(due, now, step.get("warn", 0), step.get("alarm", 0))
            colour = DONE if _is_done(step["until"], report) else colour
            found.append(
                Deadline(step["id"], step["label"], due, colour, step["basis"], step.get("say", ""), unsure)
            )
        return found

    def next_due(self, report: Timed, now: datetime) -> Deadline | None:
        """Give the term of an open report that ends first, the office's own included."""
        waiting = [one for one in self.deadlines(report, now) if one.colour != DONE]
        return min(waiting, key=lambda one: one.due, default=None)

    def told_to_citizen(self, report: Timed, now: datetime) -> list[str]:
        """Say what comes next and by when, in plain words; a term that has passed is said as passed."""
        steps = self.document["clocks"].get(report.clock_id, [])
        if not any(step.get("say") for step in steps):
            return [] if report.state in CLOSED else [self.document["no_clock"]]
        lines = []
        for one in self.deadlines(report, now):
            if not one.say or one.colour == DONE:
                continue
            if one.colour == LATE:
                passed = f"Hạn {spoken_day(one.day)} đã qua mà cán bộ chưa làm xong bước này: {one.say}."
                lines.append(f"{passed} Anh/chị nhắn “gặp cán bộ” để hỏi giúp ạ.")
            else:
                unsure = " (có thể đổi theo lịch nghỉ lễ Nhà nước công bố)" if one.unsure else ""
                lines.append(f"Chậm nhất {spoken_day(one.day)}{unsure}, {one.say}.")
        if not lines and report.state not in CLOSED and report.taken_up_at is None:
            return [self.document["not_started"]]
        return lines

    def due(self, start: datetime, amount: int, unit: str) -> tuple[datetime, bool]:
        """Give the last moment of a term, and whether it leans on holidays that are not announced."""
        if unit in ("minute", "hour"):
            return start + timedelta(**{f"{unit}s": amount}), False
        first = start.astimezone(VIETNAM).date()
        if unit == "working_day":
            found = self.calendar.due(first, amount)
            return _end_of(found.day), bool(found.unsure) or not found.covered
        if unit == "day":
            return _end_of(first + timedelta(days=amount)), False
        return _end_of(_months_later(first, amount * (12 if unit == "year" else 1))), False

    def _own_target(self, report: Timed, now: datetime) -> Deadline:
        target = self.document["own_target"]
        local = report.received_at.astimezone(VIETNAM)
        by_day = self.calendar.is_working_day(local.date()) and (
            target["day_from"] <= local.hour < target["day_to"]
        )
        minutes = target["day_minutes" if by_day else "night_minutes"]
        due = report.received_at + timedelta(minutes=minutes)
        hours = minutes / 60
        colour = _colour(due, now, hours * (1 - target["warn_share"]), hours * (1 - target["alarm_share"]))
        colour = DONE if report.state != "moi" else colour
        return Deadline("nhan_tin", target["label"], due, colour, "")


@lru_cache(maxsize=4)
def load_clocks(folder: Path) -> ReportClocks:
    """Read the clocks and the holidays of a content folder. Raises ContentError with all problems."""
    document, problems = read_file(folder / FILE, FILE)
    holidays, more = read_file(folder / HOLIDAYS, HOLIDAYS)
    problems += more
    if document is None or holidays is None or problems:
        raise ContentError(tuple(sorted(set(problems))))
    return ReportClocks(document, read_calendar(holidays))


def spoken_day(value: date) -> str:
    """Give a day as people say it: "thứ Năm 03/12/2026"."""
    return f"{_WEEKDAYS[value.weekday()]} {value:%d/%m/%Y}"


def _is_done(until: str, report: Timed) -> bool:
    if until == "seen":
        return report.state != "moi"
    if until == "told":
        return report.told
    return report.state in (CLOSED if until == "closed" else PASSED_ON)


def _colour(due: datetime, now: datetime, warn_hours: float, alarm_hours: float) -> str:
    if now > due:
        return LATE
    left = due - now
    if left <= timedelta(hours=alarm_hours):
        return RED
    return AMBER if left <= timedelta(hours=warn_hours) else GREEN


def _end_of(day: date) -> datetime:
    last = datetime.combine(day, time(23, 59, 59), VIETNAM)
    return last.astimezone(timezone.utc)


def _months_later(day: date, number: int) -> date:
    """The same day that many months later, or the last day of a shorter month."""
    year, month = divmod(day.month - 1 + number, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))
