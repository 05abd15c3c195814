"""The endpoints that change something: sending, reacting, uploading; and the 404 of everything else."""

from __future__ import annotations

import hashlib
from typing import Any

from aiohttp import web

from simulator import articles, events, reading
from simulator.envelope import authorise, json_body, known_user, next_month, success
from simulator.errors import ZaloError
from simulator.faults import zalo_error
from simulator.messages import Draft, check_message
from simulator.state import SIMULATOR, Simulator
from simulator.store import OA, Conversation, Message
from simulator.uploads import FILE_LIMIT, media_url, read_part

FREE_WINDOW = 48 * 3600 * 1000  # ms
REPLY_WINDOW = 7 * 86400 * 1000
REACTIONS = (":>", "--b", ":-((", "/-strong", "/-heart", ":-h", ":o", "/-remove")


async def send_cs(request: web.Request) -> web.Response:
    """POST /v3.0/oa/message/cs: check, store, echo, answer with the message id and the quota used."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    body = await json_body(request)
    recipient = body.get("recipient")
    user_id = known_user(simulator, recipient.get("user_id") if isinstance(recipient, dict) else None)
    simulator.faults.strike_message(request.path, oa_id, user_id)
    draft = check_message(body.get("message"), oa_id, simulator.uploads, simulator.options)
    conversation = simulator.store.conversation(oa_id, user_id)
    if draft.quote and conversation.find(draft.quote) is None:
        raise ZaloError(-201, "quote_message_id is invalid")
    quota = _use_window(simulator, conversation)
    message = _store_draft(simulator, request, conversation, draft)
    simulator.webhook.counters["sent"] += 1
    _echo_and_receipts(simulator, message)
    data: dict[str, Any] = {
        "message_id": message.msg_id,
        "user_id": user_id,
        "sent_time": str(simulator.clock.now_ms()),
    }
    if quota:
        data["quota"] = quota
    return success(data)


def _use_window(simulator: Simulator, conversation: Conversation) -> dict[str, Any] | None:
    """Say what pays for a reply now; None means the OA is billed. Raises -230 or -232 outside the windows."""
    last = conversation.last_interaction
    if last is None:
        raise ZaloError(-232)
    age = simulator.clock.now_ms() - last
    if age > REPLY_WINDOW:
        raise ZaloError(-230)
    if age <= FREE_WINDOW:
        return {"quota_type": "reply" if conversation.wrote else "welcome_msg"}
    options = simulator.options
    if options.sub_quota <= 0:
        return None
    options.sub_quota -= 1
    return {
        "quota_type": "sub_quota",
        "remain": str(options.sub_quota),
        "total": "2000",
        "expired_date": next_month(simulator).strftime("%d/%m/%Y"),
    }


def _store_draft(
    simulator: Simulator, request: web.Request, conversation: Conversation, draft: Draft
) -> Message:
    if draft.kept is not None:
        url = media_url(simulator, request, draft.kept.id)
        payload = draft.attachments[0]["payload"]
        payload["url"] = url
        if draft.type == "file":
            payload["name"] = draft.kept.name
            payload["size"] = str(len(draft.kept.data))
            payload["checksum"] = hashlib.md5(draft.kept.data, usedforsecurity=False).hexdigest()
            payload["type"] = draft.kept.name.rpartition(".")[2].lower()
        else:
            payload["thumbnail"] = url
    return simulator.store.add(
        conversation,
        OA,
        draft.type,
        draft.text,
        buttons=draft.buttons,
        attachments=draft.attachments,
        quote=draft.quote,
    )


def _echo_and_receipts(simulator: Simulator, message: Message) -> None:
    webhook, options, app_id = simulator.webhook, simulator.options, simulator.settings.app_id
    if options.echo:
        webhook.enqueue(
            events.oa_message(app_id, message, webhook.timestamp()), message.oa_id, message.user_id, message
        )
    if options.receipts:
        for name, seconds in (
            ("user_received_message", options.received_after),
            ("user_seen_message", options.seen_after),
        ):
            event = events.receipt(app_id, message, name, options.receipt_sender, "")
            webhook.later(seconds, event, message.oa_id, message.user_id)


async def send_retired(request: web.Request) -> web.Response:
    """Transaction and promotion messages were switched off."""
    authorise(request)
    raise ZaloError(-233)


async def send_v2(request: web.Request) -> web.Response:
    """POST /v2.0/oa/message: reactions and broadcasts of an article; ordinary messages answer -240."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    body = await json_body(request)
    if isinstance(body.get("recipient"), dict) and "target" in body["recipient"]:
        return articles.broadcast(simulator, oa_id, body, request.path)
    action = body.get("sender_action")
    if not isinstance(action, dict):
        raise ZaloError(-240)
    recipient = body.get("recipient")
    user_id = known_user(simulator, recipient.get("user_id") if isinstance(recipient, dict) else None)
    icon, msg_id = action.get("react_icon"), action.get("react_message_id")
    if icon not in REACTIONS:
        raise ZaloError(-201, "react_icon is invalid")
    conversation = simulator.store.peek(oa_id, user_id)
    message = conversation.find(msg_id) if conversation and isinstance(msg_id, str) else None
    if message is None:
        raise ZaloError(-201, "react_message_id is invalid")
    message.reaction = "" if icon == "/-remove" else str(icon)
    simulator.store.announce("update", message)
    return success({"message_id": message.msg_id, "user_id": user_id})


async def upload(request: web.Request) -> web.Response:
    """POST /v2.0/oa/upload/{image,gif,file}."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    kind = request.match_info["kind"]
    found = await read_part(request, "file", FILE_LIMIT)
    if found is None:
        raise ZaloError(-201, "file is invalid: a multipart part named file is needed")
    kept = simulator.uploads.upload(oa_id, kind, *found)
    return success({"token" if kind == "file" else "attachment_id": kept.id})


async def unknown(request: web.Request) -> web.Response:
    """Any other path of the OpenAPI."""
    response = zalo_error(404, "empty or invalid API")
    response.set_status(404)
    return response


def add_routes(app: web.Application) -> None:
    """Register the OpenAPI routes; everything else below /v2.0 and /v3.0 is HTTP 404."""
    router = app.router
    router.add_post("/v3.0/oa/message/cs", send_cs)
    router.add_post("/v3.0/oa/message/{kind:transaction|promotion}", send_retired)
    router.add_post("/v2.0/oa/message", send_v2)
    router.add_post("/v2.0/oa/upload/{kind:image|gif|file}", upload)
    articles.add_routes(app)
    reading.add_routes(app)
    router.add_route("*", "/v2.0/{rest:.*}", unknown)
    router.add_route("*", "/v3.0/{rest:.*}", unknown)
