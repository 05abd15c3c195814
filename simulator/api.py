"""The JSON API others drive: what citizens write, tap and read.

Bad input answers 4xx with one clear sentence.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from simulator import events
from simulator.content import MEDIA, check_location, check_media, check_text
from simulator.errors import BadInput
from simulator.jsonapi import oa_of, read_object, user_of
from simulator.messages import QUERY_ACTIONS
from simulator.state import SIMULATOR, Simulator
from simulator.store import CITIZEN, OA, Conversation, Message

LONGEST_WAIT = 60.0
KINDS = ("text", "location", "event", *MEDIA)
EVENTS = ("follow", "unfollow", "submit_info", "click_chatnow", "react", "seen", "withdraw")


# -- citizens write -------------------------------------------------------------


async def post_message(request: web.Request) -> web.Response:
    """POST /api/citizens/{user_id}/messages."""
    simulator = request.app[SIMULATOR]
    user_id = user_of(request)
    body = await read_object(request)
    oa_id = oa_of(simulator, body.get("oa_id"))
    kinds = [kind for kind in KINDS if kind in body]
    caption = len(kinds) == 2 and kinds[0] == "text" and kinds[1] in MEDIA
    if len(kinds) != 1 and not caption:
        raise BadInput(f"Give exactly one of: {', '.join(KINDS)}.")
    kind = kinds[-1]
    text = check_text(body["text"]) if "text" in body else ""
    quote = _quote(simulator, oa_id, user_id, body)
    if kind == "event":
        return web.json_response(_event(simulator, oa_id, user_id, body).as_json())
    attachments: list[dict[str, Any]] = []
    if kind == "location":
        attachments = [check_location(body["location"])]
    elif kind in MEDIA:
        attachments = [check_media(kind, body[kind])]
    message = say(simulator, oa_id, user_id, kind, text, attachments=attachments, quote=quote)
    return web.json_response(message.as_json())


def say(simulator: Simulator, oa_id: str, user_id: str, kind: str, text: str, **more: Any) -> Message:
    """Store a citizen's message and queue its webhook event."""
    simulator.store.add_citizen(user_id)
    conversation = simulator.store.conversation(oa_id, user_id)
    conversation.wrote = True
    simulator.store.interact(conversation)
    message = simulator.store.add(conversation, CITIZEN, kind, text, **more)
    webhook = simulator.webhook
    event = events.user_message(simulator.settings.app_id, message, webhook.timestamp())
    webhook.enqueue(event, oa_id, user_id, message)
    return message


def _quote(simulator: Simulator, oa_id: str, user_id: str, body: dict[str, Any]) -> str:
    quote = body.get("quote")
    if quote is None:
        return ""
    row = simulator.store.peek(oa_id, user_id)
    found = row.find(quote) if row and isinstance(quote, (int, str)) and not isinstance(quote, bool) else None
    if found is None:
        raise BadInput("'quote' must be the id or msg_id of a message in this conversation.")
    return found.msg_id


def _event(simulator: Simulator, oa_id: str, user_id: str, body: dict[str, Any]) -> Message:
    name = body["event"]
    if name not in EVENTS:
        raise BadInput(f"'event' must be one of: {', '.join(EVENTS)}.")
    store, webhook, app_id = simulator.store, simulator.webhook, simulator.settings.app_id
    stamp = webhook.timestamp()
    target: Message | None = None
    if name in ("react", "seen"):
        target = _target(store.peek(oa_id, user_id), body)
    if name == "follow":
        event = events.follow(app_id, oa_id, user_id, "follow", stamp)
    elif name == "unfollow":
        event = events.follow(app_id, oa_id, user_id, "unfollow", stamp)
    elif name == "submit_info":
        info = body.get("info")
        if not isinstance(info, dict) or not info:
            raise BadInput('\'info\' must be an object such as {"name": "…", "phone": "84…"}.')
        event = events.submit_info(app_id, oa_id, user_id, info, stamp)
    elif name == "react" and target is not None:
        icon = body.get("icon", "/-heart")
        if not isinstance(icon, str) or not 0 < len(icon) <= 20:
            raise BadInput("'icon' must be short text such as /-heart.")
        event = events.reaction(app_id, oa_id, user_id, target.msg_id, icon, stamp)
    elif name == "seen" and target is not None:
        event = events.receipt(app_id, target, "user_seen_message", simulator.options.receipt_sender, stamp)
    else:
        known = {"click_chatnow": "user_click_chatnow", "withdraw": "user_withdraw"}
        event = events.flat_user(app_id, oa_id, user_id, known[name], stamp)
    store.add_citizen(user_id)
    conversation = store.conversation(oa_id, user_id)
    if name in ("follow", "unfollow"):
        conversation.follower = name == "follow"
    if name in ("follow", "click_chatnow"):
        store.interact(conversation)
    message = store.add(conversation, CITIZEN, name, hidden=name in ("react", "seen", "click_chatnow"))
    webhook.enqueue(event, oa_id, user_id, message)
    return message


def _target(conversation: Conversation | None, body: dict[str, Any]) -> Message:
    reference = body.get("message_id")
    if isinstance(reference, bool) or not isinstance(reference, (int, str)):
        raise BadInput("'message_id' must be the id or msg_id of a message.")
    message = conversation.find(reference) if conversation else None
    if message is None or message.sender != OA:
        raise BadInput("There is no such message from the OA in this conversation.", 404)
    return message


