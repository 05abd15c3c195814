"""Sums of money as people write and say them: "5 củ", "2tr5", "một tỷ hai", "hai mươi lăm triệu rưỡi".

Reads folded text only, so that a sum typed without marks is the same sum.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# More than this (đồng) in one report is doubted.
MOST_MONEY = 1_000_000_000_000
_DIGITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5, "sau": 6,
    "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_ONE = "(?:" + "|".join(sorted(_DIGITS, key=len, reverse=True)) + ")"
_TENS = rf"(?:(?:{_ONE} )?muoi(?: {_ONE})?|{_ONE} chuc)"
_HUNDREDS = rf"{_ONE} tram(?: (?:linh |le )?(?:{_TENS}|{_ONE}))?"
_SPOKEN = rf"(?:{_HUNDREDS}|{_TENS}|{_ONE})"
_NUMBER = rf"(?:\d{{1,3}}(?:[.,]\d{{3}})+|\d+(?:[.,]\d{{1,2}})?|{_SPOKEN})"
_UNITS = {
    "ty": 1_000_000_000, "ti": 1_000_000_000, "trieu": 1_000_000, "tr": 1_000_000, "trd": 1_000_000,
    "cu": 1_000_000, "chai": 1_000_000, "xi": 100_000, "lit": 100_000, "nghin": 1_000,
    "ngan": 1_000, "k": 1_000, "dong": 1, "d": 1, "vnd": 1, "vnđ": 1,
}  # fmt: skip
_UNIT = "(?:" + "|".join(sorted(_UNITS, key=len, reverse=True)) + ")"
_PART = (
    rf"(?P<n>{_NUMBER})\s*(?P<unit>{_UNIT})(?P<more>\d{{1,3}}(?![\d.,]\d)|\s+ruoi|"
    rf"\s+(?:\d|{_ONE})(?= (?:dong|nua)\b|[.,;!?)]|$))?(?!\w)"
)
_SUM_PART = re.compile(rf"(?<![\w.,/-]){_PART}(?:\s*(?:dong|d|vnd))?(?!\w)")
_HUNDRED_SLANG = re.compile(rf"(?<![\w.,/-])(?P<n>\d|{_ONE})\s+tram(?!\w)")
_BARE = re.compile(r"(?<![\w.,/+-])(?:[1-9]\d{1,8}000|[1-9]\d{0,2}(?:[.,]\d{3})*[.,]000)(?![\w/]|[.,-]\d)")
_PAYS = re.compile(
    r"\b(?:tien|mat|chuyen|lua|phat|gia|dong|tra|nop|coc|vay|no|ck|lay|doi|het|ton|phi|thu|voi|gui|cuop|"
    r"nap|rut|"
    r"khoang|hon|gan|tam|tri gia|tong|thiet hai|ban|mua|muon)\b"
)
# Words for money that mean something else as often; they count only beside a word of payment.
_UNSURE = {"ti", "cu", "chai", "xi", "lit", "d", "dong"}
_GOES_ON = re.compile(r"^\s*(?:va |voi |,\s*)?$")


@dataclass(frozen=True)
class Sum:
    """A sum in đồng and where it stands."""

    value: int
    start: int
    end: int


def find_sums(folded: str, paid: bool = False) -> list[Sum]:
    """Give the sums of a folded text, in order; `paid` says that the talk is of money anyway."""
    parts: list[Sum] = []
    for match in _SUM_PART.finditer(folded):
        before = folded[max(0, match.start() - 30) : match.start()]
        unit = match["unit"]
        if not _counts(match["n"], unit, before, paid):
            continue
        value = _amount(match["n"]) * _UNITS[unit]
        more = (match["more"] or "").strip()
        if more == "ruoi":
            value += _UNITS[unit] / 2
        elif more:
            # "5tr2" is 5.2 million, "5tr250" 5.25 million, "một tỷ hai" 1.2 billion.
            extra = more if more.isdigit() else str(_DIGITS[more])
            value += int(extra) * _UNITS[unit] / 10 ** len(extra)
        parts.append(Sum(round(value), match.start(), match.end()))
    sums = _joined(parts, folded)
    for pattern, factor in ((_BARE, 1), (_HUNDRED_SLANG, 100_000)):
        for match in pattern.finditer(folded):
            if any(match.start() < one.end and one.start < match.end() for one in sums):
                continue
            before = folded[max(0, match.start() - 20) : match.start()]
            if not paid and not _PAYS.search(before):
                continue
            if factor == 1 and re.search(r"\b(?:stk|tk|tai khoan|sdt|so)\s*:?\s*$", before):
                continue
            said = match["n"] if factor > 1 else match.group()
            sums.append(Sum(round(_amount(said) * factor), match.start(), match.end()))
    return sorted((one for one in sums if one.value >= 1_000), key=lambda one: one.start)


def _counts(number: str, unit: str, before: str, paid: bool) -> bool:
    if unit == "k":
        return paid or number[-1] == "0" or bool(_PAYS.search(before))
    if unit in ("dong", "d", "vnd") and not re.match(r"\d{4}|\d{1,3}[.,]\d{3}", number):
        return False
    if unit in _UNSURE and not (unit in ("dong", "d") and number[0].isdigit()):
        return paid or bool(_PAYS.search(before))
    return True


def _joined(parts: list[Sum], folded: str) -> list[Sum]:
    """Join "1 tỷ" and "200 triệu" that follow each other."""
    joined: list[Sum] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and part.value < last.value and part.value < 1_000 * _scale(last.value):
            between = folded[last.end : part.start]
            if not between.strip() and _scale(last.value) > part.value:
                joined[-1] = Sum(last.value + part.value, last.start, part.end)
                continue
        joined.append(part)
    return joined


def _scale(value: int) -> int:
    """Give the unit a sum was said in: a billion, a million or a thousand."""
    return next((unit for unit in (10**9, 10**6, 10**3) if value >= unit), 1)


def _amount(said: str) -> float:
    if said[0].isdigit():
        if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", said):
            return float(re.sub(r"\D", "", said))
        return float(said.replace(",", "."))
    return float(_spoken(said.split()))


def _spoken(said: list[str]) -> int:
    if "tram" in said:
        at = said.index("tram")
        rest = [word for word in said[at + 1 :] if word not in ("linh", "le")]
        return 100 * _DIGITS[said[at - 1]] + (_spoken(rest) if rest else 0)
    if "chuc" in said:
        return 10 * _DIGITS[said[0]]
    if "muoi" in said:
        at = said.index("muoi")
        tens = _DIGITS[said[at - 1]] if at else 1
        return 10 * tens + (_DIGITS[said[at + 1]] if len(said) > at + 1 else 0)
    return _DIGITS[said[0]]
