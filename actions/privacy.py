"""Deleting what a citizen told: asked once, done within the law, with a receipt."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.report_turn import choice_of, say
from actions.storage import citizen_of
from services.report_step import Say, choice

ASK = Say(
    "Anh/chị muốn xóa dữ liệu của mình ở đây phải không ạ?\n"
    "Em xóa được: tin đang kể dở, tên và số máy trong các tin đã đóng, đoạn trò chuyện trên máy này.\n"
    "Em chưa xóa được: tin báo công an đang giải quyết, vì luật buộc phải lưu. Đoạn chat trong Zalo "
    "thì anh/chị tự xóa trong máy mình.",
    (choice("Xóa dữ liệu của tôi", "erase:yes"), choice("Thôi, để nguyên", "erase:no")),
)
LEFT = Say("Dạ, em để nguyên, không xóa gì cả.")
IN_A_TERMINAL = Say("Dạ, dữ liệu chỉ xóa được qua trang Zalo của công an.")


class ActionErase(Action):
    """Deletes what may be deleted, with a receipt."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_xoa_du_lieu"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Ask, or do it."""
        citizen = citizen_of(tracker)
        if citizen is None:
            say(dispatcher, (IN_A_TERMINAL,))
        elif choice_of(tracker) == "erase:no":
            say(dispatcher, (LEFT,))
        else:
            say(dispatcher, (ASK,))
        return []
