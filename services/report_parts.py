"""The parts that report categories are made of, as `content/report_categories.yml` writes them down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    """One question in its exact words; `fact` is what the answer fills, `why` is told to who asks.

    `urgent` maps the choices that mean danger now to the numbers to call, the first one first.
    """

    id: str
    fact: str
    ask: str
    expects: str
    skippable: bool
    why: str
    choices: tuple[str, ...] = ()
    urgent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Advice:
    """One line of advice: an_toan, chung_cu, khong_nen or can_biet, with the ids of its sources."""

    id: str
    kind: str
    text: str
    source: tuple[str, ...]


@dataclass(frozen=True)
class Hotline:
    """A number to call; with `area`, only for offices there. `confidence` is H or M, never less."""

    id: str
    number: str
    about: str
    confidence: str
    source: tuple[str, ...]
    area: str | None = None
    caution: str | None = None


@dataclass(frozen=True)
class Clock:
    """What the law gives the police to answer, in plain words, with its basis."""

    id: str
    text: str
    basis: str
    source: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """Who receives a report; unless `confirmed` the office has to settle it."""

    id: str
    kind: str
    level: str
    say: str
    confirmed: bool
    also: tuple[str, ...] = ()
    never: str | None = None


@dataclass(frozen=True)
class Emergency:
    """The colour before anything is known, and the words that make it red."""

    colour: str
    always: bool = False
    lasting: bool = False
    red_words: tuple[str, ...] = ()
    call: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScamPattern:
    """One way people are cheated: how it goes, its red flags, and what to do."""

    id: str
    title: str
    how: str
    red_flags: tuple[str, ...]
    advice: tuple[str, ...]
    confidence: str
    source: tuple[str, ...]


@dataclass(frozen=True)
class Notice:
    """What is told about personal data before the first question, and about truth after the story."""

    text: str
    buttons: tuple[str, ...]
    training: str
    truth: str
    source: tuple[str, ...]
