"""The endpoints that only tell: profiles, conversations, the OA itself, quota."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from aiohttp import web

from simulator import articles, events
from simulator.envelope import authorise, data_param, json_body, known_user, next_month, page, success
from simulator.errors import ZaloError
from simulator.state import SIMULATOR, Simulator
from simulator.store import HANOI, OA, Conversation, Message, user_id_by_app

# The word the conversation list uses for a type, where it differs from ours.
_LISTED = {"image": "photo", "gif": "GIF", "audio": "voice", "business_card": "link"}


async def user_detail(request: web.Request) -> web.Response:
    """GET /v3.0/oa/user/detail?data={"user_id": ..}."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    user_id = known_user(simulator, data_param(request).get("user_id"))
    name = simulator.store.add_citizen(user_id).name
    conversation = simulator.store.conversation(oa_id, user_id)
    last = conversation.last_interaction
    day = datetime.fromtimestamp(last / 1000, HANOI).strftime("%d/%m/%Y") if last is not None else ""
    return success(
        {
            "user_id": user_id,
            "user_id_by_app": user_id_by_app(user_id),
            "user_external_id": "",
            "display_name": name,
            "user_alias": name,
            "is_sensitive": False,
            "user_last_interaction_date": day,
            "user_is_follower": conversation.follower,
            "avatar": "",
            "avatars": {"120": "", "240": ""},
            "dynamic_param": "",
            "tags_and_notes_info": {"notes": [], "tag_names": []},
            "shared_info": {"name": "", "phone": 0, "address": "", "city": "", "district": ""},
        }
    )


async def get_oa(request: web.Request) -> web.Response:
    """GET /v2.0/oa/getoa."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    followers = sum(row.follower for row in simulator.store.conversations_of(oa_id))
    return success(
        {
            "oaid": oa_id,
            "oa_id": oa_id,
            "name": simulator.store.oas[oa_id].name,
            "description": "Official Account mô phỏng",
            "is_verified": True,
            "oa_type": 4,
            "cate_name": "Cơ quan nhà nước",
            "num_follower": followers,
            "avatar": "",
            "cover": "",
            "package_name": "Tiêu chuẩn",
            "package_valid_through_date": next_month(simulator).strftime("%d/%m/%Y"),
            "linked_ZCA": "",
        }
    )


def _listed(simulator: Simulator, message: Message) -> dict[str, Any]:
    user = {"id": message.user_id, "name": simulator.store.add_citizen(message.user_id).name}
    oa = {"id": message.oa_id, "name": simulator.store.oas[message.oa_id].name}
    sender, receiver = (oa, user) if message.sender == OA else (user, oa)
    row: dict[str, Any] = {
        "src": 0 if message.sender == OA else 1,
        "time": message.at,
        "type": _LISTED.get(message.type, message.type),
        "message": message.text,
        "message_id": message.msg_id,
        "from_id": sender["id"],
        "to_id": receiver["id"],
        "from_display_name": sender["name"],
        "from_avatar": "",
        "to_display_name": receiver["name"],
        "to_avatar": "",
    }
    if message.attachments:
        payload = message.attachments[0]["payload"]
        if "coordinates" in payload:
            point = payload["coordinates"]
            row["location"] = json.dumps({"latitude": point["latitude"], "longitude": point["longitude"]})
        if "url" in payload:
            row["url"] = payload["url"]
        if "thumbnail" in payload:
            row["thumb"] = payload["thumbnail"]
    return row


def _chat_lines(conversation: Conversation) -> list[Message]:
    """Lines Zalo lists: no follow or other system lines."""
    known = {**events.USER_EVENTS, **events.OA_EVENTS}
    return [row for row in conversation.messages if row.type in known and not row.hidden]


async def list_recent_chat(request: web.Request) -> web.Response:
    """GET /v2.0/oa/listrecentchat: the newest line of each conversation, newest first."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    offset, count = page(data_param(request), 10)
    last = [lines[-1] for row in simulator.store.conversations_of(oa_id) if (lines := _chat_lines(row))]
    last.sort(key=lambda message: message.id, reverse=True)
    return success([_listed(simulator, message) for message in last[offset : offset + count]])


async def conversation_lines(request: web.Request) -> web.Response:
    """GET /v2.0/oa/conversation: the lines of one citizen, newest first."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    data = data_param(request)
    user_id = known_user(simulator, data.get("user_id"))
    offset, count = page(data, 10)
    row = simulator.store.peek(oa_id, user_id)
    lines = _chat_lines(row)[::-1] if row else []
    return success([_listed(simulator, message) for message in lines[offset : offset + count]])


async def quota(request: web.Request) -> web.Response:
    """POST /v3.0/oa/quota/message: of one user, or of the OA or app."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    body = await json_body(request)
    if "user_id" in body:
        user_id = known_user(simulator, body["user_id"])
        last = simulator.store.conversation(oa_id, user_id).last_interaction
        promotion = {"daily_remain": 0, "daily_total": 0, "monthly_remain": 0, "monthly_total": 0}
        reply = {"remain": 8, "total": 8}
        return success({"last_interaction": str(last or 0), "cs_reply": reply, "promotion": promotion})
    if body.get("quota_owner") not in ("OA", "APP"):
        raise ZaloError(-201, "quota_owner is invalid")
    if body.get("product_type") not in ("cs", "transaction", "broadcast"):
        raise ZaloError(-201, "product_type is invalid")
    if body.get("quota_type") not in ("sub_quota", "purchase_quota", "reward_quota"):
        raise ZaloError(-201, "quota_type is invalid")
    if body["product_type"] == "broadcast":
        return success(_broadcast_quota(simulator, oa_id) if body["quota_owner"] == "OA" else [])
    has = body["quota_owner"] == "OA" and body["product_type"] == "cs" and body["quota_type"] == "sub_quota"
    asset = {
        "asset_id": f"sim-{oa_id}",
        "product_type": body["product_type"],
        "quota_type": body["quota_type"],
        "valid_through": next_month(simulator).strftime("%d/%m/%Y"),
        "total": 2000,
        "remain": simulator.options.sub_quota,
    }
    return success([asset] if has else [])


def _broadcast_quota(simulator: Simulator, oa_id: str) -> list[dict[str, Any]]:
    return [
        {
            "asset_id": f"sim-{oa_id}-broadcast",
            "product_type": "broadcast",
            "quota_type": "sub_quota",
            "valid_through": next_month(simulator).strftime("%d/%m/%Y"),
            "total": simulator.options.broadcast_quota,
            "remain": articles.broadcasts_left(simulator, oa_id),
        }
    ]


def add_routes(app: web.Application) -> None:
    """Register the reading endpoints."""
    router = app.router
    router.add_get("/v3.0/oa/user/detail", user_detail)
    router.add_get("/v2.0/oa/getoa", get_oa)
    router.add_get("/v2.0/oa/listrecentchat", list_recent_chat)
    router.add_get("/v2.0/oa/conversation", conversation_lines)
    router.add_post("/v3.0/oa/quota/message", quota)
