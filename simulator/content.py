"""What a citizen may send: text, places and media, checked and put into the shape of Zalo's attachments."""

from __future__ import annotations

from typing import Any

from simulator import events
from simulator.errors import BadInput
from simulator.settings import is_http_url

TEXT_LIMIT = 20_000
MEDIA = ("image", "gif", "video", "audio", "sticker", "file", "link", "business_card")


def check_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadInput("'text' must be text that is not empty.")
    if len(value) > TEXT_LIMIT:
        raise BadInput(f"'text' is longer than {TEXT_LIMIT} characters.")
    return value


def check_location(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput("'location' must be an object with latitude and longitude.")
    for name, bound in (("latitude", 90), ("longitude", 180)):
        number = value.get(name)
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not -bound <= number <= bound:
            raise BadInput(f"'location.{name}' must be a number from -{bound} to {bound}.")
    point = {name: f"{value[name]:.7f}".rstrip("0").rstrip(".") for name in ("latitude", "longitude")}
    return {"type": "location", "payload": {"coordinates": point}}


# kind: fields that may be given, and those that must be http(s) addresses
_FIELDS: dict[str, tuple[str, ...]] = {
    "image": ("url", "thumbnail"),
    "gif": ("url", "thumbnail"),
    "video": ("url", "thumbnail", "description"),
    "audio": ("url",),
    "sticker": ("id", "url"),
    "file": ("url", "name", "size", "checksum", "type"),
    "link": ("url", "thumbnail", "description"),
    "business_card": ("url", "thumbnail", "phone", "qr_code_url"),
}


def check_media(kind: str, value: object) -> dict[str, Any]:
    fields = {"url": value} if isinstance(value, str) else value
    if kind == "sticker" and isinstance(value, str) and not is_http_url(value):
        fields = {"id": value}
    if not isinstance(fields, dict):
        raise BadInput(f"'{kind}' must be an http(s) URL or an object.")
    unknown = set(fields) - set(_FIELDS[kind])
    if unknown:
        raise BadInput(f"'{kind}' may hold only: {', '.join(_FIELDS[kind])}.")
    for name, field in fields.items():
        if name in ("url", "thumbnail", "qr_code_url"):
            if not is_http_url(field):
                raise BadInput(f"'{kind}.{name}' must be an http(s) URL.")
        elif isinstance(field, int) and not isinstance(field, bool) and name == "size":
            continue
        elif not isinstance(field, str) or len(field) > 2000:
            raise BadInput(f"'{kind}.{name}' must be text of at most 2000 characters.")
    if kind == "business_card":
        if not fields.get("phone"):
            raise BadInput("'business_card.phone' is needed.")
        url = fields.get("url", "https://zalo.me/")
        payload = events.business_card(
            fields["phone"], fields.get("qr_code_url", ""), url, fields.get("thumbnail", "")
        )
        return {"type": "link", "payload": payload}
    if kind == "sticker":
        if "id" not in fields and "url" not in fields:
            raise BadInput("'sticker' needs an id or a url.")
    elif "url" not in fields:
        raise BadInput(f"'{kind}.url' is needed.")
    payload = dict(fields)
    if kind in ("image", "gif", "video"):
        payload.setdefault("thumbnail", payload["url"])
    if kind == "file":
        payload["size"] = str(payload.get("size", "0"))
        payload.setdefault("name", payload["url"].rpartition("/")[2] or "file")
        payload.setdefault("type", payload["name"].rpartition(".")[2].lower())
    return {"type": kind, "payload": payload}
