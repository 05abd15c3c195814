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
_PHONE = re.compile(
    r"(?<![\w.,/-])(?:\+?84[\s.-]?|0)(?P<rest>(?:[35789]\d|2\d{1,2})(?:[\s.-]?\d){7,8})(?![\w/]|[.,-]\d)"
)
_CODE = re.compile(r"(?<![\w-])(?P<kind>tp)[\s-]?(?P<year>\d{2})[\s-]?(?P<rest>[0-9a-z]{4,8})(?![\w-])", re.I)
_MONEY = re.compile(
    rf"(?<![\w.,/-])(?P<n>\d{{1,3}}(?:[.,]\d{{3}})+|\d+(?:[.,]\d{{1,2}})?|{say(NUMBERS)})\s*"
    r"(?P<unit>"
    + say("tỷ|tỉ|triệu|tr|củ|chai|trăm nghìn|trăm ngàn|trăm|nghìn|ngàn|k|xị|lít|đồng|đ|vnđ|vnd")
    + r")"
    + rf"(?P<more>\d{{1,3}}|\s+{say('rưỡi|rưởi')})?(?:\s*{say('đồng|đ|vnđ|vnd')})?(?!\w)"
)
_UNITS = {
    "ty": 1_000_000_000, "ti": 1_000_000_000, "trieu": 1_000_000, "tr": 1_000_000, "cu": 1_000_000,
    "chai": 1_000_000, "tram nghin": 100_000, "tram ngan": 100_000, "tram": 100_000, "xi": 100_000,
    "lit": 100_000, "nghin": 1_000, "ngan": 1_000, "k": 1_000, "dong": 1, "d": 1, "vnd": 1,
}  # fmt: skip
# Words for money that mean something else as often; they count only beside a word of payment.
_SLANG = {"cu", "chai", "tram", "xi", "lit", "k", "d"}
_PAYS = re.compile(
    say(
        "tiền|mất|chuyển|lừa|phạt|giá|đóng|trả|nộp|cọc|vay|nợ|ck|lấy|đòi|hết|tốn|phí|thu|vòi|gửi|cướp|"
        "trị giá|khoảng|hơn"
    )
)
# "ba em" is somebody's father: a number in words counts only people, not kin.
_PEOPLE = re.compile(
    r"(?<![\w.,/-])(?:(?P<n>\d{1,3})\s+"
    + say("người|đứa|thằng|tên|đối tượng|thanh niên|nhân khẩu|khẩu|ông|bà|cô|chú|bạn|khách|em|cháu|bé")
    + rf"|(?P<nw>{say([word for word in NUMBERS if word not in ('nửa', 'tư')], marked=True)})\s+"
    + say("người|đứa|thằng|đối tượng|thanh niên|nhân khẩu", marked=True)
    + rf")(?!\s+{say('tuổi|ba|hai')})(?!\w)"
)
_VEHICLES = {
    "xe_may": "xe máy|xe gắn máy|mô tô|xe mô tô|xe hai bánh|xe 2 bánh|xe honda|xe wave|xe vision|xe sh|"
    "air blade|exciter|xe dream|xe sirius|xe winner|xe lead|xe vespa|xe cúp|xe côn tay|"
    "hon đa|xe tay ga|xe số",
    "o_to": "ô tô|xe ô tô|oto|ôtô|xe hơi|xe con|xe bốn bánh|xe 4 bánh|xe 4 chỗ|xe 5 chỗ|xe 7 chỗ|"
    "xe bảy chỗ|xe bốn chỗ|xế hộp|xe bán tải|xe du lịch",
    "xe_tai": "xe tải|xe ben|xe container|container|công ten nơ|xe đầu kéo|đầu kéo|xe bồn|"
    "xe trộn bê tông|xe hổ vồ",
    "xe_khach": "xe khách|xe buýt|xe bus|xe giường nằm|xe đò|xe dù|xe limousine|xe 16 chỗ|xe 29 chỗ|"
    "xe 45 chỗ|xe đưa rước",
    "xe_dap_dien": "xe đạp điện|xe máy điện|xe điện|xe đạp",
    "xe_ba_banh": "xe ba gác|xe ba bánh|xe lôi|xích lô|xe tự chế|xe công nông|máy cày",
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
    for match in _PLATE.finditer(text):
        series = re.sub(r"[^\wđ]", "", match["series"]).upper()
        number = re.sub(r"\D", "", match["number"])
        written = number if len(number) == 4 else f"{number[:3]}.{number[3:]}"
        yield Found("bien_so", match.start(), match.end(), f"{match['province']}{series}-{written}")


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


def _people(text: str) -> Iterator[Found]:
    for match in _PEOPLE.finditer(text):
        number = int(match["n"]) if match["n"] else _number(match["nw"])
        if number and not re.search(r"(?:thứ|thu|lớp|số|phòng)\s*$", text[: match.start()]):
            yield Found("so_nguoi", match.start(), match.end(), number)


def _number(said: str) -> int | None:
    said = re.sub(r"\s+", " ", said)
    if said in NUMBERS:
        return NUMBERS[said]
    return next((value for word, value in NUMBERS.items() if fold(word) == said), None)


def _vehicles(text: str) -> Iterator[Found]:
    for match in _VEHICLE.finditer(text):
        kind = _VEHICLE_OF.get(re.sub(r"\s+", " ", match.group()))
        if kind is not None:
            yield Found("loai_xe", match.start(), match.end(), kind)


# What has the strictest form goes first: its digits are not read as something else.
_FINDERS: tuple[Callable[[str], Iterator[Found]], ...] = (_codes, _phones, _plates, _sums, _people, _vehicles)
