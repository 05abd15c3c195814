"""Asking after a report: the loop of looking it up, adding to it, saying that it is not done.

The dialogue is `services/report_enquiry.py`. What is kept between messages are two slots: the sealed
pass that opens one report to this citizen for half an hour, and what the next message is taken for.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from actions.content import CONTENT
from actions.last_report import pass_to_last
from actions.report_turn import categories, heard, reader_for, say
from actions.storage import Citizen, Storage, citizen_of, storage
from services.clock import utc_now
from services.errors import StorageError
from services.report_clocks import load_clocks
from services.report_enquiry import Desk, Enquiry, again, enquire
from services.report_heard import TELLING, Heard
from services.report_step import Say

log = structlog.get_logger()

NAME = "action_tra_cuu"
TELL = "action_bao_tin"
# Buttons under the words that told the code: they mean that report.
_OF_THE_LAST = frozenset({"status:look", "status:add"})
PASS, WAITING = "tin_dang_xem", "tra_cuu_cho"
NOT_NOW = Say(
    "Xin lỗi anh/chị, hệ thống đang trục trặc nên chưa xem được tin. Anh/chị thử lại sau ít phút giúp em."
)
IN_A_TERMINAL = Say("Dạ, tin báo chỉ xem được qua trang Zalo của công an.")


class ActionLookUp(Action):
    """Shows a report to who has its code and secret, and takes what they add."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return NAME

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Work the latest message; reject one that is about something else, for the rules to answer."""
        citizen = citizen_of(tracker)
        if citizen is None:
            say(dispatcher, (IN_A_TERMINAL,))
            return [ActiveLoop(None)]
        loop = tracker.active_loop or {}
        begun = loop.get("name") == NAME
        kept, got = _kept(tracker), heard(tracker)
        if begun and loop.get("rejected"):
            return _took(dispatcher, again(kept))
        if begun and _is_danger(tracker, got):
            return [ActiveLoop(None), *_slots(Enquiry()), FollowupAction(TELL)]
        try:
            made = await asyncio.to_thread(_work, storage(), citizen, got, kept, begun)
        except StorageError as error:
            log.error("report.unread", reason=str(error))
            say(dispatcher, (NOT_NOW,))
            return [ActiveLoop(None)]
        if made.beside and begun:
            if not made.goes_on and got.intent in TELLING:
                return [ActiveLoop(None), *_slots(Enquiry()), FollowupAction(TELL)]
            raise ActionExecutionRejection(NAME)
        return _took(dispatcher, made)


def _work(store: Storage, citizen: Citizen, got: Heard, kept: Enquiry, begun: bool) -> Enquiry:
    with store.database.transaction() as session:
        if got.choice in _OF_THE_LAST and not kept.pass_:
            last = pass_to_last(session, store, citizen, utc_now())
            kept = replace(kept, pass_=last.grant) if last is not None else kept
        return enquire(_desk(session, store, citizen), got, kept, begun)


def _desk(session: Any, store: Storage, citizen: Citizen) -> Desk:
    clocks = load_clocks(CONTENT)
    return Desk(
        session, store.cipher, categories(), clocks, citizen.account_id, citizen.citizen_id, utc_now()
    )


def _is_danger(tracker: Tracker, got: Heard) -> bool:
    if got.choice or not got.text:
        return False
    return reader_for(tracker).story(got.text, got.sent_at, got.ranking).colour == "red"


def _kept(tracker: Tracker) -> Enquiry:
    plain = json.loads(tracker.get_slot(WAITING) or "{}")
    return Enquiry(
        pass_=str(tracker.get_slot(PASS) or ""),
        waiting=str(plain.get("waiting") or ""),
        typed_code=str(plain.get("code") or ""),
    )


def _slots(made: Enquiry) -> list[EventType]:
    waiting = json.dumps({"waiting": made.waiting, "code": made.typed_code}) if made.waiting else None
    return [SlotSet(PASS, made.pass_ or None), SlotSet(WAITING, waiting)]


def _took(dispatcher: CollectingDispatcher, made: Enquiry) -> list[EventType]:
    say(dispatcher, made.says)
    return [ActiveLoop(NAME if made.goes_on else None), *_slots(made if made.goes_on else Enquiry())]
