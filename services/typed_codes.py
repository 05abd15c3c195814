"""Case codes and secrets inside free text: "cho hỏi tin TP 26 7k4m 9qxd, 123456 tới đâu rồi"."""

from __future__ import annotations

import re

from services import report_codes

# Longer texts are stories, whatever they mention.
LONGEST = 160
_CODE = re.compile(r"(?<!\w)(?:t\s*p\s*[\-–.\s]*)?\d{2}[\-–.\s]*\w{4}[\-–.\s]*\w{4}(?!\w)", re.IGNORECASE)
_BEGUN = re.compile(r"(?<!\w)t\s*p\s*[\-–.]\s*\d{2}", re.IGNORECASE)
_SECRET = re.compile(r"(?<![\w\-])\d(?:[\s.\-]?\d){5}(?![\w\-])")


def typed_code(text: str) -> str | None:
    """Find a case code in its proper spelling; None when there is none without a slip."""
    for match in _CODE.finditer(text):
        code = report_codes.read_code(match.group())
        if code is not None:
            return code
    return None


def typed_secret(text: str) -> str:
    """Find the six digits of a secret outside the code, "" when there are none."""
    rest = _CODE.sub(_without, text)
    found = _SECRET.search(rest)
    return (report_codes.read_secret(found.group()) or "") if found else ""


def asks_by_code(text: str) -> bool:
    """Tell whether a short text holds a case code, with or without a slip."""
    return len(text) <= LONGEST and (typed_code(text) is not None or bool(_BEGUN.search(text)))


def _without(match: re.Match[str]) -> str:
    return " " if report_codes.read_code(match.group()) else match.group()
