"""One text annotated: what the citizen meant, and which words are which entity.

Works by keyboard, mouse and finger, and without JavaScript, where the words of an entity are typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from starlette.responses import Response

from console import review_words
from console.conversation_page import number
from console.permissions import CONVERSATIONS
from console.visit import NotThere, Page, Visit
from services import reviews
from services.review_records import MessageFilter, MessageRow, ReviewRefused, Span

# A word, a number with its points and dashes, a masked part, or a single sign.
_PIECE = re.compile(r"\[[^\]\n]{1,40}\]|\w+(?:[-./]\w+)*|\S")
EMPTY_ROWS = 3
MOST_SPANS = 30


@dataclass(frozen=True)
class Piece:
    """A part of the text to choose: characters `start` up to `end`, and what stands before it."""

    before: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Marked:
    """An entity as the form gives it; `start` empty: the words were typed, not marked."""

    start: str
    words: str
    entity: str


class NotInText(Exception):
    """The words of an entity do not stand in the text, or two entities overlap."""


def annotate(visit: Visit) -> Response:
    """Show one text to annotate."""
    return _shown(visit, _message(visit))


def store(visit: Visit) -> Response:
    """Store what a text means and go on to the next one that nobody has looked at."""
    message, names = _message(visit), visit.console.names
    typed, how = visit.sent("intent", 64), visit.sent("how", 16)
    intent = names.intent_of(typed)
    columns = (visit.sent_all(name)[:MOST_SPANS] for name in ("start", "words", "entity"))
    marked = [Marked(*values) for values in zip(*columns, strict=False)]
    ids, cipher, viewer, now = [message.id], visit.console.cipher, visit.viewer, visit.now
    try:
        with visit.write() as session:
            if how == "reject":
                reviews.reject(session, cipher, viewer, ids, now)
            elif how == "reopen":
                reviews.reopen(session, cipher, viewer, ids, now)
            else:
                if not intent:
                    raise ReviewRefused("Anh/chị chọn ý của bà con trong danh sách.")
                spans = read_spans(message.text, marked, names.entities)
                reviews.correct(session, cipher, viewer, ids, intent, spans, now)
    except (ReviewRefused, NotInText) as error:
        return _shown(visit, message, str(error), typed, marked)
    if how == "reopen":
        return visit.go(f"/chua-hieu/{message.id}", "luu")
    return visit.go(_next(visit), "luu")


def read_spans(text: str, marked: list[Marked], entities: tuple[str, ...]) -> tuple[Span, ...]:
    """Read the entities of the form, in the order of the text. Raises NotInText, in Vietnamese."""
    found: list[Span] = []
    for one in marked:
        if not one.words.strip() or not one.entity:
            continue
        if one.entity not in entities:
            raise NotInText("Loại thông tin không có trong danh sách.")
        words = one.words if one.start else one.words.strip()
        start = int(one.start) if one.start.isascii() and one.start.isdigit() else text.find(words)
        if start < 0 or text[start : start + len(words)] != words:
            raise NotInText(f"Trong câu không có chữ “{words[:60]}”.")
        found.append(Span(start, start + len(words), one.entity, words))
    found.sort(key=lambda span: span.start)
    if any(one.end > two.start for one, two in pairwise(found)):
        raise NotInText("Hai phần đánh dấu chồng lên nhau.")
    return tuple(found)


def pieces(text: str) -> list[Piece]:
    """Cut a text into what can be chosen one by one."""
    cut, last = [], 0
    for match in _PIECE.finditer(text):
        cut.append(Piece(text[last : match.start()], match.group(), match.start(), match.end()))
        last = match.end()
    return cut


def _message(visit: Visit) -> MessageRow:
    with visit.read() as session:
        found = reviews.find_message(
            session, visit.console.cipher, visit.viewer, number(visit.request.path_params["message_id"])
        )
    if found is None:
        raise NotThere
    return found


def _next(visit: Visit) -> str:
    wanted = MessageFilter(state="open", doubtful=True)
    with visit.read() as session:
        found = reviews.find_messages(session, visit.console.cipher, visit.viewer, wanted, size=1)
    return f"/chua-hieu/{found.rows[0].messages[0].id}" if found.rows else "/chua-hieu"


def _shown(
    visit: Visit,
    message: MessageRow,
    problem: str = "",
    typed: str = "",
    marked: list[Marked] | None = None,
) -> Response:
    spans = message.spans if message.corrected_spans is None else message.corrected_spans
    if marked is None:
        marked = [Marked(str(span.start), message.text[span.start : span.end], span.entity) for span in spans]
    return visit.page(
        "annotate.html",
        422 if problem else 200,
        message=message,
        pieces=pieces(message.text),
        typed=typed or _likeliest(visit, message),
        marked=[*marked, *[Marked("", "", "")] * EMPTY_ROWS],
        problem=problem,
        words=review_words,
        names=visit.console.names,
    )


def _likeliest(visit: Visit, message: MessageRow) -> str:
    """The intent to begin with: what somebody chose, what was understood, or what it looked like."""
    titles = visit.console.names.intents
    named = [message.corrected_intent, message.intent, message.guess]
    return next((titles[intent] for intent in named if intent in titles), "")


PAGES = (
    Page("/chua-hieu/{message_id}", annotate, CONVERSATIONS),
    Page("/chua-hieu/{message_id}", store, CONVERSATIONS, posts=True),
)
