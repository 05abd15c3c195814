"""An officer asked the citizen about a report: the next words that mean nothing else are the answer."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import structlog
from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.last_report import pass_to_last
from actions.report_turn import heard, say
from actions.storage import Citizen, Storage, citizen_of, storage
from services import report_access, report_tracking
from services import report_words as words
from services.clock import utc_now
from services.errors import StorageError
from services.report_access import Asked, Found
from services.report_enquiry import ADDED
from services.report_heard import Heard
from services.report_step import Say, choice
from services.report_submission import EvidenceRef
from services.report_tracking import Holder

log = structlog.get_logger()

NOT_AN_ANSWER = choice("Không phải, đây là tin mới", "begin")


async def answer_officer(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType] | None:
    """Take a message as the answer to an officer's question; None when no question waits."""
    citizen, got = citizen_of(tracker), heard(tracker)
    if citizen is None:
        return None
    try:
        said = await asyncio.to_thread(_answer, storage(), citizen, got)
    except StorageError as error:
        log.error("answer.unstored", reason=str(error))
        return None
    if said is None:
        return None
    say(dispatcher, (said,))
    return []


def take_as_answer(session: Any, store: Storage, citizen: Citizen, got: Heard, now: datetime) -> Say | None:
    """Add a message to the report that an officer asked about; None when there is no such report.

    A picture right after a report was sent is added to that one.
    """
    if got.choice or not (got.text or got.evidence):
        return None
    before = report_tracking.taken_before(
        session, store.cipher, citizen.account_id, citizen.citizen_id, got.key
    )
    if before is not None:
        # The turn broke after this was written: the question is answered, and the answer is told again.
        return _added(before)
    asked = report_access.open_questions(session, store.cipher, citizen.account_id, citizen.citizen_id, now)
    if asked:
        return _add(session, store, citizen, got, now, asked[0])
    # A picture right after a report was sent belongs to it; words may be about anything.
    last = pass_to_last(session, store, citizen, now) if got.evidence else None
    return _add(session, store, citizen, got, now, last) if last is not None else None


def _add(
    session: Any, store: Storage, citizen: Citizen, got: Heard, now: datetime, found: Asked | Found
) -> Say | None:
    holder = Holder(citizen.account_id, citizen.citizen_id, found.grant, got.key)
    refs = tuple(EvidenceRef(item.key, item.position) for item in got.evidence)
    text = "" if got.text.startswith("[") else got.text
    if report_tracking.add_information(session, store.cipher, holder, text, now, refs) is None:
        return None
    return _added(found.code)


def _added(code: str) -> Say:
    return Say(ADDED.format(code=code), (NOT_AN_ANSWER, words.CALL_113))


def _answer(store: Storage, citizen: Citizen, got: Heard) -> Say | None:
    now = utc_now()
    with store.database.transaction() as session:
        return take_as_answer(session, store, citizen, got, now)
