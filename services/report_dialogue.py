"""Telling the police, as a state machine: a draft and a message give the next draft and what is said.

Pure: it stores nothing, sends nothing and asks no clock. Danger comes first, then taps, then what was
sent beside words, then the words by the stage in which they came.
"""

from __future__ import annotations

from services import report_alarm, report_answering, report_reporter, report_returning, report_review
from services import report_telling as telling
from services import report_words as words
from services.report_course import (
    Around,
    Story,
    anonymous,
    asks_privately,
    category_of,
    confirm,
    enough,
    go_on,
    question_of,
    repeat,
    with_known_evidence,
)
from services.report_draft import Draft, Stage
from services.report_facts import Fact
from services.report_heard import TELLING, Heard
from services.report_step import Outcome, Say, Step


def begin(heard: Heard, around: Around, draft_id: str) -> Step:
    """Open a report with the first message."""
    draft = Draft(
        id=draft_id,
        opened_at=around.now,
        touched_at=around.now,
        intent=heard.intent if heard.intent in TELLING else "",
        evidence=around.sent_before,
        place=around.place_before,
    )
    if heard.evidence or heard.place is not None:
        return _brought(draft, heard, around)
    if heard.choice or not heard.text:
        return Step(draft, (words.TELL_IT,))
    story = around.reader.story(heard.text, heard.sent_at, heard.ranking)
    danger = report_alarm.look(draft, heard, story, around)
    if danger is not None:
        return danger
    return telling.told(draft, heard, story, around)


def step(draft: Draft, heard: Heard, around: Around) -> Step:
    """Take the next message of a report that is under way."""
    draft = draft.with_(touched_at=around.now)
    if heard.contact:
        return report_reporter.sent_contact(draft, heard, around)
    if heard.evidence or heard.place is not None:
        return _brought(_back(draft), heard, around)
    if heard.choice:
        return _chosen(draft, heard, around)
    if heard.sticker or not heard.text:
        return repeat(draft, around)
    story = around.reader.story(heard.text, heard.sent_at, heard.ranking)
    danger = report_alarm.look(draft, heard, story, around)
    if danger is not None:
        return danger
    if around.returning and draft.stage is not Stage.RETURNING:
        return report_returning.came_back(draft, heard, around)
    if draft.stage is Stage.RETURNING:
        return report_returning.returning(draft, heard, around)
    if draft.stage is Stage.STOPPING:
        return report_returning.stopping(draft, heard, around)
    if heard.stops or heard.takes_back:
        return report_returning.stop(draft)
    if draft.stage is Stage.DANGER:
        return report_alarm.after(draft, heard, story, around)
    if draft.stage is Stage.STORY:
        return telling.told(draft, heard, story, around)
    if draft.stage is Stage.CATEGORY:
        return telling.choosing(draft, heard, story, around)
    if draft.stage is Stage.ANSWER:
        return _answering(draft, heard, around)
    if draft.stage is Stage.IDENTITY:
        return report_reporter.choosing(draft, heard, around)
    if draft.stage is Stage.CONTACT:
        return report_reporter.contacting(draft, heard, around)
    if draft.stage in (Stage.CONFIRMATION, Stage.WHICH_ITEM):
        return report_review.confirming(draft, heard, around)
    return report_review.new_words(draft, heard, around)


def after_interruption(draft: Draft, around: Around) -> Step:
    """Come back to the report after something else was answered in between."""
    if around.returning and draft.stage is not Stage.RETURNING:
        draft = draft.with_(stage=Stage.RETURNING, before=draft.stage, tries=0)
    if draft.stage is Stage.RETURNING:
        return report_returning.offer(draft, around)
    return repeat(draft, around, Say(words.GO_ON))


def new_matter(draft: Draft, heard: Heard, around: Around, draft_id: str) -> Step:
    """Leave the old draft and begin with the words that waited for this."""
    words_then = Heard(key=heard.key, text=draft.waiting, sent_at=heard.sent_at, intent=draft.intent)
    return begin(words_then, around, draft_id)


