"""The control API: everything an engineer may turn on the simulated Zalo, below /api/control/."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from aiohttp import web

from simulator import articles, events
from simulator.api import say
from simulator.deliveries import Try
from simulator.errors import BadInput
from simulator.jsonapi import check_user_id, oa_of, read_object
from simulator.settings import is_http_url
from simulator.signing import signature_headers
from simulator.state import SIMULATOR, Simulator
from simulator.store import OA

DEFAULT_ADMIN = "3330001112223334445"
PREFIX = "/api/control"


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, True)
    if not isinstance(value, bool):
        raise BadInput(f"'{name}' must be true or false.")
    return value


def _state(simulator: Simulator) -> dict[str, Any]:
    webhook, clock = simulator.webhook, simulator.clock
    return {
        "options": asdict(simulator.options),
        "outage": simulator.faults.outage,
        "faults": simulator.faults.as_json(),
        "clock": {"now_ms": clock.now_ms(), "factor": clock.factor, "advanced": clock.advanced},
        "webhook": {"url": webhook.url, "enabled": webhook.enabled, "waiting": webhook.waiting},
        "refreshes": simulator.tokens.refreshes,
    }


async def state(request: web.Request) -> web.Response:
    """GET state: all switches, faults, the clock and the webhook."""
    return web.json_response(_state(request.app[SIMULATOR]))


async def options(request: web.Request) -> web.Response:
    """POST options: set some switches."""
    simulator = request.app[SIMULATOR]
    simulator.options.update(await read_object(request))
    return web.json_response(asdict(simulator.options))


async def plant_fault(request: web.Request) -> web.Response:
    """POST faults: plant one."""
    return web.json_response(asdict(request.app[SIMULATOR].faults.plant(await read_object(request))))


async def list_faults(request: web.Request) -> web.Response:
    """GET faults: those still planted."""
    return web.json_response({"faults": request.app[SIMULATOR].faults.as_json()})


async def clear_faults(request: web.Request) -> web.Response:
    """DELETE faults: remove all, and end the outage."""
    request.app[SIMULATOR].faults.reset()
    return web.json_response({"faults": []})


async def outage(request: web.Request) -> web.Response:
    """POST outage {"on": bool}: drop every OpenAPI and OAuth connection."""
    simulator = request.app[SIMULATOR]
    simulator.faults.outage = _flag(await read_object(request), "on")
    return web.json_response({"outage": simulator.faults.outage})


async def set_clock(request: web.Request) -> web.Response:
    """POST clock {"advance": seconds, "factor": number}: either or both."""
    clock = request.app[SIMULATOR].clock
    body = await read_object(request)
    for name, high in (("advance", 1e9), ("factor", 1e6)):
        value = body.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= high:
            raise BadInput(f"'{name}' must be a number above 0 and at most {high:g}.")
    if "factor" in body:
        clock.set_factor(float(body["factor"]))
    if "advance" in body:
        clock.advance(float(body["advance"]))
    return web.json_response({"now_ms": clock.now_ms(), "factor": clock.factor, "advanced": clock.advanced})


async def tokens(request: web.Request) -> web.Response:
    """POST tokens {"action": ..}: show, expire, expire_refresh, revoke, or issue a new pair."""
    simulator = request.app[SIMULATOR]
    body = await read_object(request)
    oa_id = oa_of(simulator, body.get("oa_id"))
    actions = {
        "show": simulator.tokens.grant,
        "expire": simulator.tokens.expire,
        "expire_refresh": simulator.tokens.expire_refresh,
        "revoke": simulator.tokens.revoke,
        "issue": simulator.tokens.issue,
    }
    action = body.get("action")
    if not isinstance(action, str) or action not in actions:
        raise BadInput(f"'action' must be one of: {', '.join(actions)}.")
    actions[action](oa_id)
    grant = simulator.tokens.grant(oa_id)
    pair = {"access_token": grant.access_token, "refresh_token": grant.refresh_token}
    return web.json_response({"oa_id": oa_id, **pair})


def _outcome(row: Try) -> dict[str, Any]:
    return {"result": row.result, "status": row.status, "ms": row.ms}


async def save_webhook(request: web.Request) -> web.Response:
    """POST webhook {"url": .., "check": bool}: the console's save, an unsigned `{}` that needs 200 in 2 s."""
    simulator = request.app[SIMULATOR]
    body = await read_object(request)
    url = body.get("url", simulator.webhook.url)
    if not is_http_url(url):
        raise BadInput("'url' must be an absolute http(s) URL.")
    outcome: dict[str, Any] = {}
    if _flag(body, "check"):
        probe = await simulator.webhook.post(url, b"{}", {"Content-Type": "application/json"})
        outcome = _outcome(probe)
        if probe.result != "ok":
            return web.json_response({"saved": False, "url": simulator.webhook.url, **outcome})
    simulator.webhook.url = url
    return web.json_response({"saved": True, "url": url, **outcome})


