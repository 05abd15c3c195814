"""What a monitor gets from a running channel: health, readiness with reasons, figures without citizens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from prometheus_client import generate_latest

from connectors.turn import Turn, current_turn
from connectors.zalo import operations
from connectors.zalo.channel import ZaloInput
from connectors.zalo.client import TryLater
from connectors.zalo.figures import MOST_CODES, Figures, WatchedClient
from services import health
from services.errors import StorageError
from services.inbox import ClaimedEvent
from tests.connectors.conftest import CITIZEN, OA_ID


class Seen:
    """A monitor's eyes on one channel."""

    def __init__(self, channel: ZaloInput, base: str, http: aiohttp.ClientSession) -> None:
        self.channel, self._base, self._http = channel, base, http

    async def get(self, path: str) -> tuple[int, str]:
        async with self._http.get(self._base + path) as answer:
            return answer.status, await answer.text()

    async def problems(self) -> dict[str, str]:
        status, body = await self.get("/readyz")
        found = json.loads(body)
        assert (status == 200) is found["ready"]
        return {name: problem for name, problem in found["checks"].items() if problem != "ok"}

    async def figures(self) -> dict[str, float]:
        _, body = await self.get("/metrics")
        lines = (line.rpartition(" ") for line in body.splitlines() if not line.startswith("#"))
        return {name: float(number) for name, _, number in lines}


@pytest.fixture
async def seen(make_channel: Callable[..., ZaloInput]) -> AsyncIterator[Seen]:
    channel = make_channel()
    ready = SimpleNamespace(model=True)
    channel.model = ready  # type: ignore[attr-defined]

    async def never_answers(_: Any) -> None:
        raise StorageError("no")

    await channel.start(never_answers, lambda: ready.model)
    port = unused_port()
    await channel.operations.start("127.0.0.1", port)
    async with aiohttp.ClientSession() as http:
        yield Seen(channel, f"http://127.0.0.1:{port}", http)
    await channel.operations.stop()
    await channel.stop()


async def test_a_channel_in_order_is_ready(seen: Seen) -> None:
    assert await seen.get("/healthz") == (200, '{"status": "ok"}')
    status, body = await seen.get("/readyz")
    names = ["model", "loop housekeeping", "loop inbox", "loop media", "loop outbox", "database", "inbox"]
    assert (status, json.loads(body)) == (200, {"ready": True, "checks": dict.fromkeys(names, "ok")})
    figures = await seen.figures()
    assert figures["an_ninh_ready"] == figures["an_ninh_database_up"] == 1


async def test_a_missing_model_a_dead_loop_and_one_that_stands_still_are_named(seen: Seen) -> None:
    seen.channel.model.model = False  # type: ignore[attr-defined]
    seen.channel._tasks["outbox"].cancel()
    await asyncio.sleep(0)
    await asyncio.wait([seen.channel._tasks["outbox"]])
    seen.channel._tasks["media"].cancel()
    await asyncio.wait([seen.channel._tasks["media"]])
    seen.channel._tasks["media"] = asyncio.create_task(asyncio.sleep(60))
    seen.channel._fetcher._loop.went_round -= 100
    assert await seen.problems() == {
        "model": "no model is loaded: nobody is answered",
        "loop outbox": "it has ended",
        "loop media": "it has not gone round for 100 s",
    }
    assert (await seen.figures())["an_ninh_ready"] == 0


async def test_an_event_that_waits_too_long_is_a_reason(
    seen: Seen, message_event: Any, signed: Any, clock: Any
) -> None:
    seen.channel.model.model = False  # type: ignore[attr-defined]
    assert await seen.channel.receive(*signed(message_event("Nhà tôi mất trộm")))
    clock.forward(operations.OLDEST_SECONDS + 20)
    assert (await seen.problems())["inbox"] == "the oldest event waits for 320 s"
    figures = await seen.figures()
    assert figures['an_ninh_queue_oldest_seconds{queue="inbox"}'] == 320
    assert figures['an_ninh_queue_rows{queue="inbox",state="new"}'] == 1


async def test_a_database_that_hangs_or_is_gone_does_not_hang_the_monitor(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "READ_SECONDS", 0.05)
    blocked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang(_: Any) -> str:
        asyncio.run_coroutine_threadsafe(blocked.wait(), loop).result(5)
        return ""

    monkeypatch.setattr(health, "database_problem", hang)
    assert (await seen.problems())["database"] == "the database does not answer within 0.05 s"
    blocked.set()
    monkeypatch.setattr(health, "database_problem", lambda _: "the schema is not the newest")
    monkeypatch.setattr(operations, "READ_SECONDS", 5.0)
    assert (await seen.problems())["database"] == "the schema is not the newest"
    figures = await seen.figures()
    assert figures["an_ninh_database_up"] == 0
    assert not [name for name in figures if name.startswith(("an_ninh_queue", "an_ninh_token"))]


