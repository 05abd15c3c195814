"""Times from … to …: what one end leaves out, the other says ("từ 8h đến 10h tối qua")."""

from __future__ import annotations

import re
from collections.abc import Mapping

Values = Mapping[str, dict[str, str]]

# What stands between the two ends. "toi" without marks joins two times, as nobody says "tôi" or "tối" there.
_JOINT = re.compile(
    r"^\s*(?:[,]?\s*(?:cho\s+)?(?:đến|tới|den|toi|qua|sang|tận|tan)(?:\s+(?:tận|tan))?|->|→|[-–—~])"
    r"\s*(?:(?:khoảng|khoang|tầm|tam|lúc|luc|chừng|chung|ngày|hôm)\s+)?$"
)
# Up to the present.
_TILL_NOW = re.compile(
    r"^\s*(?:cho\s+)?(?:đến|tới|den|toi)\s+(?:tận\s+|tan\s+)?"
    r"(?:bây giờ|bay gio|giờ này|gio nay|giờ|gio|nay)(?!\s*\d)(?!\w)"
)
_PARTS = ("part", "part_day", "part_ago")
_DAYS = ("day", "weekday", "date", "full_date", "day_of_month", "tet", "lunar", "holiday")


def is_joint(between: str) -> bool:
    """Tell whether these words join the two ends of a span."""
    return bool(_JOINT.match(between))


def till_now(after: str) -> int:
    """Give how many letters after a time say that it goes on until now; 0 if none do."""
    match = _TILL_NOW.match(after)
    return match.end() if match else 0


def part_of(values: Values) -> str | None:
    """Give the part of the day that is said."""
    if "part" in values:
        return values["part"]["text"]
    return next((values[kind]["part"] for kind in ("part_day", "part_ago") if kind in values), None)


def has_day(values: Values) -> bool:
    """Tell whether a day is said."""
    return any(kind in values for kind in _DAYS) or any("day" in values.get(kind, {}) for kind in _PARTS)


def with_day_of(values: Values, other: Values) -> dict[str, dict[str, str]]:
    """Give a time with the day of the other end, if it names none itself."""
    found = dict(values)
    if "weekday" in found and "which" in other.get("weekday", {}) and "which" not in found["weekday"]:
        found["weekday"] = {**found["weekday"], "which": other["weekday"]["which"]}
    if has_day(values):
        return found
    for kind in _DAYS:
        if kind in other:
            found[kind] = other[kind]
    for kind in _PARTS:
        if "day" in other.get(kind, {}):
            found["day"] = {"day": other[kind]["day"]}
    return found
