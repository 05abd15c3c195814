"""Writes sentences and stories in Rasa's YAML so that Rasa reads back exactly what was said.

Rasa knows no escape for its own annotations (`[text](entity)`), but an annotation with an empty list of
entities stands for its bare text: `[[][]` is read as "[". A closing bracket inside an entity has no such
form; there, and only there, brackets become full-width ones, one letter for one, and the value tells the
text as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.review_records import Span

# Not plain in ASCII: Rasa reads a file of ASCII only as if it held Python's escapes.
HEADER = "# Xuất từ các cuộc trò chuyện đã được cán bộ xem lại; mọi chỗ nhận ra người đã được che.\n"
VERSION = '"3.1"'
_OPENING = "[[][]"
WIDE = str.maketrans({"[": "［", "]": "］"})
_SIMPLE_NAME = re.compile(r"\w+")
# What YAML takes as it stands between double quotes; all else is written as an escape.
_UNPRINTABLE = re.compile(
    "[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True)
class Example:
    """One sentence for training: what was said, what it means, where which entity stands."""

    text: str
    intent: str
    spans: tuple[Span, ...] = ()


def trimmed(text: str, spans: Sequence[Span] = ()) -> tuple[str, tuple[Span, ...]]:
    """Take white space from both ends and slashes from the front, as Rasa and the channel do; move spans.

    A span that reached into what went is cut; one that is empty then is left out.
    """
    body = text.rstrip()
    front = len(body) - len(body.lstrip().lstrip("/").lstrip())
    while front < len(body) and (body[front] == "/" or body[front].isspace()):
        front += 1
    body = body[front:]
    moved = []
    for span in spans:
        start, end = max(0, span.start - front), min(len(body), span.end - front)
        if start < end:
            moved.append(Span(start, end, span.entity, span.value, span.role))
    return body, tuple(moved)


def annotated(text: str, spans: Sequence[Span] = ()) -> str:
    """Give a sentence with its entities in Rasa's annotation; of two that overlap the first one counts."""
    pieces: list[str] = []
    at = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.start < at or not text[span.start : span.end].strip():
            continue
        pieces += [
            text[at : span.start].replace("[", _OPENING),
            _annotation(text[span.start : span.end], span),
        ]
        at = span.end
    return "".join([*pieces, text[at:].replace("[", _OPENING)])


def quoted(text: str) -> str:
    """Give any text as a YAML scalar between double quotes."""
    return _UNPRINTABLE.sub(_escape, json.dumps(text, ensure_ascii=False))


def nlu_document(examples: Iterable[Example]) -> str:
    """Give a whole NLU file: intents in order of name, their sentences sorted, each once."""
    by_intent: dict[str, set[str]] = {}
    for example in examples:
        text, spans = trimmed(example.text, example.spans)
        if text:
            by_intent.setdefault(example.intent, set()).add(annotated(text, spans))
    lines = [HEADER, f"version: {VERSION}\n", "nlu:\n" if by_intent else "nlu: []\n"]
    for intent, sentences in sorted(by_intent.items()):
        plain = sorted(sentence for sentence in sentences if is_one_line(sentence))
        others = sorted(sentences.difference(plain))
        if plain:
            lines += [f"- intent: {intent}\n", "  examples: |\n", *(f"    - {line}\n" for line in plain)]
        if others:
            lines += [
                f"- intent: {intent}\n",
                "  examples:\n",
                *(f"  - text: {quoted(one)}\n" for one in others),
            ]
    return "".join(lines)


def is_one_line(sentence: str) -> bool:
    """Tell whether a sentence stays as it is in a block of lines that begin with "- "."""
    return _UNPRINTABLE.search(sentence) is None and len(sentence.splitlines()) == 1 == len(
        sentence.split("\n")
    )


def story_document(stories: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]) -> str:
    """Give a whole story file from names and steps: {"user", "intent"}, {"action"}, {"active_loop"}."""
    lines = [HEADER, f"version: {VERSION}\n"]
    body: list[str] = []
    for name, steps in stories:
        body += [f"- story: {quoted(name)}\n", "  steps:\n"]
        for step in steps:
            body += _step(step)
    return "".join([*lines, "stories:\n" if body else "stories: []\n", *body])


def _step(step: Mapping[str, Any]) -> list[str]:
    lines = []
    for key in ("user", "intent", "action", "active_loop"):
        if key in step:
            value = "null" if step[key] is None else quoted(step[key]) if key == "user" else step[key]
            lines.append(f"{key}: {value}\n")
    if step.get("entities"):
        lines.append("entities:\n")
        lines += [f"- {name}: {quoted(value)}\n" for name, value in step["entities"]]
    return [f"  {'- ' if not index else '  '}{line}" for index, line in enumerate(lines)]


def _annotation(said: str, span: Span) -> str:
    shown = said.translate(WIDE) if "]" in said else said
    value = span.value or said
    if value == shown and not span.role and _SIMPLE_NAME.fullmatch(span.entity):
        return f"[{shown}]({span.entity})"
    told = {"entity": span.entity, "value": value, **({"role": span.role} if span.role else {})}
    # A brace would end the annotation, wherever it stands.
    written = json.dumps(told, ensure_ascii=False)[1:-1].replace("}", "\\u007d").replace("{", "\\u007b")
    return f"[{shown}]{{{written}}}"


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