async def test_refused_deliveries_are_counted_by_reason_and_no_citizen_shows(
    seen: Seen, message_event: Any, signed: Any
) -> None:
    body, _ = signed(message_event("Nhà tôi mất trộm"))
    await seen.channel.receive(body, "mac=" + "0" * 64)
    await seen.channel.receive(body, None)
    await seen.channel.receive(b"[]", None)
    figures = await seen.figures()
    found = {name: number for name, number in figures.items() if "refused" in name}
    assert found == {
        'an_ninh_webhook_refused_total{reason="wrong signature"}': 1,
        'an_ninh_webhook_refused_total{reason="no signature"}': 1,
        'an_ninh_webhook_refused_total{reason="a JSON list, not an object"}': 1,
    }
    whole = (await seen.get("/metrics"))[1]
    assert CITIZEN not in whole
    assert "trộm" not in whole


async def test_tokens_are_shown_for_each_account(seen: Seen, clock: Any) -> None:
    await seen.channel._keeper.seed(OA_ID, "access", "refresh")
    clock.forward(3600)
    figures = await seen.figures()
    assert figures[f'an_ninh_token_age_seconds{{account="{OA_ID}"}}'] >= 3600
    assert figures[f'an_ninh_token_broken{{account="{OA_ID}"}}'] == 0


async def test_a_taken_port_stops_nobody(make_channel: Callable[..., ZaloInput]) -> None:
    one, other, port = make_channel(), make_channel(), unused_port()
    await one.operations.start("127.0.0.1", port)
    await other.operations.start("127.0.0.1", port)
    await other.operations.stop()
    await one.operations.stop()


class Processor:
    """The methods of Rasa's processor that are timed, as far as this one has them."""

    async def parse_message(self, text: str) -> str:
        return text.upper()

    async def _run_action(self, action: Any) -> str:
        return str(action.name())

    def predict_next_with_tracker_if_should(self) -> str:
        return "next"


async def test_stages_are_timed_and_answers_stay_the_same() -> None:
    figures, processor = Figures(), Processor()
    figures.watch_stages(processor)
    figures.watch_stages(processor)
    assert await processor.parse_message("a") == "A"
    assert processor.predict_next_with_tracker_if_should() == "next"
    for name in ("action_khong_hieu", "action_chao"):
        assert await processor._run_action(SimpleNamespace(name=lambda name=name: name)) == name
    value = figures.registry.get_sample_value
    counted = {
        stage: value("an_ninh_turn_stage_seconds_count", {"stage": stage})
        for stage in ("load", "understand", "slots", "decide", "act", "store")
    }
    assert counted == {"load": 0, "understand": 1, "slots": 0, "decide": 1, "act": 2, "store": 0}
    assert value("an_ninh_fallbacks_total") == 1


async def test_a_turn_is_counted_by_its_outcome(clock: Any) -> None:
    figures = Figures(clock)
    moment = clock()
    event = ClaimedEvent(1, OA_ID, CITIZEN, "m1", "user_send_text", "{}", 1, moment, moment)
    clock.forward(3)

    async def stores(_: Any) -> str:
        found = current_turn.get()
        assert found is not None
        found.stored = True
        return "ok"

    async def breaks(_: Any) -> None:
        raise TryLater("no")

    async def forgets(_: Any) -> None:
        return None

    for handler in (stores, forgets, breaks):
        token = current_turn.set(Turn(event, "w", "zalo"))
        try:
            await figures.watched(handler)(None)
        except TryLater:
            pass
        finally:
            current_turn.reset(token)
    value = figures.registry.get_sample_value
    outcomes = ("stored", "not_stored", "failed")
    assert [value("an_ninh_turns_total", {"outcome": one}) for one in outcomes] == [1, 1, 1]
    assert value("an_ninh_turn_stage_seconds_sum", {"stage": "wait"}) == timedelta(seconds=9).total_seconds()


async def test_zalos_errors_are_counted_by_number_and_the_list_has_an_end() -> None:
    figures = Figures()
    client = WatchedClient(f"http://127.0.0.1:{unused_port()}", figures)
    with pytest.raises(TryLater):
        await client.send("token", CITIZEN, {"text": "Chào"})
    await client.close()
    for code in range(1, MOST_CODES + 20):
        figures.called("cs", 0.1, TryLater("x", -code))
    value = figures.registry.get_sample_value
    assert value("an_ninh_zalo_errors_total", {"kind": "TryLater", "code": "0"}) == 1
    assert value("an_ninh_zalo_errors_total", {"kind": "TryLater", "code": "other"}) == 20
    assert CITIZEN not in generate_latest(figures.registry).decode()
