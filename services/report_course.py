"""What a report asks next: the open questions of its category, then who tells, then to confirm.

At most five questions before the code, who tells included. What is needed comes before what helps; what
was said is never asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services import report_words as words
from services.report_answers import Unclear
from services.report_categories import Catalogue, Category
from services.report_draft import Draft, Evidence, Stage
from services.report_facts import Fact
from services.report_identity import ANONYMOUS
from services.report_parts import Question
from services.report_readback import change_words, read_back
from services.report_step import Alert, Outcome, Say, Step, joined

MOST_QUESTIONS = 5
# A matter older than this is over, unless the citizen says that it goes on.
OVER_AFTER = timedelta(hours=1)
_SUSPECT, _LOOKS = "doi_tuong", "nhan_dang"
_NOW_FACTS = frozenset({"dang_dien_ra"})


class Story(Protocol):
    """What was read out of a story (see services.report_story)."""

    @property
    def categories(self) -> tuple[tuple[str, float], ...]: ...

    @property
    def colour(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, Fact]: ...

    @property
    def money_just_sent(self) -> bool: ...


class Reader(Protocol):
    """What understands a citizen's words."""

    def story(self, text: str, sent_at: datetime, ranking: tuple[tuple[str, float], ...]) -> Story: ...

    def answer(self, question: Question, text: str, sent_at: datetime) -> Fact | Unclear: ...

    def correction(self, text: str, known: Mapping[str, Fact], sent_at: datetime) -> Mapping[str, Fact]: ...


@dataclass(frozen=True)
class Around:
    """What a step needs beside the message: content, understanding, the moment, the office.

    `sent_before` and `place_before` came shortly before the report was opened; `officers` tells whether
    anybody on duty can be told by a message; `returning` that the report was left for a while.
    """

    catalogue: Catalogue
    reader: Reader
    now: datetime
    unit: str = ""
    sent_before: tuple[Evidence, ...] = ()
    place_before: tuple[float, float] | None = None
    officers: bool = False
    returning: bool = False
    kept_days: int = 3


def category_of(draft: Draft, around: Around) -> Category | None:
    """Give the draft's category, None while it is not known."""
    return around.catalogue.category(draft.category) if draft.category else None


def question_of(draft: Draft, around: Around) -> Question | None:
    """Give the question that waits for an answer."""
    return find_question(draft.pending, around)


def find_question(question_id: str, around: Around) -> Question | None:
    """Give a question by its id, None when there is none (any more)."""
    for category in around.catalogue.categories:
        for question in category.questions:
            if question.id == question_id:
                return question
    return None


def asks_who_tells(question: Question) -> bool:
    """Tell whether a question is the choice of name, name kept secret or anonymous."""
    return question.expects == "contact" and bool(question.choices)


def asks_privately(category: Category) -> bool:
    """Tell whether the category asks for a contact kept private, which also settles who tells."""
    return any(one.expects == "contact" and not one.choices for one in category.questions)


def is_over(draft: Draft, now: datetime) -> bool:
    """Tell whether the matter is known to be over."""
    return ended_before(draft.facts.get("thoi_gian"), now)


def ended_before(when: Fact | None, now: datetime) -> bool:
    """Tell whether a time ended so long ago that nobody is in danger any more."""
    if when is None or not isinstance(when.value, dict) or not when.value.get("end"):
        return False
    return datetime.fromisoformat(str(when.value["end"])) < now - OVER_AFTER


