"""The words of which Vietnamese build times, and the patterns that find them. See services.moments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from services.text import fold

NUMBERS = {
    "một": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8,
    "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12, "mười lăm": 15, "hai mươi": 20,
    "ba mươi": 30, "nửa": 0,
}  # fmt: skip
# part of the day: (first hour, last hour); an end above 24 is in the next day.
PARTS = {
    "rạng sáng": (2, 6), "tờ mờ sáng": (4, 6), "sáng sớm": (5, 8), "mờ sáng": (4, 6), "gần sáng": (3, 6),
    "nửa đêm": (23, 25), "giữa đêm": (23, 26), "giữa trưa": (11, 13), "giữa khuya": (23, 26),
    "đêm khuya": (22, 27), "chiều tối": (17, 20), "chiều muộn": (16, 19), "xế chiều": (15, 18),
    "xế trưa": (13, 15), "sáng": (5, 11), "trưa": (11, 13), "xế": (14, 17), "chiều": (13, 18),
    "tối": (18, 23), "đêm": (20, 28), "khuya": (22, 27),
}  # fmt: skip
WEEKDAYS = {
    "thứ hai": 0, "thứ ba": 1, "thứ tư": 2, "thứ năm": 3, "thứ sáu": 4, "thứ bảy": 5, "thứ bẩy": 5,
    "chủ nhật": 6, "chúa nhật": 6, "chủ nhựt": 6, "chúa nhựt": 6,
    "thứ 2": 0, "thứ 3": 1, "thứ 4": 2, "thứ 5": 3, "thứ 6": 4, "thứ 7": 5,
    "t2": 0, "t3": 1, "t4": 2, "t5": 3, "t6": 4, "t7": 5, "cn": 6,
}  # fmt: skip


# Feasts that stand for their day: (day, month), True if by the moon.
FEASTS = {
    "trung thu": (15, 8, True), "vu lan": (15, 7, True), "giỗ tổ": (10, 3, True), "noel": (24, 12, False),
    "giáng sinh": (24, 12, False), "quốc khánh": (2, 9, False), "tết tây": (1, 1, False),
    "tết dương lịch": (1, 1, False), "halloween": (31, 10, False), "lễ 30/4": (30, 4, False),
}  # fmt: skip

# What these are without marks is too common another word.
_NEVER = {"xe", "nay", "tu"}
_B, _E = r"(?<![\w/-])", r"(?!\w)"
_PAST_DAYS = (
    "hôm qua|bữa qua|hôm kia|bữa kia|hôm kìa|hôm trước|bữa trước|hôm trc|bữa trc|bữa hổm|hôm bữa|"
    "hum qua|hôm wa"
)
_WHICH_WEEK = "tuần trước|tuần rồi|tuần vừa rồi|tuần qua|tuần này|tuần sau|tuần tới"
_HOUR_START = r"(?:(?<![\w.,/:-])|(?<=h-)|(?<=giờ-)|(?<=gio-)|(?<=\d-)(?=\d{1,2}\s*(?:h|giờ|gio)))"
# "lúc 8 rưỡi": an hour that only the word before it makes one.
_LED = r"(?:(?<=lúc )|(?<=luc )|(?<=tầm )|(?<=tam )|(?<=khoảng )|(?<=khoang )|(?<=hồi )|(?<=hoi ))"
_JUST = "hồi nãy|khi nãy|ban nãy|vừa nãy|mới nãy|nãy giờ|vừa xong|vừa mới|mới đây|mới tức thì"


def say(words: str | Iterable[str], marked: bool = False) -> str:
    """Give a pattern for wordings typed with all of their marks or with none, longest first.

    In a text that has marks (`marked`) a single syllable without them is another word ("xe" is no
    "xế", "sang" no "sáng"), so only wordings of several syllables may lack them.
    """
    given = words.split("|") if isinstance(words, str) else list(words)
    unmarked = {fold(word) for word in given if not marked or " " in word} - _NEVER
    ordered = sorted(unmarked | set(given), key=lambda form: (-len(form), form))
    return "(?:" + "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in ordered) + ")"


def has_marks(text: str) -> bool:
    """Tell whether the writer of a lower-case text uses marks."""
    return fold(text) != text


def _sources(marked: bool) -> list[tuple[str, str]]:
    def one(words: str | Iterable[str]) -> str:
        return say(words, marked)

    small = one([word for word in NUMBERS if word != "nửa"])
    n = rf"(?P<n>\d{{1,3}}|{one([word for word in [*NUMBERS, 'vài', 'mấy'] if word != 'tư'])})"
    unit = rf"(?P<unit>{one('phút|p|tiếng đồng hồ|tiếng|giờ|h|ngày|hôm|bữa|tuần|tháng|năm')})"
    half = rf"(?:\s+(?P<half>{one('rưỡi|rưởi')}))?"
    which_year = rf"(?:\s+(?P<which_year>{one('năm ngoái|năm trước|năm rồi|năm kia|năm nay')}))?"
    part = one(PARTS)
    about = rf"(?:{one('khoảng|chừng|độ|hơn|gần|tầm|cỡ')}\s+)?"
    day = one("ngày|hôm|bữa")
    first_ten = rf"{one('mùng|mồng')}\s*(?P<md>\d{{1,2}}|{small})"
    month_name = one("giêng|chạp|hai|ba|tư|sáu|bảy|tám|chín|mười|mười một|mười hai")

    return [
        ("ago", rf"{_B}{one('cách đây|cách nay')}\s+{about}{n}\s*{unit}{half}{_E}"),
        ("ago", rf"{_B}{n}\s*{unit}{half}\s+{one('trước|về trước')}(?!\s+{one('khi|ngày|lúc|tết|đó')}){_E}"),
        ("since", rf"{_B}{n}\s*{unit}\s+{one('nay|qua|rồi')}{_E}"),
        (
            "full_date",
            rf"{_B}(?:{one('ngày|hôm|mùng|mồng')}\s*)?(?P<d>\d{{1,2}})\s*{one('tháng')}\s*(?P<m>\d{{1,2}})"
            rf"(?:\s*(?:{one('năm')}|/)\s*(?P<y>\d{{4}}))?{which_year}{_E}",
        ),
        ("holiday", rf"{_B}(?:{one('ngày|hôm')}\s+)?(?P<feast>{one(FEASTS)}){which_year}{_E}"),
        ("tet", rf"{_B}(?:(?P<d>\d{{1,2}})|{first_ten})\s*{one('tết')}{_E}"),
        ("tet", rf"{_B}(?P<eve>{one('đêm giao thừa|giao thừa')}){_E}"),
        (
            "lunar",
            rf"{_B}(?:(?P<ram>{one('rằm')})|{first_ten})(?:\s*{one('tháng')}\s*(?P<m>\d{{1,2}}|{month_name}))?"
            rf"(?:\s+{one('âm lịch|âm|âl')})?{_E}",
        ),
        (
            "lunar",
            rf"{_B}(?:{day}\s+)?(?P<md>\d{{1,2}})\s+{one('tháng')}\s+(?P<m>{one('giêng|chạp')})"
            rf"(?:\s+{one('âm lịch|âm|âl')})?{_E}",
        ),
        (
            "date",
            rf"(?<![\w/.,-])(?P<said>{day}\s*)?(?P<d>\d{{1,2}})(?P<sep>[/.-])(?P<m>\d{{1,2}})"
            rf"(?:(?P=sep)(?P<y>\d{{4}}|\d{{2}}))?{which_year}(?![\w/-]|[.,]\d)",
        ),
        (
            "day_of_month",
            rf"{_B}{day}\s+(?P<d>\d{{1,2}})(?:\s*{one('tây|dương lịch|vừa rồi')})?"
            rf"(?!\s*(?:{one('giờ|triệu|người')}|[/.\d]))"
            rf"(?:\s+(?P<which>{one('tháng trước|tháng này')}))?{_E}",
        ),
        (
            "weekday",
            rf"{_B}(?P<wd>{one(WEEKDAYS)})"
            rf"(?:\s+(?:của\s+)?(?P<which>{one(_WHICH_WEEK + '|vừa rồi|vừa qua|rồi|trước|này|tới')}))?{_E}",
        ),
        (
            "edge",
            rf"{_B}(?P<edge>{one('đầu|giữa|cuối')})\s+(?P<of>{one('tuần|tháng|năm')})"
            rf"(?:\s+(?P<which>{one('trước|này|nay|rồi|ngoái|sau|tới')}|\d{{1,2}}|{month_name}))?{_E}",
        ),
        (
            "period",
            rf"{_B}(?P<of>{one('tuần|tháng|năm')})\s+"
            rf"(?P<which>{one('trước|này|nay|rồi|vừa rồi|vừa qua|qua|ngoái|kia|sau|tới')}){_E}",
        ),
        (
            "month",
            rf"{_B}(?:{one('hồi')}\s+)?{one('tháng')}\s+(?P<m>\d{{1,2}}|{month_name})(?:[/\s]+(?:{one('năm')}\s+)?(?P<y>20\d\d))?{which_year}{_E}",
        ),
        (
            "clock",
            rf"{_HOUR_START}(?:(?P<h>\d{{1,2}})\s*(?:h|g(?=\d|\s+{part}))|(?P<hw>\d{{1,2}}|{small})\s*{one('giờ')})\s*"
            rf"(?:{one('kém')}\s*(?P<lm>\d{{1,2}})(?:\s*{one('phút|p')})?"
            rf"|(?P<mi>[0-5]?\d)(?:\s*{one('phút|p')})?|(?P<half>{one('rưỡi|rưởi')}))?(?!\w)",
        ),
        ("clock", rf"{_HOUR_START}(?P<h>[01]?\d|2[0-3]):(?P<mi>[0-5]\d)(?::[0-5]\d)?(?!\w)"),
        ("clock", rf"{_HOUR_START}(?P<h>\d{{1,2}})\s+(?P<half>{one('rưỡi|rưởi')})(?=\s+{part})"),
        # The first end of "từ 8 đến 10h" and of "8-10h".
        (
            "clock",
            rf"{_HOUR_START}(?P<h>\d{{1,2}})(?=\s*(?:{one('đến|tới')}|[-–])\s*\d{{1,2}}\s*(?:h|{one('giờ')}))",
        ),
        ("half_clock", rf"{_LED}(?P<h>\d{{1,2}})\s+(?P<half>{one('rưỡi|rưởi')})(?!\w)"),
        (
            "part_day",
            rf"{_B}(?P<part>{part})\s+"
            rf"(?P<day>{one('nay|hôm nay|qua|wa|kia|mai|ngày mai|mốt|hổm|' + _PAST_DAYS)}){_E}",
        ),
        (
            "part_ago",
            rf"{_B}(?!{one('ban đêm')}){one('hồi|lúc|ban')}\s+(?P<part>{part})"
            rf"(?:\s+(?P<day>{one('hôm qua|qua|nay|hôm kia')}))?{_E}",
        ),
        (
            "day",
            rf"{_B}(?P<day>"
            + one(
                "hôm nay|bữa nay|ngày hôm nay|ngày hôm qua|hqua|hnay|bữa kìa|ngày mai|ngày mốt|ngày kia|"
                "hôm nọ|bữa nọ|hổm rày|mấy hôm nay|mấy bữa nay|mấy ngày nay|" + _PAST_DAYS
            )
            + rf"){_E}",
        ),
        ("just", rf"{_B}(?P<just>{one(_JUST)}|lúc\s+nãy|nãy){_E}"),
        ("now", rf"{_B}(?:ngay\s+)?{one('bây giờ|hiện giờ|hiện tại|bi giờ|lúc này|giờ này|hiện nay')}{_E}"),
        ("part", rf"{_B}{part}{_E}"),
    ]


_COMPILED = {
    marked: [(kind, re.compile(source)) for kind, source in _sources(marked)] for marked in (True, False)
}


def time_patterns(text: str) -> list[tuple[str, re.Pattern[str]]]:
    """Give the patterns, with the names of their kinds, that fit how a lower-case text is typed."""
    return _COMPILED[has_marks(text)]


def count(said: str) -> int:
    said = re.sub(r"\s+", " ", said)
    return int(said) if said.isdigit() else int(NUMBERS[marked(said, NUMBERS)])


def marked(said: str, table: Mapping[str, object]) -> str:
    """Give the key of a table that was said, typed with marks or without."""
    said = re.sub(r"\s+", " ", said)
    if said in table:
        return said
    return next(key for key in table if fold(key) == fold(said))


def month_number(said: str) -> int:
    """Give the number of a month said by number or name; "giêng" is the first, "chạp" the last."""
    return {"gieng": 1, "chap": 12}.get(fold(said)) or count(said)
