"""Names of people in what citizens type, with and without marks and capitals."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SURNAMES = (
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh truong mai cao "
    "to ta luong dao "
    "doan ha tang thai chau kieu quach vuong trinh lam phung nghiem thach son kim danh ton lai "
    "luu la mac khuat "
    "giang vi quang cu diep lo quan trieu hua than tong ong uong chu bach nong ma mong lu sung giap hau ninh"
)
SURNAMES = frozenset(_SURNAMES.split())
# The surnames that are no usual word otherwise, and so count without a cue and without capitals.
_PLAIN = frozenset(["nguyen", "tran", "pham", "huynh", "phan"])
# Provinces, cities, and words of offices that begin like a name.
_NO_NAMES = re.compile(
    r"\b(?:ho chi minh|ha noi|ha nam|ha tinh|ha giang|ha tien|ha long|thai binh|thai nguyen|lam "
    r"dong|cao bang|kien giang|"
    r"son la|quang (?:nam|ngai|ninh|binh|tri)|ninh (?:binh|thuan)|an giang|bac (?:giang|kan|lieu|"
    r"ninh)|mac do|"
    r"dong (?:nai|thap)|da nang|da lat|lai chau|dao tao|do thi|vo cuc|to cao|to giac|le phi|cao "
    r"dang|cao toc|luu tru|"
    r"luu y|giang duong|tong dai|cong an|mai linh|ma so|ma tin|chu tich|chu tro|chu nha|kim loai|"
    r"bach khoa|lam sao|lam the)\b"
)
_NEW_WORD = re.compile(r"[^\W\d_]+")
_CUE = re.compile(
    r"\b(?:(?:ho (?:va )?ten|ho ten|ten that|ten day du)(?: (?:la|toi|em|tui|minh|con|chau))*"
    r"|ten (?:toi|em|tui|minh|con|chau|cua toi|cua em|chong toi|vo toi|me toi|bo toi|con toi|no|"
    r"han|nguoi do)(?: la)?"
    r"|(?:toi|em|tui|minh|con|chau|bac|co|chu|ong|ba|anh|chi|no|nguoi do|ke do|chong|vo|me|bo|be|"
    r"la) ten(?: la)?"
    r"|(?:bi can|bi hai|chu xe|chu ho|chu tai khoan|ctk|nguoi nhan|nguoi thu huong)(?: ten)?(?: la)?"
    r"|ki ten|ky ten|nguoi bao tin)\s*:?\s+"
)
_TITLE = re.compile(
    r"\b(?:ong|ba|anh|chi|co|chu|bac|em|be|chau|thang|con|dong chi|thieu ta|dai uy|trung ta|thuong uy)\s+$"
)
_PLACE_BEFORE = re.compile(
    r"\b(?:duong|pho|phuong|xa|quan|huyen|tinh|thanh pho|tp|thi tran|thi xa|truong|cho|cau|benh "
    r"vien|ben xe|san bay|"
    r"cong vien|khu pho|ap|thon|hem|ngo|nga tu|nga ba|cong ty|chung cu|dai hoc|toa nha|san van dong)\.?\s+$"
)
_ENDS = frozenset(
    [
        "la",
        "va",
        "voi",
        "o",
        "tai",
        "bi",
        "da",
        "dang",
        "se",
        "muon",
        "can",
        "xin",
        "hoi",
        "co",
        "khong",
        "ko",
        "thi",
        "ma",
        "sinh",
        "nam",
        "sdt",
        "so",
        "dien",
        "thoai",
        "cccd",
        "cmnd",
        "dia",
        "chi",
        "tuoi",
        "que",
        "lam",
        "nha",
        "quan",
        "phuong",
        "xa",
        "huyen",
        "tinh",
        "duong",
        "hom",
        "luc",
        "vua",
        "moi",
        "noi",
        "mat",
        "lay",
        "trom",
        "danh",
        "lua",
        "chuyen",
        "cho",
        "ve",
        "den",
        "toi",
        "em",
        "tui",
        "minh",
        "nay",
        "do",
        "kia",
        "a",
        "ạ",
        "nhe",
        "nha",
        "nua",
        "roi",
        "cung",
        "de",
        "nhung",
        "nen",
        "gui",
        "bao",
        "goi",
        "nhan",
        "bien",
        "cua",
    ]
)
_AT_MOST = 5


def find_names(given: str, folded: str) -> Iterator[tuple[int, int]]:
    """Give (start, end) of what reads as a person's name; both texts are of one length."""
    words = [match.span() for match in _NEW_WORD.finditer(given)]
    letters = [char for char in given if char.isalpha()]
    shouted = bool(letters) and sum(char.isupper() for char in letters) > 0.7 * len(letters)
    cued = {match.end() for match in _CUE.finditer(folded)}
    # Of a shouted text the capitals tell nothing.
    given = folded if shouted else given
    known = [match.span() for match in _NO_NAMES.finditer(folded)]
    for index, (start, _) in enumerate(words):
        if start in cued:
            count = _length(given, folded, words, index, need_capitals=False, cued=True)
        elif any(begins <= start < ends for begins, ends in known):
            continue
        else:
            count = _starts_name(given, folded, words, index)
        if count:
            yield start, words[index + count - 1][1]


def _starts_name(given: str, folded: str, words: list[tuple[int, int]], index: int) -> int:
    start, end = words[index]
    said = folded[start:end]
    before = folded[max(0, start - 24) : start]
    titled = bool(_TITLE.search(before))
    if _PLACE_BEFORE.search(before):
        return 0
    capital = given[start].isupper()
    if said in SURNAMES and capital:
        count = _length(given, folded, words, index, need_capitals=True, cued=False)
        return count if count >= 2 else 0
    if said in _PLAIN or (said in SURNAMES and _middle(given, folded, words, index)):
        count = _length(given, folded, words, index, need_capitals=False, cued=False)
        return count if count >= 3 or (count == 2 and titled) else 0
    if titled and capital and not _sentence_start(given, start):
        return _length(given, folded, words, index, need_capitals=True, cued=False)
    return 0


def _middle(given: str, folded: str, words: list[tuple[int, int]], index: int) -> bool:
    return index + 2 < len(words) and _is_middle_name(given, folded, words[index + 1])


def _is_middle_name(given: str, folded: str, word: tuple[int, int]) -> bool:
    # "vẫn" and "thì" are written otherwise: "trợ lý vẫn trả lời", "bị trả lại thì sao".
    return folded[slice(*word)] in ("van", "thi") and given[slice(*word)].lower() not in ("vẫn", "thì")


def _sentence_start(given: str, start: int) -> bool:
    return given[:start].rstrip()[-1:] in ("", ".", "!", "?", "\n")


def _length(
    given: str, folded: str, words: list[tuple[int, int]], index: int, need_capitals: bool, cued: bool
) -> int:
    """Give of how many words a name is; words of one name are parted by single blanks."""
    count = 0
    first_capital = given[words[index][0]].isupper()
    for place in range(index, min(index + _AT_MOST, len(words))):
        start, end = words[place]
        if place > index and given[words[place - 1][1] : start] != " ":
            break
        said = folded[start:end]
        if not given[start].isupper() and (need_capitals or (cued and first_capital and count >= 1)):
            break
        # "van" and "thi" after a surname are no words of the sentence, nor is what follows them.
        middle = (place == index + 1 and _is_middle_name(given, folded, words[place])) or (
            place == index + 2 and _is_middle_name(given, folded, words[place - 1])
        )
        if not given[start].isupper() and not middle and (said in _ENDS or count >= 4 - (not cued)):
            break
        count += 1
    return count
