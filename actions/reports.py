"""Telling the police: one loop that every message of a running report goes through.

The dialogue itself is `services/report_dialogue.py`; here the draft is read, the step is stored in one
transaction with all it does (draft, report, notice to the officers), and then said. A message that is
worked a second time gets the same answer and does nothing twice. What is not the report's is rejected,
so that Rasa's rules answer it and then come back here.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from actions.content import CONTENT
from actions.emergency import tell_officers
from actions.officer_questions import take_as_answer
from actions.report_turn import categories, heard, place_of, questionnaire_version, reader_for, say
from actions.storage import Citizen, Storage, account_of, citizen_of, storage
from services import inbox, media, report_dialogue, report_drafts, reports
from services import report_words as words
from services.clock import utc_now
from services.errors import StorageError
from services.report_clocks import Timed, load_clocks
from services.report_course import Around
from services.report_draft import Draft, Evidence, Stage, from_json, to_json
from services.report_handing_over import submission_of
from services.report_heard import TELLING, Heard
from services.report_step import Outcome, Say, Step, says_from_json, says_to_json

log = structlog.get_logger()

NAME = "action_bao_tin"
# Silent for so long: the first message is first asked whether it belongs to the report.
RETURNS_AFTER = timedelta(minutes=45)
# Pictures and places sent within this time before the report was opened belong to it.
SENT_BEFORE = timedelta(minutes=60)
_ENDS = frozenset({Outcome.SUBMIT, Outcome.DROPPED, Outcome.LEFT, Outcome.ELSEWHERE, Outcome.NOTHING})
IN_A_TERMINAL = Say(
    "Dạ, tin báo chỉ gửi được qua trang Zalo của công an. Đang nguy hiểm thì gọi ngay 113.", (words.CALL_113,)
)


@dataclass(frozen=True)
class Turn:
    """What one message is worked with."""

    store: Storage
    citizen: Citizen
    heard: Heard
    around: Around
    interrupted: bool
    in_loop: bool
    now: datetime


class ActionTellPolice(Action):
    """Takes a report step by step; is also the active loop of the conversation while it runs."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return NAME

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Work the latest message. Raises ActionExecutionRejection for one that is none of the report's."""
        citizen = citizen_of(tracker)
        if citizen is None:
            say(dispatcher, (IN_A_TERMINAL,))
            return [ActiveLoop(None)]
        turn = _turn(tracker, citizen)
        try:
            step = await asyncio.to_thread(_work, turn)
        except StorageError as error:
            log.error("report.unstored", reason=str(error))
            say(dispatcher, (words.NOT_STORED,))
            return [ActiveLoop(NAME)]
        if step.outcome is Outcome.BESIDE:
            if turn.in_loop:
                raise ActionExecutionRejection(NAME)
            say(dispatcher, (words.TELL_IT,))
            return [ActiveLoop(NAME)]
        say(dispatcher, step.says)
        return [ActiveLoop(None if step.outcome in _ENDS else NAME)]


def open_draft(store: Storage, citizen: Citizen, now: datetime) -> Draft | None:
    """Give the citizen's draft that is not sent yet, None when there is none."""
    with store.database.transaction(read_only=True) as session:
        stored = report_drafts.load(session, store.cipher, citizen.account_id, citizen.citizen_id, now)
    if stored is None or stored.submitted:
        return None
    try:
        return from_json(stored.body)
    except (KeyError, TypeError, ValueError):
        return None


def _turn(tracker: Tracker, citizen: Citizen) -> Turn:
    store, account, now = storage(), account_of(tracker), utc_now()
    loop = tracker.active_loop or {}
    in_loop = loop.get("name") == NAME
    around = Around(
        catalogue=categories(),
        reader=reader_for(tracker),
        now=now,
        unit=account.name if account is not None else "",
        place_before=_place_before(tracker, now),
        officers=bool(account is not None and account.duty_officers),
        kept_days=report_drafts.KEPT.days,
    )
    return Turn(store, citizen, heard(tracker), around, bool(loop.get("rejected")), in_loop, now)


def _work(turn: Turn) -> Step:
    store, citizen = turn.store, turn.citizen
    with store.database.transaction() as session:
        stored = report_drafts.load(session, store.cipher, citizen.account_id, citizen.citizen_id, turn.now)
        draft = _read(stored.body, turn.around) if stored is not None else None
        if draft is not None and draft.last_key == turn.heard.key and not turn.interrupted:
            return _once_more(session, turn, draft)
        if stored is not None and stored.submitted and draft is not None:
            if turn.heard.choice == "send":
                return _sent(session, turn, draft, repeated=True)
            draft = None
        if draft is None and turn.heard.intent in TELLING and not _is_danger(turn):
            answer = take_as_answer(session, store, citizen, turn.heard, turn.now)
            if answer is not None:
                return Step(_nothing(turn), (answer,), Outcome.NOTHING)
        if draft is None and stored is not None and stored.submitted and turn.heard.asks_after:
            return Step(_nothing(turn), (words.SENT_A_MOMENT_AGO,), Outcome.NOTHING)
        step = _step(session, turn, draft, stored.saved_at if stored is not None else None)
        if step.outcome is Outcome.BESIDE:
            return step
        if step.alert is not None:
            tell_officers(session, store, citizen, step.alert, turn.now)
        if step.outcome in (Outcome.DROPPED, Outcome.ELSEWHERE):
            report_drafts.drop(session, store.cipher, citizen.account_id, citizen.citizen_id)
            return step
        if step.outcome is Outcome.SUBMIT:
            return _sent(session, turn, step.draft, repeated=False)
        _save(session, turn, step)
        return step


