"""Taking out of a text what names or finds a person: names, numbers, addresses, links; offsets stay true.

Each finding is replaced by a word in brackets (`[tên]`, `[điện thoại]`). What only looks like one is
replaced too: a masked word too many costs a training sentence, one too few costs a citizen. Hotlines of
three digits, wards, districts and provinces stay, because they name nobody. Works on any Unicode form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from services.masked_names import find_names
from services.masked_places import find_addresses
from services.report_facts import windows
from services.spoken_forms import find_patterns
from services.text import fold

NAME, PHONE, PLATE, ID_NUMBER, ADDRESS, LINK, ACCOUNT, CODE, SECRET, NUMBER, BIRTHDAY, EMAIL = (
    "[tên]", "[điện thoại]", "[biển số]", "[số giấy tờ]", "[địa chỉ]", "[liên kết]", "[số tài khoản]",
    "[mã tin]", "[mã riêng]", "[dãy số]", "[ngày sinh]", "[thư điện tử]",
)  # fmt: skip
PLACEHOLDERS = (
    NAME, PHONE, PLATE, ID_NUMBER, ADDRESS, LINK, ACCOUNT, CODE, SECRET, NUMBER, BIRTHDAY, EMAIL,
)  # fmt: skip

_ROUNDS = 8
_FILLER = "•"

_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'“”\[\]]{2,}"
    r"|(?<![\w.@/-])(?:[a-z0-9][a-z0-9-]*\.){1,4}(?:com|vn|net|org|info|xyz|top|online|shop|site|club|vip|"
    r"io|me|cc|app|link|asia|store|live|gov|edu|tk|ly)(?:/[^\s<>\"'“”\[\]]*)?(?![\w@])"
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DIGITS = re.compile(r"(?<![\w/])\+?\d(?:[ .\-]{0,2}\d){5,24}(?![\w/])")
_ID_CUE = re.compile(
    r"\b(?:cccd|cmnd|cmt|can cuoc|chung minh(?: nhan dan| thu)?|ho chieu|passport|dinh danh|ma so thue|bhxh|"
    r"bao hiem|so giay to|bang lai|gplx)\b[^.;\n]{0,24}$"
)
_PASSPORT = re.compile(r"(?<![\w-])[a-z]\d{7,8}(?!\w)")
_ACCOUNT_CUE = re.compile(
    r"\b(?:stk|so tai khoan|so tk|tai khoan|tk|so the|chuyen vao|chuyen qua|chuyen den|chuyen toi|"
    r"ck vao|ck qua|"
    r"nap vao)\b[^.;\n]{0,24}$"
)
_SECRET = re.compile(
    r"\b(?:ma rieng|otp|mat khau|pin|ma xac (?:nhan|thuc))\b(?:\s+(?:la|so|em|toi|"
    r"cua))*\s*:?\s*(\d{4,8})(?!\d)"
)
_CODE = re.compile(
    r"(?<![\w-])(?:tp|xd)[\s-]?\d{2}[\s-]?(?:[0-9a-z]{4}[\s-]?[0-9a-z]{4}|"
    r"(?=[a-z0-9]*\d)[0-9a-z]{4})(?![\w-])"
)
_BIRTHDAY = re.compile(
    r"\b(?:sinh(?: ngay)?|ngay sinh|ns|sn)\s*:?\s*(\d{1,2}\s?[/.\-]\s?\d{1,2}\s?[/.\-]\s?(?:19|"
    r"20)?\d{2})(?!\d)"
)
_PLATE_CUE = re.compile(
    r"\b(?:bien so|bien kiem soat|bks|bien xe|so xe|bien)\s*(?:xe\s+|la\s+|so\s+|:\s*)*"
    r"((?=[\w.\-]*\d)[a-z0-9][a-z0-9.\-]*(?:[ .\-]\d[\d.\-]*){0,2})"
)
_PLATE_LIKE = re.compile(r"(?<![\w.-])\d{2}\s?-?\s?[a-z]{1,2}\d?\s?-?\s?\d{3}[.\s]?\d{2}(?!\w)")
# "số 112/2026/NĐ-CP" is a decree; sums and years are no numbers of anybody.
_LAW = re.compile(r"\b\d{1,4}/(?:19|20)\d\d/[a-zđ]{2,6}(?:-[a-zđ]{2,8})?")


@dataclass(frozen=True)
class Entity:
    """One entity of a text; `masked` tells that its words were replaced."""

    start: int
    end: int
    entity: str
    value: Any = None
    role: str = ""
    masked: bool = False


@dataclass(frozen=True)
class Masked:
    """A text without what names anybody. `found` lists the placeholders in their order."""

    text: str
    entities: tuple[Entity, ...] = ()
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    placeholder: str


def mask(text: str, entities: Iterable[Entity] = ()) -> Masked:
    """Replace what names or finds a person; entities point at the same words in the new text.

    An entity that overlaps something replaced grows to hold the placeholder whole, and its value becomes
    what then stands there.
    """
    hits = find(text)
    pieces: list[str] = []
    at = 0
    for hit in hits:
        pieces += [text[at : hit.start], hit.placeholder]
        at = hit.end
    masked = "".join([*pieces, text[at:]])
    moved = []
    for entity in entities:
        touched = [hit for hit in hits if hit.start < entity.end and entity.start < hit.end]
        start = _moved(min([entity.start, *(hit.start for hit in touched)]), hits)
        end = _moved(max([entity.end, *(hit.end for hit in touched)]), hits)
        value = masked[start:end] if touched else entity.value
        if not touched and isinstance(value, str) and value != text[entity.start : entity.end]:
            value = mask(value).text
        moved.append(Entity(start, end, entity.entity, value, entity.role, bool(touched)))
    return Masked(masked, tuple(moved), tuple(hit.placeholder for hit in hits))


def find(text: str) -> tuple[_Hit, ...]:
    """Give what is to be replaced, in order and without overlaps; offsets are those of the given text."""
    given, folded, starts, ends = _aligned(text)
    taken: list[_Hit] = []
    for _ in range(_ROUNDS):
        fresh = _round(given, folded, taken)
        if not fresh:
            break
        taken += fresh
        # What stood beside a finding, and was hidden by it, is looked for in the next round.
        for hit in fresh:
            filler = _FILLER * (hit.end - hit.start)
            given = given[: hit.start] + filler + given[hit.end :]
            folded = folded[: hit.start] + filler + folded[hit.end :]
    return tuple(
        _Hit(starts[one.start], ends[one.end - 1], one.placeholder)
        for one in sorted(taken, key=lambda one: one.start)
    )


def _round(given: str, folded: str, known: Sequence[_Hit]) -> list[_Hit]:
    taken: list[_Hit] = []
    for start, end, placeholder in _candidates(given, folded):
        while end > start and folded[end - 1] in " .,;:!?)-":
            end -= 1
        others = (*known, *taken)
        if start < end and all(end <= one.start or start >= one.end for one in others):
            taken.append(_Hit(start, end, placeholder))
    return taken


def _candidates(given: str, folded: str) -> Iterator[tuple[int, int, str]]:
    """Give (start, end, placeholder), the surest first: what comes later must not overlap it."""
    laws = [match.span() for match in _LAW.finditer(folded)]
    for pattern, placeholder in ((_EMAIL, EMAIL), (_LINK, LINK), (_CODE, CODE)):
        for match in pattern.finditer(folded):
            yield *match.span(), placeholder
    for pattern, placeholder in ((_SECRET, SECRET), (_BIRTHDAY, BIRTHDAY)):
        for match in pattern.finditer(folded):
            yield *match.span(1), placeholder
    sums = []
    for offset, part in windows(given):
        for item in find_patterns(part):
            span = (offset + item.start, offset + item.end)
            if item.entity == "so_dien_thoai":
                yield *span, PHONE
            elif item.entity == "bien_so":
                yield *span, PLATE
            elif item.entity == "so_tien":
                sums.append(span)
    for match in _PLATE_LIKE.finditer(folded):
        yield *match.span(), PLATE
    for match in _PLATE_CUE.finditer(folded):
        if sum(char.isdigit() for char in match[1]) >= 4:
            yield *match.span(1), PLATE
    for match in _PASSPORT.finditer(folded):
        yield *match.span(), ID_NUMBER
    for match in _DIGITS.finditer(folded):
        start, end = match.span()
        if not any(begins < end and start < ends for begins, ends in [*laws, *sums]):
            kind = _kind_of_digits(match.group(), folded[max(0, start - 40) : start])
            if kind is not None:
                yield start, end, kind
    for start, end in find_addresses(given, folded):
        yield start, end, ADDRESS
    for start, end in find_names(given, folded):
        yield start, end, NAME


def _kind_of_digits(said: str, before: str) -> str | None:
    digits = re.sub(r"\D", "", said)
    if _ID_CUE.search(before):
        return ID_NUMBER
    if _ACCOUNT_CUE.search(before):
        return ACCOUNT
    if re.fullmatch(r"\d{1,2}[ .\-]\d{1,2}[ .\-]\d{4}", said) or re.fullmatch(r"\d{1,3}(?:\.\d{3})+", said):
        return None
    if len(digits) == 12 and digits[0] == "0":
        return ID_NUMBER
    if 9 <= len(digits) <= 11 and digits[:2] in ("02", "03", "05", "07", "08", "09", "84"):
        return PHONE
    return NUMBER if len(digits) >= 8 else None


@lru_cache(maxsize=4096)
def _letter(cluster: str) -> tuple[str, str]:
    """Give a visible letter composed, and as one folded letter for each of its characters."""
    given = unicodedata.normalize("NFC", cluster)
    folded = fold(given)
    if len(folded) != len(given):
        folded = "".join(form if len(form := fold(char)) == 1 else " " for char in given)
    return given, folded


def _aligned(text: str) -> tuple[str, str, Sequence[int], Sequence[int]]:
    """Give the composed and the folded text, of one length, and where each of its characters stands."""
    given: list[str] = []
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        letters, plain = _letter(text[at:end])
        given.append(letters)
        folded.append(plain)
        starts += [at] * len(letters)
        ends += [end] * len(letters)
        at = end
    return "".join(given), "".join(folded), starts, ends


def _moved(position: int, hits: Sequence[_Hit]) -> int:
    """Give where a border that lies inside no hit stands in the masked text."""
    grown = sum(len(hit.placeholder) - (hit.end - hit.start) for hit in hits if hit.end <= position)
    return position + grown
