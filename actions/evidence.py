"""A picture, clip, file or place that came outside a report: kept, and the way to a report shown."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.directory import around
from actions.officer_questions import answer_officer
from actions.report_turn import heard, say
from actions.reports import open_draft
from actions.storage import citizen_of, storage
from services import report_words as words
from services.clock import utc_now
from services.errors import StorageError
from services.report_step import Button, Say, choice

log = structlog.get_logger()

PROMISED = "Anh/chị muốn báo việc gì thì bấm nút dưới rồi kể; {what} gửi trong 1 giờ qua được kèm theo luôn."
ONLY_TALK = "Dạ, anh/chị gửi hình, clip hay vị trí vào đây lúc nào cũng được. Anh/chị muốn báo việc gì ạ?"
TELL = choice("Báo tin", "begin")
ASK = Button("Hỏi thủ tục", choose="menu")
DIRECTORY = {"title": "Tìm công an phường, xã", "payload": "/hoi_danh_ba"}


class ActionTakeEvidence(Action):
    """Confirms what came, and asks what it is for."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_nhan_tep"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say it."""
        got = heard(tracker)
        if not got.evidence and got.place is None:
            say(dispatcher, (Say(ONLY_TALK, (TELL, ASK)),))
            return []
        answered = await answer_officer(dispatcher, tracker)
        if answered is not None:
            return answered
        what = words.evidence_got([item.kind for item in got.evidence]) if got.evidence else "vị trí"
        buttons = [TELL, ASK]
        if await _has_draft(tracker):
            buttons.insert(0, choice("Làm tiếp tin cũ", "resume:yes"))
        text = f"Dạ, em đã nhận {what}. {PROMISED.format(what='hình' if got.evidence else 'vị trí')}"
        say(dispatcher, (Say(text, tuple(buttons)),))
        if not got.evidence and got.place is not None:
            dispatcher.utter_message(text=around(*got.place).text, buttons=[DIRECTORY])
        return []


async def _has_draft(tracker: Tracker) -> bool:
    citizen = citizen_of(tracker)
    if citizen is None:
        return False
    try:
        return await asyncio.to_thread(open_draft, storage(), citizen, utc_now()) is not None
    except StorageError as error:
        log.error("draft.unread", reason=str(error))
        return False