def _tapped(message: Message, body: dict[str, Any]) -> tuple[str, Any]:
    """Give the type and payload of the tapped button, or of the tapped row of a list."""
    name = "row" if "row" in body else "button"
    rows = [
        row.get("default_action") or {}
        for attachment in message.attachments
        if attachment["type"] == "list"
        for row in attachment["payload"]["elements"]
    ]
    choices = rows if name == "row" else message.buttons
    index = body.get(name)
    if isinstance(index, bool) or not isinstance(index, int):
        raise BadInput(f"'{name}' must be the index of a {name}, counted from 0.")
    if not 0 <= index < len(choices) or "type" not in choices[index]:
        raise BadInput(f"That message has {len(choices)} {name}s, counted from 0.", 404)
    chosen = choices[index]
    if name == "row" and chosen["type"] == "oa.open.url":
        # In a list the address stands beside the type, unlike in a button.
        return str(chosen["type"]), {"url": chosen["url"]}
    return str(chosen["type"]), chosen["payload"]


async def tap(request: web.Request) -> web.Response:
    """POST /api/citizens/{user_id}/tap: do what a tap on a button, or on a row of a list, does in Zalo."""
    simulator = request.app[SIMULATOR]
    user_id = user_of(request)
    body = await read_object(request)
    oa_id = oa_of(simulator, body.get("oa_id"))
    message = _target(simulator.store.peek(oa_id, user_id), body)
    kind, payload = _tapped(message, body)
    said: Message | None = None
    opened: dict[str, Any] | None = None
    if kind in QUERY_ACTIONS:
        said = say(simulator, oa_id, user_id, "text", payload, hidden=kind == "oa.query.hide")
    elif kind == "oa.open.url":
        opened = {"type": "url", "url": payload["url"]}
    elif kind == "oa.open.phone":
        opened = {
            "type": "phone",
            "url": f"tel:+{payload['phone_code']}",
            "phone_code": payload["phone_code"],
        }
    else:
        opened = {
            "type": "sms",
            "url": f"sms:+{payload['phone_code']}",
            "phone_code": payload["phone_code"],
            "content": payload["content"],
        }
    return web.json_response({"action": kind, "message": said.as_json() if said else None, "open": opened})


# -- citizens read --------------------------------------------------------------


async def get_messages(request: web.Request) -> web.Response:
    """GET /api/citizens/{user_id}/messages?after=&wait=&oa_id=."""
    simulator = request.app[SIMULATOR]
    user_id = user_of(request)
    oa_id = oa_of(simulator, request.query.get("oa_id"))
    after = _number(request, "after", 0)
    wait = _number(request, "wait", 0)
    if wait:
        conversation = simulator.store.conversation(oa_id, user_id)
        await simulator.store.wait_for_oa(conversation, int(after), min(wait, LONGEST_WAIT))
    row = simulator.store.peek(oa_id, user_id)
    shown = row.after(int(after)) if row else []
    return web.json_response({"messages": [message.as_json() for message in shown]})


def _number(request: web.Request, name: str, default: float) -> float:
    text = request.query.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e15:
        raise BadInput(f"'{name}' must be a number from 0.")
    return value


async def list_citizens(request: web.Request) -> web.Response:
    """GET /api/citizens?oa_id=: who is there, for the page's list."""
    simulator = request.app[SIMULATOR]
    oa_id = oa_of(simulator, request.query.get("oa_id"))
    rows = []
    for citizen in simulator.store.citizens.values():
        conversation = simulator.store.peek(oa_id, citizen.user_id)
        rows.append(
            {
                "user_id": citizen.user_id,
                "name": citizen.name,
                "follower": bool(conversation and conversation.follower),
                "last_id": conversation.messages[-1].id if conversation and conversation.messages else 0,
            }
        )
    return web.json_response({"citizens": rows})


async def put_citizen(request: web.Request) -> web.Response:
    """PUT /api/citizens/{user_id} with {"name": ..}: create or rename a citizen."""
    simulator = request.app[SIMULATOR]
    user_id = user_of(request)
    name = (await read_object(request)).get("name", "")
    if not isinstance(name, str) or len(name) > 60:
        raise BadInput("'name' must be text of at most 60 characters.")
    citizen = simulator.store.add_citizen(user_id, name.strip())
    return web.json_response({"user_id": citizen.user_id, "name": citizen.name})


async def list_oas(request: web.Request) -> web.Response:
    """GET /api/oas: the configured OAs, the default one first."""
    simulator = request.app[SIMULATOR]
    rows = [{"id": oa.oa_id, "name": oa.name, "colour": oa.colour} for oa in simulator.store.oas.values()]
    return web.json_response({"oas": rows})


async def healthz(request: web.Request) -> web.Response:
    """GET /healthz."""
    webhook = request.app[SIMULATOR].webhook
    return web.json_response({"status": "ok", "webhook_enabled": webhook.enabled, "waiting": webhook.waiting})


async def reset(request: web.Request) -> web.Response:
    """POST /api/reset: forget everything and go back to the settings of the start."""
    simulator = request.app[SIMULATOR]
    await simulator.webhook.reset(simulator.settings.webhook_url, simulator.settings.oa_secret_key)
    simulator.store.reset()
    simulator.clock.reset()
    simulator.options.reset()
    simulator.faults.reset()
    simulator.rate.reset()
    simulator.uploads.reset()
    simulator.tokens.reset()
    simulator.articles.reset()
    return web.json_response({"status": "ok"})


def add_routes(app: web.Application) -> None:
    """Register the JSON API."""
    router = app.router
    router.add_post("/api/citizens/{user_id}/messages", post_message)
    router.add_get("/api/citizens/{user_id}/messages", get_messages)
    router.add_post("/api/citizens/{user_id}/tap", tap)
    router.add_get("/api/citizens", list_citizens)
    router.add_put("/api/citizens/{user_id}", put_citizen)
    router.add_get("/api/oas", list_oas)
    router.add_get("/healthz", healthz)
    router.add_post("/api/reset", reset)
