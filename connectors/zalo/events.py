"""Zalo's webhook JSON as typed events, and what we do with each kind.

Whatever arrives, `parse` gives an event or raises MalformedEvent with a reason that holds nothing
of what the citizen wrote. Facts: shared notes on Zalo's events; the table for people is in
`docs/zalo.md`, and a test holds the two together.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

MAX_ID = 64
MAX_AGE = timedelta(hours=24)
MAX_AHEAD = timedelta(minutes=10)


class Decision(enum.Enum):
    """What becomes of an event: the dialogue answers it, we take note of it, or we let it pass."""

    DIALOGUE = "dialogue"
    NOTE = "note"
    PASS = "pass"


# Every kind that is not listed is acknowledged and passed over.
DECISIONS: dict[str, Decision] = {
    "user_send_text": Decision.DIALOGUE,
    "user_send_image": Decision.DIALOGUE,
    "user_send_gif": Decision.DIALOGUE,
    "user_send_link": Decision.DIALOGUE,
    "user_send_audio": Decision.DIALOGUE,
    "user_send_video": Decision.DIALOGUE,
    "user_send_sticker": Decision.DIALOGUE,
    "user_send_location": Decision.DIALOGUE,
    "user_send_file": Decision.DIALOGUE,
    "user_send_business_card": Decision.DIALOGUE,
    "user_submit_info": Decision.DIALOGUE,
    "user_click_chatnow": Decision.DIALOGUE,
    "follow": Decision.DIALOGUE,
    # A person uses their right to have their data deleted: officers have to act.
    "user_withdraw": Decision.NOTE,
    # Nobody can be answered through this API who hides behind an anonymous id.
    "anonymous_send_text": Decision.NOTE,
    "anonymous_send_image": Decision.NOTE,
    "anonymous_send_file": Decision.NOTE,
    "anonymous_send_sticker": Decision.NOTE,
}


class MalformedEvent(Exception):
    """The body is no event of ours; the text is a short reason fit for a log."""


@dataclass(frozen=True)
class Attachment:
    """A picture, clip, file, place … that a citizen sent; `payload` is Zalo's own object."""

    type: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class ZaloEvent:
    """One event. Ids are text; `sent_at` is Zalo's moment, aware, in UTC."""

    kind: str
    app_id: str
    oa_id: str
    user_id: str
    message_id: str | None
    text: str
    attachments: tuple[Attachment, ...]
    quoted_id: str | None
    admin_id: str | None
    from_oa: bool
    sent_at: datetime
    contact: dict[str, Any] | None = None

    @property
    def decision(self) -> Decision:
        """What we do with the event: by its kind, but a message by an officer is always noted."""
        if self.kind.startswith("oa_send_"):
            return Decision.NOTE if self.from_oa and self.admin_id else Decision.PASS
        return DECISIONS.get(self.kind, Decision.PASS)

    @property
    def key(self) -> str:
        """What makes a repeated delivery the same event."""
        if self.message_id:
            return self.message_id
        moment = int(self.sent_at.timestamp() * 1000)
        return "event-" + hashlib.sha256(f"{self.kind}|{self.user_id}|{moment}".encode()).hexdigest()


def load_object(body: bytes) -> dict[str, Any]:
    """Read a body that must be one JSON object. Raises MalformedEvent."""
    try:
        value = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise MalformedEvent("not UTF-8") from None
    except (ValueError, RecursionError):
        raise MalformedEvent("not JSON") from None
    if not isinstance(value, dict):
        raise MalformedEvent(f"a JSON {type(value).__name__}, not an object")
    return value


def timestamp_of(event: dict[str, Any]) -> str:
    """Give the timestamp as the text that the signature covers. Raises MalformedEvent."""
    return str(_identifier(event, "timestamp"))


def parse(event: dict[str, Any], app_id: str, oa_ids: Collection[str]) -> ZaloEvent:
    """Make a typed event of Zalo's object. Raises MalformedEvent for what is not one of ours.

    Which side is the OA is decided by its id, because Zalo's receipts are seen in both directions.
    """
    kind = event.get("event_name")
    if not isinstance(kind, str) or not kind or len(kind) > MAX_ID or not kind.isascii():
        raise MalformedEvent("no event_name")
    if _identifier(event, "app_id") != app_id:
        raise MalformedEvent("another app's event")
    sender = _person(event, "sender")
    recipient = _person(event, "recipient")
    if sender and recipient:
        from_oa = sender in oa_ids
        oa_id, user_id = (sender, recipient) if from_oa else (recipient, sender)
    else:
        from_oa = False
        oa_id = _identifier(event, "oa_id")
        user_id = _person(event, "follower") or _identifier(event, "user_id")
    if oa_id not in oa_ids:
        raise MalformedEvent("an OA that is not configured")
    message = event.get("message")
    message = message if isinstance(message, dict) else {}
    message_id = _identifier(message, "msg_id", required=False)
    if kind.startswith(("user_send_", "anonymous_send_")) and message_id is None:
        raise MalformedEvent("a message without msg_id")
    admin = event.get("sender")
    return ZaloEvent(
        kind=kind,
        app_id=app_id,
        oa_id=oa_id,
        user_id=user_id,
        message_id=message_id,
        text=_text(message.get("text")),
        attachments=_attachments(message.get("attachments")),
        quoted_id=_identifier(message, "quote_msg_id", required=False),
        admin_id=_identifier(admin, "admin_id", required=False) if isinstance(admin, dict) else None,
        from_oa=from_oa,
        sent_at=_moment(timestamp_of(event)),
        contact=info if isinstance(info := event.get("info"), dict) else None,
    )


def is_fresh(event: ZaloEvent, now: datetime) -> bool:
    """Tell whether the event is young enough: Zalo repeats for about two hours, not for days."""
    return now - MAX_AGE <= event.sent_at <= now + MAX_AHEAD


def _identifier(holder: dict[str, Any], name: str, required: bool = True) -> Any:
    value = holder.get(name)
    # Zalo sends ids as text; a number is taken too. True is an int to Python, not to us.
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isascii() and value.isprintable():
        return value
    if required:
        raise MalformedEvent(f"no usable {name}")
    return None


def _text(value: Any) -> str:
    # JSON may hold half of a surrogate pair, which no database, file or network takes as text.
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _person(event: dict[str, Any], role: str) -> str | None:
    person = event.get(role)
    return _identifier(person, "id", required=False) if isinstance(person, dict) else None


def _attachments(value: Any) -> tuple[Attachment, ...]:
    if not isinstance(value, list):
        return ()
    found = []
    for item in value[:20]:
        if (
            isinstance(item, dict)
            and isinstance(item.get("type"), str)
            and isinstance(item.get("payload"), dict)
        ):
            found.append(Attachment(item["type"], item["payload"]))
    return tuple(found)


def _moment(timestamp: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(timestamp) / 1000, tz=timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise MalformedEvent("a timestamp that is no moment") from None
