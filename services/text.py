"""Vietnamese text as data: one Unicode form, and a form without marks for comparing."""

from __future__ import annotations

import re
import unicodedata

_D_STROKE = str.maketrans({"đ": "d", "Đ": "D"})
_SPACES = re.compile(r"\s+")


def nfc(text: str) -> str:
    """Give the composed Unicode form, in which one visible letter is one code point."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Give the lower-case form without marks, "đ" as "d", for comparing what people typed.

    The folded text has exactly one character per character of the NFC text when that text is
    ordinary Vietnamese, so offsets found in it hold for the NFC text too.
    """
    decomposed = unicodedata.normalize("NFD", nfc(text).translate(_D_STROKE).lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def squeeze(text: str) -> str:
    """Give the text with every run of white space as one blank and none at the ends."""
    return _SPACES.sub(" ", text).strip()
