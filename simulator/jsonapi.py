"""Reading requests of the simulator's own JSON API, and answering refusals with one sentence."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from simulator.errors import BadInput
from simulator.faults import ZALO_PREFIXES
from simulator.state import Simulator

_USER_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


@web.middleware
async def json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer refusals of the simulator's own paths as `{"error": sentence}`, also the unforeseen ones."""
    if request.path.startswith(ZALO_PREFIXES):
        return await handler(request)
    # A page of another site must not drive the simulator through the browser of the person trying it.
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and request.path.startswith("/api/"):
        return web.json_response({"error": "Requests from other sites are refused."}, status=403)
    try:
        return await handler(request)
    except BadInput as error:
        return web.json_response({"error": error.sentence}, status=error.status)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        sentence = f"{error.reason}: {request.method} {request.path}"
        return web.json_response({"error": sentence}, status=error.status)


async def read_object(request: web.Request) -> dict[str, Any]:
    """Read the body as a JSON object; an empty body counts as an empty object."""
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput("The JSON holds half of a surrogate pair, which is not a character.") from None
    except (ValueError, RecursionError):
        raise BadInput("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("The body must be a JSON object.")
    return body


def user_of(request: web.Request) -> str:
    """Read the citizen's id from the path."""
    return check_user_id(request.match_info["user_id"])


def check_user_id(value: object) -> str:
    """Check a citizen's id."""
    if not isinstance(value, str) or not _USER_ID.fullmatch(value):
        raise BadInput("The user id must be text of 1 to 64 letters, digits, '-' or '_'.")
    return value


def oa_of(simulator: Simulator, value: object) -> str:
    """Return a configured OA id; nothing given means the first one."""
    if value in (None, ""):
        return simulator.store.default_oa
    if not isinstance(value, str) or value not in simulator.store.oas:
        raise BadInput("There is no such oa_id; GET /api/oas lists them.", 404)
    return value
