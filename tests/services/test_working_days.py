"""Working days over the real holiday file, and the lunar dates in it checked by the moon itself."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from services.content_reader import read_calendar
from services.content_schema import check_folder
from services.working_days import DueDate, Holiday, WorkingCalendar

CONTENT = Path(__file__).parents[2] / "content"


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return read_calendar(check_folder(CONTENT)["holidays.yml"])


def small(*holidays: Holiday) -> WorkingCalendar:
    return WorkingCalendar(holidays, date(2026, 1, 1), date(2027, 12, 31), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("handed_in", "days", "due"),
    [
        pytest.param(date(2026, 12, 7), 3, date(2026, 12, 10), id="within-a-week"),
        pytest.param(date(2026, 12, 10), 3, date(2026, 12, 15), id="over-a-weekend"),
        pytest.param(date(2026, 12, 12), 1, date(2026, 12, 14), id="handed-in-on-saturday"),
        pytest.param(date(2026, 12, 7), 0, date(2026, 12, 7), id="at-once-on-a-working-day"),
        pytest.param(date(2026, 12, 12), 0, date(2026, 12, 14), id="at-once-on-a-saturday"),
        pytest.param(date(2026, 12, 31), 1, date(2027, 1, 4), id="new-year-on-friday"),
        pytest.param(date(2027, 4, 15), 1, date(2027, 4, 19), id="hung-kings-on-friday"),
        pytest.param(date(2027, 4, 29), 1, date(2027, 5, 4), id="1-May-on-saturday-made-up-on-monday"),
        pytest.param(date(2026, 4, 24), 1, date(2026, 4, 28), id="hung-kings-on-sunday-made-up-on-monday"),
    ],
)
def test_a_term_ends_on_the_working_day_people_expect(
    calendar: WorkingCalendar, handed_in: date, days: int, due: date
) -> None:
    assert calendar.due(handed_in, days) == DueDate(due)


def test_over_tet_the_latest_possible_day_is_given_and_said_to_be_unsure(calendar: WorkingCalendar) -> None:
    due = calendar.due(date(2027, 2, 3), 3)

    assert due.day == date(2027, 2, 16)
    assert {holiday.name for holiday in due.unsure} == {"Tết Nguyên đán"}
    assert [holiday.day.day for holiday in due.unsure] == [4, 5, 8, 9, 10, 11]
    assert due.covered


def test_a_term_that_leaves_the_known_years_says_so(calendar: WorkingCalendar) -> None:
    assert calendar.due(date(2027, 12, 30), 3).covered is False


def test_a_certain_holiday_is_skipped_without_doubt() -> None:
    holiday = Holiday(date(2026, 9, 2), "Quốc khánh", True, "Điều 112")
    assert small(holiday).due(date(2026, 9, 1), 1) == DueDate(date(2026, 9, 3))


def test_an_unsure_holiday_on_a_weekend_raises_no_doubt() -> None:
    holiday = Holiday(date(2026, 12, 12), "ngày thử", False, "chưa rõ")
    assert small(holiday).due(date(2026, 12, 11), 1) == DueDate(date(2026, 12, 14))


def test_a_negative_term_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        small().due(date(2026, 12, 7), -1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Tết Nguyên đán (mùng 1)", [date(2026, 2, 17), date(2027, 2, 6)]),
        ("Giỗ Tổ Hùng Vương", [date(2026, 4, 26), date(2027, 4, 16)]),
    ],
)
def test_lunar_holidays_fall_where_the_new_moon_puts_them(
    calendar: WorkingCalendar, name: str, expected: list[date]
) -> None:
    after = 0 if "Tết" in name else 9  # the first and the tenth day of a lunar month
    found = [holiday.day for holiday in calendar.holidays if holiday.name == name]

    assert found == expected
    for day in found:
        assert day - timedelta(days=after) in new_moon_days(day.year)


def new_moon_days(year: int) -> set[date]:
    """Give the local days of new moons of a year; main terms of Meeus, right to some minutes."""
    days = set()
    for k in range(int((year - 1900) * 12.3685), int((year - 1900) * 12.3685) + 14):
        t = k / 1236.85
        sun = math.radians(359.2242 + 29.10535608 * k)
        moon = math.radians(306.0253 + 385.81691806 * k + 0.0107306 * t * t)
        node = math.radians(21.2964 + 390.67050646 * k)
        julian = 2415020.75933 + 29.53058868 * k + 0.0001178 * t * t
        julian += 0.1734 * math.sin(sun) - 0.4068 * math.sin(moon) + 0.0161 * math.sin(2 * moon)
        julian += 0.0104 * math.sin(2 * node) - 0.0051 * math.sin(sun + moon) - 0.0074 * math.sin(sun - moon)
        utc = datetime(2000, 1, 1, 12) + timedelta(days=julian - 2451545 - 0.0008)
        days.add((utc + timedelta(hours=7)).date())
    return days
