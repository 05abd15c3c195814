"""What a procedure's content file states, as frozen data: papers, money, times, fines, places.

Only data and the two questions every fact answers: does it hold for this case, and on this day.
Reading files is `procedures`, checking them `content_schema`, putting them into words `answers`.
Money is a whole number of Vietnamese đồng. Dates are local dates, both ends of a period included.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Scope:
    """Where a fact holds: no cases means every case, no date means no end on that side."""

    cases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None

    def on(self, day: date) -> bool:
        """Say whether the fact holds on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def holds(self, case: str | None, day: date) -> bool:
        """Say whether the fact holds for that case on that day; without a case, any case will do."""
        return self.on(day) and (not self.cases or case is None or case in self.cases)


@dataclass(frozen=True)
class Line:
    """One plain sentence or condition."""

    text: str
    scope: Scope = Scope()


@dataclass(frozen=True)
class Document:
    """One paper to bring; `when` says when it is needed if not always, `group` who brings it."""

    name: str
    form: str | None = None
    copy: str | None = None
    when: str | None = None
    group: str | None = None
    scope: Scope = Scope()


@dataclass(frozen=True)
class Discount:
    """A reduction for a time; `percent` of the base amount that is not charged."""

    percent: int
    valid_from: date
    valid_to: date
    basis: str

    def active(self, day: date) -> bool:
        """Say whether the reduction applies on that day."""
        return self.valid_from <= day <= self.valid_to


@dataclass(frozen=True)
class Fee:
    """What one handling costs: `amount` in đồng, `rate` in percent of `rate_of`, or between `bounds`.

    An unknown fee (none of the three) has `confirm`, the sentence on what is not settled,
    and may have `likely`, the lowest and highest figure known.
    """

    label: str
    amount: int | None = None
    unit: str | None = None
    rate: Decimal | None = None
    rate_of: str | None = None
    bounds: tuple[int, int] | None = None
    likely: tuple[int, int] | None = None
    discount: Discount | None = None
    confirm: str | None = None
    note: str | None = None
    scope: Scope = Scope()

    def amount_on(self, day: date) -> int | None:
        """Give the đồng to pay on that day, with a running reduction taken off."""
        if self.amount is None or self.discount is None or not self.discount.active(day):
            return self.amount
        return self.amount * (100 - self.discount.percent) // 100


@dataclass(frozen=True)
class Waiver:
    """A temporary exemption or reduction for some people; `percent` 100 means nothing to pay."""

    who: str
    percent: int
    basis: str
    cap: int | None = None
    note: str | None = None
    scope: Scope = Scope()


@dataclass(frozen=True)
class Duration:
    """How long the office takes. Units: working_day, day, working_hour, hour, month.

    `amount` 0 means at once, None unknown (then `confirm` says what to ask). `due` marks the
    duration from which a due date for a dossier handed in today is computed.
    """

    label: str
    amount: Decimal | None
    unit: str
    at_most: bool = False
    start: str | None = None
    due: bool = False
    confirm: str | None = None
    note: str | None = None
    scope: Scope = Scope()


@dataclass(frozen=True)
class Deadline:
    """By when the citizen has to act; without an amount the text says it all."""

    text: str
    amount: Decimal | None = None
    unit: str | None = None
    start: str | None = None
    scope: Scope = Scope()


@dataclass(frozen=True)
class Penalty:
    """A fine for a person in đồng; `scope` dates are the days of the act it applies to."""

    act: str
    legal: str
    minimum: int | None = None
    maximum: int | None = None
    warning: bool = False
    organisation: tuple[int, int] | None = None
    points: int | None = None
    extra: str | None = None
    confirm: str | None = None
    scope: Scope = Scope()


@dataclass(frozen=True)
class Place:
    """Where to hand in; `local` marks places that the Official Account's own unit can be."""

    name: str
    when: str | None = None
    local: bool = False
    scope: Scope = Scope()


