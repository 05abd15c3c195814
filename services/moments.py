"""Times as Vietnamese say them, as moments or spans in Asia/Ho_Chi_Minh.

"tối qua khoảng 9h", "hôm qua lúc 5 giờ chiều", "sáng thứ hai tuần trước", "nãy", "17h30 ngày 20/11",
"mùng 2 Tết", "30 phút trước", "đầu tháng". Words may be typed with or without marks. People who report
something speak of the past: a day without a year and an hour without a day are the last such before now,
unless `ahead` is set. A part of the day is the span that people mean by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from services.clock import VIETNAM
from services.spoken_days import spoken_days
from services.spoken_ranges import has_day, is_joint, part_of, till_now, with_day_of
from services.spoken_spans import SPANS, spoken_span, whole_day
from services.text import nfc
from services.time_words import PARTS, count, has_marks, marked, time_patterns

# More text than this holds no time that anybody would read.
LONGEST_TEXT = 2_000

# "thứ hai" is Monday where a time may stand; after a noun it is "the second".
_TIME_BEFORE = re.compile(
    r"(?:^|[,.;:!?(]|\b(?:ngày|ngay|hôm|hom|bữa|bua|vào|vao|từ|tu|tới|toi|đến|den|trước|truoc|sau|mỗi|"
    r"moi|cứ|cu|"
    r"sáng|sang|trưa|trua|chiều|chieu|tối|đêm|dem|khuya|lúc|luc|nào|là|hẹn|hen|tầm|khoảng|và|hoặc|hay))\s*$"
)
_COUNTED = re.compile(r"(?:cả|ca|mấy|may|nửa|nua|nhiều|nhieu|vài|vai|\d|mươi|chục|trăm)\s*$")
_ADDRESS = re.compile(r"(?:số|so|hẻm|hem|ngõ|ngo|kiệt|nhà|nha|đường|duong|phòng|tổ|quận|lô|khu)\s*$")
# Streets, markets and schools that are called by a day or an hour.
_IN_NAMES = ("date", "full_date", "month", "clock")
_NAMED_SO = re.compile(
    r"(?:đường|duong|phố|pho|ngã ba|nga ba|ngã tư|nga tu|vòng xoay|trường|truong|mầm non|mam non|tiểu học|"
    r"cầu|công viên|cong vien|chợ|cách mạng|cach mang|bệnh viện|quảng trường|rạp|khu phố|sân vận động|"
    r"thpt|thcs)\s*$"
)
# Shares, and round the clock.
_NO_DATES = {(1, 2), (2, 3), (1, 3), (1, 4), (3, 4), (24, 7)}
_GLUE = re.compile(
    r"^[\s,.(]*(?:(?:từ|tu|vào|vao|lúc|luc|khoảng|khoang|tầm|tam|chừng|chung|cỡ|co|hồi|hoi|độ|gần|gan|hơn|"
    r"ngày|ngay|hôm|hom|"
    r"bữa|bua|của|cua|là|la|đâu|đó)[\s,]+)*[\s,]*$"
)


@dataclass(frozen=True)
class Moment:
    """A time in a text: `start` and `end` are equal for a clock time; `precision` names the smallest unit."""

    start: datetime
    end: datetime
    precision: str
    begins: int
    ends: int


@dataclass(frozen=True)
class _Atom:
    kind: str  # clock, part, day, span, relative
    value: object
    begins: int
    ends: int


def find_moments(text: str, now: datetime, ahead: bool = False) -> list[Moment]:
    """Give the times of a text in the order in which they are said.

    `now` is any aware moment. Offsets point into the NFC form of the text. Raises ValueError for a
    moment without time zone.
    """
    if now.tzinfo is None:
        raise ValueError("the present moment needs a time zone")
    here = now.astimezone(VIETNAM)
    lowered = nfc(text)[:LONGEST_TEXT]
    if len(lowered.lower()) == len(lowered):
        lowered = lowered.lower()
    found = []
    groups = _groups(_atoms(lowered), lowered)
    place = 0
    while place < len(groups):
        group = groups[place]
        follower = groups[place + 1] if place + 1 < len(groups) else None
        if follower and is_joint(lowered[group[-1].ends : follower[0].begins]):
            moment = _from_to(group, follower, here, ahead)
            if moment is not None:
                found.append(moment)
                place += 2
                continue
        place += 1
        more = till_now(lowered[group[-1].ends : group[-1].ends + 24])
        if more or not _only_part(group):
            moment = _resolve(group, here, ahead)
            if moment is not None and more and moment.start <= here:
                moment = replace(moment, end=here, ends=moment.ends + more)
            if moment is not None:
                found.append(moment)
    return found


def _atoms(text: str) -> list[_Atom]:
    """Find what times are made of; of overlapping ones the one that begins first and is longest."""
    raw: list[_Atom] = []
    unmarked = not has_marks(text)
    for kind, pattern in time_patterns(text):
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - 12) : match.start()]
            fields = {name: value for name, value in match.groupdict().items() if value is not None}
            if kind == "weekday" and "which" not in fields and not _may_be_day(fields["wd"], before):
                continue
            if kind in ("period", "month", "edge") and _COUNTED.search(before):
                continue  # "mấy tháng rồi", "ba tháng 2 lần"
            if kind == "date" and "said" not in fields and not _plain_date(fields, before):
                continue
            if _NAMED_SO.search(text[max(0, match.start() - 16) : match.start()]) and kind in _IN_NAMES:
                continue
            end = match.end()
            if fields.get("which") == "toi" and kind == "weekday" and unmarked:
                del fields["which"]  # "chủ nhật tôi bị"
                end = match.start() + len(match.group()[: -len("toi")].rstrip())
            raw.append(_Atom(kind, {**fields, "text": text[match.start() : end]}, match.start(), end))
    if unmarked:
        raw = [atom for atom in raw if not _another_word(atom, text)]
    raw.sort(key=lambda atom: (atom.begins, -(atom.ends - atom.begins)))
    chosen: list[_Atom] = []
    for atom in raw:
        if not chosen or atom.begins >= chosen[-1].ends:
            chosen.append(atom)
    return chosen


# What an atom's words are, typed without marks, where the words around it say that they are no time.
_EVENING_BEFORE = (
    r"(?:^|(?<!\dh)(?<!\d h)(?<!gio)(?<!\dh\d\d)(?<!ruoi)(?<!buoi)(?<!chieu)(?<!moi)(?<!hang)\s)$"
)
_EVENING_AFTER = (
    r"(?! (?:thu (?:hai|ba|tu|nam|sau|bay|\d)|chu nhat|cn|hom (?:qua|kia|thu|nay)|ngay \d|mung|ram))"
)
_OTHER_WORDS = (
    # "tôi", "tới" and not "tối", unless an hour stands before it or a day behind.
    (r"toi (?:hom|mot)", "", ""),
    (r"toi", _EVENING_BEFORE, _EVENING_AFTER),
    (r"ban toi", "", ""),  # "bạn tôi"
    (r"ram", r"(?<!hom)(?<!ngay)(?<!dem)(?<!toi)\s$", r"(?! thang)"),  # "rầm"
    (r"thang truoc", r"\blang $", ""),  # "lang thang trước khi"
    (r"thang kia", "", ""),  # "thằng kia"
    (r"sang mai", "", r" nha"),  # "sang mái nhà"
    (r"bay gio", "", r"(?! (?:sang|chieu|toi|ruoi|\d))"),  # "bây giờ"
)
_OTHER = tuple(tuple(map(re.compile, item)) for item in _OTHER_WORDS)


def _another_word(atom: _Atom, text: str) -> bool:
    if atom.kind == "now":
        return False
    said = text[atom.begins : atom.ends]
    before, after = text[max(0, atom.begins - 8) : atom.begins], text[atom.ends : atom.ends + 12]
    return any(
        words.fullmatch(said) and before_it.search(before) and after_it.match(after)
        for words, before_it, after_it in _OTHER
    )


def _may_be_day(weekday: str, before: str) -> bool:
    return not weekday.startswith(("thứ", "thu")) or bool(_TIME_BEFORE.search(before))


def _plain_date(fields: dict[str, str], before: str) -> bool:
    """Tell whether "20/11" without the word "ngày" is a date: not a house number, a share or a score."""
    if _ADDRESS.search(before) or fields["sep"] == ".":
        return False
    day, month = int(fields["d"]), int(fields["m"])
    if (day, month) in _NO_DATES or not (fields["sep"] == "/" or "y" in fields):
        return False
    return 1 <= day <= 31 and 1 <= month <= 12


_ROLE = {
    **dict.fromkeys(
        ("day", "weekday", "date", "full_date", "day_of_month", "tet", "lunar", "holiday"), "day"
    ),
    **dict.fromkeys(SPANS, "whole"),
    "clock": "clock",
    "half_clock": "clock",
    "part": "part",
    "part_ago": "part",
    "part_day": "part+day",
}


def _groups(atoms: list[_Atom], text: str) -> list[list[_Atom]]:
    """Join parts, days and clock times that stand together."""
    groups: list[list[_Atom]] = []
    for atom in atoms:
        roles = set(_ROLE[atom.kind].split("+"))
        if groups and "whole" not in roles:
            last = groups[-1]
            taken = {role for item in last for role in _ROLE[item.kind].split("+")}
            between = text[last[-1].ends : atom.begins]
            if "whole" in taken and last[-1].kind == "just" and len(last) == 1 and roles == {"clock"}:
                taken = set()  # "hồi nãy lúc 9h"
            if taken == {"clock", "part"} and roles == {"part", "day"}:
                roles = {"day"}  # "1h khuya đêm qua"
            if not roles & taken and "whole" not in taken and len(between) <= 24 and _GLUE.match(between):
                last.append(atom)
                continue
        groups.append([atom])
    return groups


def _only_part(group: list[_Atom]) -> bool:
    """Tell whether what is said is no time alone: "tối", "khoảng 8 rưỡi"."""
    return len(group) == 1 and group[0].kind in ("part", "half_clock")


def _resolve(group: list[_Atom], here: datetime, ahead: bool) -> Moment | None:
    try:
        start, end, precision = _mean(_values(group), here, ahead)
    except (ValueError, OverflowError):
        return None
    return Moment(start, end, precision, group[0].begins, group[-1].ends)


def _values(group: list[_Atom]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {atom.kind: atom.value for atom in group}  # type: ignore[misc]
    if "half_clock" in found:
        found["clock"] = found.pop("half_clock")
    if "clock" in found and "just" in found:
        del found["just"]  # "hồi nãy lúc 9h"
    return found


def _mean(values: dict[str, dict[str, str]], here: datetime, ahead: bool) -> tuple[datetime, datetime, str]:
    whole = next((kind for kind in values if _ROLE[kind] == "whole"), None)
    if whole is not None:
        return spoken_span(whole, values[whole], here, ahead)
    return _combine(values, here, ahead)


def _from_to(one: list[_Atom], other: list[_Atom], here: datetime, ahead: bool) -> Moment | None:
    """Read two times as the ends of one span; None if they are not."""
    first, last = _values(one), _values(other)
    try:
        if "clock" in first and "clock" in last:
            start, end = _clock_span(first, last, here, ahead)
            precision = "minute"
        else:
            start = _mean(with_day_of(first, last), here, ahead)[0]
            _, end, precision = _mean(with_day_of(last, first), here, ahead)
    except (ValueError, OverflowError):
        return None
    if not start < end or end - start > timedelta(days=3700):
        return None
    if not ahead and start < here < end and "clock" not in last:
        end = here
    return Moment(start, end, precision, one[0].begins, other[-1].ends)


def _clock_span(
    first: dict[str, dict[str, str]], last: dict[str, dict[str, str]], here: datetime, ahead: bool
) -> tuple[datetime, datetime]:
    """Give the ends of a span between clock times; hours are read by the part that either names."""
    own, others = part_of(first), part_of(last)
    if has_day(first) and not has_day(last):
        start = _combine(first, here, ahead)[0]
        hour, minute = _clock(last["clock"], others or own)
        midnight = datetime.combine(start.date(), time(0), VIETNAM)
        end = midnight + timedelta(hours=hour, minutes=minute)
        if end <= start and others is None and hour < 12 and end + timedelta(hours=12) > start:
            end += timedelta(hours=12)
        return start, end if end > start else end + timedelta(days=1)
    if has_day(first):
        return _combine(first, here, ahead)[0], _combine(last, here, ahead)[0]
    end = _combine(last, here, ahead)[0]
    midnight = datetime.combine(end.date(), time(0), VIETNAM)
    for part in dict.fromkeys((own or others, own)):
        hour, minute = _clock(first["clock"], part)
        start = midnight + timedelta(hours=hour, minutes=minute)
        if start < end:
            return start, end
    return start - timedelta(days=1), end


def _combine(
    values: dict[str, dict[str, str]], here: datetime, ahead: bool
) -> tuple[datetime, datetime, str]:
    part = part_of(values)
    days = spoken_days(values, here.date(), ahead)
    clock = _clock(values["clock"], part) if "clock" in values else None
    if clock is not None:
        day = days[0] if days else here.date()
        moment = datetime.combine(day, time(clock[0] % 24, clock[1]), VIETNAM) + timedelta(
            days=clock[0] // 24
        )
        if not ahead and moment > here + timedelta(minutes=15):
            if days is None:
                moment -= timedelta(days=1)
            elif "weekday" in values and "which" not in values["weekday"]:
                moment -= timedelta(days=7)
        if days is None and ahead and moment < here - timedelta(minutes=15):
            moment += timedelta(days=1)
        return moment, moment, "minute"
    if part is not None:
        first, last = PARTS[marked(part, PARTS)]
        day = days[0] if days else here.date()
        start = datetime.combine(day, time(0), VIETNAM) + timedelta(hours=first)
        if days is None and not ahead and start > here:
            start -= timedelta(days=1)
        end = start + timedelta(hours=last - first)
        if not ahead and start <= here < end:
            end = here
        return start, end, "part"
    if days is None:
        raise ValueError("no day")
    return whole_day(days[0])[0], whole_day(days[-1])[1], "day"


def _clock(fields: dict[str, str], part: str | None) -> tuple[int, int]:
    """Give hour and minute; the hour is above 23 when a night goes on after midnight."""
    hour = count(fields.get("h") or fields["hw"])
    minute = 30 if "half" in fields else int(fields.get("mi", 0))
    if "lm" in fields:
        hour, minute = hour - 1, 60 - int(fields["lm"])
    if not 0 <= hour <= 24 or not 0 <= minute < 60:
        raise ValueError("no such time")
    name = marked(part, PARTS) if part else ""
    if name in ("chiều", "xế", "xế chiều", "chiều tối", "chiều muộn", "tối", "xế trưa") and hour < 12:
        hour += 12
    elif name in ("đêm", "khuya", "đêm khuya", "nửa đêm", "giữa đêm", "giữa khuya"):
        if 7 <= hour < 12:
            hour += 12
        elif hour == 12:
            hour = 24
        elif hour < 5:
            hour += 24
    elif name in ("trưa", "giữa trưa") and hour in (1, 2):
        hour += 12
    return hour, minute