def _answering(draft: Draft, heard: Heard, around: Around) -> Step:
    meant = report_reporter.identity_meant(heard)
    question = question_of(draft, around)
    if heard.says("send") and not draft.fixing and draft.category:
        return go_on(enough(draft, around), around, Say(words.ENOUGH))
    if draft.emergency and heard.says("safe"):
        return repeat(draft.with_story(heard.text), around)
    category = category_of(draft, around)
    private = category is not None and asks_privately(category)
    if question is not None:
        told = report_reporter.contact_beside(draft, question, heard, private)
        if told is not None:
            return repeat(told, around, Say(words.CONTACT_NOTED))
    if meant == "anonymous" and question is not None and question.expects not in ("text", "contact"):
        return repeat(anonymous(draft), around, Say(words.ANONYMOUS_NOW))
    return report_answering.answered(draft, heard, around)


def _chosen(draft: Draft, heard: Heard, around: Around) -> Step:
    head, _, rest = heard.choice.partition(":")
    if head == "answer":
        question_id, _, number = rest.partition(":")
        if draft.stage is Stage.CONFIRMATION:
            draft = draft.with_(fixing=question_id)
        return report_answering.tapped(_back(draft), question_id, number, heard, around)
    if head == "stop":
        return _stopped(draft, rest, around)
    if head == "resume" or head == "more":
        return report_returning.back(draft, around)
    if head == "safe":
        return _safe(draft, heard, around)
    draft = _back(draft)
    question = question_of(draft, around)
    if head in ("skip", "unknown"):
        return _passed(draft, heard, around, head == "unknown")
    if head == "keep" and question is not None:
        return report_answering.taken(draft, question, around)
    if not draft.category and head not in ("category", "civil"):
        return repeat(draft, around)
    if head == "civil":
        return telling.take_category(
            draft.telling("civil"), around.catalogue.category(telling.CIVIL), _story(draft, around), around
        )
    if head == "category":
        return telling.chose(draft, rest, _story(draft, around), around)
    if head == "identity":
        return report_reporter.choose(draft, rest, around)
    if head == "send":
        return _send(draft, around)
    if head == "preview":
        return report_review.show_preview(draft)
    if head == "fix":
        return report_review.fix(draft, rest, around) if rest else report_review.which_item(draft, around)
    if head == "review":
        return confirm(draft, around)
    if head == "unreachable":
        return report_review.show_preview(draft.with_(reachable=False))
    if head == "drop":
        return report_review.drop_evidence(draft, around)
    return repeat(draft, around)


def _send(draft: Draft, around: Around) -> Step:
    if draft.stage in (Stage.CONFIRMATION, Stage.WHICH_ITEM, Stage.NEW_WORDS):
        return Step(draft, outcome=Outcome.SUBMIT)
    # An old button: what is asked now comes first.
    return repeat(draft, around)


def _stopped(draft: Draft, rest: str, around: Around) -> Step:
    if rest == "drop":
        return report_returning.drop(draft)
    if rest == "later":
        return report_returning.leave(draft, around)
    if rest == "on":
        return report_returning.back(draft, around)
    return report_returning.stop(_back(draft))


def _safe(draft: Draft, heard: Heard, around: Around) -> Step:
    if draft.stage is not Stage.DANGER:
        return repeat(_back(draft), around)
    return report_alarm.after(draft, heard, _story(draft, around), around)


def _passed(draft: Draft, heard: Heard, around: Around, unknown: bool) -> Step:
    question = question_of(draft, around)
    if draft.stage is Stage.ANSWER and question is not None:
        return report_answering.passed_over(draft, question, around, unknown)
    if draft.stage is Stage.IDENTITY:
        return report_reporter.choose(draft, "anonymous", around)
    if draft.stage is Stage.CONTACT:
        return report_reporter.contacting(draft, heard, around)
    if draft.stage is Stage.NEW_WORDS:
        return confirm(draft, around)
    if draft.stage is Stage.CATEGORY:
        return telling.chose(draft, "", _story(draft, around), around)
    return repeat(draft, around)


