"""Texts of conversations as reviewing keeps them: masked, with spans, sealed as JSON; and what is alike."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.masking import PLACEHOLDERS, Entity, mask
from services.review_records import Span
from services.secrets import Cipher
from services.text import fold

# What carries no meaning in a question: two messages that differ by these only say the same.
_SMALL_SAID = (
    "a ạ da dạ vang uh um oi ơi oi nhe nha nhé nghe vay vậy the thi la ma co cho em anh chi toi "
    "minh tui con chau "
    "bac chu co cac ad admin hoi xin giup dum voi duoc khong ko k hk hok dc z gi j nao sao bao "
    "nhieu nay do kia day "
    "can muon phai lam o de va hay roi chua se dang da bi nhu nhe nha ha hen"
)
_SMALL = frozenset(fold(_SMALL_SAID).split())
_WORD = re.compile(r"\w+")
_PLACEHOLDER = re.compile("|".join(re.escape(placeholder) for placeholder in PLACEHOLDERS))
_SIMILAR = "review similar"


@dataclass(frozen=True)
class Body:
    """A citizen's text as reviewing keeps it.

    `entities` stand in the text; `given` are those that a tap or a picture brought along, (name, value).
    """

    text: str
    entities: tuple[Entity, ...] = ()
    given: tuple[tuple[str, Any], ...] = ()

    @property
    def is_masked(self) -> bool:
        """Tell whether something in it was replaced."""
        return _PLACEHOLDER.search(self.text) is not None


def body_of(event: dict[str, Any]) -> Body:
    """Make the body of a user event as Rasa serialises it, without offsets that point beside the text."""
    text = str(event.get("text") or "")
    inside, given = [], []
    for found in (event.get("parse_data") or {}).get("entities") or []:
        start, end, name = found.get("start"), found.get("end"), str(found.get("entity") or "")
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text):
            inside.append(Entity(start, end, name, found.get("value"), str(found.get("role") or "")))
        elif name:
            given.append((name, found.get("value")))
    masked = mask(text, inside)
    return Body(masked.text, masked.entities, tuple(given))


def seal_body(cipher: Cipher, body: Body) -> str:
    """Seal a body."""
    entities = [[e.start, e.end, e.entity, e.value, e.role, e.masked] for e in body.entities]
    return cipher.seal(json.dumps([body.text, entities, body.given], ensure_ascii=False, default=str))


def open_body(cipher: Cipher, sealed: str) -> Body:
    """Read what `seal_body` gave."""
    text, entities, given = json.loads(cipher.open(sealed))
    return Body(text, tuple(Entity(*one) for one in entities), tuple((name, value) for name, value in given))


def seal_spans(cipher: Cipher, spans: Sequence[Span]) -> str:
    """Seal spans that a member of staff set."""
    return cipher.seal(
        json.dumps([[s.start, s.end, s.entity, s.value, s.role] for s in spans], ensure_ascii=False)
    )


def open_spans(cipher: Cipher, sealed: str) -> tuple[Span, ...]:
    """Read what `seal_spans` gave."""
    return tuple(Span(*one) for one in json.loads(cipher.open(sealed)))


def shown_spans(body: Body) -> tuple[Span, ...]:
    """Give the entities of a text for people to see: values that are no plain text are shown as written."""
    return tuple(
        Span(
            e.start,
            e.end,
            e.entity,
            e.value if isinstance(e.value, str) else body.text[e.start : e.end],
            e.role,
        )
        for e in body.entities
    )


def similar_key(cipher: Cipher, text: str) -> str:
    """Give the keyed hash of the words that carry meaning, in any order, without marks."""
    words = set(_WORD.findall(fold(text)))
    return cipher.digest(_SIMILAR, " ".join(sorted(words - _SMALL or words)))