async def enable_webhook(request: web.Request) -> web.Response:
    """POST webhook/enable {"on": bool}: what an admin does after the repair; false switches it off."""
    webhook = request.app[SIMULATOR].webhook
    webhook.enabled = _flag(await read_object(request), "on")
    return web.json_response({"enabled": webhook.enabled})


async def check_domain(request: web.Request) -> web.Response:
    """POST domain {"url": base, "code": ..}: fetch /zalo_verifier<code>.html and look for the code."""
    simulator = request.app[SIMULATOR]
    body = await read_object(request)
    url, code = body.get("url"), body.get("code")
    if not is_http_url(url):
        raise BadInput("'url' must be an absolute http(s) URL.")
    if not isinstance(code, str) or not code.isalnum() or not code.isascii() or len(code) > 100:
        raise BadInput("'code' must be letters and digits.")
    address = f"{str(url).rstrip('/')}/zalo_verifier{code}.html"
    status, text = await simulator.webhook.fetch(address)
    return web.json_response(
        {"verified": status == 200 and code in text, "status": status, "address": address}
    )


async def set_secret(request: web.Request) -> web.Response:
    """POST secret {"secret": ..}: the Reset button of the OA Secret Key."""
    secret = (await read_object(request)).get("secret")
    if not isinstance(secret, str) or not 8 <= len(secret) <= 200:
        raise BadInput("'secret' must be text of 8 to 200 characters.")
    request.app[SIMULATOR].webhook.secret = secret
    return web.json_response({"status": "ok"})


async def officer(request: web.Request) -> web.Response:
    """POST officer: a message an officer writes in the OA chat tool; the event carries `admin_id`."""
    simulator = request.app[SIMULATOR]
    body = await read_object(request)
    oa_id = oa_of(simulator, body.get("oa_id"))
    user_id = check_user_id(body.get("user_id"))
    admin_id = check_user_id(body.get("admin_id", DEFAULT_ADMIN))
    text, image = body.get("text", ""), body.get("image")
    if not isinstance(text, str) or len(text) > 2000:
        raise BadInput("'text' must be text of at most 2000 characters.")
    if image is not None and not is_http_url(image):
        raise BadInput("'image' must be an http(s) URL.")
    if not text.strip() and image is None:
        raise BadInput("Give 'text' or 'image'.")
    if not simulator.store.known(user_id):
        raise BadInput("There is no such citizen.", 404)
    attachments = [{"type": "image", "payload": {"url": image, "thumbnail": image}}] if image else []
    message = simulator.store.add(
        simulator.store.conversation(oa_id, user_id),
        OA,
        "image" if image else "text",
        text,
        attachments=attachments,
        admin_id=admin_id,
    )
    webhook = simulator.webhook
    event = events.oa_message(simulator.settings.app_id, message, webhook.timestamp())
    webhook.enqueue(event, oa_id, user_id, message)
    return web.json_response(message.as_json())


