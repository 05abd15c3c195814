"""What all OpenAPI endpoints share: the token check, reading parameters, the envelope of a success."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from simulator.errors import ZaloError
from simulator.state import SIMULATOR, Simulator
from simulator.store import HANOI


def success(data: Any = None) -> web.Response:
    """Zalo's envelope of a success."""
    body: dict[str, Any] = {"error": 0, "message": "Success"}
    if data is not None:
        body["data"] = data
    return web.json_response(body)


def authorise(request: web.Request) -> str:
    """Return the OA of the caller; only the bare `access_token` header counts, a Bearer does not."""
    simulator = request.app[SIMULATOR]
    token = request.headers.get("access_token", "")
    oa_id = simulator.tokens.oa_of(token)
    if simulator.options.appsecret_proof:
        key = simulator.settings.app_secret.encode("utf-8")
        proof = hmac.new(key, token.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
        if request.headers.get("appsecret_proof", "") != proof:
            raise ZaloError(-242)
    return oa_id


async def json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
        # A lone surrogate cannot be written out again; json.loads lets it pass.
        json.dumps(body, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise ZaloError(-201, "body is not valid JSON") from None
    if not isinstance(body, dict):
        raise ZaloError(-201, "body is not a JSON object")
    return body


def data_param(request: web.Request) -> dict[str, Any]:
    try:
        data = json.loads(request.query.get("data", ""))
    except (ValueError, RecursionError):
        raise ZaloError(-201, "data is invalid") from None
    if not isinstance(data, dict):
        raise ZaloError(-201, "data is invalid")
    return data


def known_user(simulator: Simulator, value: object) -> str:
    if not isinstance(value, str) or not simulator.store.known(value):
        raise ZaloError(-201, "user_id is invalid")
    return value


def page(data: dict[str, Any], most: int) -> tuple[int, int]:
    offset, count = data.get("offset", 0), data.get("count", most)
    for name, value in (("offset", offset), ("count", count)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ZaloError(-201, f"{name} is invalid")
    if count > most:
        raise ZaloError(-210, f"count exceeds {most}")
    return offset, count


def next_month(simulator: Simulator) -> datetime:
    """Return the first day of the next simulated month, when package quota is renewed."""
    today = datetime.fromtimestamp(simulator.clock.now(), HANOI)
    return (today.replace(day=28) + timedelta(days=4)).replace(day=1)
