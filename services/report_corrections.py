"""Reads what a citizen takes back: "không, 8 giờ chứ không phải 5 giờ", "biển sai, 59X1 123.46 mới đúng"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from services.clock import VIETNAM
from services.report_facts import Fact
from services.report_lexicon import folded_alike
from services.report_money import find_sums
from services.report_numbers import find_numbers, money_fact
from services.report_people import find_people
from services.report_places import find_place
from services.report_times import find_time, only_hour, time_doubt

_CUE = re.compile(
    r"\b(?:khong phai|ko phai|k phai|hong phai|chu khong|chu ko|chu hong|sai|nham|lon|sua(?: lai)?|"
    r"moi dung|moi phai|dung ra|"
    r"y (?:la|toi la|em la|minh la)|chinh xac la|that ra|thuc ra|doi lai|ghi lai|noi lai|dinh chinh|"
    r"viet lai|thay (?:bang|thanh)|"
    r"phai la|dung la)\b|^\W*(?:a |o |da |oi )?(?:khong|ko|k|hong|hok)\s*[,.:]"
)
# The words that say what was wrong: "X chứ không phải Y", "không phải Y mà X".
_NOT_BEHIND = re.compile(
    r"\bchu (?:khong|ko|k|hong|hok|dau)(?: (?:phai|co))?(?: la)?\b[^.;\n]*|\b(?:thay|thay vi|"
    r"thay cho)\b(?! (?:bang|thanh))[^.;\n]*$"
)
_NOT_BEFORE = re.compile(
    r"\b(?:khong|ko|k|hong|hok|dau) (?:phai|co phai)(?: la)?\b(?P<wrong>.*?)(?P<turn>\b(?:ma(?: la)?|"
    r"phai la|moi dung la|la)\b|[,.;\n])"
)
# Stands for each letter of what was wrong; no time, name or number goes over it.
_BLANK = ";"
_FIELDS = {
    "thoi_gian": r"(?:thoi gian|gio(?: giac)?|ngay(?: gio)?|luc xay ra)",
    "dia_diem": r"(?:dia diem|dia chi|cho|noi xay ra|duong|hem|phuong)",
    "bien_so": r"(?:bien so|bien|so xe|bks)",
    "so_tien": r"(?:so tien|tien)",
    "tai_khoan": r"(?:so tai khoan|stk|tai khoan|so dien thoai|sdt|so may|link)",
    "so_nguoi": r"(?:so nguoi|may nguoi)",
}
_WRONG_FIELD = {
    name: re.compile(
        rf"\b{words}\b(?: (?:do|nay|kia|cua toi|toi|em|ghi|bi|thi|la|xe|toi ghi|"
        rf"em ghi))* (?:bi )?(?:sai|nham|lon|khong dung|chua dung|ko dung)\b|\b(?:sai|nham|lon) {words}\b"
    )
    for name, words in _FIELDS.items()
}


def read_correction(text: str, known: Mapping[str, Fact], sent_at: datetime) -> Mapping[str, Fact]:
    """Give the facts that a text corrects, with their new values; empty when it corrects nothing.

    `known` is what was told before. A fact called wrong without a new value comes back without value and
    with the doubt "wrong", so that it is asked again.
    """
    given, folded = folded_alike(text[:2_000])
    if not _CUE.search(folded):
        return {}
    right = _without_the_wrong(folded)
    numbers = find_numbers(_same_places(given, right))
    said, plain = _same_places(given, right), right
    found: dict[str, Fact] = {}
    for name in ("bien_so", "tai_khoan", "lien_he"):
        if name in numbers.facts and (name in known or name != "lien_he"):
            found[name] = numbers.facts[name]
    when = _time(said, known.get("thoi_gian") or known.get("lan_cuoi"), sent_at, numbers.taken)
    if when is not None:
        found["thoi_gian" if "thoi_gian" in known or "lan_cuoi" not in known else "lan_cuoi"] = when
    money = money_fact(said, plain, find_sums(plain, paid="so_tien" in known))
    if money is not None and not _is_part_of(money, found.values()):
        found["so_tien"] = money
    place = find_place(said, numbers.taken)
    if place is not None and not (place.doubt and "dia_diem" not in known):
        found["dia_diem"] = _place_over(known.get("dia_diem", place), place)
    if {"so_nguoi", "doi_tuong"} & set(known) and (people := find_people(said, plain).get("so_nguoi")):
        found["so_nguoi"] = people
    for name, pattern in _WRONG_FIELD.items():
        if name not in found and name in known and (match := pattern.search(folded)):
            found[name] = Fact(given[slice(*match.span())], None, "wrong")
    return {
        name: fact
        for name, fact in found.items()
        if name not in known or fact.value != known[name].value or fact.doubt
    }


def _without_the_wrong(folded: str) -> str:
    """Blank the words that name what was wrong, keeping all places."""
    for pattern in (_NOT_BEHIND, _NOT_BEFORE):
        for match in pattern.finditer(folded):
            start, end = match.span("wrong") if "wrong" in pattern.groupindex else match.span()
            folded = folded[:start] + _BLANK * (end - start) + folded[end:]
    return folded


def _same_places(given: str, right: str) -> str:
    return "".join(char if kept != _BLANK else _BLANK for char, kept in zip(given, right, strict=True))


def _time(said: str, known: Fact | None, sent_at: datetime, taken: list[tuple[int, int]]) -> Fact | None:
    """Read a corrected time; an hour alone keeps the day, and the half of the day, of what was known."""
    new = find_time(said, sent_at, taken)
    if new is None or new.value is None or known is None or known.value is None:
        return new
    before = datetime.fromisoformat(known.value["start"]).astimezone(VIETNAM)
    moment = datetime.fromisoformat(new.value["start"]).astimezone(VIETNAM)
    clock_given = new.value["precision"] == "minute"
    if clock_given and only_hour(new.said):
        moment = moment.replace(year=before.year, month=before.month, day=before.day)
        bare = not _PART_SAID.search(folded_alike(new.said)[1])
        if bare and before.hour >= 12 > moment.hour and known.value["precision"] in ("minute", "part"):
            later = moment + timedelta(hours=12)
            moment = later if later <= sent_at.astimezone(VIETNAM) else moment
        return _at(new.said, moment, sent_at)
    if not clock_given and new.value["precision"] == "day" and known.value["precision"] == "minute":
        # "hôm kia chứ không phải hôm qua": the hour stays.
        return _at(new.said, moment.replace(hour=before.hour, minute=before.minute), sent_at)
    return new


_PART_SAID = re.compile(r"\b(?:sang|trua|chieu|toi|dem|khuya)\b")


def _at(said: str, moment: datetime, sent_at: datetime) -> Fact:
    value = {"start": moment.isoformat(), "end": moment.isoformat(), "precision": "minute"}
    return Fact(said, value, time_doubt(moment, sent_at))


def _place_over(known: Fact, new: Fact) -> Fact:
    """Give the new parts over the old: "hẻm 14 chứ không phải hẻm 12" keeps the street and the ward."""
    if (
        known is None
        or not isinstance(known.value, dict)
        or new.doubt == "vague"
        or not isinstance(new.value, dict)
    ):
        return new
    if not set(new.value) < set(known.value) or "moc" in new.value:
        return new
    return Fact(new.said, {**known.value, **new.value}, new.doubt)


def _is_part_of(fact: Fact, others: Iterable[Fact]) -> bool:
    return any(fact.said in one.said for one in others)
