"""Faults planted on the Zalo side, the outage switch, and the limit on calls per minute."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from simulator.errors import MEANINGS, BadInput, ZaloError
from simulator.state import SIMULATOR

KINDS = ("error", "slow", "drop_before", "drop_after", "http")
ZALO_PREFIXES = ("/v2.0/", "/v3.0/", "/v4/")
_HTML = "<html><head><title>{status}</title></head><body><h1>{status} {reason}</h1></body></html>"
_REASONS = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}


@dataclass(slots=True)
class Fault:
    """One planted fault; `times` None means for all calls, `path` is the start of the paths it strikes."""

    number: int
    kind: str
    path: str
    times: int | None
    code: int = 0
    status: int = 502
    seconds: float = 0.0
    user_id: str = ""
    oa_id: str = ""
    struck: int = 0


class Faults:
    """The planted faults, oldest first."""

    def __init__(self) -> None:
        self.outage = False
        self._planted: list[Fault] = []
        self._number = 0

    def reset(self) -> None:
        """Remove all faults and end the outage."""
        self.outage = False
        self._planted.clear()

    def plant(self, wish: dict[str, Any]) -> Fault:
        """Add a fault from the control API; raises BadInput with what is wrong."""
        kind = wish.get("kind", "error" if "code" in wish else None)
        if kind not in KINDS:
            raise BadInput(f"'kind' must be one of: {', '.join(KINDS)}.")
        unknown = set(wish) - {"kind", "path", "times", "code", "status", "seconds", "user_id", "oa_id"}
        if unknown:
            raise BadInput(f"Unknown fields in the fault: {', '.join(sorted(unknown))[:200]}.")
        times = wish.get("times", 1)
        if times == "all":
            times = None
        elif isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise BadInput("'times' must be a whole number from 1, or \"all\".")
        path = wish.get("path", "/v3.0/oa/message/")
        if not isinstance(path, str) or not path.startswith("/v"):
            raise BadInput("'path' must be the beginning of a Zalo path, such as /v3.0/oa/message/cs.")
        code = wish.get("code", -200)
        if isinstance(code, bool) or not isinstance(code, int) or code == 0:
            raise BadInput("'code' must be a whole number other than 0.")
        status = wish.get("status", 502)
        if isinstance(status, bool) or not isinstance(status, int) or not 400 <= status <= 599:
            raise BadInput("'status' must be from 400 to 599.")
        seconds = wish.get("seconds", 3.0)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= 600:
            raise BadInput("'seconds' must be a number from 0 to 600.")
        for name in ("user_id", "oa_id"):
            if not isinstance(wish.get(name, ""), str):
                raise BadInput(f"'{name}' must be text.")
        self._number += 1
        fault = Fault(
            self._number,
            kind,
            path,
            times,
            code,
            status,
            float(seconds),
            wish.get("user_id", ""),
            wish.get("oa_id", ""),
        )
        self._planted.append(fault)
        return fault

    def as_json(self) -> list[dict[str, Any]]:
        """List the faults still planted."""
        return [asdict(fault) for fault in self._planted]

    def strike_request(self, path: str) -> Fault | None:
        """Return and use up the oldest fault for this call that is not bound to a user or an OA."""
        if not self._planted:
            return None
        return self._take(lambda f: not f.user_id and not f.oa_id and path.startswith(f.path))

    def strike_message(self, path: str, oa_id: str, user_id: str) -> None:
        """Raise the error of the oldest fault bound to this user or OA."""
        if not self._planted:
            return
        fault = self._take(
            lambda f: (
                bool(f.user_id or f.oa_id)
                and f.kind == "error"
                and f.user_id in ("", user_id)
                and f.oa_id in ("", oa_id)
                and path.startswith(f.path)
            )
        )
        if fault:
            raise ZaloError(fault.code)

    def _take(self, fits: Callable[[Fault], bool]) -> Fault | None:
        for fault in self._planted:
            if fits(fault):
                fault.struck += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._planted.remove(fault)
                return fault
        return None


class RateLimit:
    """Calls per real minute over the whole app."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._minute = -1
        self._count = 0

    def reset(self) -> None:
        """Start counting anew."""
        self._minute, self._count = -1, 0

    def take(self, limit: int) -> int:
        """Count one call and return how many are left this minute; -1 means over the limit."""
        minute = int(self._monotonic() // 60)
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += 1
        return max(limit - self._count, -1)


def zalo_error(code: int, message: str = "") -> web.Response:
    """An application error as Zalo sends it: HTTP 200."""
    return web.json_response({"error": code, "message": message or MEANINGS.get(code, "Error")})


@web.middleware
async def zalo_side(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Wrap every Zalo endpoint: outage, planted faults, rate limit, and errors in Zalo's shape."""
    if not request.path.startswith(ZALO_PREFIXES):
        return await handler(request)
    simulator = request.app[SIMULATOR]
    counters = simulator.webhook.counters
    counters["api_calls"] += 1
    if simulator.faults.outage:
        counters["api_dropped"] += 1
        return _drop(request)
    fault = simulator.faults.strike_request(request.path)
    if fault is not None:
        counters["faults"] += 1
        if fault.kind == "drop_before":
            return _drop(request)
        if fault.kind == "http":
            reason = _REASONS.get(fault.status, "Error")
            page = _HTML.format(status=fault.status, reason=reason)
            return web.Response(text=page, status=fault.status, content_type="text/html")
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
    headers: dict[str, str] = {}
    limit = simulator.options.rate_limit
    if limit and not request.path.startswith("/v4/"):
        left = simulator.rate.take(limit)
        headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remain": str(max(left, 0))}
        if left < 0:
            counters["api_errors"] += 1
            response: web.StreamResponse = zalo_error(-32)
            response.headers.update(headers)
            return response
    if fault is not None and fault.kind == "error":
        counters["api_errors"] += 1
        response = zalo_error(fault.code)
    else:
        try:
            response = await handler(request)
        except ZaloError as error:
            counters["api_errors"] += 1
            counters[f"api_error_{-error.code}"] += 1
            response = zalo_error(error.code, error.message)
        except web.HTTPException as error:
            body = {"error": error.status, "message": "empty or invalid API"}
            response = web.json_response(body, status=error.status)
    response.headers.update(headers)
    if fault is not None and fault.kind == "drop_after":
        return _drop(request)
    return response


def _drop(request: web.Request) -> web.Response:
    """Break the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)
