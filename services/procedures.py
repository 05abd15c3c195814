"""The procedures citizens ask about, read from `content/procedures/*.yml`.

`Catalogue.load(folder)` reads and checks everything once at start; afterwards nothing changes.
Which procedure a citizen means is an intent plus, where an intent has several, words in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from services.content_reader import LAST, procedure_fields, read_calendar
from services.content_schema import check_folder
from services.facts import (
    Aspect,
    Case,
    Form,
    LegalBasis,
    Milestones,
    OnlineService,
    OpenPoint,
    Question,
    Source,
)
from services.phrases import PhraseIndex, Said, longest
from services.spoken_figures import spoken_age, spoken_birth_year
from services.working_days import WorkingCalendar

ASPECTS = ("giay_to", "le_phi", "thoi_han", "noi_nop", "truc_tuyen", "dieu_kien", "muc_phat", "ket_qua")

# An age selects as surely as words of this many letters: "67 tuổi" beats "hết hạn", not "vừa bị mất thẻ".
_AGE_WEIGHT = 12
# For whom a card is made says more than where or how: "bé 3 tuổi làm căn cước ở đâu".
_PERSON_WEIGHT = 20


@dataclass(frozen=True)
class Sibling:
    """Another procedure that a button may lead to."""

    id: str
    short_name: str
    spoken: str


@dataclass(frozen=True)
class Procedure:
    """One procedure with all that its file states.

    `spoken` is the name inside a sentence ("đăng ký tạm trú"), `short_name` fits a button.
    `common_case` is shown when the citizen named none; None when all facts are shown together.
    `headings` names a side where the usual wording does not fit this procedure.
    """

    id: str
    intents: tuple[str, ...]
    default: bool
    name: str
    short_name: str
    spoken: str
    aliases: tuple[str, ...]
    words: tuple[str, ...]
    summary: str
    ask: str
    cases: tuple[Case, ...]
    common_case: str | None
    aspects: Mapping[str, Aspect]
    questions: tuple[Question, ...]
    forms: tuple[Form, ...]
    online: OnlineService
    legal_basis: LegalBasis
    sources: tuple[Source, ...]
    verified_on: date
    review_by: date
    open_points: tuple[OpenPoint, ...]
    ages: tuple[tuple[int, int], ...] = ()
    milestones: Milestones | None = None
    order: int = LAST
    case_question: str | None = None
    headings: Mapping[str, str] = field(default_factory=dict)
    siblings: tuple[Sibling, ...] = ()
    targets: Mapping[str, Sibling] = field(default_factory=dict, repr=False)
    calendar: WorkingCalendar | None = field(default=None, repr=False, compare=False)

    def case(self, case_id: str) -> Case:
        """Give the case with that id; KeyError if the procedure has no such case."""
        for item in self.cases:
            if item.id == case_id:
                return item
        raise KeyError(case_id)

    def find_case(self, text: str, on: date | None = None) -> Case | None:
        """Find the case a citizen's words or age point to; the longest matching words win.

        Ages from a year of birth are those reached in the year of `on` (default: of `verified_on`).
        """
        said, age = Said(text), spoken_age(text, on or self.verified_on)
        found, length = None, 0
        for item in self.cases:
            here = max(longest(said, item.words), _AGE_WEIGHT if _within(age, item.ages) else 0)
            if here > length:
                found, length = item, here
        return found

    def find_question(self, text: str, case: str | None = None, on: date | None = None) -> Question | None:
        """Find a common question whose words all stand in the text; more words win.

        Questions for other cases or other days are left out. Where ages tell the cases apart, whoever
        is of none of those ages is in the common case.
        """
        said, day = Said(text), on or self.verified_on
        case = case or (self.common_case if self.milestones else None)
        found = [
            item
            for item in self.questions
            if item.words and item.scope.holds(case, day) and all(map(said.says, item.words))
        ]
        return max(found, key=lambda item: said.length(item.words), default=None)

    def age_line(self, text: str, on: date) -> str | None:
        """Say what an age in the text means for this procedure; None without an age or without milestones."""
        age = spoken_age(text, on) if self.milestones else None
        return self.milestones.line(age, spoken_birth_year(text, on)) if self.milestones and age else None

    def needs_review(self, on: date) -> bool:
        """Say whether the file's figures stopped being sure before that day."""
        return on > self.review_by


