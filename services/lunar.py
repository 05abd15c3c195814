"""The Vietnamese lunar calendar: which day of the common calendar a lunar day is.

New moons and solar terms are computed by the short astronomical series (Meeus), in the time of Ha Noi
(UTC+7), which the Vietnamese calendar is kept in. Good for the years 1900 to 2100.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache

_HANOI = 7.0 / 24.0
_EPOCH = date(2000, 1, 1).toordinal() - 2451545  # Julian day number to ordinal


@lru_cache(maxsize=512)
def lunar_to_solar(day: int, month: int, year: int, leap: bool = False) -> date:
    """Give the common date of a lunar day; `year` is the lunar year, `leap` the second of two months.

    Raises ValueError when there is no such day.
    """
    if not (1 <= day <= 30 and 1 <= month <= 12 and 1900 <= year <= 2100):
        raise ValueError("no such lunar day")
    if month < 11:
        first, second = _eleventh_month(year - 1), _eleventh_month(year)
    else:
        first, second = _eleventh_month(year), _eleventh_month(year + 1)
    index = int(0.5 + (first - 2415021.076998695) / 29.530588853)
    offset = (month - 11) % 12
    if second - first > 365:
        leap_offset = _leap_offset(first)
        leap_month = (leap_offset - 2) % 12 or 12
        if leap and month != leap_month:
            raise ValueError("no such lunar day")
        if leap or offset >= leap_offset:
            offset += 1
    elif leap:
        raise ValueError("no such lunar day")
    start, following = _new_moon(index + offset), _new_moon(index + offset + 1)
    if day > following - start:
        raise ValueError("no such lunar day")
    return date.fromordinal(start + day - 1 + _EPOCH)


def tet(year: int) -> date:
    """Give the first day of the lunar year that begins in a common year."""
    return lunar_to_solar(1, 1, year)


def last_day_of_lunar_year(year: int) -> date:
    """Give the day before Tết of a common year."""
    return tet(year) - timedelta(days=1)


def _new_moon(k: int) -> int:
    t = k / 1236.85
    t2, t3 = t * t, t * t * t
    rad = math.pi / 180
    jd = 2415020.75933 + 29.53058868 * k + 0.0001178 * t2 - 0.000000155 * t3
    jd += 0.00033 * math.sin((166.56 + 132.87 * t - 0.009173 * t2) * rad)
    sun = (359.2242 + 29.10535608 * k - 0.0000333 * t2 - 0.00000347 * t3) * rad
    moon = (306.0253 + 385.81691806 * k + 0.0107306 * t2 + 0.00001236 * t3) * rad
    node = (21.2964 + 390.67050646 * k - 0.0016528 * t2 - 0.00000239 * t3) * rad
    change = (0.1734 - 0.000393 * t) * math.sin(sun) + 0.0021 * math.sin(2 * sun)
    change += -0.4068 * math.sin(moon) + 0.0161 * math.sin(2 * moon) - 0.0004 * math.sin(3 * moon)
    change += 0.0104 * math.sin(2 * node) - 0.0051 * math.sin(sun + moon)
    change += -0.0074 * math.sin(sun - moon) + 0.0004 * math.sin(2 * node + sun)
    change += -0.0004 * math.sin(2 * node - sun) - 0.0006 * math.sin(2 * node + moon)
    change += 0.0010 * math.sin(2 * node - moon) + 0.0005 * math.sin(2 * moon + sun)
    if t < -11:
        delta = 0.001 + 0.000839 * t + 0.0002261 * t2 - 0.00000845 * t3 - 0.000000081 * t * t3
    else:
        delta = -0.000278 + 0.000265 * t + 0.000262 * t2
    return int(jd + change - delta + 0.5 + _HANOI)


def _sun_sector(day: int) -> int:
    """Give which twelfth of its circle the sun is in at the beginning of a day in Ha Noi."""
    t = (day - 0.5 - _HANOI - 2451545.0) / 36525
    t2, rad = t * t, math.pi / 180
    mean = 357.52910 + 35999.05030 * t - 0.0001559 * t2 - 0.00000048 * t * t2
    longitude = 280.46645 + 36000.76983 * t + 0.0003032 * t2
    longitude += (1.914600 - 0.004817 * t - 0.000014 * t2) * math.sin(mean * rad)
    longitude += (0.019993 - 0.000101 * t) * math.sin(2 * mean * rad) + 0.000290 * math.sin(3 * mean * rad)
    return int((longitude % 360) / 30)


def _eleventh_month(year: int) -> int:
    offset = date(year, 12, 31).toordinal() - _EPOCH - 2415021
    index = int(offset / 29.530588853)
    start = _new_moon(index)
    return _new_moon(index - 1) if _sun_sector(start) >= 9 else start


def _leap_offset(first: int) -> int:
    index = int((first - 2415021.076998695) / 29.530588853 + 0.5)
    place = 1
    sector = _sun_sector(_new_moon(index + place))
    while True:
        place += 1
        following = _sun_sector(_new_moon(index + place))
        if following == sector or place >= 14:
            return place - 1
        sector = following
