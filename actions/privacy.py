"""Deleting what a citizen told."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher


class ActionErase(Action):
    """Deletes what may be deleted, with a receipt."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_xoa_du_lieu"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say it."""
        dispatcher.utter_message(text="...")
        return []
