"""Stopping and coming back: thôi, hủy, hours of silence, a new matter while an old one is open.

Each has an end: the draft is sent, dropped, or kept for its days and then gone.
"""

from __future__ import annotations

from services import report_words as words
from services.report_answering import answered
from services.report_answers import Unclear
from services.report_course import Around, category_of, ended, question_of, repeat
from services.report_draft import Draft, Stage
from services.report_heard import SURE_FOR_A_QUESTION, TELLING, Heard
from services.report_step import Outcome, Say, Step
from services.report_telling import is_story, told

# Asked this often whether to go on, and no answer: the draft is left in peace.
MOST_TIMES_OFFERED = 2
# Answers that cannot be mistaken for small talk.
_WITH_A_FORM = frozenset({"time", "place", "plate", "money", "choice", "people"})
_GOES_ON = frozenset({"bao tin tiep", "lam tiep", "tiep tuc bao tin", "bao tiep tin", "tiep tuc tin bao"})


def stop(draft: Draft) -> Step:
    """Ask whether to drop the report or to leave it for later; said twice, it is dropped."""
    if draft.stage is Stage.STOPPING:
        return drop(draft)
    if not draft.story and not draft.evidence and not draft.facts:
        return drop(draft)
    return Step(draft.with_(stage=Stage.STOPPING, before=draft.stage), (words.STOPPING,))


def stopping(draft: Draft, heard: Heard, around: Around) -> Step:
    """Read a typed answer to "drop it, or later?"."""
    bare = heard.bare
    if "sau" in bare.split() or "luc khac" in bare or "de do" in bare:
        return leave(draft, around)
    if heard.says("no") or "bao tiep" in bare or "tiep" in bare.split():
        return back(draft, around)
    if heard.stops or heard.says("yes") or "bo" in bare.split() or "huy" in bare.split():
        return drop(draft)
    if heard.is_beside(unclear=True):
        return Step(draft, outcome=Outcome.BESIDE)
    return resumed(draft, heard, around)


def drop(draft: Draft) -> Step:
    """End it with nothing kept."""
    return ended(draft, Outcome.DROPPED, words.DROPPED)


def leave(draft: Draft, around: Around) -> Step:
    """End it for now; the draft stays for its days."""
    kept = draft.with_(stage=_stage_before(draft))
    text = words.LEFT.text.format(days=around.kept_days)
    return ended(kept, Outcome.LEFT, Say(text))


def back(draft: Draft, around: Around, *before: Say) -> Step:
    """Go on where it was left; what was told meanwhile belongs to it."""
    told_meanwhile, draft = draft.waiting, draft.with_(stage=_stage_before(draft), tries=0, waiting="")
    if told_meanwhile:
        return repeat(draft.with_story(told_meanwhile), around, *before, Say(words.ADDED))
    return repeat(draft, around, *before)


def came_back(draft: Draft, heard: Heard, around: Around) -> Step:
    """Take the first message after a silence."""
    if draft.stage is not Stage.RETURNING:
        draft = draft.with_(stage=Stage.RETURNING, before=draft.stage, tries=0)
    return returning(draft, heard, around)


def returning(draft: Draft, heard: Heard, around: Around) -> Step:
    """Read what somebody says who has a report left unfinished."""
    if heard.stops:
        return stop(draft.with_(stage=draft.before))
    if heard.says("yes") or heard.bare in _GOES_ON:
        return back(draft, around)
    if heard.says("no") and draft.tries:
        return leave(draft, around)
    if heard.is_beside(unclear=not _answers(draft, heard, around)):
        return Step(draft, outcome=Outcome.BESIDE)
    if _is_new_matter(draft, heard, around):
        return Step(draft.with_(waiting=heard.text), (words.new_or_old(_title(draft, around)),))
    if _answers(draft, heard, around):
        return resumed(draft, heard, around)
    if is_story(heard.text, around.reader.story(heard.text, heard.sent_at, heard.ranking)):
        # Not lost while it is asked whether to go on.
        draft = draft.with_(waiting=heard.text)
    return offer(draft, around)


def offer(draft: Draft, around: Around) -> Step:
    """Ask whether to go on with it; asked often enough, let it be."""
    if draft.tries >= MOST_TIMES_OFFERED:
        return ended(draft.with_(stage=draft.before, tries=0), Outcome.LEFT)
    return repeat(draft.with_(tries=draft.tries + 1), around)


def resumed(draft: Draft, heard: Heard, around: Around) -> Step:
    """Take a message as the answer to what was asked before the silence."""
    draft = draft.with_(stage=_stage_before(draft), tries=0)
    if draft.stage is Stage.ANSWER:
        return answered(draft, heard, around)
    if draft.stage is Stage.STORY:
        return told(draft, heard, around.reader.story(heard.text, heard.sent_at, heard.ranking), around)
    return repeat(draft, around)


def _answers(draft: Draft, heard: Heard, around: Around) -> bool:
    question = question_of(draft, around)
    if draft.before is Stage.STORY:
        story = around.reader.story(heard.text, heard.sent_at, heard.ranking)
        return is_story(heard.text, story)
    if draft.before is not Stage.ANSWER or question is None or question.expects not in _WITH_A_FORM:
        return False
    return not isinstance(around.reader.answer(question, heard.text, heard.sent_at), Unclear)


def _is_new_matter(draft: Draft, heard: Heard, around: Around) -> bool:
    if heard.intent not in TELLING or heard.confidence < SURE_FOR_A_QUESTION or not draft.story:
        return False
    return is_story(heard.text, around.reader.story(heard.text, heard.sent_at, heard.ranking))


def _title(draft: Draft, around: Around) -> str:
    category = category_of(draft, around)
    return words.category_title(category) if category is not None else ""


def _stage_before(draft: Draft) -> Stage:
    if draft.stage not in (Stage.STOPPING, Stage.RETURNING):
        return draft.stage
    return draft.before if draft.before not in (Stage.STOPPING, Stage.RETURNING) else Stage.STORY
