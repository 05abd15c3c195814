"""Answers to questions: tapped, typed, unknown, doubtful, corrected on the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from services import report_words as words
from services.clock import VIETNAM
from services.report_alarm import interrupt_for_choice
from services.report_answers import Unclear
from services.report_course import (
    Around,
    ask_for,
    category_of,
    confirm,
    confirm_change,
    find_question,
    go_on,
    question_of,
)
from services.report_draft import Draft, Stage
from services.report_facts import Fact
from services.report_heard import Heard
from services.report_parts import Question
from services.report_reporter import contact_told
from services.report_step import Outcome, Say, Step
from services.report_telling import bank_first
from services.text import fold

# Facts with a form of their own: what else an answer tells of these is taken along.
_TAKEN_ALONG = frozenset({"thoi_gian", "bien_so", "so_tien", "tai_khoan"})
_WITH_PLACE = frozenset({"thoi_gian"})
_LONG = 60
_TELLS, _TELLS_MORE = 2, 4
_ASKED_AGAIN_FOR = frozenset(words.DOUBTS)
# Money that left within this time may still be held by a bank.
_BANK_MAY_HOLD = timedelta(hours=24)
_JUST_OVER = "Vừa xong dưới 1 giờ"


def answered(draft: Draft, heard: Heard, around: Around) -> Step:
    """Take a typed message while a question waits."""
    question = question_of(draft, around)
    if question is None:
        return go_on(draft, around)
    if heard.skips or heard.knows_not:
        return passed_over(draft, question, around, unknown=heard.knows_not)
    if heard.is_beside():
        return Step(draft, outcome=Outcome.BESIDE)
    if question.expects == "contact":
        return contact_told(draft, heard, around)
    if corrected := _corrections(draft, question, heard, around):
        return _corrected(draft, question, corrected, around)
    fact = around.reader.answer(question, heard.text, heard.sent_at)
    if isinstance(fact, Unclear):
        if fact.reason in ("unknown", "skip"):
            return passed_over(draft, question, around, unknown=fact.reason == "unknown")
        return _unclear(draft, question, fact.reason, heard, around)
    if question.expects == "choice" and isinstance(fact.value, str):
        return picked_choice(draft, question, fact.value, heard, around)
    draft = _along(draft, question, heard, around)
    return store(draft, question, fact, heard, around)


def store(draft: Draft, question: Question, fact: Fact, heard: Heard, around: Around) -> Step:
    """Take a fact as the answer; a doubtful one is asked again, once."""
    draft = draft.with_fact(question.fact, fact)
    if fact.doubt in _ASKED_AGAIN_FOR and draft.tries == 0:
        again = Say(words.DOUBTS[fact.doubt], (words.AS_IT_IS, words.UNKNOWN))
        return Step(draft.with_(tries=1), (again,))
    return taken(draft, question, around)


def taken(draft: Draft, question: Question, around: Around, *before: Say) -> Step:
    """Go on after an answer, or back to the confirmation when it was a correction."""
    if draft.fixing:
        return confirm_change(draft, around, words.CORRECTED, (question.fact,))
    says = [*before]
    category = category_of(draft, around)
    fact = draft.facts.get(question.fact)
    if category is not None and fact is not None and question.fact == "thoi_gian":
        just_sent = _within(fact, around.now, _BANK_MAY_HOLD)
        if bank := bank_first(draft, category, around, just_sent=just_sent):
            says.append(bank)
            draft = draft.telling("bank")
    return go_on(draft, around, *says)


def picked_choice(draft: Draft, question: Question, picked: str, heard: Heard, around: Around) -> Step:
    """Take a choice, tapped or typed; one that means danger now interrupts."""
    draft = draft.with_fact(question.fact, Fact(picked, picked))
    if picked == _JUST_OVER and "thoi_gian" not in draft.facts:
        start = (heard.sent_at - timedelta(hours=1)).astimezone(VIETNAM)
        span = {
            "start": start.isoformat(timespec="minutes"),
            "end": heard.sent_at.astimezone(VIETNAM).isoformat(timespec="minutes"),
            "precision": "hour",
        }
        draft = draft.with_fact("thoi_gian", Fact("vừa xong, chưa tới 1 giờ", span))
    if question.id not in draft.asked:
        draft = draft.with_(asked=(*draft.asked, question.id))
    if danger := interrupt_for_choice(draft, question, picked, heard, around):
        return danger
    return taken(draft, question, around)


def tapped(draft: Draft, question_id: str, number: str, heard: Heard, around: Around) -> Step:
    """Take a tap on a choice, also of a question that was asked before."""
    question = find_question(question_id, around)
    if question is None or not number.isdigit() or int(number) >= len(question.choices):
        return go_on(draft, around)
    picked = question.choices[int(number)]
    if question.id == draft.pending and draft.stage is Stage.ANSWER:
        return picked_choice(draft, question, picked, heard, around)
    waiting = question_of(draft, around)
    if waiting is not None and draft.stage is Stage.ANSWER:
        # The same words mean something in the question that waits ("Không rõ", "Có").
        if fold(picked) in {fold(one) for one in waiting.choices}:
            return picked_choice(draft, waiting, picked, heard, around)
        if question.id not in draft.asked:
            return answered(draft, heard, around)
        changed = draft.with_fact(question.fact, Fact(picked, picked))
        if danger := interrupt_for_choice(changed, question, picked, heard, around):
            return danger
        return ask_for(changed, waiting, around, Say(words.CORRECTED))
    return picked_choice(draft, question, picked, heard, around)


def passed_over(draft: Draft, question: Question, around: Around, unknown: bool) -> Step:
    """Leave a question open, and remember that it was asked."""
    fact = draft.facts.get(question.fact)
    if fact is not None and fact.doubt in _ASKED_AGAIN_FOR:
        # They looked again and do not know better: an officer sees the words and the doubt.
        return taken(draft, question, around)
    if draft.fixing:
        return confirm(draft.with_(fixing=""), around)
    before = (Say(words.NOTED_TIRED),) if unknown else ()
    return go_on(draft, around, *before)


def _corrections(draft: Draft, question: Question, heard: Heard, around: Around) -> Mapping[str, Fact]:
    if not draft.facts:
        return {}
    found = around.reader.correction(heard.text, draft.facts, heard.sent_at)
    return {key: fact for key, fact in found.items() if key in draft.facts}


def _corrected(draft: Draft, question: Question, found: Mapping[str, Fact], around: Around) -> Step:
    for fact_id, fact in found.items():
        draft = draft.with_fact(fact_id, fact)
    if question.fact in found:
        return taken(draft, question, around, Say(words.CORRECTED))
    return ask_for(draft, question, around, Say(words.CORRECTED))


def _along(draft: Draft, question: Question, heard: Heard, around: Around) -> Draft:
    """Take along what else the answer tells, where it has a form of its own."""
    category = category_of(draft, around)
    story = around.reader.story(heard.text, heard.sent_at, heard.ranking)
    wanted = _TAKEN_ALONG | ({"dia_diem"} if question.fact in _WITH_PLACE else frozenset())
    useful = set(category.needs) | set(category.helps) if category is not None else set()
    for fact_id, fact in story.facts.items():
        if (
            fact_id in wanted
            and fact_id in useful
            and fact_id != question.fact
            and fact_id not in draft.facts
        ):
            draft = draft.with_fact(fact_id, fact)
    if len(heard.text) > _LONG:
        draft = draft.with_story(heard.text)
    return draft


def _unclear(draft: Draft, question: Question, reason: str, heard: Heard, around: Around) -> Step:
    if heard.is_beside(unclear=True):
        return Step(draft, outcome=Outcome.BESIDE)
    before = draft
    draft = _along(draft, question, heard, around)
    if draft.facts != before.facts:
        return ask_for(draft, question, around, Say(words.ADDED))
    if draft.tries == 0:
        if len(heard.text.split()) >= (_TELLS if question.expects == "choice" else _TELLS_MORE):
            # No answer, and yet told: it belongs to the story.
            draft = draft.with_story(heard.text)
        return Step(draft.with_(tries=1), (words.ask_again(question, words.UNCLEAR.get(reason, "")),))
    # Asked twice: their words stand as they are, for an officer to read.
    return taken(
        draft.with_fact(question.fact, Fact(heard.text.strip()[:300], None, "vague")), question, around
    )


def _within(fact: Fact, now: datetime, most: timedelta) -> bool:
    if not isinstance(fact.value, dict) or not fact.value.get("end"):
        return False
    return timedelta(0) <= now - datetime.fromisoformat(str(fact.value["start"])) <= most