async def raw(request: web.Request) -> web.Response:
    """POST raw?timestamp=&signature=&num_retry=&content_type=: sign these bytes and post them at once."""
    simulator = request.app[SIMULATOR]
    webhook, query = simulator.webhook, request.query
    body = await request.read()
    signature = query.get("signature", simulator.options.signature)
    if signature not in ("right", "wrong", "missing"):
        raise BadInput("'signature' must be right, wrong or missing.")
    timestamp = query.get("timestamp") or _timestamp_in(body) or webhook.timestamp()
    num_retry = query.get("num_retry", "")
    if num_retry and not (num_retry.isascii() and num_retry.isdigit()):
        raise BadInput("'num_retry' must be a whole number.")
    content_type = query.get("content_type", "application/json")
    if not content_type.isascii() or not content_type.isprintable():
        raise BadInput("'content_type' must be printable ASCII.")
    headers = {"Content-Type": content_type}
    mac = simulator.options.mac_prefix
    headers.update(signature_headers(webhook.app_id, body, timestamp, webhook.secret, signature, mac))
    if num_retry:
        headers["num_retry"] = num_retry
    outcome = await webhook.post(webhook.url, body, headers)
    webhook.counters["raw"] += 1
    return web.json_response({**_outcome(outcome), "bytes": len(body), "timestamp": timestamp})


def _timestamp_in(body: bytes) -> str:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    value = event.get("timestamp", "") if isinstance(event, dict) else ""
    return str(value) if isinstance(value, (str, int)) and str(value).isprintable() else ""


async def burst(request: web.Request) -> web.Response:
    """POST burst {"citizens", "messages", "text"}: many citizens write at once."""
    simulator = request.app[SIMULATOR]
    body = await read_object(request)
    oa_id = oa_of(simulator, body.get("oa_id"))
    counts = []
    for name, default, high in (("citizens", 10, 20_000), ("messages", 100, 20_000)):
        value = body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= high:
            raise BadInput(f"'{name}' must be a whole number from 1 to {high}.")
        counts.append(value)
    text = body.get("text", "Đổi căn cước hết hạn cần giấy tờ gì?")
    if not isinstance(text, str) or not 0 < len(text) <= 20_000:
        raise BadInput("'text' must be text of 1 to 20000 characters.")
    citizens, messages = counts
    users = [f"burst-{number}" for number in range(min(citizens, messages))]
    for number in range(messages):
        say(simulator, oa_id, users[number % len(users)], "text", text)
    return web.json_response({"messages": messages, "citizens": len(users)})


async def counters(request: web.Request) -> web.Response:
    """GET counters: figures since the start or the last reset, and answer times of recent deliveries."""
    webhook = request.app[SIMULATOR].webhook
    times = sorted(row.tries[-1].ms for row in webhook.recent if row.tries)
    answer = {}
    if times:
        last = len(times) - 1
        answer = {"p50": times[last // 2], "p95": times[int(last * 0.95)], "max": times[last]}
    figures = dict(sorted(webhook.counters.items()))
    return web.json_response({"counters": figures, "answer_ms": answer, "waiting": webhook.waiting})


async def deliveries(request: web.Request) -> web.Response:
    """GET deliveries?after=&limit=&user_id=&event=: recent events with each try."""
    webhook, query = request.app[SIMULATOR].webhook, request.query
    try:
        after, limit = int(query.get("after", "0")), int(query.get("limit", "200"))
    except ValueError:
        raise BadInput("'after' and 'limit' must be whole numbers.") from None
    rows = [
        row
        for row in webhook.recent
        if row.number > after
        and query.get("user_id", row.user_id) == row.user_id
        and query.get("event", row.event_name) == row.event_name
    ]
    return web.json_response({"deliveries": [row.as_json() for row in rows[-max(limit, 0) :] if limit > 0]})


ROUTES = (
    ("GET", "/state", state),
    ("POST", "/options", options),
    ("GET", "/faults", list_faults),
    ("POST", "/faults", plant_fault),
    ("DELETE", "/faults", clear_faults),
    ("POST", "/outage", outage),
    ("POST", "/clock", set_clock),
    ("POST", "/tokens", tokens),
    ("POST", "/webhook", save_webhook),
    ("POST", "/webhook/enable", enable_webhook),
    ("POST", "/domain", check_domain),
    ("POST", "/secret", set_secret),
    ("POST", "/officer", officer),
    ("POST", "/raw", raw),
    ("POST", "/burst", burst),
    ("POST", "/broadcasts", articles.set_broadcasts),
    ("GET", "/counters", counters),
    ("GET", "/deliveries", deliveries),
)


def add_routes(app: web.Application) -> None:
    """Register the control routes."""
    for method, path, handler in ROUTES:
        app.router.add_route(method, PREFIX + path, handler)
