"""What Zalo accepts as a consultation message: the checks of /v3.0/oa/message/cs, and nothing else.

The result is a Draft; refusals are ZaloError with the codes of zalo-oa.md section 3.8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator.errors import ZaloError
from simulator.options import Options
from simulator.settings import is_http_url
from simulator.uploads import Kept, Uploads

TEXT_LIMIT = 2000
BUTTON_LIMIT = 5
TITLE_LIMIT = 100
SUBTITLE_LIMIT = 500
PAYLOAD_LIMIT = 1000
QUERY_ACTIONS = ("oa.query.show", "oa.query.hide")


@dataclass(slots=True)
class Draft:
    """A message that passed the checks; `kept` are its uploads, in the order of `attachments`."""

    type: str
    text: str = ""
    buttons: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    kept: Kept | None = None
    quote: str = ""


def check_message(message: object, oa_id: str, uploads: Uploads, options: Options) -> Draft:
    """Check the `message` object of a send call."""
    if not isinstance(message, dict) or not message:
        raise ZaloError(-201, "message is invalid")
    text = _text(message.get("text"), required="attachment" not in message)
    draft = Draft("text", text)
    if "quote_message_id" in message:
        quote = message["quote_message_id"]
        if not isinstance(quote, str) or not quote:
            raise ZaloError(-201, "quote_message_id is invalid")
        draft.quote = quote
    if "attachment" in message:
        _attachment(message["attachment"], draft, oa_id, uploads, options)
    return draft


def _text(value: object, required: bool) -> str:
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise ZaloError(-201, "text is invalid")
    if len(value) > TEXT_LIMIT:
        raise ZaloError(-210, f"text exceeds {TEXT_LIMIT} characters")
    return value


def _attachment(value: object, draft: Draft, oa_id: str, uploads: Uploads, options: Options) -> None:
    attachment = _mapping(value, "attachment")
    payload = _mapping(attachment.get("payload"), "payload")
    if attachment.get("type") == "file":
        _file(payload, draft, oa_id, uploads)
        return
    if attachment.get("type") != "template":
        raise ZaloError(-201, "attachment.type is invalid")
    kind = payload.get("template_type", "button")
    if kind == "button":
        _buttons_only(payload, draft)
    elif kind == "media":
        _media(payload, draft, oa_id, uploads)
    elif kind == "request_user_info":
        _request_user_info(payload, draft)
    elif kind == "list":
        if not options.allow_list:
            raise ZaloError(-233, "template_type list is not supported")
        _list(payload, draft)
    else:
        raise ZaloError(-201, "template_type is invalid")


def _buttons_only(payload: dict[str, Any], draft: Draft) -> None:
    if not draft.text:
        raise ZaloError(-201, "text is required with buttons")
    draft.buttons = _buttons(payload.get("buttons"))
    if not draft.buttons:
        raise ZaloError(-201, "buttons is invalid")


def _buttons(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise ZaloError(-201, "buttons is invalid")
    if len(value) > BUTTON_LIMIT:
        raise ZaloError(-210, f"buttons exceeds {BUTTON_LIMIT}")
    return [_button(row, f"buttons[{number}]") for number, row in enumerate(value)]


def _button(value: object, where: str) -> dict[str, Any]:
    button = _mapping(value, where)
    title = _limited(button.get("title"), TITLE_LIMIT, f"{where}.title")
    payload = check_action(button.get("type"), button.get("payload"), where)
    return {"title": title, "type": button["type"], "payload": payload}


def check_action(kind: object, payload: object, where: str) -> Any:
    """Check that a payload fits its action: text for a query, an object for url, phone and SMS."""
    if kind in QUERY_ACTIONS:
        return _limited(payload, PAYLOAD_LIMIT, f"{where}.payload")
    if kind not in ("oa.open.url", "oa.open.phone", "oa.open.sms"):
        raise ZaloError(-201, f"{where}.type is invalid")
    fields = _mapping(payload, f"{where}.payload")
    if kind == "oa.open.url":
        if not is_http_url(fields.get("url")):
            raise ZaloError(-201, f"{where}.payload.url is invalid")
        return fields
    phone = fields.get("phone_code")
    if not isinstance(phone, str) or not phone.isascii() or not phone.isdigit() or len(phone) > 20:
        raise ZaloError(-201, f"{where}.payload.phone_code is invalid")
    if kind == "oa.open.sms" and not isinstance(fields.get("content"), str):
        raise ZaloError(-201, f"{where}.payload.content is invalid")
    return fields


def _media(payload: dict[str, Any], draft: Draft, oa_id: str, uploads: Uploads) -> None:
    if "buttons" in payload:
        raise ZaloError(-201, "buttons is invalid with media")
    elements = payload.get("elements")
    if not isinstance(elements, list) or len(elements) != 1:
        raise ZaloError(-201, "elements must hold exactly one element")
    element = _mapping(elements[0], "elements[0]")
    kind = element.get("media_type")
    if kind not in ("image", "gif", "sticker"):
        raise ZaloError(-201, "media_type is invalid")
    if ("url" in element) == ("attachment_id" in element):
        raise ZaloError(-201, "elements[0] needs exactly one of url and attachment_id")
    if kind == "gif":
        for name in ("width", "height"):
            size = element.get(name)
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                raise ZaloError(-201, f"elements[0].{name} is invalid")
    draft.type = kind
    if kind == "sticker":
        if draft.text:
            raise ZaloError(-201, "text is invalid with a sticker")
        sticker = _limited(element.get("attachment_id"), 100, "attachment_id")
        draft.attachments = [{"type": "sticker", "payload": {"id": sticker}}]
        return
    if "url" in element:
        if not is_http_url(element["url"]):
            raise ZaloError(-201, "url is invalid")
        draft.attachments = [{"type": kind, "payload": {"url": element["url"], "thumbnail": element["url"]}}]
        return
    draft.kept = uploads.usable(
        oa_id, kind, _limited(element["attachment_id"], 200, "attachment_id"), "attachment_id"
    )
    draft.attachments = [{"type": kind, "payload": {}}]


def _file(payload: dict[str, Any], draft: Draft, oa_id: str, uploads: Uploads) -> None:
    if draft.text:
        raise ZaloError(-201, "text is invalid with a file")
    draft.type = "file"
    draft.kept = uploads.usable(oa_id, "file", _limited(payload.get("token"), 200, "token"), "token")
    draft.attachments = [{"type": "file", "payload": {}}]


def _request_user_info(payload: dict[str, Any], draft: Draft) -> None:
    elements = payload.get("elements")
    if not isinstance(elements, list) or len(elements) != 1:
        raise ZaloError(-201, "elements must hold exactly one element")
    element = _mapping(elements[0], "elements[0]")
    shown = {
        "title": _limited(element.get("title"), TITLE_LIMIT, "title"),
        "subtitle": _limited(element.get("subtitle"), SUBTITLE_LIMIT, "subtitle"),
    }
    if not is_http_url(element.get("image_url")):
        raise ZaloError(-201, "image_url is invalid")
    shown["image_url"] = element["image_url"]
    draft.type = "request_user_info"
    draft.attachments = [{"type": "request_user_info", "payload": shown}]


def _list(payload: dict[str, Any], draft: Draft) -> None:
    elements = payload.get("elements")
    if not isinstance(elements, list) or not elements:
        raise ZaloError(-201, "elements is invalid")
    if len(elements) > 5:
        raise ZaloError(-210, "elements exceeds 5")
    for number, row in enumerate(elements):
        where = f"elements[{number}]"
        element = _mapping(row, where)
        _limited(element.get("title"), TITLE_LIMIT, f"{where}.title")
        if number == 0:
            _limited(element.get("subtitle"), SUBTITLE_LIMIT, f"{where}.subtitle")
        if (number == 0 or "image_url" in element) and not is_http_url(element.get("image_url")):
            raise ZaloError(-201, f"{where}.image_url is invalid")
        if number > 0 or "default_action" in element:
            action = _mapping(element.get("default_action"), f"{where}.default_action")
            # In a list the address stands beside the type, unlike in a button.
            given = (
                {"url": action.get("url")} if action.get("type") == "oa.open.url" else action.get("payload")
            )
            check_action(action.get("type"), given, f"{where}.default_action")
    draft.type = "list"
    draft.attachments = [{"type": "list", "payload": {"elements": elements}}]
    if payload.get("buttons"):
        draft.buttons = _buttons(payload["buttons"])


def _mapping(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ZaloError(-201, f"{where} is invalid")
    return value


def _limited(value: object, limit: int, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ZaloError(-201, f"{where} is invalid")
    if len(value) > limit:
        raise ZaloError(-210, f"{where} exceeds {limit} characters")
    return value
