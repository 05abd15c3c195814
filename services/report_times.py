"""When it happened: the one time of a story that a report is about, and what is implausible about it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from services.clock import VIETNAM
from services.moments import Moment, find_moments
from services.report_facts import Fact, windows
from services.report_lexicon import folded_alike
from services.text import fold

_DAY_WORDS = re.compile(
    r"\b(?:hom|bua|ngay|thu|chu nhat|qua|nay|kia|mai|mot|tuan|thang|truoc|roi|mung|tet|cn|t\d)\b|\d[/-]\d"
)
# Said after midnight, these may be counted from the day that has just ended.
_RELATIVE = re.compile(
    r"\b(?:hom (?:nay|qua|kia)|bua (?:nay|qua|kia)|(?:sang|trua|chieu|toi|dem|khuya) (?:nay|qua|kia))\b"
)
_NO_CLOCK = re.compile(
    r"(?<![\w.,/:-])(?:(?:2[5-9]|[3-9]\d)\s*(?:h|gio)(?!\w)(?! (?:dong ho|lien|roi))|\d{1,2}\s*(?:h|"
    r":)\s*[6-9]\d(?!\d))"
)
_NO_DATE = re.compile(
    r"\b(?:ngay|hom)\s+(?:(?:3[2-9]|[4-9]\d)\s*[/-]\s*\d{1,2}|\d{1,2}\s*[/-]\s*(?:1[3-9]|[2-9]\d)|(?:30|"
    r"31)\s*[/-]\s*0?2|31\s*[/-]\s*(?:0?[469]|11))\b"
)
_SLACK = timedelta(minutes=15)
_YEAR = timedelta(days=365)
_SOON_AFTER_MIDNIGHT = 4
_FINER = {"minute": 0, "hour": 1, "part": 1, "day": 2, "week": 3, "month": 4, "year": 5}


def moments_of(text: str, sent_at: datetime, ahead: bool = False) -> list[Moment]:
    """Give the times of a text of any length, with offsets in its NFC form."""
    found = []
    for start, part in windows(text):
        for one in find_moments(part, sent_at, ahead):
            found.append(Moment(one.start, one.end, one.precision, one.begins + start, one.ends + start))
    return found


def find_time(
    text: str,
    sent_at: datetime,
    taken: list[tuple[int, int]] | None = None,
    known: list[Moment] | None = None,
) -> Fact | None:
    """Give the time a story is about, with its doubt; None when none is named.

    `taken` are stretches that are something else, `known` the text's times if they were found before.
    `sent_at` is when the text was sent (aware).
    """
    given, folded = folded_alike(text)
    here = sent_at.astimezone(VIETNAM)
    moments = [
        one
        for one in (moments_of(given, sent_at) if known is None else known)
        if all(one.ends <= start or end <= one.begins for start, end in taken or [])
    ]
    if not moments:
        if match := _NO_CLOCK.search(folded) or _NO_DATE.search(folded):
            return Fact(given[slice(*match.span())], None, "no_such_time")
        return None
    moments = [_with_its_day(one, moments, given, sent_at) for one in moments]
    past = [one for one in moments if one.start <= here + _SLACK] or moments
    told = [one for one in past if not _now(one, here)] or past
    best = min(told, key=lambda one: (_FINER.get(one.precision, 3), one.begins))
    return _as_fact(best, given, here)


def only_hour(said: str) -> bool:
    """Tell whether a time names an hour or part of a day without any day."""
    return not _DAY_WORDS.search(fold(said))


def time_value(moment: Moment) -> dict[str, str]:
    """Give a time as the JSON that facts hold."""
    return {"start": moment.start.isoformat(), "end": moment.end.isoformat(), "precision": moment.precision}


def time_doubt(start: datetime, sent_at: datetime) -> str:
    """Name what is implausible about a time: it is to come, or more than a year ago."""
    if start > sent_at + _SLACK:
        return "future"
    return "older_than_a_year" if start < sent_at - _YEAR else ""


def lately(said: str, now: datetime, back: timedelta) -> Fact:
    """Give the time of what happened not long before `now`, without an hour that anybody named."""
    here = now.astimezone(VIETNAM)
    span = {
        "start": (here - back).isoformat(timespec="minutes"),
        "end": here.isoformat(timespec="minutes"),
        "precision": "part",
    }
    return Fact(said, span)


def _as_fact(moment: Moment, given: str, here: datetime) -> Fact:
    said = given[moment.begins : moment.ends]
    doubt = time_doubt(moment.start, here)
    if here.hour < _SOON_AFTER_MIDNIGHT and _RELATIVE.search(fold(said)):
        if doubt == "future":
            # "tối nay 9h" at half past midnight is the evening that has just gone.
            day = timedelta(days=1)
            moment = Moment(
                moment.start - day, moment.end - day, moment.precision, moment.begins, moment.ends
            )
        doubt = "after_midnight"
    return Fact(said, time_value(moment), doubt)


def _now(moment: Moment, here: datetime) -> bool:
    return moment.start == moment.end == here


def _with_its_day(moment: Moment, moments: list[Moment], given: str, sent_at: datetime) -> Moment:
    """Give a clock time the day that was named shortly before it: "hôm qua em đi làm về, khoảng 9h tối"."""
    said = given[moment.begins : moment.ends]
    if moment.precision != "minute" or _DAY_WORDS.search(fold(said)):
        return moment
    days = [one for one in moments if one.precision in ("day", "part") and one.ends <= moment.begins]
    if not days or moment.begins - days[-1].ends > 120:
        return moment
    day = given[days[-1].begins : days[-1].ends]
    joined = find_moments(f"{said} {day}", sent_at)
    if len(joined) == 1 and joined[0].precision == "minute":
        begins = days[-1].begins if moment.ends - days[-1].begins <= 60 else moment.begins
        return Moment(joined[0].start, joined[0].end, "minute", begins, moment.ends)
    return moment
