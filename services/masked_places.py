"""Where somebody lives, in what citizens type: house numbers with their street; wards and provinces stay."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = r"[^\W\d_]+"
_NUMBER = r"\d{1,4}[a-z]?\d?(?:/\d{1,4}[a-z]?\d?){0,4}"
_LANE = (
    r"(?:hem|ngo|ngach|kiet|duong|pho|lo|to|ap|thon|xom|khu pho|kp|can|can ho|phong|block|toa|tang|doi|so)"
)
_CUED = re.compile(
    r"\b(?:dia chi(?: nha| thuong tru| tam tru| hien tai)?|d/c|dc|nha so|so nha|sn)(?: (?:la|cua|"
    r"toi|em|tui|minh|o|tai))*"
    rf"\s*:?\s+(?=[^.;\n]{{0,12}}\d)({_NUMBER}|[^\n.;]{{1,80}})"
)
_HOUSE = re.compile(
    rf"(?<![\w/.,-])(?:(?:nha )?so\s+)?{_NUMBER}\s*,?\s+(?:hem|ngo|ngach|kiet|duong|pho|ap|thon|"
    rf"xom)\b(?=\s+(?:{_WORD}|\d))"
)
_LANES = re.compile(rf"\b(?:hem|ngo|ngach|kiet)\s+(?:so\s+)?{_NUMBER}")
_NUMBERED = re.compile(rf"(?<![\w/.,-])({_NUMBER})\s+(?={_WORD}\s+{_WORD})")
_SLASHED = re.compile(r"(?<![\w/.,-])\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?){1,4}(?!\w|[/.,-]\d)")
_NO_ADDRESS_BEFORE = re.compile(
    r"\b(?:ngay|thang|nam|dieu|khoan|muc|chuong|luat|thong tu|nghi dinh|quyet dinh|hom|mung|luc|"
    r"tu|den|lop|quan|phuong|"
    r"tuoi|khoang|gan|hon|tam|may|trong|qua|mat|bao|lan|thu|cap|mau|so)\s*$"
)
_LIVES_BEFORE = re.compile(r"\b(?:o|tai|nha|tro|ngu|nha so|so nha)\s+$")
_GOES_ON = re.compile(rf"(?:\s*,?\s*\b{_LANE}\b\s*(?:so\s+)?(?:{_NUMBER})?)")
_STOPS = frozenset(
    [
        "phuong",
        "xa",
        "quan",
        "huyen",
        "tinh",
        "thanh",
        "tp",
        "thi",
        "p",
        "q",
        "tx",
        "tt",
        "bi",
        "co",
        "la",
        "va",
        "voi",
        "thi",
        "ma",
        "o",
        "luc",
        "hom",
        "vao",
        "gan",
        "truoc",
        "khong",
        "ko",
        "nha",
        "toi",
        "em",
        "tui",
        "minh",
        "dang",
        "da",
        "muon",
        "can",
        "lam",
        "xin",
        "cho",
        "nguoi",
        "may",
        "ngay",
        "thang",
        "nam",
        "dong",
        "trieu",
        "nghin",
        "ngan",
        "tuoi",
        "gio",
        "phut",
        "xe",
        "cai",
        "con",
    ]
)


def find_addresses(given: str, folded: str) -> Iterator[tuple[int, int]]:
    """Give (start, end) of house numbers, lanes and streets; both texts are of one length."""
    for match in _CUED.finditer(folded):
        yield match.start(1), _after(given, folded, match.end(1)) if _is_number(match[1]) else match.end(1)
    for pattern in (_HOUSE, _LANES):
        for match in pattern.finditer(folded):
            yield match.start(), _after(given, folded, match.end())
    for match in _SLASHED.finditer(folded):
        before = folded[max(0, match.start() - 16) : match.start()]
        lived = _LIVES_BEFORE.search(before) is not None
        if lived or (not _NO_ADDRESS_BEFORE.search(before) and _is_house(match.group())):
            yield match.start(), _after(given, folded, match.end())
    for match in _NUMBERED.finditer(folded):
        before = folded[max(0, match.start() - 16) : match.start()]
        following = given[match.end() : match.end() + 40].split()
        capitals = [word for word in following[:2] if word[:1].isupper()]
        if (
            len(capitals) == 2
            and not _NO_ADDRESS_BEFORE.search(before)
            and folded[match.end() :].split()[0] not in _STOPS
        ):
            yield match.start(), _after(given, folded, match.end())


def _is_number(said: str) -> bool:
    return re.fullmatch(_NUMBER, said) is not None


def _is_house(said: str) -> bool:
    """Tell a house number from a date, a rate and "24/7"."""
    parts = said.split("/")
    if said in ("24/7", "24/24", "50/50", "1/2", "30/4", "2/9", "1/5"):
        return False
    if (
        len(parts) == 3
        and len(parts[2]) in (2, 4)
        and parts[2].isdigit()
        and int(re.sub(r"\D", "", parts[1])) <= 12
    ):
        return False
    numbers = [int(re.sub(r"\D", "", part)) for part in parts]
    return not (len(parts) == 2 and said.replace("/", "").isdigit() and numbers[0] <= 31 and numbers[1] <= 12)


def _after(given: str, folded: str, at: int) -> int:
    """Give where an address ends that begins before `at`: further lanes, the words of the street."""
    end = at
    while (more := _GOES_ON.match(folded, end)) is not None and more.end() > end:
        end = more.end()
    lower = given[:at].islower()
    name = re.compile(rf" ({_WORD}|\d{{1,3}})(?!\w)")
    for taken in range(4):
        match = name.match(given, end)
        if match is None or folded[slice(*match.span(1))] in _STOPS:
            break
        if not (match[1][0].isupper() or (match[1].isalpha() and lower and taken < 3)):
            break
        end = match.end()
    return end