def _brought(draft: Draft, heard: Heard, around: Around) -> Step:
    """Attach pictures, clips, files and places, at any moment; then go on with what was asked."""
    before = draft
    count = len(draft.evidence)
    draft = draft.with_evidence(heard.evidence)
    says: list[Say] = []
    if heard.evidence:
        says.append(Say(_thanks(draft, count)))
        draft, more = _clip_notice(draft, heard, around)
        says += more
    if heard.place is not None:
        draft = draft.with_(place=heard.place)
        if "dia_diem" not in draft.facts:
            here = {"latitude": heard.place[0], "longitude": heard.place[1]}
            draft = draft.with_fact("dia_diem", Fact("vị trí gửi kèm", here))
        says.append(Say("Dạ, em đã nhận vị trí."))
    if heard.text and not heard.text.startswith("["):
        draft = draft.with_story(heard.text)
    if draft.stage is Stage.DANGER:
        alert = report_alarm.place_found(draft, before)
        text = "\n".join(say.text for say in says) + "\nChưa an toàn thì gọi ngay 113."
        return Step(draft, (Say(text, (words.CALL_113, words.SAFE)),), alert=alert)
    if not draft.story and draft.stage is Stage.STORY:
        return Step(draft, (*says[:-1], Say(f"{says[-1].text}\n{words.TELL_IT.text}", words.TELL_IT.buttons)))
    question = question_of(draft, around)
    answered = question is not None and (
        (question.expects == "evidence" and bool(heard.evidence))
        or (question.fact == "dia_diem" and heard.place is not None)
    )
    if draft.stage is Stage.ANSWER and answered and question is not None:
        draft = with_known_evidence(draft)
        return report_answering.taken(draft, question, around, *says)
    if draft.stage in (Stage.CONFIRMATION, Stage.WHICH_ITEM, Stage.NEW_WORDS) and category_of(draft, around):
        if count and len(draft.evidence) > count and not heard.place:
            # One of a handful: the read-back comes once, after the first.
            return Step(draft, (Say(says[0].text, words.CONFIRM[:1]),))
        return confirm(draft, around, *says)
    if count and not heard.place:
        return Step(draft, (Say(f"{says[0].text} Anh/chị trả lời tiếp câu vừa rồi giúp em nhé."),))
    return repeat(draft, around, *says)


def _thanks(draft: Draft, count: int) -> str:
    got = words.evidence_got([item.kind for item in draft.evidence])
    if len(draft.evidence) == count:
        return f"Dạ, em đã có {got} rồi."
    return f"Dạ, em đã nhận {got}." if not count else f"Dạ, em nhận thêm rồi, tất cả {got}."


def _clip_notice(draft: Draft, heard: Heard, around: Around) -> tuple[Draft, list[Say]]:
    if draft.has_told("clip"):
        return draft, []
    category = category_of(draft, around)
    traffic = category is not None and category.group == "giao_thong"
    if category is not None and category.sensitive:
        return draft, []
    known = {item.id: item.text for one in around.catalogue.categories for item in one.advice}
    if traffic or any(item.kind == "video" for item in heard.evidence):
        ids = ("clip_goc", "clip_mot_nam") if traffic or category is None else ()
        lines = [known[one] for one in ids if one in known] or [words.EVIDENCE_SAFE]
        return draft.telling("clip"), [Say("\n".join(lines))]
    return draft.telling("clip"), [Say(words.EVIDENCE_SAFE)]


def _story(draft: Draft, around: Around) -> Story:
    return around.reader.story(draft.story, draft.opened_at, ())


def _back(draft: Draft) -> Draft:
    """Leave the question whether to stop or to come back: the citizen simply goes on."""
    if draft.stage in (Stage.STOPPING, Stage.RETURNING):
        return draft.with_(stage=draft.before, tries=0)
    return draft
