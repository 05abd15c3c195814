"""The greeting of the unit that the citizen wrote to, with the menu."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.menu import main_buttons
from actions.storage import account_of
from services.menu import GREETING, SOME_UNIT


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
        dispatcher.utter_message(text=text, buttons=main_buttons())
        return []
