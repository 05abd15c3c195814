"""A word that answers a question nobody asked ("có", "không biết"), unless an officer did."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.officer_questions import answer_officer


class ActionListen(Action):
    """Passes the word on to the officer who asked, or says that it listens."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_dang_nghe"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say it."""
        answered = await answer_officer(dispatcher, tracker)
        if answered is not None:
            return answered
        dispatcher.utter_message(response="utter_dang_nghe")
        return []
