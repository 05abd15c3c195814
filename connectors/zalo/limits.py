"""What fits into one Zalo message: length of text, number and length of buttons, plain text only."""

from __future__ import annotations

import re

from services.text import nfc

MAX_TEXT = 2_000
MAX_BUTTONS = 5
MAX_TITLE = 100
MAX_SUBTITLE = 500
MAX_QUERY = 1_000

# Where a long text may be cut, best place first.
_BORDERS = ("\n\n", "\n", ". ", "! ", "? ", "; ", ", ", " ")
_MARKDOWN = (
    (re.compile(r"```\w*\n?"), ""),
    (re.compile(r"!?\[([^\]\n]+)\]\((https?://[^)\s]+)\)"), r"\1: \2"),
    (re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*"), r"\1"),
    # Inside a word, as in an address, two low lines are no Markdown.
    (re.compile(r"(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
    (re.compile(r"^#{1,6} +", re.MULTILINE), ""),
)


def plain(text: str) -> str:
    """Give the text in NFC without Markdown signs, which Zalo would show as they are."""
    text = nfc(text)
    for pattern, replacement in _MARKDOWN:
        text = pattern.sub(replacement, text)
    return text.strip()


def split_text(text: str, limit: int = MAX_TEXT) -> list[str]:
    """Cut a text into parts of at most `limit` characters, at paragraphs, lines, sentences, words."""
    parts = []
    rest = plain(text)
    while len(rest) > limit:
        cut = _border(rest, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        parts.append(rest)
    return parts


def short_title(title: str, limit: int = MAX_TITLE) -> str:
    """Give a button's title on one line, cut at a word with an ellipsis when it is too long."""
    title = " ".join(plain(title).split())
    if len(title) <= limit:
        return title
    head = title[: limit - 1]
    return (head.rsplit(" ", 1)[0] if " " in head else head).rstrip(" ,.;:–-") + "…"


def _border(text: str, limit: int) -> int:
    for border in _BORDERS:
        at = text.rfind(border, limit // 2, limit)
        if at > 0:
            return at + len(border)
    at = text.rfind(" ", 1, limit)
    return at + 1 if at > 0 else limit
