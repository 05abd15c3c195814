"""Events as Zalo sends them, and the parts of the channel on a fresh database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from aiohttp.test_utils import TestServer
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered

from connectors.turn_store import TurnStore
from connectors.zalo import signature
from connectors.zalo.channel import ZaloInput
from services.db import Database, open_database
from services.secrets import Cipher
from simulator.app import make_app
from simulator.clock import Clock as SimulatedClock
from simulator.settings import Settings
from simulator.state import SIMULATOR, Simulator

APP_ID = "1234567890123456789"
OA_ID = "9990001112223334445"
CITIZEN = "5550001112223334445"
SECRET = "TestOaSecretKey0"

Event = dict[str, Any]


@pytest.fixture
def message_event(clock: Any) -> Callable[..., Event]:
    """Makes a citizen's message; keywords replace whole fields, None takes one away."""
    numbers = iter(range(1, 10_000))

    def make(text: str | None = "Chào", **changes: Any) -> Event:
        event: Event = {
            "app_id": APP_ID,
            "sender": {"id": CITIZEN},
            "user_id_by_app": "7770001112223334445",
            "recipient": {"id": OA_ID},
            "event_name": "user_send_text",
            "message": {"text": text, "msg_id": f"m{next(numbers)}"},
            "timestamp": str(int(clock().timestamp() * 1000)),
        }
        event.update(changes)
        return {name: value for name, value in event.items() if value is not None}

    return make


@pytest.fixture
def signed() -> Callable[..., tuple[bytes, str]]:
    """Gives the bytes of an event (or a body) and their signature header."""

    def sign(event: Any, secret: str = SECRET) -> tuple[bytes, str]:
        body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        try:
            timestamp = str(json.loads(body)["timestamp"])
        except (ValueError, LookupError, TypeError, RecursionError):
            timestamp = ""
        return body, "mac=" + signature.sign(APP_ID, body, timestamp, secret)

    return sign


@pytest.fixture
def make_channel(database: Database, cipher: Cipher, clock: Any, tmp_path: Path) -> Callable[..., ZaloInput]:
    def make(**changes: Any) -> ZaloInput:
        named: dict[str, Any] = {
            "app_id": APP_ID,
            "app_secret": "TestAppSecret",
            "oa_secret_key": SECRET,
            "oa_id": OA_ID,
            "openapi_url": "http://127.0.0.1:1",
            "oauth_url": "http://127.0.0.1:1",
            "database": database,
            "cipher": cipher,
            "clock": clock,
            "data_dir": tmp_path / "data",
        }
        return ZaloInput(**{**named, **changes})

    return make


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    """Waits for a condition, and fails when it does not come about."""

    async def wait(true: Callable[[], Any], seconds: float = 5.0) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while not true():
            assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
            await asyncio.sleep(0.01)

    return wait


class LocalZalo:
    """The simulated Zalo on a loopback port, on the clock of the test, with short ways to drive it."""

    def __init__(self, simulator: Simulator, url: str) -> None:
        self.simulator = simulator
        self.url = url

    def knows(self, citizen: str = CITIZEN) -> None:
        """Let a citizen have written just now, without an event to the webhook."""
        store = self.simulator.store
        store.add_citizen(citizen)
        conversation = store.conversation(OA_ID, citizen)
        conversation.wrote = True
        store.interact(conversation)

    def writes(self, text: str, citizen: str = CITIZEN) -> None:
        """Let a citizen write something of which no event comes."""
        store = self.simulator.store
        store.add(store.conversation(OA_ID, citizen), "citizen", "text", text)

    def shown(self, citizen: str = CITIZEN) -> list[str]:
        """What stands in a citizen's chat, from the OA."""
        messages = self.simulator.store.conversation(OA_ID, citizen).messages
        return [message.text for message in messages if message.sender == "oa"]

    def fault(self, **wish: Any) -> None:
        self.simulator.faults.plant(wish)


@pytest.fixture
async def zalo(clock: Any) -> AsyncIterator[LocalZalo]:
    def now() -> float:
        return float(clock().timestamp())

    app = make_app(Settings(webhook_url="http://127.0.0.1:1/none"), SimulatedClock(wall=now, monotonic=now))
    app[SIMULATOR].options.update({"echo": False, "retry": False})
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    yield LocalZalo(app[SIMULATOR], str(server.make_url("")).rstrip("/"))
    await server.close()


@pytest.fixture
def background() -> Callable[[Callable[[], Coroutine[Any, Any, None]]], Any]:
    """Runs a loop that never ends beside the test, and ends it with the block."""

    @asynccontextmanager
    async def run(loop: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        task = asyncio.create_task(loop())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return run


class Assistant:
    """Stands in for Rasa: reads the conversation, says something, saves, in the order of Rasa's processor.

    Wrapped as Rasa wraps its store, so that errors of the store end where they end in Rasa. `answer`
    is what a test makes of a message; without one the citizen's words are said back.
    """

    def __init__(self, store: TurnStore) -> None:
        self.store = FailSafeTrackerStore(store)
        self.heard: list[UserMessage] = []
        self.answer: Callable[[UserMessage], Awaitable[Any]] = self.echo
        self.after_save: Callable[[], Any] = lambda: None

    async def echo(self, message: UserMessage) -> None:
        await message.output_channel.send_response(message.sender_id, {"text": f"Nghe: {message.text}"})

    async def __call__(self, message: UserMessage) -> None:
        self.heard.append(message)
        tracker = await self.store.get_or_create_tracker(message.sender_id, append_action_listen=False)
        if not tracker.events:
            tracker.update(ActionExecuted("action_session_start"))
            tracker.update(SessionStarted())
            tracker.update(ActionExecuted("action_listen"))
        tracker.update(
            UserUttered(
                message.text,
                parse_data=message.parse_data,
                input_channel=message.input_channel,
                message_id=message.message_id,
                metadata=message.metadata,
            )
        )
        await self.answer(message)
        tracker.update(ActionExecuted("action_listen"))
        await self.store.save(tracker)
        self.after_save()


@pytest.fixture
def turn_store(database_file: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> TurnStore:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    open_database.cache_clear()
    return TurnStore(Domain.empty(), host=f"sqlite:///{database_file}")


@pytest.fixture
def assistant(turn_store: TurnStore) -> Assistant:
    return Assistant(turn_store)


@pytest.fixture
def table(database: Database) -> Callable[..., list[tuple[Any, ...]]]:
    """Reads some columns of a table, in the order of its rows."""

    def read(name: str, *columns: str) -> list[tuple[Any, ...]]:
        with database.transaction() as session:
            rows = session.execute(sa.text(f"SELECT {', '.join(columns)} FROM {name} ORDER BY id"))
            return [tuple(row) for row in rows]

    return read


@pytest.fixture
def said(database: Database, cipher: Cipher) -> Callable[[], list[tuple[str, str]]]:
    """What stands in the outbox: to whom, and the text."""

    def read() -> list[tuple[str, str]]:
        with database.transaction() as session:
            rows = session.execute(
                sa.text("SELECT citizen_id, sealed_payload FROM outbound_message ORDER BY id")
            ).all()
        return [(row.citizen_id, json.loads(cipher.open(row.sealed_payload))["text"]) for row in rows]

    return read


@pytest.fixture
def log_lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Every line that is logged during the test, before anything is withheld."""
    with structlog.testing.capture_logs() as lines:
        yield lambda: [dict(line) for line in lines]