def open_questions(draft: Draft, category: Category, now: datetime) -> list[Question]:
    """Give the questions still to be asked, in the order of the category, within what may be asked."""
    over = is_over(draft, now) and not category.emergency.lasting
    private = asks_privately(category)
    # Who tells is a question, too; where a private contact is asked for, that answers it.
    budget = MOST_QUESTIONS - (0 if private else 1) - len(draft.asked)
    candidates = [
        question
        for question in category.questions
        if (question.fact not in draft.facts or _to_be_sent(question, draft))
        and question.id not in draft.asked
        and not asks_who_tells(question)
        and not (over and question.fact in _NOW_FACTS)
    ]
    if len(candidates) <= budget:
        return candidates
    first = [one for one in candidates if one.urgent or one.fact in category.needs]
    chosen = (first + [one for one in candidates if one not in first])[: max(budget, 0)]
    return [one for one in candidates if one in chosen]


def _to_be_sent(question: Question, draft: Draft) -> bool:
    """Tell whether evidence was spoken of ("tôi có clip") and is still to be sent."""
    return question.expects == "evidence" and question.fact == "bang_chung" and not draft.evidence


def go_on(draft: Draft, around: Around, *before: Say) -> Step:
    """Ask what comes next, after what is to be said first."""
    category = category_of(draft, around)
    assert category is not None
    draft = _described(with_known_evidence(draft), category)
    waiting = open_questions(draft, category, around.now)
    if waiting:
        return _ask(draft, waiting[0], around, *before)
    if not draft.identity and asks_privately(category):
        draft = anonymous(draft)
    if not draft.identity:
        return ask_who_tells(draft, around, *before)
    return confirm(draft, around, *before)


def _described(draft: Draft, category: Category) -> Draft:
    """Give the draft in which what a missing person wears is no description of a suspect."""
    if _LOOKS not in category.helps or _SUSPECT not in draft.facts or _SUSPECT in category.helps:
        return draft
    facts = {key: fact for key, fact in draft.facts.items() if key != _SUSPECT}
    facts.setdefault(_LOOKS, Fact(draft.facts[_SUSPECT].said, None))
    return draft.with_(facts=facts)


def ask_for(draft: Draft, question: Question, around: Around, *before: Say) -> Step:
    """Ask one question, whether or not it was asked before."""
    return _ask(draft, question, around, *before)


def _ask(draft: Draft, question: Question, around: Around, *before: Say) -> Step:
    says = [*before]
    if question.expects == "contact" and not draft.has_told("notice"):
        says.append(Say(words.notice(around.catalogue, around.unit)))
        draft = draft.telling("notice")
    asked = draft.asked if question.id in draft.asked else (*draft.asked, question.id)
    draft = draft.with_(stage=Stage.ANSWER, pending=question.id, asked=asked, tries=0)
    return Step(draft, _as_few(*says, words.ask(question)))


def ask_who_tells(draft: Draft, around: Around, *before: Say) -> Step:
    """Ask for name, name kept secret or anonymous; the notice on personal data comes first, once."""
    says = [*before]
    if not draft.has_told("notice"):
        says.append(Say(words.notice(around.catalogue, around.unit)))
    draft = draft.telling("notice").with_(stage=Stage.IDENTITY, pending="", tries=0)
    return Step(draft, _as_few(*says, Say(words.WHO_TELLS, words.IDENTITIES)))


def confirm(draft: Draft, around: Around, *before: Say) -> Step:
    """Read back what there is and what is missing, and ask whether it may be sent."""
    category = category_of(draft, around)
    assert category is not None
    if not draft.has_told("notice"):
        before = (*before, Say(words.notice(around.catalogue, around.unit)))
        draft = draft.telling("notice")
    says = list(_as_few(*before)) + list(read_back(draft, category, around.catalogue))
    last = words.SEND_IT
    if not draft.has_told("truth") and category.group != "kien_nghi":
        truth = around.catalogue.notice.truth
        # To a child, or after violence, the first sentence is enough: nobody is to be frightened off.
        last = f"{truth.split('. ')[0].rstrip('.')}.\n{last}" if category.sensitive else f"{truth}\n\n{last}"
    draft = draft.telling("truth").with_(
        stage=Stage.CONFIRMATION, before=Stage.CONFIRMATION, pending="", fixing="", tries=0
    )
    return Step(draft, (*says, Say(last, words.CONFIRM)))


