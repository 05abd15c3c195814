"""The menu of a page and its parts: procedures as buttons, and what can be reported."""

from __future__ import annotations

import json
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.content import CONTENT, catalogue
from actions.storage import account_of
from services import menu
from services.intent_titles import load_titles

CALL = {"title": "Gọi 113", "payload": "tel:113"}
WHAT_I_CAN = (
    "Trợ lý trả lời được về các thủ tục dưới đây: giấy tờ, lệ phí, thời hạn, nơi nộp, làm trên mạng, "
    "điều kiện, mức phạt, kết quả. Anh/chị bấm chọn hoặc cứ nhắn bằng lời của mình."
)


class ActionMenu(Action):
    """Says what the page is for, or opens one part of the menu."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_danh_muc_thu_tuc"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say the menu, the list of procedures, or what can be reported."""
        part = _tapped(tracker) or menu.part_asked(tracker.latest_message.get("text") or "")
        if part == menu.PROCEDURES:
            dispatcher.utter_message(text=WHAT_I_CAN, buttons=_procedures())
        elif part == menu.REPORTS:
            dispatcher.utter_message(text=menu.WHAT_TO_REPORT, buttons=[CALL, *map(_button, menu.REPORTABLE)])
        else:
            account = account_of(tracker)
            text = menu.MENU.format(unit=account.name if account else "Trợ lý")
            dispatcher.utter_message(text=text, buttons=main_buttons())
        return []


def main_buttons() -> list[dict[str, str]]:
    """Give the buttons of the menu."""
    return [_button(entry) for entry in menu.MAIN]


def _button(entry: menu.Entry) -> dict[str, str]:
    rest = json.dumps({"muc": entry.part}, ensure_ascii=False) if entry.part else ""
    return {"title": entry.title, "payload": f"/{entry.intent}{rest}"}


def _tapped(tracker: Tracker) -> str | None:
    return next(
        (
            str(item["value"])
            for item in tracker.latest_message.get("entities") or []
            if item.get("entity") == "muc" and item.get("extractor") == "choice"
        ),
        None,
    )


def _procedures() -> list[dict[str, str]]:
    known = {intent for item in catalogue() for intent in item.intents}
    titles = load_titles(CONTENT)
    return [{"title": title, "payload": f"/{intent}"} for intent, title in titles.items() if intent in known]
