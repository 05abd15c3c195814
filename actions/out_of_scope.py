"""Matters that are not the police's: where to go instead, and what the assistant can do."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.content import CONTENT
from actions.procedures import go_on_if_worded_so, say
from services.other_agencies import find_agency

CHOICES = [
    {"title": "Cổng Dịch vụ công", "payload": "https://dichvucong.gov.vn"},
    {"title": "Trợ lý giúp được gì?", "payload": "/hoi_chuc_nang"},
]
ELSEWHERE = (
    "Dạ, việc này không thuộc cơ quan Công an, mà do {where}.\n"
    "Trợ lý không dám trả lời thay, sợ nói sai làm mất công anh/chị. Anh/chị hỏi đúng nơi đó, "
    "hoặc tra cứu trên Cổng Dịch vụ công quốc gia."
)
NOT_OURS = (
    "Dạ, việc này không thuộc cơ quan Công an nên trợ lý không trả lời được.\n"
    "Việc về cư trú, căn cước, VNeID, đăng ký xe, bằng lái, phạt giao thông, phòng cháy, con dấu, hộ chiếu "
    "thì trợ lý giúp được."
)


class ActionOutOfScope(Action):
    """Says who deals with a matter that is not the police's."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_ngoai_pham_vi"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say it."""
        agency = find_agency(CONTENT, tracker.latest_message.get("text") or "")
        if agency is None and (reply := go_on_if_worded_so(tracker)):
            return say(dispatcher, reply)
        text = ELSEWHERE.format(where=agency.where) if agency else NOT_OURS
        dispatcher.utter_message(text=text, buttons=CHOICES if agency else CHOICES[1:])
        return []
