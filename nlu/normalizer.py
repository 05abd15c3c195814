"""Writes a citizen's message the way a careful typist would, for the features of the classifier only.

What is repaired: Unicode form, invisible letters, stretched letters, the place of the tone mark, chat
shorthand (by its neighbours where it has several meanings), letters that the Telex method left over.
The message itself stays as it was written, so offsets of entities are not touched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from nlu.syllables import decode_telex, is_syllable, place_tone
from services.text import fold, nfc

LEXICON = Path(__file__).parent / "lexicons" / "viet_tat.yml"
# A longer message says what it is about at its beginning or at its end.
HEAD, TAIL = 1400, 600
LONGEST_WORD = 40

_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_TOKEN = re.compile(r"\w+(?:[.,:/-]\w+)*|[?]|[^\w\s]")
_NUMBER = re.compile(r"^\d[\d.,]*$")
_LETTERS = re.compile(r"^[^\W\d_]+$")
_EMOJI = {
    "🙏": "cảm ơn", "❤": "cảm ơn", "🥰": "cảm ơn", "😘": "cảm ơn", "🌹": "cảm ơn", "💐": "cảm ơn",
    "👍": "ok", "👌": "ok", "🆗": "ok", "✅": "ok", "👎": "không", "❌": "không",
    "👋": "chào", "🔥": "cháy", "🚒": "cháy", "🆘": "cứu gấp", "🚨": "gấp", "🔪": "dao",
}  # fmt: skip


class Normalizer:
    """Rewrites texts by a lexicon of short forms; see nlu/lexicons/viet_tat.yml for its form."""

    def __init__(self, lexicon: dict[str, Any]) -> None:
        self._plain = {nfc(str(key)): str(value) for key, value in lexicon["plain"].items()}
        rules = {nfc(str(key)): value for key, value in lexicon["by_neighbour"].items()}
        self._rules: dict[str, list[dict[str, Any]]] = {
            key: rules[nfc(value[0]["same_as"])] if "same_as" in value[0] else value
            for key, value in rules.items()
        }

    def words(self, text: str) -> list[str]:
        """Give the words of a text, lower case, repaired; at most about 2,000 letters are read."""
        tokens = [self._repair(token[:LONGEST_WORD]) for token in _TOKEN.findall(clean(text))]
        known = [self._plain.get(token, token) for token in tokens]
        folded = [fold(token) for token in known]
        written: list[str] = []
        for place, token in enumerate(known):
            if token == tokens[place] and token in self._rules:
                token = self._by_neighbour(token, place, folded)
            written.extend(token.split())
        return [word for word in written if word[0].isalnum() or word == "?"]

    def _repair(self, token: str) -> str:
        """Shorten stretched letters and take slips of Telex away; "cccd" and "nnn" are no such thing."""
        return token if token in self._plain else _spell(_STRETCHED.sub(r"\1", token))

    def _by_neighbour(self, token: str, place: int, folded: Sequence[str]) -> str:
        before = _around(folded, place, -1)
        after = _around(folded, place, +1)
        for rule in self._rules[token]:
            if "else" in rule:
                return str(rule["else"])
            wants_before, wants_after = rule.get("before"), rule.get("followed")
            if "after" in rule:
                wants_before = rule["after"]
            if wants_before is not None and not before & {str(word) for word in wants_before}:
                continue
            if wants_after is not None and not after & {str(word) for word in wants_after}:
                continue
            return str(rule["gives"])
        return token


def load_normalizer() -> Normalizer:
    """Make the normalizer of the lexicon in the project."""
    return Normalizer(load_lexicon())


def load_lexicon() -> dict[str, Any]:
    """Read the lexicon of short forms."""
    lexicon: dict[str, Any] = yaml.safe_load(LEXICON.read_text(encoding="utf-8"))
    return lexicon


def clean(text: str) -> str:
    """Give one Unicode form, lower case, without invisible letters, emoji as words."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]} {text[-TAIL:]}"
    text = _INVISIBLE.sub("", nfc(text)).lower()
    for sign, word in _EMOJI.items():
        if sign in text:
            text = text.replace(sign, f" {word} ")
    return nfc(text)


def _spell(token: str) -> str:
    """Put the tone mark of a syllable where dictionaries have it, and take Telex left-overs away."""
    if not _LETTERS.match(token) or len(token) < 2 or len(token) > 12:
        return token
    if is_syllable(token):
        return place_tone(token)
    return decode_telex(token) or token


def _around(folded: Sequence[str], place: int, step: int) -> set[str]:
    """Give what stands beside a word: the word, its outer half if it is a phrase, and the signs for it."""
    other = place + step
    if other < 0:
        return {"^"}
    if other >= len(folded) or (step > 0 and not folded[other][:1].isalnum()):
        return {"$"}
    near = folded[other]
    if not near[:1].isalnum():
        return {"^"}
    found = {near, near.split()[-1 if step < 0 else 0]}
    if step < 0 and other > 0:
        found.add(f"{folded[other - 1]} {near}")
    if _NUMBER.match(near):
        found.add("#")
    return found
