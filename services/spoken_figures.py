"""Ages and days in what citizens say: "67 tuổi", "sinh năm 1962", "tám tuổi", "ngày 14/8", "hôm qua"."""

from __future__ import annotations

import re
from datetime import date, timedelta

from services.text import fold, squeeze

_UNITS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6, "bay": 7, "tam": 8,
    "chin": 9,
}  # fmt: skip
_UNIT = "|".join(_UNITS)
_SPOKEN = rf"(?:(?:{_UNIT}) muoi(?: (?:mot|{_UNIT}))?|muoi(?: (?:{_UNIT}))?|(?:{_UNIT})(?: (?:{_UNIT}))?)"
_AGE = re.compile(
    r"(?P<how>\b(?:chua (?:du|toi|den|tron)|chua|duoi|tren|ngoai|hon|qua|sau) )?"
    # A number in letters stands apart from "t": "bắt" is no "ba t".
    rf"\b(?:(?P<age>\d{{1,3}}) ?|(?P<spelt>{_SPOKEN}) )(?:tuoi|t)\b"
)
_MONTHS_OLD = re.compile(r"\bthang tuoi\b|\bso sinh\b|\bmoi (?:sinh|de)\b")
_BORN = re.compile(
    r"\b(?:sinh(?: nam)?|sn|nam sinh|de nam) ?(?:ngay \d{1,2}[/.-]\d{1,2}[/.-])?(?P<year>(?:19|20)?\d{2})\b"
)
_BELOW = ("chua", "duoi")
_ABOVE = ("tren", "ngoai", "hon", "qua", "sau")
_OLDEST = 120

_DATE = re.compile(
    r"\b(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})(?:[/.-](?P<year>\d{4}|\d{2}))?\b(?! ?(?:mg|km|%))"
)
_SPELT = re.compile(r"\bngay (?P<day>\d{1,2}) thang (?P<month>\d{1,2})(?: nam (?P<year>\d{4}))?\b")
_NEAR = {"hom nay": 0, "bua nay": 0, "hom qua": -1, "hom kia": -2, "ngay mai": 1, "mai nop": 1, "ngay mot": 2}


def spoken_age(text: str, on: date) -> int | None:
    """Give the age in whole years that is named, or follows from a year of birth; None if neither.

    "trên 60" is one more than 60, "dưới 14" and "chưa đủ 14" one less. A year of birth gives the age
    reached in the year of `on`.
    """
    folded = squeeze(fold(text))
    if found := _AGE.search(folded):
        age = _number(found["age"] or found["spelt"])
        how = (found["how"] or "").strip()
        age += how.startswith(_ABOVE)
        age -= how.startswith(_BELOW)
        return age if 0 <= age <= _OLDEST else None
    if (born := spoken_birth_year(text, on)) is not None:
        age = on.year - born
        return age if 0 <= age <= _OLDEST else None
    return 0 if _MONTHS_OLD.search(folded) else None


def spoken_birth_year(text: str, on: date) -> int | None:
    """Give the year of birth that is named ("sinh năm 1990", "sn 90"); None if none is."""
    found = _BORN.search(squeeze(fold(text)))
    if found is None:
        return None
    year = int(found["year"])
    if year < 100:
        year += 2000 if year <= on.year % 100 else 1900
    return year


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    spoken = text.split()
    if "muoi" in spoken:
        at = spoken.index("muoi")
        tens = _UNITS[spoken[at - 1]] if at else 1
        return 10 * tens + (_UNITS[spoken[at + 1]] if len(spoken) > at + 1 else 0)
    # "hai lăm" is 25; one word alone is the number itself.
    return _UNITS[spoken[0]] * 10 + _UNITS[spoken[1]] if len(spoken) == 2 else _UNITS[spoken[0]]


def spoken_day(text: str, today: date) -> date | None:
    """Give the day that is named: "14/8/2026", "14/8" (of this year), "hôm qua", "ngày mai"; else None.

    A day of birth is no answer: what follows "sinh" is left out.
    """
    folded = squeeze(fold(text))
    for pattern in (_DATE, _SPELT):
        for found in pattern.finditer(folded):
            if re.search(r"\bsinh\b[^,.;?]{0,12}$", folded[: found.start()]):
                continue
            year = int(found["year"] or today.year)
            year += 2000 if year < 100 else 0
            try:
                return date(year, int(found["month"]), int(found["day"]))
            except ValueError:
                continue
    for words, days in _NEAR.items():
        if re.search(rf"\b{words}\b", folded):
            return today + timedelta(days)
    return None


_MONTH_AHEAD = re.compile(
    r"\b(?:thang (?P<month>\d{1,2})(?: ?[/-] ?| nam | )(?P<year>20\d{2})|(?:nam|dau nam) (?P<alone>20\d{2})|"
    r"(?P<next>sang nam|nam sau|nam toi))\b"
)


def spoken_months_ahead(text: str, today: date) -> date | None:
    """Give the first day of a month or year to come that is named ("tháng 3/2027", "sang năm"); else None.

    A year of birth is none.
    """
    folded = squeeze(fold(text))
    for found in _MONTH_AHEAD.finditer(folded):
        year = int(found["year"] or found["alone"] or today.year + 1)
        month = int(found["month"] or 1)
        if 1 <= month <= 12 and date(year, month, 1) > today:
            return date(year, month, 1)
    return None