def _read(body: dict[str, Any], around: Around) -> Draft | None:
    """Read a stored draft; one that this release cannot read is none, so that nobody is stuck with it."""
    try:
        draft = from_json(body)
    except (KeyError, TypeError, ValueError) as error:
        log.error("draft.unreadable", reason=type(error).__name__)
        return None
    known = {one.id for one in around.catalogue.categories}
    if draft.category in known or not draft.category:
        return draft
    # The content knows this kind no more: the story is kept, the kind is found anew.
    return draft.with_(category="", stage=Stage.STORY, before=Stage.STORY, pending="", fixing="")


def _is_danger(turn: Turn) -> bool:
    if turn.heard.intent == "khan_cap":
        return True
    story = turn.around.reader.story(turn.heard.text, turn.heard.sent_at, turn.heard.ranking)
    return story.colour == "red"


def _nothing(turn: Turn) -> Draft:
    return Draft(id=_draft_id(turn), opened_at=turn.now, touched_at=turn.now)


def _step(session: Any, turn: Turn, draft: Draft | None, saved_at: datetime | None) -> Step:
    around = turn.around
    if draft is None or turn.heard.choice == "new:yes":
        since = max(turn.now - SENT_BEFORE, saved_at or turn.now - SENT_BEFORE)
        sent = media.sent_since(session, turn.citizen.account_id, turn.citizen.citizen_id, since)
        before = tuple(Evidence(item.event_key, item.position, item.kind) for item in sent)
        opened = Around(**{**vars(around), "sent_before": before})
        if draft is not None:
            return report_dialogue.new_matter(draft, turn.heard, opened, _draft_id(turn))
        return report_dialogue.begin(turn.heard, opened, _draft_id(turn))
    citizen, since = turn.citizen, saved_at or draft.touched_at
    # Somebody else had the word: what is written now need not be the answer to what was asked before.
    spoken = inbox.held_since(session, citizen.account_id, citizen.citizen_id, since)
    away = spoken or not turn.in_loop or turn.now - draft.touched_at > RETURNS_AFTER
    around = Around(**{**vars(around), "returning": away})
    meanwhile: tuple[Evidence, ...] = ()
    if spoken:
        sent = media.sent_since(session, citizen.account_id, citizen.citizen_id, since, held=True)
        meanwhile = tuple(Evidence(item.event_key, item.position, item.kind) for item in sent)
        draft = draft.with_evidence(meanwhile)
    if turn.interrupted:
        step = report_dialogue.after_interruption(draft, around)
    else:
        step = report_dialogue.step(draft, turn.heard, around)
    if not meanwhile or step.outcome is Outcome.BESIDE:
        return step
    return step.saying_first(
        Say(words.SENT_MEANWHILE.format(got=words.evidence_got(i.kind for i in meanwhile)))
    )


def _once_more(session: Any, turn: Turn, draft: Draft) -> Step:
    """Give the answer that this message got before its turn broke."""
    outcome = Outcome(draft.last_outcome or Outcome.GOES_ON)
    if outcome is Outcome.SUBMIT:
        return _sent(session, turn, draft, repeated=False)
    return Step(draft, says_from_json(draft.last), outcome)


def _sent(session: Any, turn: Turn, draft: Draft, repeated: bool) -> Step:
    """Write the report, or find that it is written; tell the code."""
    store, citizen, around = turn.store, turn.citizen, turn.around
    draft = draft.with_(questionnaire=draft.questionnaire or questionnaire_version())
    step = Step(draft, outcome=Outcome.SUBMIT)
    submission = submission_of(
        draft, citizen.account_id, citizen.citizen_id, around.catalogue, draft.questionnaire
    )
    _save(session, turn, step)
    receipt = reports.submit(session, store.cipher, submission, turn.now)
    # Also for a draft that was a report before: saving it made it open again.
    report_drafts.mark_submitted(session, store.cipher, citizen.account_id, citizen.citizen_id, turn.now)
    log.info("report.submitted", report_id=receipt.report_id, created=receipt.created)
    category = around.catalogue.category(draft.category)
    timed = Timed(category.clock.id if category.clock else None, reports.NEW, receipt.received_at)
    by_when = load_clocks(CONTENT).told_to_citizen(timed, turn.now)
    says = words.sent(receipt.code, receipt.secret, category, around.unit, by_when)
    if repeated:
        says = (Say(words.ALREADY_SENT.format(code=receipt.code)),)
    return Step(draft, says, Outcome.SUBMIT)


def _save(session: Any, turn: Turn, step: Step) -> None:
    draft = step.draft.with_(
        last_key=turn.heard.key, last=says_to_json(step.says), last_outcome=step.outcome.value
    )
    report_drafts.save(
        session, turn.store.cipher, turn.citizen.account_id, turn.citizen.citizen_id, to_json(draft), turn.now
    )


def _draft_id(turn: Turn) -> str:
    # From the message that opened it: worked twice, it opens one draft.
    return hashlib.sha256(f"{turn.citizen.account_id}|{turn.heard.key}".encode()).hexdigest()[:32]


def _place_before(tracker: Tracker, now: datetime) -> tuple[float, float] | None:
    for event in reversed(tracker.events or []):
        if event.get("event") != "user":
            continue
        if float(event.get("timestamp") or 0.0) < (now - SENT_BEFORE).timestamp():
            return None
        place = place_of(event.get("parse_data") or {})
        if place is not None:
            return place
    return None
