"""Puts reviewed sentences among the training sentences: the right file, sorted, nothing twice, nothing lost.

Real sentences stand in files of their own, `<intent>__that.yml` beside the invented ones, whose head says
where they came from. A sentence that stands under another intent is told and not written.
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import yaml

from services.review_records import Span
from services.review_yaml import VERSION, WIDE, Example, annotated, is_one_line, trimmed
from services.text import fold, nfc

REAL, INVENTED = "real", "invented"
_ORIGIN = re.compile(r"^# origin: *(\w+)", re.MULTILINE)
# As Rasa reads annotations (rasa.shared.nlu.training_data.entities_parser).
_ANNOTATION = re.compile(
    r"\[(?P<text>[^\]]+?)\](?:\((?P<entity>[^:)]+?)(?::(?P<value>[^)]+))?\)|\{(?P<told>[^}]+?)\}|\[(?P<many>.*?)\])"
)
_WORD = re.compile(r"\w+")
_HEAD = """# theme: {theme}
# origin: real
# What citizens wrote, masked, as members of staff understood it. Written and sorted by
# `python -m commands.review import-review`; lines may be taken out by hand, not added.
"""


@dataclass(frozen=True)
class Sentence:
    """One training sentence as it stands in a file, with its origin (real or invented)."""

    intent: str
    text: str
    annotated: str
    file: str
    origin: str

    @property
    def key(self) -> str:
        """Give the sentence as compared."""
        return key_of(self.text)


@dataclass(frozen=True)
class Conflict:
    """A reviewed sentence that the training data hold under another intent."""

    text: str
    intent: str
    stands_under: str
    file: str


@dataclass
class Plan:
    """What an import would do: new sentences, those known, conflicts, and the files as they would be."""

    added: list[Example] = field(default_factory=list)
    known: list[Example] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


def key_of(text: str) -> str:
    """Give a sentence as compared: its words without case and marks."""
    return " ".join(_WORD.findall(fold(text)))


def read_example(line: str, intent: str) -> Example:
    """Read one annotated sentence as Rasa does."""
    plain: list[str] = []
    spans: list[Span] = []
    at = length = 0
    for match in _ANNOTATION.finditer(line):
        before = line[at : match.start()]
        start = length + len(before)
        length = start + len(match["text"])
        plain += [before, match["text"]]
        at = match.end()
        if match["entity"]:
            spans.append(Span(start, length, match["entity"], match["value"] or match["text"]))
        elif match["told"]:
            told = json.loads(f"{{{match['told']}}}")
            value = str(told.get("value", match["text"]))
            spans.append(Span(start, length, str(told["entity"]), value, str(told.get("role") or "")))
    return Example("".join([*plain, line[at:]]), intent, tuple(spans))


def read_document(content: str) -> list[Example]:
    """Read the sentences of an NLU file, lines and objects alike."""
    found = []
    for block in (yaml.safe_load(content) or {}).get("nlu") or []:
        examples = block.get("examples") or ""
        if isinstance(examples, str):
            lines = [line[1:].strip() for line in examples.splitlines() if line.startswith("-")]
        else:
            lines = [str(one["text"]).strip("\n\r ") for one in examples]
        if "intent" in block:
            found += [read_example(line, str(block["intent"])) for line in lines]
    return found


def read_sentences(folder: Path) -> list[Sentence]:
    """Read all training sentences of a folder; one whose file tells no origin is invented."""
    found = []
    for file in sorted(folder.rglob("*.yml")):
        content = file.read_text(encoding="utf-8")
        origin = told[1] if (told := _ORIGIN.search(content)) else INVENTED
        name = file.relative_to(folder).as_posix()
        for example in read_document(content):
            line = annotated(example.text, example.spans)
            found.append(Sentence(example.intent, nfc(example.text), line, name, origin))
    return found


def plan_import(folder: Path, examples: Iterable[Example], source: str) -> Plan:
    """Say what an import into a folder would do; `source` is kept in the heads of the files."""
    present = read_sentences(folder)
    stands = {sentence.key: sentence for sentence in present}
    plan = Plan()
    fresh: dict[str, list[Example]] = {}
    # Others are found by forms and word lists, which learn nothing from sentences.
    learnt = {span.entity for sentence in present for span in read_example(sentence.annotated, "").spans}
    lines = (
        replace(line, spans=tuple(span for span in line.spans if span.entity in learnt))
        for line in map(one_line, examples)
    )
    for example in sorted(lines, key=lambda one: (one.intent, one.text)):
        key = key_of(example.text)
        held = stands.get(key)
        if not key or (held is not None and held.intent == example.intent):
            plan.known.append(example)
        elif held is not None:
            plan.conflicts.append(Conflict(example.text, example.intent, held.intent, held.file))
        else:
            plan.added.append(example)
            fresh.setdefault(example.intent, []).append(example)
            stands[key] = Sentence(example.intent, example.text, "", "", REAL)
    for intent, new in fresh.items():
        name = _file_of(intent, present)
        path = folder / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        plan.files[name] = _with(old, intent, name, new, source)
    return plan


def diff(folder: Path, plan: Plan) -> str:
    """Give what a plan changes, as a unified diff."""
    told: list[str] = []
    for name, content in sorted(plan.files.items()):
        path = folder / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        before, after = old.splitlines(keepends=True), content.splitlines(keepends=True)
        told += difflib.unified_diff(before, after, f"a/{name}" if old else "/dev/null", f"b/{name}")
    return "".join(told)


def write(folder: Path, plan: Plan) -> None:
    """Write the files of a plan."""
    for name, content in plan.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def one_line(example: Example) -> Example:
    """Give a sentence as training files hold it: composed, one line, wide brackets; spans move along."""
    borders = sorted(
        {0, len(example.text), *(s.start for s in example.spans), *(s.end for s in example.spans)}
    )
    moved: dict[int, int] = {0: 0}
    text = ""
    for start, end in pairwise(borders):
        text += _plain(example.text[start:end])
        moved[end] = len(text)
    placed = [Span(moved[s.start], moved[s.end], s.entity, nfc(s.value), s.role) for s in example.spans]
    text, spans = trimmed(text, placed)
    return Example(text, example.intent, spans)


def _plain(text: str) -> str:
    composed = nfc(text).translate(WIDE)
    return "".join(
        " " if char.isspace() or unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in composed
    )


def _file_of(intent: str, present: Sequence[Sentence]) -> str:
    beside = next((sentence.file for sentence in present if sentence.intent == intent), "")
    folder = beside.rpartition("/")[0]
    return f"{folder}/{intent}__that.yml" if folder else f"{intent}__that.yml"


def _with(old: str, intent: str, name: str, new: Sequence[Example], source: str) -> str:
    head = "".join(line for line in old.splitlines(keepends=True) if line.startswith("#"))
    head = head or _HEAD.format(theme=name.partition("/")[0] if "/" in name else "khac")
    lines = {annotated(example.text, example.spans) for example in read_document(old)} if old else set()
    lines |= {line for example in new if is_one_line(line := annotated(example.text, example.spans))}
    body = "".join(f"    - {line}\n" for line in sorted(lines, key=lambda line: (fold(line), line)))
    return (
        f"{head}# source: {source}, {len(new)} sentences\n"
        f"version: {VERSION}\nnlu:\n- intent: {intent}\n  examples: |\n{body}"
    )