def confirm_change(draft: Draft, around: Around, said: str, changed: Iterable[str]) -> Step:
    """Say what was changed, and ask again whether it may be sent; the first time everything is read."""
    category = category_of(draft, around)
    assert category is not None
    if not draft.has_told("truth") and category.group != "kien_nghi":
        return confirm(draft, around, Say(said))
    lines = change_words(draft, category, around.catalogue, changed)
    draft = draft.with_(stage=Stage.CONFIRMATION, before=Stage.CONFIRMATION, pending="", fixing="", tries=0)
    text = "\n".join(one for one in (said, lines, words.SEND_IT) if one)
    return Step(draft, (Say(text, words.CONFIRM_CHANGE),))


def repeat(draft: Draft, around: Around, *before: Say) -> Step:
    """Ask once more what is waited for, as after something else was answered."""
    question = question_of(draft, around)
    category = category_of(draft, around)
    if draft.stage is Stage.ANSWER and question is not None:
        return Step(draft, _as_few(*before, words.ask(question)))
    if draft.stage is Stage.IDENTITY:
        return Step(draft, _as_few(*before, Say(words.WHO_TELLS, words.IDENTITIES)))
    if draft.stage is Stage.CONTACT:
        return Step(draft, _as_few(*before, Say(words.ASK_CONTACT, (words.SKIP,))))
    if draft.stage is Stage.CATEGORY and draft.offered:
        return Step(draft, _as_few(*before, which_category(draft, around)))
    if draft.stage is Stage.STOPPING:
        return Step(draft, _as_few(*before, words.STOPPING))
    if draft.stage is Stage.DANGER:
        return Step(draft, _as_few(*before, Say(words.STILL_DANGER, (words.CALL_113, words.SAFE))))
    if draft.stage in (Stage.CONFIRMATION, Stage.WHICH_ITEM, Stage.NEW_WORDS) and category is not None:
        return confirm(draft, around, *before)
    if draft.stage is Stage.RETURNING:
        title = words.category_title(category) if category else ""
        return Step(draft, _as_few(*before, words.resume(title, draft.opened_at)))
    return Step(draft.with_(stage=Stage.STORY), _as_few(*before, words.TELL_IT))


def which_category(draft: Draft, around: Around) -> Say:
    """Ask which of the offered categories is meant."""
    return words.which_category(around.catalogue.category(one) for one in draft.offered)


def with_known_evidence(draft: Draft) -> Draft:
    """Give the draft with the fact that evidence is there, so that nobody asks for it."""
    if not draft.evidence or "bang_chung" in draft.facts:
        return draft
    said = words.evidence_got([item.kind for item in draft.evidence])
    return draft.with_fact("bang_chung", Fact(said, None))


def enough(draft: Draft, around: Around) -> Draft:
    """Give the draft with no question left: the citizen wants to send, and reads what is missing."""
    category = category_of(draft, around)
    every = tuple(one.id for one in category.questions) if category is not None else ()
    return draft.with_(asked=tuple(dict.fromkeys([*draft.asked, *every])), pending="")


def anonymous(draft: Draft) -> Draft:
    """Give the draft as an anonymous one, with nothing about the person in it."""
    return draft.with_(identity=ANONYMOUS, name="", phone="", address="")


def ended(draft: Draft, outcome: Outcome, *says: Say, alert: Alert | None = None) -> Step:
    """End the dialogue."""
    return Step(draft, says, outcome, alert)


def _as_few(*says: Say) -> tuple[Say, ...]:
    """Put short messages into one, as people send them; what is long stays apart."""
    made: list[Say] = []
    for say in says:
        if made and not made[-1].buttons and len(made[-1].text) + len(say.text) < 600:
            made[-1] = joined(made[-1], say)
        else:
            made.append(say)
    return tuple(made)
