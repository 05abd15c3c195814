"""A message inside a report as the services take it, and their answers as Rasa's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.content import CONTENT
from actions.directory import home_of, search
from services.clock import utc_now
from services.report_categories import Catalogue, load_categories
from services.report_draft import Evidence
from services.report_heard import Heard
from services.report_reading import StoryReader
from services.report_step import Button, Say

TELL, STATUS, ERASE = "to_giac_toi_pham", "tra_cuu_tien_do", "xoa_du_lieu"
CHOICE = "lua_chon"
_INTENT_OF = {"status": STATUS, "erase": ERASE, "menu": "hoi_chuc_nang"}
# What Zalo's events bring that is fetched and kept: see connectors.zalo.media.
_KEPT_KINDS = {
    "user_send_image": "image",
    "user_send_gif": "gif",
    "user_send_video": "video",
    "user_send_audio": "audio",
    "user_send_file": "file",
}


@lru_cache(maxsize=1)
def categories() -> Catalogue:
    """Give the report categories; raises ContentError at first use if a file is wrong."""
    return load_categories(CONTENT)


@lru_cache(maxsize=1)
def questionnaire_version() -> str:
    """Give the day on which the questions were checked: kept with every report."""
    for line in (CONTENT / "report_categories.yml").read_text(encoding="utf-8").splitlines():
        if line.startswith("verified_on:"):
            return line.partition(":")[2].strip().strip("'\"")
    return ""


def reader_for(tracker: Tracker) -> StoryReader:
    """Give the understanding, with the place of the page that the citizen wrote to."""
    return StoryReader(categories(), search(), home_of(tracker))


def heard(tracker: Tracker) -> Heard:
    """Give the latest message as a report takes it."""
    message = tracker.latest_message
    metadata = message.get("metadata") or {}
    intent = message.get("intent") or {}
    return Heard(
        key=str(message.get("message_id") or ""),
        text=str(message.get("text") or ""),
        sent_at=_moment(metadata.get("sent_at")),
        intent=str(intent.get("name") or ""),
        confidence=float(intent.get("confidence") or 0.0),
        choice=choice_of(tracker),
        evidence=_evidence(str(message.get("message_id") or ""), metadata),
        place=place_of(message),
        contact=_contact(metadata.get("contact")),
        ranking=_ranking(message.get("entities") or []),
        sticker=str(intent.get("name") or "") == "gui_nhan_dan"
        and metadata.get("kind") == "user_send_sticker",
    )


def choice_of(tracker: Tracker) -> str:
    """Give the id behind a tapped button, "" for typed words."""
    for item in tracker.latest_message.get("entities") or []:
        if item.get("entity") == CHOICE and item.get("extractor") == "choice":
            return str(item.get("value") or "")
    return ""


def place_of(message: Mapping[str, Any]) -> tuple[float, float] | None:
    """Give latitude and longitude of a message that is a position."""
    for item in message.get("entities") or []:
        value = item.get("value")
        if item.get("entity") == "vi_tri" and item.get("extractor") == "choice" and isinstance(value, dict):
            return float(value["latitude"]), float(value["longitude"])
    return None


def say(dispatcher: CollectingDispatcher, says: tuple[Say, ...]) -> None:
    """Say messages with their buttons."""
    for one in says:
        dispatcher.utter_message(text=one.text, buttons=[_drawn(item) for item in one.buttons])


def _drawn(button: Button) -> dict[str, str]:
    if button.call:
        return {"title": button.title, "payload": f"tel:{button.call}"}
    intent = _INTENT_OF.get(button.choose.partition(":")[0], TELL)
    return {"title": button.title, "payload": f"/{intent}{json.dumps({CHOICE: button.choose})}"}


def _evidence(key: str, metadata: Mapping[str, Any]) -> tuple[Evidence, ...]:
    kind = _KEPT_KINDS.get(str(metadata.get("kind") or ""))
    if kind is None or not key:
        return ()
    return tuple(Evidence(key, n, kind) for n, _ in enumerate(metadata.get("attachments") or []))


def _contact(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping):
        return {}
    address = ", ".join(
        str(given[name]) for name in ("address", "ward", "district", "city") if given.get(name)
    )
    contact = {
        "name": str(given.get("name") or ""),
        "phone": str(given.get("phone") or ""),
        "address": address,
    }
    return {name: value for name, value in contact.items() if value}


def _ranking(entities: list[dict[str, Any]]) -> tuple[tuple[str, float], ...]:
    """Give the kinds of report that the language model ranks (see nlu.report_category)."""
    for item in entities:
        if item.get("entity") == "loai_tin":
            ranked = (item.get("additional_info") or {}).get("ranking") or []
            return tuple((str(one["name"]), float(one["confidence"])) for one in ranked)
    return ()


def _moment(given: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(given))
    except ValueError:
        return utc_now()
    return moment if moment.tzinfo is not None else utc_now()