@dataclass(frozen=True)
class Naming:
    """A procedure named in a text, and where (positions in the NFC text)."""

    procedure: Procedure
    start: int
    end: int


class Catalogue:
    """All procedures by id and by intent."""

    def __init__(self, procedures: Iterable[Procedure], calendar: WorkingCalendar) -> None:
        self.calendar = calendar
        plain = {item.id: item for item in procedures}
        self._by_id = {key: _linked(item, plain, calendar) for key, item in plain.items()}
        self._names = PhraseIndex(
            (item, name)
            for item in sorted(self, key=_place)
            for name in (item.name, item.spoken, item.short_name, *item.aliases)
        )

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """Read `procedures/*.yml` and `holidays.yml` under the content folder.

        Raises ContentError, listing every problem of every file, if anything is wrong.
        """
        documents = check_folder(folder)
        calendar = read_calendar(documents["holidays.yml"])
        files = sorted(name for name in documents if name.startswith("procedures/"))
        return cls((Procedure(**procedure_fields(documents[name])) for name in files), calendar)

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, procedure_id: str) -> Procedure:
        """Give a procedure; KeyError if there is none with that id."""
        return self._by_id[procedure_id]

    def for_intent(self, intent: str) -> tuple[Procedure, ...]:
        """Give the procedures an intent may mean, the common one first; empty if none."""
        return tuple(sorted((item for item in self if intent in item.intents), key=_place))

    def choose(self, intent: str, text: str, on: date | None = None) -> Procedure | None:
        """Give the one procedure of an intent that the text points to, else the common one."""
        candidates = self.for_intent(intent)
        return _pointed_at(candidates, text, on) or next(iter(candidates), None)

    def names(self, text: str) -> tuple[Naming, ...]:
        """Give the procedures that a text names, in its order; the longest name wins where two overlap."""
        found = [Naming(item, *span) for item, span in self._names.find(Said(text))]
        found.sort(key=lambda naming: naming.start - naming.end)
        kept: list[Naming] = []
        for naming in found:
            if all(naming.end <= other.start or other.end <= naming.start for other in kept):
                kept.append(naming)
        return tuple(sorted(kept, key=lambda naming: naming.start))

    def named(self, text: str, on: date | None = None) -> Procedure | None:
        """Give the procedure that a text names, or the neighbour of it that the rest points to."""
        namings = self.names(text)
        if not namings:
            return None
        item = max(namings, key=lambda naming: naming.end - naming.start).procedure
        return _pointed_at(self.for_intent(item.intents[0]), text, on) or item

    def search(self, text: str) -> Procedure | None:
        """Find a procedure by id, name or any of its words in a text, for the terminal and for officers."""
        return self._by_id.get(text) or self.named(text) or _pointed_at(tuple(self), text, None)


def _place(item: Procedure) -> tuple[bool, int]:
    return not item.default, item.order


def _within(age: int | None, ages: tuple[tuple[int, int], ...]) -> bool:
    return age is not None and any(lowest <= age <= highest for lowest, highest in ages)


def _pointed_at(candidates: tuple[Procedure, ...], text: str, on: date | None) -> Procedure | None:
    """Give the procedure with the longest words in the text, or with the age in it; None without any."""
    said, found, length = Said(text), None, 0
    for item in candidates:
        # An alias of the common procedure is the name of the whole family.
        phrases = (item.name, item.spoken, *item.words, *(() if item.default else item.aliases))
        aged = _within(spoken_age(text, on or item.verified_on), item.ages) if item.ages else False
        here = max(longest(said, phrases), _PERSON_WEIGHT if aged else 0)
        if here > length:
            found, length = item, here
    return found


def _linked(item: Procedure, plain: Mapping[str, Procedure], calendar: WorkingCalendar) -> Procedure:
    """Give the procedure with the names its buttons need from other procedures."""

    def sibling(other: Procedure) -> Sibling:
        return Sibling(other.id, other.short_name, other.spoken)

    near = [o for o in plain.values() if o.id != item.id and set(o.intents) & set(item.intents)]
    near.sort(key=_place)
    targets = {case.goto: sibling(plain[case.goto]) for case in item.cases if case.goto}
    return replace(item, siblings=tuple(map(sibling, near)), targets=targets, calendar=calendar)
