"""Finds what has a form: plates, phone numbers, report codes, sums of money, numbers of people, vehicles.

Each finding has offsets in the text as written and a value in one spelling: a plate `59X1-123.45`, a
phone `0912345678`, a code `TP-26-7F3K`, money in đồng, people as a number, a vehicle by its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from services.text import fold, nfc
from services.time_words import NUMBERS, say

# More text than this is not searched.
LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class Found:
    """One finding: what it is, where it stands, its value in one spelling."""

    entity: str
    start: int
    end: int
    value: Any


_SEP = r"[\s.,·_-]{0,3}"
# A province has two digits; a series letters, for motorbikes with a digit; then come 4 or 5 digits.
# "59X112345" is series X1, "30A12345" is series A: the digit belongs to the series if five follow it.
_SERIES = rf"(?:[a-hk-npr-vxyz]{{1,2}}|mđ)(?:{_SEP}\d(?=[\s.,·_-]{{1,3}}\d{{3}}|\d{{5}}(?!\d)))?"
_PLATE = re.compile(
    rf"(?<![\w.-])(?P<province>[1-9]\d){_SEP}(?P<series>{_SERIES}){_SEP}"
    rf"(?P<number>\d{{3}}{_SEP}\d{{2}}|\d{{4}})(?![\w]|[.,-]\d)",
    re.IGNORECASE,
)
# Army and police cars: two letters and four digits; they count where a vehicle is spoken of.
_RED_PLATE = re.compile(
    r"(?<![\w.-])(?P<unit>[a-z]{2})(?:\s?-\s?|\s)?(?P<one>\d{2})[-.\s]?(?P<two>\d{2})(?![\w]|[.,-]\d)", re.I
)
_DIPLOMAT = re.compile(
    rf"(?<![\w.-])(?P<a>\d{{2}}){_SEP}(?P<b>\d{{3}}){_SEP}(?P<kind>ng|qt|nn){_SEP}(?P<c>\d{{2}})(?![\w])",
    re.I,
)
# Two letters before four digits that are a word and no unit of the army: "xe số 1234".
_NO_UNIT = {"so", "la", "va", "co", "ko", "dc", "bs", "tu", "xe", "no", "de", "ve", "ga", "to", "tp", "hd"}
_VEHICLE_BEFORE = re.compile(r"(?:biển|bien|bs|xe|ô tô|o to|quân đội|quan doi|quân sự|đỏ)\b[^.;?!]{0,14}$")
_PHONE = re.compile(
    r"(?<![\w.,/+-])(?:\(?\+?84\)?[\s.-]?|0[\s.-]?)"
    r"(?P<rest>(?:[35789][\s.-]?\d|2[\s.-]?\d{1,2})(?:[\s.-]?\d){7,8})(?![\w/]|[.,-]\d)"
)
_CODE = re.compile(
    r"(?<![\w-])(?P<kind>tp)[\s_.-]{0,3}(?P<year>\d{2})[\s_.-]{0,3}(?P<rest>[0-9a-z]{4,8})(?![\w-])", re.I
)
# "hai trăm năm mươi", "mười lăm", "trăm rưỡi": numbers in words above ten.
_SMALL = "một|mốt|hai|ba|bốn|tư|năm|lăm|nhăm|sáu|bảy|bẩy|tám|chín"
_LONG_NUMBER = (
    rf"(?:(?:{say(_SMALL)}\s+)?{say('trăm')}(?:\s+{say('rưỡi|rưởi')}"
    rf"|(?:\s+{say('linh|lẻ')})?\s+(?:{say(_SMALL)}\s+)?{say('mươi|mười|chục')}(?:\s+{say(_SMALL)})?)"
    rf"|{say(_SMALL)}\s+{say('mươi|chục')}(?:\s+{say(_SMALL)})?|{say('mười')}\s+{say(_SMALL)})"
)
_MONEY = re.compile(
    rf"(?<![\w.,/-])(?P<n>\d{{1,3}}(?:[.,]\d{{3}})+|\d+(?:[.,]\d{{1,2}})?|{_LONG_NUMBER}|{say(NUMBERS)})\s*"
    r"(?P<unit>"
    + say("tỷ|tỉ|triệu|tr|củ|chai|trăm nghìn|trăm ngàn|trăm|nghìn|ngàn|k|cành|xị|lít|loét|đồng|đ|vnđ|vnd")
    + r")"
    + rf"(?P<more>\d{{1,3}}|\s+{say('rưỡi|rưởi')})?(?:\s*{say('đồng|đ|vnđ|vnd')})?(?!\w)"
)
_UNITS = {
    "ty": 1_000_000_000, "ti": 1_000_000_000, "trieu": 1_000_000, "tr": 1_000_000, "cu": 1_000_000,
    "chai": 1_000_000, "tram nghin": 100_000, "tram ngan": 100_000, "tram": 100_000, "xi": 100_000,
    "lit": 100_000, "loet": 100_000, "canh": 1_000,
    "nghin": 1_000, "ngan": 1_000, "k": 1_000, "dong": 1, "d": 1, "vnd": 1,
}  # fmt: skip
# Words for money that mean something else as often; they count only beside a word of payment.
_SLANG = {"cu", "chai", "tram", "xi", "lit", "loet", "canh", "k", "d"}
_PAYS = re.compile(
    say(
        "tiền|mất|chuyển|lừa|phạt|giá|đóng|trả|nộp|cọc|vay|nợ|ck|lấy|đòi|hết|tốn|phí|thu|vòi|gửi|cướp|"
        "trị giá|khoảng|hơn|mượn|đưa|xin|xin đểu|vay|thiếu|bồi|đền|tiền công|bán|mua|thuê|cho mượn|bao"
    )
)
# "ba em" is somebody's father: a number in words counts only people, not kin.
_PEOPLE = re.compile(
    r"(?<![\w.,/-])(?:(?P<n>\d{1,3})\s+"
    + say(
        "người|đứa nhỏ|đứa bé|đứa trẻ|đứa|thằng|tên|đối tượng|thanh niên|nhân khẩu|khẩu|cụ già|cụ|ông|bà|"
        "cô|chú|bạn|khách|em bé|em|cháu bé|cháu|bé|nạn nhân|học sinh|công nhân"
    )
    + rf"|(?P<nw>{say([word for word in NUMBERS if word not in ('nửa', 'tư')], marked=True)})\s+"
    + say(
        "người|đứa nhỏ|đứa bé|đứa trẻ|đứa|thằng|đối tượng|thanh niên|nhân khẩu|cụ già|nạn nhân|học sinh|"
        "vợ chồng",
        marked=True,
    )
    + rf"|(?P<ten>{say('chục', marked=True)})\s+{say('người|đứa|thằng|đối tượng|thanh niên', marked=True)}"
    + rf")(?!\s+{say('tuổi|ba|hai')})(?!\w)"
)
_VEHICLES = {
    "xe_may": "xe máy|xe gắn máy|mô tô|xe mô tô|xe hai bánh|xe 2 bánh|xe honda|xe wave|xe vision|xe sh|"
    "air blade|exciter|xe dream|xe sirius|xe winner|xe lead|xe vespa|xe cúp|xe côn tay|"
    "hon đa|xe tay ga|xe số",
    "o_to": "ô tô con|xe ô tô con|oto con|ô tô|xe ô tô|oto|ôtô|xe hơi|xe con|"
    "xe bốn bánh|xe 4 bánh|xe 4 chỗ|xe 5 chỗ|xe 7 chỗ|xe bảy chỗ|xe bốn chỗ|xế hộp|xe bán tải|xe du lịch",
    "xe_tai": "xe tải|xe ben|xe container|container|công ten nơ|xe đầu kéo|đầu kéo|xe bồn|"
    "xe trộn bê tông|xe hổ vồ",
    "xe_khach": "xe khách|xe buýt|xe bus|xe giường nằm|xe đò|xe dù|xe limousine|xe 16 chỗ|xe 29 chỗ|"
    "xe 45 chỗ|xe đưa rước",
    "xe_dap_dien": "xe đạp điện|xe máy điện|xe điện|xe đạp",
    "xe_ba_banh": "xe ba gác|xe ba bánh|xe lam|xe lôi|xích lô|xe tự chế|xe công nông|máy cày",
    "taxi": "taxi|tắc xi|xe ôm|grab|xe công nghệ",
}
_VEHICLE_OF = {
    form: kind
    for kind, words in _VEHICLES.items()
    for word in words.split("|")
    for form in (word, fold(word))
}
_VEHICLE = re.compile(rf"(?<!\w){say('|'.join(_VEHICLES.values()))}(?!\w)")


def find_patterns(text: str) -> list[Found]:
    """Give all findings of a text, in the order of their offsets; no two overlap.

    Offsets point into the NFC form of the text.
    """
    lowered = nfc(text)[:LONGEST_TEXT]
    if len(lowered.lower()) == len(lowered):
        lowered = lowered.lower()
    taken: list[Found] = []
    for find in _FINDERS:
        for found in find(lowered):
            if all(found.end <= other.start or found.start >= other.end for other in taken):
                taken.append(found)
    return sorted(taken, key=lambda found: found.start)


def _codes(text: str) -> Iterator[Found]:
    for match in _CODE.finditer(text):
        rest = match["rest"]
        if any(char.isdigit() for char in rest) or "-" in match.group():
            value = f"TP-{match['year']}-{rest.upper()}"
            yield Found("ma_ho_so", match.start(), match.end(), value)


def _plates(text: str) -> Iterator[Found]:
    for match in _DIPLOMAT.finditer(text):
        parts = (match["a"], match["b"], match["kind"].upper(), match["c"])
        yield Found("bien_so", match.start(), match.end(), "-".join(parts))
    for match in _RED_PLATE.finditer(text):
        if _VEHICLE_BEFORE.search(text[max(0, match.start() - 24) : match.start()]) and _is_unit(
            match["unit"]
        ):
            value = f"{match['unit'].upper()}-{match['one']}-{match['two']}"
            yield Found("bien_so", match.start(), match.end(), value)
    for match in _PLATE.finditer(text):
        series = re.sub(r"[^\wđ]", "", match["series"]).upper()
        number = re.sub(r"\D", "", match["number"])
        written = number if len(number) == 4 else f"{number[:3]}.{number[3:]}"
        yield Found("bien_so", match.start(), match.end(), f"{match['province']}{series}-{written}")


def _is_unit(letters: str) -> bool:
    """Tell whether two letters begin an army plate; "số" and "là" do not."""
    return fold(letters) not in _NO_UNIT


def _phones(text: str) -> Iterator[Found]:
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match["rest"])
        mobile = digits[0] in "35789"
        if len(digits) == (9 if mobile else 10):
            yield Found("so_dien_thoai", match.start(), match.end(), f"0{digits}")


def _sums(text: str) -> Iterator[Found]:
    for match in _MONEY.finditer(text):
        unit = fold(re.sub(r"\s+", " ", match["unit"]))
        if unit in _SLANG and not _clearly_money(match["n"], unit, text[: match.start()]):
            continue
        amount = _amount(match["n"], unit)
        if amount is None:
            continue
        value = amount * _UNITS[unit]
        more = (match["more"] or "").strip()
        if more.isdigit():
            # "5tr2" is 5.2 million, "5tr250" 5.25 million.
            value += int(more) * _UNITS[unit] / 10 ** len(more)
        elif more:
            value += _UNITS[unit] / 2
        if value >= 1_000:
            yield Found("so_tien", match.start(), match.end(), round(value))


def _clearly_money(said: str, unit: str, before: str) -> bool:
    """Tell whether "200k" or "5 chai" is money: by its round number or by a word of payment before it."""
    round_number = len(said) > 3 or (said.isdigit() and said[-1] == "0")
    return (unit in ("k", "d") and round_number) or bool(_PAYS.search(before[-30:]))


def _amount(said: str, unit: str) -> float | None:
    if said[0].isdigit():
        if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", said):
            return float(re.sub(r"\D", "", said))
        return float(said.replace(",", "."))
    number = _number(said)
    # "năm" and "một" before "đồng" and the like are no sums.
    return None if number is None or _UNITS[unit] == 1 else float(number)


_TENS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5, "sau": 6, "bay": 7,
         "tam": 8, "chin": 9}  # fmt: skip


def _long_number(said: str) -> int | None:
    """Read a number of several words below a thousand; None if it is none."""
    total, digit = 0, 0
    for word in fold(said).split():
        if word in _TENS:
            digit = _TENS[word]
        elif word == "tram":
            total, digit = (digit or 1) * 100, 0
        elif word in ("muoi", "chuc"):
            total, digit = total + (digit or 1) * 10, 0
        elif word in ("ruoi",):
            total += 50
        elif word not in ("linh", "le"):
            return None
    return total + digit


def _people(text: str) -> Iterator[Found]:
    for match in _PEOPLE.finditer(text):
        number = 10 if match["ten"] else int(match["n"]) if match["n"] else _number(match["nw"])
        if number and not re.search(r"(?:thứ|thu|lớp|số|phòng)\s*$", text[: match.start()]):
            yield Found("so_nguoi", match.start(), match.end(), number)


def _number(said: str) -> int | None:
    said = re.sub(r"\s+", " ", said)
    if said in NUMBERS:
        return NUMBERS[said]
    known = next((value for word, value in NUMBERS.items() if fold(word) == fold(said)), None)
    return known if known is not None else _long_number(said)


def _vehicles(text: str) -> Iterator[Found]:
    for match in _VEHICLE.finditer(text):
        kind = _VEHICLE_OF.get(re.sub(r"\s+", " ", match.group()))
        if kind is not None:
            yield Found("loai_xe", match.start(), match.end(), kind)


# What has the strictest form goes first: its digits are not read as something else.
_FINDERS: tuple[Callable[[str], Iterator[Found]], ...] = (_codes, _phones, _plates, _sums, _people, _vehicles)
