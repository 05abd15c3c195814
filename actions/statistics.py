"""How the office does, on request: outcomes of the last thirty days, aggregates only."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.content import CONTENT, catalogue
from actions.storage import account_of, storage
from services.clock import VIETNAM, utc_now
from services.errors import StorageError
from services.intent_titles import load_titles
from services.outcome_words import outcome_text
from services.outcomes import Outcomes, outcomes

log = structlog.get_logger()

DAYS = 30
NOT_NOW = "Dạ, lúc này trợ lý chưa lấy được số liệu. Anh/chị nhắn lại sau giúp ạ. Việc gấp gọi 113."
MENU = [{"title": "Xem các mục khác", "payload": "/hoi_chuc_nang"}]


class ActionOutcomes(Action):
    """Tells how fast people are answered and what came of their reports."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_thong_ke"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say the figures of the page over whole days up to yesterday."""
        account = account_of(tracker)
        today = utc_now().astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            found = await asyncio.to_thread(_outcomes, account.id if account else None, today)
        except StorageError as error:
            log.error("outcomes.unreadable", reason=str(error))
            dispatcher.utter_message(text=NOT_NOW, buttons=MENU)
            return []
        page = account.name if account else "trang này"
        dispatcher.utter_message(text=outcome_text(found, page, load_titles(CONTENT)), buttons=MENU)
        return []


def _outcomes(account_id: str | None, until: datetime) -> Outcomes:
    asked = sorted({intent for item in catalogue() for intent in item.intents})
    accounts = [account_id] if account_id else None
    with storage().database.transaction(read_only=True) as session:
        return outcomes(session, accounts, asked, until - timedelta(days=DAYS), until)
