"""The greeting of the unit that the citizen wrote to."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.storage import account_of

GREETING = (
    "Chào anh/chị! Đây là trợ lý tự động của {unit} trên Zalo.\n"
    "Anh/chị cứ hỏi bằng lời của mình, có dấu hay không dấu đều được. "
    'Ví dụ: "đổi căn cước hết hạn cần giấy tờ gì".\n'
    "Đang nguy hiểm thì gọi ngay 113."
)
SOME_UNIT = "cơ quan Công an"
FIRST_CHOICES = [
    {"title": "Đăng ký tạm trú", "payload": "/hoi_dang_ky_tam_tru"},
    {"title": "Đổi thẻ căn cước", "payload": "/hoi_can_cuoc_cap_doi"},
    {"title": "Sang tên xe", "payload": "/hoi_sang_ten_xe"},
    {"title": "Các thủ tục khác", "payload": "/hoi_chuc_nang"},
    {"title": "Gặp cán bộ", "payload": "/gap_can_bo"},
]


class ActionGreet(Action):
    """Greets in the name of the unit, with the account's own words where it has some."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_chao"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say the greeting."""
        account = account_of(tracker)
        text = GREETING.format(unit=account.name if account else SOME_UNIT)
        if account and account.greeting:
            text = account.greeting
        dispatcher.utter_message(text=text, buttons=FIRST_CHOICES)
        return []
