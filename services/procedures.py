"""The procedures citizens ask about, read from `content/procedures/*.yml`.

`Catalogue.load(folder)` reads and checks everything once at start; afterwards nothing changes.
Which procedure a citizen means is an intent plus, where an intent has several, words in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from services.content_reader import procedure_fields, read_calendar
from services.content_schema import check_folder
from services.facts import Aspect, Case, Form, LegalBasis, OnlineService, OpenPoint, Question, Source
from services.text import fold
from services.working_days import WorkingCalendar

_Item = TypeVar("_Item")

ASPECTS = ("giay_to", "le_phi", "thoi_han", "noi_nop", "truc_tuyen", "dieu_kien", "muc_phat", "ket_qua")


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
    siblings: tuple[Sibling, ...] = ()
    targets: Mapping[str, Sibling] = field(default_factory=dict, repr=False)
    calendar: WorkingCalendar | None = field(default=None, repr=False, compare=False)

    def case(self, case_id: str) -> Case:
        """Give the case with that id; KeyError if the procedure has no such case."""
        for item in self.cases:
            if item.id == case_id:
                return item
        raise KeyError(case_id)

    def find_case(self, text: str) -> Case | None:
        """Find the case a citizen's words point to; the longest matching words win."""
        return _best(text, ((item, item.words) for item in self.cases))

    def find_question(self, text: str) -> Question | None:
        """Find a common question whose words all stand in the text; more words win."""
        folded = fold(text)
        found = [item for item in self.questions if item.words and all(_says(folded, w) for w in item.words)]
        return max(found, key=lambda item: sum(map(len, item.words)), default=None)

    def needs_review(self, on: date) -> bool:
        """Say whether the file's figures stopped being sure before that day."""
        return on > self.review_by


class Catalogue:
    """All procedures by id and by intent."""

    def __init__(self, procedures: Iterable[Procedure], calendar: WorkingCalendar) -> None:
        self.calendar = calendar
        plain = {item.id: item for item in procedures}
        self._by_id = {key: _linked(item, plain, calendar) for key, item in plain.items()}

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
        found = [item for item in self._by_id.values() if intent in item.intents]
        return tuple(sorted(found, key=lambda item: not item.default))

    def choose(self, intent: str, text: str) -> Procedure | None:
        """Give the one procedure of an intent that the text points to, else the common one."""
        candidates = self.for_intent(intent)
        named = _best(text, ((item, (item.spoken, *item.words)) for item in candidates))
        return named or next(iter(candidates), None)

    def search(self, text: str) -> Procedure | None:
        """Find a procedure by id, name or alias in a text, for the terminal and for officers."""
        if text in self._by_id:
            return self._by_id[text]
        names = (
            (item, (item.name, item.spoken, *item.aliases, *item.words)) for item in self._by_id.values()
        )
        return _best(text, names)


def _linked(item: Procedure, plain: Mapping[str, Procedure], calendar: WorkingCalendar) -> Procedure:
    """Give the procedure with the names its buttons need from other procedures."""

    def sibling(other: Procedure) -> Sibling:
        return Sibling(other.id, other.short_name, other.spoken)

    near = [o for o in plain.values() if o.id != item.id and set(o.intents) & set(item.intents)]
    near.sort(key=lambda other: not other.default)
    targets = {case.goto: sibling(plain[case.goto]) for case in item.cases if case.goto}
    return replace(item, siblings=tuple(map(sibling, near)), targets=targets, calendar=calendar)


@lru_cache(maxsize=8192)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(fold(words))}(?!\w)")


def _says(folded: str, words: str) -> bool:
    return _pattern(words).search(folded) is not None


def _best(text: str, candidates: Iterable[tuple[_Item, tuple[str, ...]]]) -> _Item | None:
    """Give the candidate whose longest phrase in the text is the longest of all, or None."""
    folded = fold(text)
    best: _Item | None = None
    length = 0
    for item, phrases in candidates:
        longest = max((len(words) for words in phrases if _says(folded, words)), default=0)
        if longest > length:
            best, length = item, longest
    return best
