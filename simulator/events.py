"""Bodies of the webhook events, as plain dictionaries in Zalo's key order.

Every function takes the time stamp as text in milliseconds; ids are text throughout.
"""

from __future__ import annotations

import json
from typing import Any

from simulator.store import Message, user_id_by_app

Event = dict[str, Any]

USER_EVENTS = {
    "text": "user_send_text",
    "image": "user_send_image",
    "gif": "user_send_gif",
    "link": "user_send_link",
    "audio": "user_send_audio",
    "video": "user_send_video",
    "sticker": "user_send_sticker",
    "location": "user_send_location",
    "file": "user_send_file",
    "business_card": "user_send_business_card",
}

OA_EVENTS = {
    "text": "oa_send_text",
    "image": "oa_send_image",
    "gif": "oa_send_gif",
    "sticker": "oa_send_sticker",
    "file": "oa_send_file",
    "list": "oa_send_list",
    "request_user_info": "oa_send_template",
}


def user_message(app_id: str, message: Message, timestamp: str) -> Event:
    """A citizen's message; media carry `attachments`, a caption goes to `text`."""
    body: dict[str, Any] = {}
    if message.text or message.type == "text":
        body["text"] = message.text
    body["msg_id"] = message.msg_id
    if message.quote:
        body["quote_msg_id"] = message.quote
    if message.attachments:
        body["attachments"] = message.attachments
    return {
        "app_id": app_id,
        "sender": {"id": message.user_id},
        "user_id_by_app": user_id_by_app(message.user_id),
        "recipient": {"id": message.oa_id},
        "event_name": USER_EVENTS[message.type],
        "message": body,
        "timestamp": timestamp,
    }


def oa_message(app_id: str, message: Message, timestamp: str) -> Event:
    """The echo of a message that left the OA; `admin_id` only when an officer wrote it."""
    sender = {"id": message.oa_id}
    if message.admin_id:
        sender["admin_id"] = message.admin_id
    body: dict[str, Any] = {}
    if message.text or message.type == "text":
        body["text"] = message.text
    body["msg_id"] = message.msg_id
    if message.quote:
        body["quote_msg_id"] = message.quote
    if message.attachments:
        body["attachments"] = message.attachments
    return {
        "app_id": app_id,
        "sender": sender,
        "recipient": {"id": message.user_id},
        "user_id_by_app": user_id_by_app(message.user_id),
        "event_name": OA_EVENTS[message.type],
        "message": body,
        "timestamp": timestamp,
    }


def follow(app_id: str, oa_id: str, user_id: str, name: str, timestamp: str) -> Event:
    """`follow` or `unfollow`."""
    return {
        "app_id": app_id,
        "oa_id": oa_id,
        "follower": {"id": user_id},
        "user_id_by_app": user_id_by_app(user_id),
        "event_name": name,
        "source": "oa_profile",
        "timestamp": timestamp,
    }


def submit_info(app_id: str, oa_id: str, user_id: str, info: dict[str, Any], timestamp: str) -> Event:
    """The answer of a citizen to a request for contact details."""
    return {
        "app_id": app_id,
        "sender": {"id": user_id},
        "recipient": {"id": oa_id},
        "event_name": "user_submit_info",
        "info": info,
        "timestamp": timestamp,
    }


def flat_user(app_id: str, oa_id: str, user_id: str, name: str, timestamp: str) -> Event:
    """`user_click_chatnow` and `user_withdraw`, which name the user at the top level."""
    return {
        "app_id": app_id,
        "oa_id": oa_id,
        "user_id": user_id,
        "user_id_by_app": user_id_by_app(user_id),
        "event_name": name,
        "timestamp": timestamp,
    }


def reaction(app_id: str, oa_id: str, user_id: str, msg_id: str, icon: str, timestamp: str) -> Event:
    """`user_reacted_message`."""
    return {
        "app_id": app_id,
        "sender": {"id": user_id},
        "recipient": {"id": oa_id},
        "user_id_by_app": user_id_by_app(user_id),
        "event_name": "user_reacted_message",
        "message": {"msg_id": msg_id, "react_icon": icon},
        "timestamp": timestamp,
    }


def receipt(app_id: str, message: Message, name: str, sender: str, timestamp: str) -> Event:
    """`user_received_message` or `user_seen_message`; sources disagree who the sender is, so it is told."""
    oa, user = {"id": message.oa_id}, {"id": message.user_id}
    body: dict[str, Any]
    if name == "user_seen_message":
        body = {"msg_ids": [message.msg_id]}
    else:
        body = {"msg_id": message.msg_id, "delivery_time": timestamp}
    return {
        "app_id": app_id,
        "sender": oa if sender == "oa" else user,
        "recipient": user if sender == "oa" else oa,
        "event_name": name,
        "message": body,
        "timestamp": timestamp,
    }


def business_card(phone: str, qr_code_url: str, url: str, thumbnail: str) -> dict[str, Any]:
    """The payload of a contact card: the phone is JSON inside the description."""
    description = json.dumps({"phone": phone, "qrCodeUrl": qr_code_url}, ensure_ascii=False)
    return {"thumbnail": thumbnail, "description": description, "url": url}
