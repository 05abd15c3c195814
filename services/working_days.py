"""Counting Vietnamese working days over the public holidays in `content/holidays.yml`.

Monday to Friday are working days unless a holiday says otherwise. A holiday is either certain
(the date follows from the Labour Code) or tentative (the government decides it each year and had
not published it when the file was checked). Tentative days count as days off, so that a promised
date is rather too late than too early, and the result says that it leans on one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

_SATURDAY = 5


@dataclass(frozen=True)
class Holiday:
    """One day off; `basis` names the rule or news it rests on."""

    day: date
    name: str
    certain: bool
    basis: str


@dataclass(frozen=True)
class DueDate:
    """The last day of a term counted in working days.

    `unsure` holds the tentative holidays passed on the way; `covered` is false when the term
    leaves the years the calendar knows, so that unknown holidays may push it back.
    """

    day: date
    unsure: tuple[Holiday, ...] = ()
    covered: bool = True


@dataclass(frozen=True)
class WorkingCalendar:
    """Public holidays from `first_day` to `last_day`, both included; to be checked by `review_by`."""

    holidays: tuple[Holiday, ...]
    first_day: date
    last_day: date
    review_by: date

    def holiday(self, day: date) -> Holiday | None:
        """Give the holiday on that day, or None."""
        return next((item for item in self.holidays if item.day == day), None)

    def is_working_day(self, day: date) -> bool:
        """Say whether offices that follow the general calendar work on that day."""
        return day.weekday() < _SATURDAY and self.holiday(day) is None

    def next_working_day(self, day: date) -> date:
        """Give the day itself if it is a working day, otherwise the first one after it."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def covers(self, day: date) -> bool:
        """Say whether the holidays of that day's year are in the calendar."""
        return self.first_day <= day <= self.last_day

    def due(self, handed_in: date, working_days: int) -> DueDate:
        """Give the day on which a term of whole working days ends.

        The day of handing in does not count (Civil Code 2015, art. 147). A term of 0 days ends on
        the day itself if it is a working day, otherwise on the next one.
        """
        if working_days < 0:
            raise ValueError("a term cannot be negative")
        day, left, unsure, covered = handed_in, working_days, [], self.covers(handed_in)
        if working_days == 0 and self.is_working_day(day):
            return DueDate(day, (), covered)
        left = max(left, 1)
        while left:
            day += timedelta(days=1)
            covered = covered and self.covers(day)
            found = self.holiday(day)
            if found and not found.certain and day.weekday() < _SATURDAY:
                unsure.append(found)
            left -= self.is_working_day(day)
        return DueDate(day, tuple(unsure), covered)
