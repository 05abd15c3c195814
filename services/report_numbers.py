"""Plates, phones, bank accounts, links and money of a story, with what is implausible about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.report_facts import Fact, windows
from services.report_lexicon import folded_alike
from services.report_money import MOST_MONEY, Sum, find_sums
from services.spoken_forms import find_patterns

# Numbers of provinces that no plate begins with (appendix of Circular 79/2024/TT-BCA).
_NO_PROVINCE = frozenset({"10", "13", "42", "44", "45", "46", "87", "91", "96"})
_PLATE_CUE = re.compile(
    r"\b(?:bien so|bien kiem soat|bks|bs|bien xe|so xe|bien)\s*(?:xe\s+|la\s+|so\s+|:\s*)*"
    r"(?P<plate>(?=[\w.\-]*\d)[a-z0-9][a-z0-9.\-]*(?:[ .\-]\d[\d.\-]*){0,2})"
)
_PART_OF_PLATE = re.compile(
    r"\b(?:duoi|(?:may |ba |hai |bon )?so (?:cuoi|dau|sau)|so duoi|bien(?: so)? (?:duoi|"
    r"cuoi))(?: xe)?(?: la)?"
    r"\s+(?P<part>\d{2,4}(?:[.\s]\d{2})?)\b"
)
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'“”]{3,200}"
    r"|(?<![\w.@/-])(?:[a-z0-9][a-z0-9-]*\.){1,4}(?:com|vn|net|org|info|xyz|top|online|shop|site|club|"
    r"vip|io|me|cc|app|link|"
    r"asia|store|live|gov|edu|tk|ly)(?:/[^\s<>\"'“”]{0,200})?(?![\w@])",
    re.IGNORECASE,
)
_ACCOUNT_CUE = re.compile(
    r"\b(?:stk|so tai khoan|so tk|tai khoan|tk|so the|chuyen vao|chuyen qua|chuyen den|chuyen toi|"
    r"ck vao|ck qua|"
    r"nap vao)\b"
)
_PHONE_CUE = re.compile(
    r"\b(?:sdt|so dien thoai|dien thoai|dt|so may|so zalo|zalo|hotline|goi cho|goi vao|goi so|goi toi|"
    r"goi den|so)\b"
)
_DIGITS = re.compile(r"(?<![\w./+-])\d(?:[ .-]?\d){5,18}(?![\w/]|[.,-]\d)")
_PHONE_LIKE = re.compile(r"(?<![\w./@-])(?=[\w.-]*\d{3})0(?:[\s.-]?[0-9a-z]){6,12}(?![\w/@])")
_BANKS = {
    name: code
    for code, names in {
        "Vietcombank": "vietcombank|vcb", "VietinBank": "vietinbank|viettinbank|ctg", "BIDV": "bidv",
        "Agribank": "agribank|nong nghiep", "Techcombank": "techcombank|tcb|techcom", "MB": "mb bank|"
        "mbbank|mb",
        "ACB": "acb", "VPBank": "vpbank|vp bank", "TPBank": "tpbank|tp bank", "Sacombank": "sacombank|stb",
        "HDBank": "hdbank|"
        "hd bank", "VIB": "vib", "SHB": "shb", "MSB": "msb", "OCB": "ocb", "SeABank": "seabank",
        "Eximbank": "eximbank", "LPBank": "lpbank|lienvietpostbank|lien viet", "MoMo": "momo",
        "ZaloPay": "zalopay|zalo pay", "ViettelPay": "viettelpay|viettel money", "Cake": "cake",
        "Timo": "timo", "KienlongBank": "kienlongbank|kien long",
    }.items()
    for name in names.split("|")
}  # fmt: skip
_BANK = re.compile(r"(?<!\w)(?:" + "|".join(sorted(_BANKS, key=len, reverse=True)) + r")(?!\w)")


@dataclass
class Numbers:
    """Everything with digits in a story, in the order said; `facts` holds the best of each fact."""

    plates: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    banks: list[str] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    own_phone: str | None = None
    # Where phones, plates and accounts stand: no time and no address is read there.
    taken: list[tuple[int, int]] = field(default_factory=list)


def find_numbers(text: str) -> Numbers:
    """Read all numbers of a text of up to 5,000 letters."""
    given, folded = folded_alike(text)
    found = Numbers()
    sums = find_sums(folded)
    forms = [
        (item.entity, start + item.start, start + item.end, item.value)
        for start, part in windows(given)
        for item in find_patterns(part)
        if item.entity in ("bien_so", "so_dien_thoai", "ma_ho_so")
    ]
    found.taken += [(start, end) for kind, start, end, _ in forms if kind == "ma_ho_so"]
    links = list(_LINK.finditer(given))
    found.links = _unique(match.group().rstrip(".,;:!?)") for match in links)
    found.taken += [match.span() for match in links]
    _plates(given, folded, [form for form in forms if form[0] == "bien_so"], found)
    _accounts(given, folded, sums, found)
    _phones(given, folded, [form for form in forms if form[0] == "so_dien_thoai"], sums, found)
    found.banks = _unique(_BANKS[match.group()] for match in _BANK.finditer(folded))
    _contact_fact(given, folded, found)
    sums = [one for one in sums if not _overlaps(found.taken, one.start, one.end)]
    if (fact := money_fact(given, folded, sums)) is not None:
        found.facts["so_tien"] = fact
    return found


def money_fact(given: str, folded: str, sums: list[Sum]) -> Fact | None:
    """Give the sum that the matter is about: a total if one was named, else the largest."""
    if not sums:
        return None
    total = [
        one
        for one in sums
        if re.search(r"\b(?:tong(?: cong)?|tat ca|het tong)\b", folded[max(0, one.start - 30) : one.start])
    ]
    best = max(total or sums, key=lambda one: (one.value, -one.start))
    return Fact(given[best.start : best.end], best.value, "too_much" if best.value > MOST_MONEY else "")


def _plates(given: str, folded: str, forms: list[tuple[str, int, int, str]], found: Numbers) -> None:
    for _, start, end, value in forms:
        doubt = "no_such_plate" if value[:2] in _NO_PROVINCE else ""
        found.taken.append((start, end))
        if value not in found.plates:
            found.plates.append(value)
        known = found.facts.get("bien_so")
        if known is None or (known.doubt and not doubt):
            found.facts["bien_so"] = Fact(given[start:end], value, doubt)
    if "bien_so" in found.facts:
        return
    if part := _PART_OF_PLATE.search(folded):
        found.taken.append(part.span("part"))
        found.facts["bien_so"] = Fact(given[slice(*part.span())], None, "partial_plate")
        return
    for match in _PLATE_CUE.finditer(folded):
        start, end = match.span("plate")
        digits = sum(char.isdigit() for char in match["plate"])
        if digits < 2 or re.match(r"\d{1,2}(?:h|g| gio)\b", folded[start:]):
            continue
        whole = digits >= 6 and any(char.isalpha() for char in match["plate"])
        found.taken.append((start, end))
        doubt = "no_such_plate" if whole or digits > 6 else "partial_plate"
        found.facts["bien_so"] = Fact(given[start:end], None, doubt)
        return


def _accounts(given: str, folded: str, sums: list[Sum], found: Numbers) -> None:
    for match in _DIGITS.finditer(folded):
        start, end = match.span()
        if _overlaps(found.taken, start, end) or any(s.start <= start < s.end for s in sums):
            continue
        digits = re.sub(r"\D", "", match.group())
        before, after = folded[max(0, start - 40) : start], folded[end : end + 16]
        cued = _last(_ACCOUNT_CUE, before) > _last(_PHONE_CUE, before)
        banked = bool(_BANK.search(before[-20:]) or _BANK.match(after.lstrip(" ,(-")))
        if 6 <= len(digits) <= 19 and (cued or banked):
            found.taken.append((start, end))
            if digits not in found.accounts:
                found.accounts.append(digits)


def _phones(
    given: str, folded: str, forms: list[tuple[str, int, int, str]], sums: list[Sum], found: Numbers
) -> None:
    own = re.compile(
        r"\b(?:goi|lien he|sdt|so|dt|dien thoai)\b[^.;\n]{0,20}\b(?:toi|em|tui|minh|con|"
        r"chau)\b[^.;\n\d]{0,12}$"
    )
    for _, start, end, value in forms:
        if _overlaps(found.taken, start, end):
            continue
        found.taken.append((start, end))
        if value not in found.phones:
            found.phones.append(value)
        if found.own_phone is None and own.search(folded[max(0, start - 50) : start]):
            found.own_phone = value
            found.facts["lien_he"] = Fact(given[start:end], value)
    if found.phones:
        return
    for match in _PHONE_LIKE.finditer(folded):
        start, end = match.span()
        if _overlaps(found.taken, start, end) or any(s.start < end and start < s.end for s in sums):
            continue
        cued = _PHONE_CUE.search(folded[max(0, start - 24) : start])
        lettered = re.fullmatch(r"0[\d\s.-]*[a-z][\w\s.-]*", match.group()) and " " not in match.group()
        if (cued or lettered) and sum(char.isdigit() for char in match.group()) >= 6:
            found.taken.append((start, end))
            found.facts["tai_khoan"] = Fact(given[start:end], None, "not_a_phone")
            return


def _contact_fact(given: str, folded: str, found: Numbers) -> None:
    phones = [phone for phone in found.phones if phone != found.own_phone]
    value = {
        key: listed
        for key, listed in (
            ("so_tai_khoan", found.accounts),
            ("dien_thoai", phones),
            ("link", found.links),
            ("ngan_hang", found.banks if found.accounts else []),
        )
        if listed
    }
    if value:
        spans = sorted(span for span in found.taken if _holds(given, span, found, phones))
        said = given[slice(*spans[0])] if spans else next(iter(value.values()))[0]
        found.facts["tai_khoan"] = Fact(said, value)


def _holds(given: str, span: tuple[int, int], found: Numbers, phones: list[str]) -> bool:
    said = given[slice(*span)]
    digits = re.sub(r"\D", "", said)
    return (
        digits in found.accounts
        or said.rstrip(".,;:!?)") in found.links
        or digits[-9:] in {p[-9:] for p in phones}
    )


def _overlaps(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < done and begun < end for begun, done in taken)


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((match.start() for match in pattern.finditer(text)), default=-1)


def _unique(items: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(items))
