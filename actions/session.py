"""The start of a session: a report left unfinished is taken up again, before anything is said."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, EventType, SessionStarted
from rasa_sdk.executor import CollectingDispatcher

from actions.reports import NAME, open_draft
from actions.storage import Citizen, Storage, citizen_of, storage
from services import report_news
from services.clock import utc_now
from services.errors import StorageError
from services.report_draft import Draft

log = structlog.get_logger()


class ActionSessionStart(Action):
    """Begins a session; with an unfinished report in it where there is one."""

    def name(self) -> str:
        """Name the action as Rasa does."""
        return "action_session_start"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say nothing; the first message of the session is answered by the report's own action."""
        citizen = _citizen(tracker)
        events: list[EventType] = [SessionStarted()]
        if citizen is not None:
            try:
                draft = await asyncio.to_thread(_greet_back, storage(), citizen)
            except StorageError as error:
                log.error("draft.unread", reason=str(error))
            else:
                if draft is not None:
                    events.append(ActiveLoop(NAME))
        return [*events, ActionExecuted("action_listen")]


def _greet_back(store: Storage, citizen: Citizen) -> Draft | None:
    """Let officers' news go out that waited for the citizen to write; give the unfinished report."""
    now = utc_now()
    with store.database.transaction(read_only=True) as session:
        is_news = report_news.is_any_waiting(session, citizen.account_id)
    # Only then: most sessions begin without, and who may write keeps all other writers waiting.
    if is_news:
        with store.database.transaction() as session:
            report_news.citizen_wrote(session, store.cipher, citizen.account_id, citizen.citizen_id, now)
    return open_draft(store, citizen, now)


def _citizen(tracker: Tracker) -> Citizen | None:
    # The message that begins the session is not in the conversation yet; what came with it is.
    begun = tracker.get_slot("session_started_metadata")
    begun = begun if isinstance(begun, dict) else {}
    if begun.get("oa_id") and begun.get("user_id"):
        return Citizen(str(begun["oa_id"]), str(begun["user_id"]))
    return citizen_of(tracker)
