"""A simulator and a webhook on real loopback sockets, for every test of this folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from simulator.app import make_app
from simulator.settings import OaSettings, Settings
from simulator.state import SIMULATOR, Simulator

CITIZEN = "5550001112223334445"
OA_ID = "9990001112223334445"
SECOND_OA = "9990001112223334446"
TOKEN = {"access_token": "sim-access-token"}


@dataclass
class Received:
    """One request as the webhook saw it."""

    body: bytes
    headers: dict[str, str]

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def name(self) -> str:
        return self.event["event_name"]

    @property
    def text(self) -> str:
        return self.event["message"]["text"]


@dataclass
class Receiver:
    """The webhook of the tests; `answer` decides what each request gets."""

    port: int = field(default_factory=unused_port)
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], Awaitable[int]] | None = None
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def start(self) -> None:
        async def hook(request: web.Request) -> web.Response:
            row = Received(await request.read(), dict(request.headers))
            self.received.append(row)
            return web.Response(status=await self.answer(row) if self.answer else 200)

        app = web.Application()
        app.router.add_post("/hook", hook)
        app.router.add_get("/zalo_verifierABC123.html", lambda request: web.Response(text="<p>ABC123</p>"))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def wait(self, count: int, seconds: float = 3.0) -> list[Received]:
        """Return what came once `count` requests are there; fails when they do not come."""
        await until(lambda: len(self.received) >= count, seconds)
        return list(self.received)


async def until(true: Callable[[], bool], seconds: float = 3.0) -> None:
    """Wait for a condition, and fail when it does not come about."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not true():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


@dataclass
class World:
    """A running simulator with short ways to drive it."""

    simulator: Simulator
    http: aiohttp.ClientSession
    base: str

    @staticmethod
    async def until(true: Callable[[], bool], seconds: float = 3.0) -> None:
        await until(true, seconds)

    async def call(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        async with self.http.request(method, self.base + path, **more) as answer:
            return answer.status, await answer.json(content_type=None)

    async def post(self, path: str, body: Any = None, **more: Any) -> Any:
        status, answer = await self.call("POST", path, json=body or {}, **more)
        assert status == 200, answer
        return answer

    async def get(self, path: str, **more: Any) -> Any:
        status, answer = await self.call("GET", path, **more)
        assert status == 200, answer
        return answer

    async def says(self, text: str = "Chào", user: str = CITIZEN, **more: Any) -> Any:
        return await self.post(f"/api/citizens/{user}/messages", {"text": text, **more})

    async def reads(self, user: str = CITIZEN, **query: Any) -> list[dict[str, Any]]:
        answer = await self.get(f"/api/citizens/{user}/messages", params=query)
        return answer["messages"]

    async def send(self, message: Any, user: Any = CITIZEN, headers: Any = None) -> Any:
        body = {"recipient": {"user_id": user}, "message": message}
        return await self.post("/v3.0/oa/message/cs", body, headers=TOKEN if headers is None else headers)

    async def options(self, **changes: Any) -> None:
        await self.post("/api/control/options", changes)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    row = Receiver()
    await row.start()
    yield row
    await row.stop()


@pytest.fixture
def settings(receiver: Receiver) -> Settings:
    first = Settings().oas[0]
    second = OaSettings(
        SECOND_OA, "Công an xã Hoà Bình (mô phỏng)", "#0b7a3b", "second-access", "second-refresh"
    )
    return replace(Settings(), webhook_url=receiver.url, oas=(first, second))


@pytest.fixture
async def world(settings: Settings) -> AsyncIterator[World]:
    app = make_app(settings)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    async with aiohttp.ClientSession() as http:
        yield World(app[SIMULATOR], http, str(server.make_url("")).rstrip("/"))
    await server.close()
