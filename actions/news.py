"""News and warnings: the latest items as a list, one item, and whether a pasted message looks like a scam."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.content import CONTENT, answering_day, rehearsal_notice
from actions.directory import home_of, search
from actions.storage import account_of, storage
from services import news
from services.errors import StorageError
from services.news import NewsItem, load_items, shown
from services.news_answers import NewsAnswer, NewsDesk, reports_an_approach
from services.scam_signs import load_scam_book
from services.settings import load_settings
from services.units import Unit

log = structlog.get_logger()

INTENT = "hoi_tin_tuc_canh_bao"
SOME_PAGE = "trang này"
MOST_BUTTONS = 5
CALL = {"title": "Gọi 113", "payload": "tel:113"}
OFFICER = {"title": "Gặp cán bộ", "payload": "/gap_can_bo"}
LOST_MONEY = {"title": "Tôi bị lừa mất tiền", "payload": "/to_giac_lua_dao_mang"}
DIGEST = {"title": "Nhận bản tin mỗi tuần", "payload": "/dang_ky_ban_tin"}


class ActionNews(Action):
    """Answers a question about news, or judges a message that a citizen is not sure of."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_tin_tuc"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say the answer; as a list message of Zalo where the office switched that on."""
        desk = await desk_of(tracker)
        said = desk.answer(tracker.latest_message.get("text") or "", tapped_part(tracker))
        if said.items and load_settings().zalo_list_messages and all(item.picture for item in said.items):
            dispatcher.utter_message(elements=[_element(item) for item in said.items])
            return []
        _say(dispatcher, said)
        return []


async def warned(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """Warn of a fraud that a question about something else tells of; tell whether there was a warning."""
    text = tracker.latest_message.get("text") or ""
    if tapped_part(tracker) or not reports_an_approach(text):
        return False
    said = (await desk_of(tracker)).warning(text)
    if said is not None:
        _say(dispatcher, said)
    return said is not None


def _say(dispatcher: CollectingDispatcher, said: NewsAnswer) -> None:
    dispatcher.utter_message(text=rehearsal_notice() + said.text, buttons=_buttons(said))


async def desk_of(tracker: Tracker) -> NewsDesk:
    """Give what the page that the citizen wrote to shows today."""
    home, account = home_of(tracker), account_of(tracker)
    on = answering_day()
    items = shown([*await asyncio.to_thread(_published), *load_items(CONTENT)], lineage_of(home), on)
    return NewsDesk(account.name if account else SOME_PAGE, items, load_scam_book(CONTENT), on)


def lineage_of(unit: Unit | None) -> tuple[str, ...]:
    """Give the ids of a unit and those above it, none for an unknown one."""
    return search().directory.lineage(unit) if unit else ()


def tapped_part(tracker: Tracker) -> str | None:
    """Give the part that a tapped button asked for, None for typed words."""
    return next(
        (
            str(item["value"])
            for item in tracker.latest_message.get("entities") or []
            if item.get("entity") == "muc" and item.get("extractor") == "choice"
        ),
        None,
    )


def _published() -> list[NewsItem]:
    try:
        with storage().database.transaction(read_only=True) as session:
            return news.published(session)
    except StorageError as error:
        # What comes with the product is still worth saying.
        log.error("news.unreadable", reason=str(error))
        return []


def _buttons(said: NewsAnswer) -> list[dict[str, str]]:
    made = [{"title": item.title, "payload": _payload(item.muc), "say": item.say} for item in said.choices]
    if said.lost_money:
        made.insert(0, LOST_MONEY)
    if said.link:
        made.insert(0, {"title": "Mở trang chính thức", "payload": said.link})
    if said.digest:
        made.append(DIGEST)
    if said.officer:
        made.append(OFFICER)
    return [*made[: MOST_BUTTONS - 1], CALL] if said.lost_money or said.officer else made[:MOST_BUTTONS]


def _payload(muc: str) -> str:
    return f"/{INTENT}{json.dumps({'muc': muc}, ensure_ascii=False)}"


def _element(item: NewsItem) -> dict[str, Any]:
    return {
        "title": item.title,
        "subtitle": item.summary,
        "image_url": item.picture,
        "buttons": [{"title": item.title, "payload": _payload(item.id), "say": f"Đọc: {item.title}"}],
    }
