"""A small town: the local Zalo with its citizens, our channel behind a real port, and who answers them.

Zalo and the channel share a clock that runs with the real one and can be moved on, so that ten
minutes of an outage take no ten minutes. Only Rasa is stood in for: its answers would hide which
message of which citizen is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from rasa.shared.core.domain import Domain

from connectors.turn_store import TurnStore
from connectors.zalo.channel import ZaloInput
from services.accounts import Account
from services.clock import utc_now
from services.db import Database, open_database
from services.dead_letters import DeadLetter, list_dead
from services.errors import StorageError
from services.secrets import Cipher, cipher_for
from services.settings import load_settings
from simulator.api import say
from simulator.app import make_app
from simulator.settings import OaSettings
from simulator.settings import Settings as ZaloSettings
from simulator.state import SIMULATOR, Simulator
from tests.connectors.conftest import APP_ID, OA_ID, SECRET, Assistant

LAN, BAY, TU = "5550001112223334441", "5550001112223334442", "5550001112223334443"
PATIENCE = 20.0


class MovedClock:
    """The real time, and what was added to it by hand."""

    def __init__(self) -> None:
        self.added = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.added


class Town:
    """The whole of it; `chat` is what a citizen sees, `dead` what an officer sees."""

    def __init__(self, zalo: Simulator, channel: ZaloInput, assistant: Assistant, clock: MovedClock) -> None:
        self.zalo = zalo
        self.channel = channel
        self.assistant = assistant
        self.clock = clock
        self.database: Database = channel._database

    def writes(self, citizen: str, *texts: str, oa: str = OA_ID) -> None:
        """A citizen writes; Zalo tells our webhook."""
        for text in texts:
            say(self.zalo, oa, citizen, "text", text)

    def sends_picture(self, citizen: str, url: str) -> None:
        """A citizen sends a picture that Zalo keeps at an address."""
        attachments = [{"type": "image", "payload": {"url": url, "thumbnail": url}}]
        say(self.zalo, OA_ID, citizen, "image", "", attachments=attachments)

    def chat(self, citizen: str, oa: str = OA_ID) -> list[str]:
        """What a citizen was told in one OA's chat, oldest first."""
        messages = self.zalo.store.conversation(oa, citizen).messages
        return [message.text for message in messages if message.sender == "oa" and not message.admin_id]

    def taps(self, citizen: str, title: str, oa: str = OA_ID) -> None:
        """A citizen taps a button of the newest message that has one with this title."""
        for message in reversed(self.zalo.store.conversation(oa, citizen).messages):
            for button in message.buttons:
                if button["title"] == title:
                    say(self.zalo, oa, citizen, "text", button["payload"])
                    return
        raise AssertionError(f"no button {title!r}")

    def pass_time(self, seconds: float) -> None:
        """Let time go by, here and at Zalo."""
        self.clock.added += timedelta(seconds=seconds)
        self.zalo.clock.advance(seconds)

    @property
    def dead(self) -> list[DeadLetter]:
        """What could not be worked or sent, as officers see it."""
        with self.database.transaction(read_only=True) as session:
            return list_dead(session)

    def states(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """Some columns of a table, in the order of its rows."""
        with self.database.transaction(read_only=True) as session:
            return [tuple(row) for row in session.execute(f"SELECT {', '.join(columns)} FROM {table}")]

    async def until(self, true: Callable[[], Any], seconds: float = PATIENCE) -> None:
        """Wait for a condition; what stands in the way is told when it does not come about."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not true():
            if asyncio.get_running_loop().time() > deadline:
                events = self.states("inbound_event", "state", "last_error")
                messages = self.states("outbound_message", "state", "last_error")
                raise AssertionError(f"it did not happen in time; events {events}, messages {messages}")
            await asyncio.sleep(0.02)

    async def until_quiet(self, waited_for: Callable[[], Any] = lambda: True) -> None:
        """Wait until all that was written is worked and sent, and Zalo has nothing under way."""
        waits = (("inbound_event", ("new", "working")), ("outbound_message", ("queued", "sending", "unsure")))

        def quiet() -> bool:
            left = any(row[0] in open_ for table, open_ in waits for row in self.states(table, "state"))
            return not left and self.zalo.webhook.waiting == 0 and self.channel._intake._spool.is_empty

        await self.until(lambda: waited_for() and quiet())


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def oas() -> list[OaSettings]:
    """The Official Accounts of the town, with the tokens they begin with."""
    return [OaSettings(OA_ID, "Công an phường Tân Phú", "#0068ff", "access-0", "refresh-0")]


@pytest.fixture
async def town(
    database_file: Path,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    clock: MovedClock,
    oas: list[OaSettings],
) -> AsyncIterator[Town]:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("connectors.turn_store.utc_now", clock)
    # Waiting for a locked file is the database's own business; five seconds of it are only slow here.
    monkeypatch.setattr("services.db.engine.SQLITE_BUSY_MS", 200)
    monkeypatch.setattr("connectors.zalo.housekeeping.EVERY_SECONDS", 0.2)
    open_database.cache_clear()
    store = TurnStore(Domain.empty(), host=f"sqlite:///{database_file}")
    assistant = Assistant(store)

    port = unused_port()
    webhook = f"http://127.0.0.1:{port}/webhooks/zalo/webhook"
    zalo_app = make_app(ZaloSettings(webhook_url=webhook, oa_secret_key=SECRET, oas=tuple(oas)))
    zalo = zalo_app[SIMULATOR]
    zalo_server = TestServer(zalo_app)
    await zalo_server.start_server(shutdown_timeout=0.1)
    base = str(zalo_server.make_url("")).rstrip("/")

    settings = load_settings(environ)
    cipher: Cipher = cipher_for(settings)
    channel = ZaloInput(
        app_id=APP_ID,
        app_secret=environ["ZALO_APP_SECRET"],
        oa_secret_key=SECRET,
        oa_id=OA_ID,
        openapi_url=base,
        oauth_url=base,
        database=store.database,
        cipher=cipher,
        clock=clock,
        accounts={
            oa.oa_id: Account(oa.oa_id, oa.name, access_token=oa.access_token, refresh_token=oa.refresh_token)
            for oa in oas
        },
        data_dir=settings.data_dir,
        media_base_url=base,
    )

    async def receive(request: web.Request) -> web.Response:
        try:
            await channel.receive(await request.read(), request.headers.get("X-ZEvent-Signature"))
        except StorageError:
            return web.Response(status=503)
        return web.Response(text="ok")

    webhook_app = web.Application()
    webhook_app.router.add_post("/webhooks/zalo/webhook", receive)
    webhook_server = TestServer(webhook_app, port=port)
    await webhook_server.start_server(shutdown_timeout=0.1)
    await channel.start(assistant, lambda: True)
    town = Town(zalo, channel, assistant, clock)
    town.base = base
    with structlog.testing.capture_logs() as lines:
        town.log = lines
        yield town
    await zalo.webhook.abandon()
    await channel.stop()
    await webhook_server.close()
    await zalo_server.close()
    store.database.close()
