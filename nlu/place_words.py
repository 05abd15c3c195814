"""What a tagger sees of a word in a text: the word, its neighbours, and whether places are built with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.syllables import plain_word

# A longer message says its place near its beginning; what is behind is not read.
LONGEST_TEXT = 600
_TOKEN = re.compile(r"\w+(?:[./-]\w+)*|[^\w\s]")
_NUMBER = re.compile(r"^\d[\d./-]*[a-z]?$")

# Words that places begin with, and those that units begin with, without marks.
_PLACE_WORDS = """
    duong pho hem ngo ngach kiet so nha quan cho cau ngatu nga ba tu phuong xa ap thon xom khu to toa
    chung cu cong vien truong benh ben xe quoc lo ql tinh tl dl hl cao toc vong xoay goc dau cuoi truoc
    sau canh gan doi dien huyen tp thanh q p kcn kdc ktx chua dinh bai song kenh ho tiem karaoke khach
    san sieu thi cay xang tram kho bo cang bay ga block tang lau doc deo ham
"""
PLACES = frozenset(_PLACE_WORDS.split())
_UNIT_WORDS = """
    cong an doi tram don phong cuc bo canh sat csgt pccc truc ban ca cax cap cahs pc06 pc07 pc08 pc02
    pc01 c06 c08 vks toa tru so trai tam giam thanh tra co quan dieu csdt qlhc xnc
"""
UNITS = frozenset(_UNIT_WORDS.split())


@dataclass(frozen=True)
class Token:
    """A word of a text with its offsets."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Cut a text at white space and punctuation; house numbers such as 12/5 stay whole."""
    return [Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text[:LONGEST_TEXT])]


def features(words: Sequence[Token]) -> list[list[str]]:
    """Give the features of each word of a text."""
    plain = [plain_word(word.text) if len(word.text) <= 24 else "_long_" for word in words]
    signs = [_signs(word.text, form) for word, form in zip(words, plain, strict=True)]
    found = []
    for place in range(len(words)):
        here = [f"w={plain[place]}", f"x={words[place].text.lower()[:24]}", f"end={plain[place][-2:]}"]
        here += [f"0{sign}" for sign in signs[place]]
        for step in (-3, -2, -1, 1, 2, 3):
            other = place + step
            if 0 <= other < len(words):
                here.append(f"{step}w={plain[other]}")
                here += [f"{step}{sign}" for sign in signs[other]]
            else:
                here.append(f"{step}edge")
        if place:
            here.append(f"pair={plain[place - 1]} {plain[place]}")
        if place + 1 < len(words):
            here.append(f"next={plain[place]} {plain[place + 1]}")
        found.append(here)
    return found


def _signs(word: str, plain: str) -> list[str]:
    found = []
    if _NUMBER.match(plain):
        found.append("number")
    if word[:1].isupper():
        found.append("capital")
    if not word[:1].isalnum():
        found.append("sign")
    if plain in PLACES:
        found.append("place")
    if plain in UNITS:
        found.append("unit")
    return found
