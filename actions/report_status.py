"""Looking a report up by its code and secret."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher


class ActionLookUp(Action):
    """Says how far a report is."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_tra_cuu"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say it."""
        dispatcher.utter_message(text="...")
        return []
