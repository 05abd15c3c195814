"""What an event means to the dialogue: text for the language model, or an intent known beforehand.

A tap on a button, a picture and a follow need no guessing: Rasa gets their intent as parse data.
Text never becomes a command: a leading slash would, so a citizen's slash is taken away.
"""

from __future__ import annotations

import re
from typing import Any

from connectors.zalo.events import Attachment, ZaloEvent
from services.digest import is_stop_word
from services.report_english import cries_in_english, tells_in_english
from services.text import nfc, squeeze
from services.typed_codes import asks_by_code

MAX_TEXT = 5_000

INTENT_FOLLOW = "chao_hoi"
INTENT_EVIDENCE = "gui_tep"
INTENT_PLACE = "gui_vi_tri"
INTENT_STICKER = "gui_nhan_dan"
INTENT_DETAILS = "cung_cap_thong_tin"
INTENT_UNCLEAR = "nlu_fallback"
INTENT_LOOK_UP = "tra_cuu_tien_do"
INTENT_EMERGENCY = "khan_cap"
INTENT_CRIME = "to_giac_toi_pham"
INTENT_NO_DIGEST = "huy_ban_tin"

# Letters that show nothing and split words: zero width, direction marks, soft hyphen, controls.
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b-\x1f\x7f]")
# Blanks among the slashes too: what stays after the first ones must not begin with one.
_LEADING_SLASHES = re.compile(r"^[\s/]+")
_COMMAND = re.compile(r"^/+\s*\w+\s*(\{.*)?$", re.DOTALL)

_GREETED = {"follow": "[Quan tâm]", "user_click_chatnow": "[Mở trò chuyện]"}
_SEEN_AS = {
    "image": "[Hình ảnh]",
    "photo": "[Hình ảnh]",
    "gif": "[Ảnh động]",
    "video": "[Đoạn phim]",
    "audio": "[Tin nhắn thoại]",
    "file": "[Tệp]",
    "link": "[Liên kết]",
    "sticker": "[Nhãn dán]",
    "location": "[Vị trí]",
}


def clean(text: str) -> str:
    """Give a citizen's text in one Unicode form, without invisible signs or a leading slash."""
    text = _INVISIBLE.sub("", nfc(text))[:MAX_TEXT]
    return _LEADING_SLASHES.sub("", text).strip()


def interpret(event: ZaloEvent, command: dict[str, Any] | None) -> tuple[str, dict[str, Any] | None]:
    """Give the text for the conversation and, where the meaning is known, Rasa's parse data."""
    text = clean(event.text)
    if command is not None:
        return text, parse_data(text, command["intent"], command["entities"])
    # The word that ends the digest is promised to work: no language model decides about it.
    if is_stop_word(text):
        return text, parse_data(text, INTENT_NO_DIGEST, {})
    if event.kind in _GREETED:
        return _GREETED[event.kind], parse_data(_GREETED[event.kind], INTENT_FOLLOW, {})
    if event.kind == "user_submit_info":
        return "[Thông tin liên hệ]", parse_data("[Thông tin liên hệ]", INTENT_DETAILS, {})
    if event.attachments:
        return _interpret_attachments(event.attachments, text)
    if not text or _COMMAND.match(event.text.strip()):
        return text or "…", parse_data(text or "…", INTENT_UNCLEAR, {})
    if asks_by_code(text):
        # The code itself stays in the text: entities are stored unsealed.
        return text, parse_data(text, INTENT_LOOK_UP, {})
    # The language model was taught Vietnamese.
    if cries_in_english(text):
        return text, parse_data(text, INTENT_EMERGENCY, {})
    if tells_in_english(text):
        return text, parse_data(text, INTENT_CRIME, {})
    return text, None


def parse_data(text: str, intent: str, entities: dict[str, Any]) -> dict[str, Any]:
    """Make what Rasa's language model would give, for a meaning that is certain."""
    return {
        "text": text,
        "intent": {"name": intent, "confidence": 1.0},
        "intent_ranking": [{"name": intent, "confidence": 1.0}],
        "entities": [
            {
                "entity": name,
                "value": value,
                "start": 0,
                "end": 0,
                "confidence_entity": 1.0,
                "extractor": "choice",
            }
            for name, value in entities.items()
        ],
    }


def metadata(event: ZaloEvent) -> dict[str, Any]:
    """Give what later steps need of the event beside its text, as structured data."""
    return {
        "oa_id": event.oa_id,
        "user_id": event.user_id,
        "kind": event.kind,
        "sent_at": event.sent_at.isoformat(),
        "quoted_id": event.quoted_id,
        "contact": event.contact,
        "attachments": [{"type": item.type, "payload": item.payload} for item in event.attachments],
    }


def _interpret_attachments(
    attachments: tuple[Attachment, ...], caption: str
) -> tuple[str, dict[str, Any] | None]:
    kind = attachments[0].type
    shown = _SEEN_AS.get(kind, "[Tệp]")
    text = squeeze(f"{shown} {caption}")
    if kind == "location":
        coordinates = attachments[0].payload.get("coordinates")
        coordinates = coordinates if isinstance(coordinates, dict) else {}
        place = {
            name: value
            for name, limit in (("latitude", 90.0), ("longitude", 180.0))
            if (value := _degrees(coordinates.get(name), limit)) is not None
        }
        return text, parse_data(text, INTENT_PLACE, {"vi_tri": place} if len(place) == 2 else {})
    if kind == "sticker":
        return text, parse_data(text, INTENT_STICKER, {})
    return text, parse_data(text, INTENT_EVIDENCE, {})


def _degrees(value: Any, limit: float) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if -limit <= number <= limit else None