@dataclass(frozen=True)
class Aspect:
    """Everything known about one of the eight aspects; `brief` is its line in the overview."""

    id: str
    lead: tuple[Line, ...]
    brief: tuple[Line, ...] = ()
    documents: tuple[Document, ...] = ()
    fees: tuple[Fee, ...] = ()
    exempt: tuple[Line, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    durations: tuple[Duration, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    places: tuple[Place, ...] = ()
    hours: str | None = None
    steps: tuple[Line, ...] = ()
    conditions: tuple[Line, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    results: tuple[Line, ...] = ()
    notes: tuple[Line, ...] = ()
    confirm: str | None = None

    def facts(self) -> tuple[tuple[str, Scope], ...]:
        """Give every fact as its field name and scope, for asking which cases and days matter."""
        named: list[tuple[str, Scope]] = []
        for name in FACT_FIELDS:
            named += [(name, item.scope) for item in getattr(self, name)]
        return tuple(named)


FACT_FIELDS = (
    "lead", "documents", "fees", "exempt", "waivers", "durations", "deadlines", "places", "steps",
    "conditions", "penalties", "results", "notes",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A situation that changes what to bring or pay; `words` select it, and so does an age in `ages`.

    `ages` are lowest and highest age in years. `goto` names another procedure that handles this
    situation.
    """

    id: str
    name: str
    say: str
    words: tuple[str, ...]
    about: str | None = None
    goto: str | None = None
    ages: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Milestones:
    """Ages at which something has to be done, and what to say at one and between two.

    In the sentences `{tuoi}` is the age, `{moc}` the next of the ages, `{nam}` the year in which it is
    reached, known from a year of birth. Cases in `only_at` hold at such an age alone; at other ages the
    procedure `otherwise` is meant.
    """

    ages: tuple[int, ...]
    reached: str
    between: str
    year: str
    only_at: tuple[str, ...] = ()
    otherwise: str | None = None

    def line(self, age: int, born: int | None) -> str | None:
        """Give the sentence for an age in whole years; None before the first and after the last."""
        following = next((item for item in self.ages if item >= age), None)
        if following is None or age < self.ages[0]:
            return None
        if following == age:
            return self.reached.replace("{tuoi}", str(age))
        text = self.between.replace("{tuoi}", str(age)).replace("{moc}", str(following))
        when = self.year.replace("{nam}", str(born + following)) if born else ""
        return text.replace("{nam}", when)


@dataclass(frozen=True)
class Question:
    """A question people ask, with our answer or None when nothing certain is known."""

    ask: str
    words: tuple[str, ...]
    answer: str | None
    aspect: str | None = None
    scope: Scope = Scope()


@dataclass(frozen=True)
class OpenPoint:
    """What nobody could confirm yet. `say` is for citizens; without it, it is for editors only."""

    text: str
    aspects: tuple[str, ...] = ()
    say: str | None = None
    ask: str | None = None
    scope: Scope = Scope()


@dataclass(frozen=True)
class Form:
    """An official form: code and name, and where to get it."""

    code: str
    name: str
    url: str | None = None


@dataclass(frozen=True)
class OnlineService:
    """The service on the public-service portal; level: toan_trinh, mot_phan, khong or None.

    A case may have a level of its own, also `khong_can`: nothing has to be handed in.
    """

    level: str | None
    name: str | None
    codes: tuple[str, ...]
    url: str | None
    channels: tuple[str, ...]
    level_by_case: dict[str, str] = field(default_factory=dict)

    def level_for(self, case: str | None) -> str | None:
        """Give the level for a case."""
        return self.level_by_case.get(case or "", self.level or "") or None


@dataclass(frozen=True)
class Law:
    """One legal document the file rests on."""

    document: str
    article: str | None
    effective: date | None
    status: str


@dataclass(frozen=True)
class Source:
    """Where a fact was read."""

    title: str
    url: str


@dataclass(frozen=True)
class LegalBasis:
    """The short line under an answer, by aspect where it differs, and the full list."""

    short: str
    by_aspect: dict[str, str] = field(default_factory=dict)
    documents: tuple[Law, ...] = ()

    def line(self, aspect: str | None) -> str:
        """Give the short line for an aspect, or for the overview."""
        return self.by_aspect.get(aspect or "", self.short)
