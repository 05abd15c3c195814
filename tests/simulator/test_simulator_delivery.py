"""Deliveries to a real webhook that is slow, failing, gone, or back again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from simulator import delivery

if TYPE_CHECKING:
    from conftest import Received, Receiver, World

CITIZEN = "5550001112223334445"


def answers(*statuses: int) -> Any:
    left = list(statuses)

    async def answer(row: Received) -> int:
        return left.pop(0) if left else 200

    return answer


async def state_of(world: World) -> str:
    return (await world.reads())[0]["delivery"]


async def test_retry_after_the_webhook_was_gone(world: World, receiver: Receiver) -> None:
    await receiver.stop()
    await world.says("Có ai không?")
    await world.until(lambda: world.simulator.webhook.counters["no_connection"] == 1)
    assert await state_of(world) == "retrying"
    await world.post("/api/control/clock", {"advance": 29})
    await asyncio.sleep(0.02)
    assert world.simulator.webhook.counters["tries"] == 1, "too early"
    await world.post("/api/control/clock", {"advance": 2})
    await world.until(lambda: world.simulator.webhook.counters["no_connection"] == 2)
    await receiver.start()
    await world.post("/api/control/clock", {"advance": 301})
    (row,) = await receiver.wait(1)
    await world.until(lambda: world.simulator.webhook.counters["delivered"] == 1)
    assert (row.text, row.headers["num_retry"], await state_of(world)) == ("Có ai không?", "2", "delivered")


async def test_strict_retries_send_the_same_bytes(world: World, receiver: Receiver) -> None:
    await world.options(strict=True)
    await world.post("/api/control/clock", {"factor": 10_000})
    receiver.answer = answers(500, 503, 401)
    await world.says("Một lần thôi")
    rows = await receiver.wait(4)
    assert [row.headers.get("num_retry") for row in rows] == [None, "1", "2", "3"]
    assert len({(row.body, row.headers["X-ZEvent-Signature"]) for row in rows}) == 1
    (shown,) = (await world.get("/api/control/deliveries"))["deliveries"]
    assert (shown["state"], [(row["result"], row["status"]) for row in shown["tries"]]) == (
        "delivered",
        [("http", 500), ("http", 503), ("http", 401), ("ok", 200)],
    )


async def test_after_the_last_failure_the_webhook_is_off_until_enabled(
    world: World, receiver: Receiver
) -> None:
    await receiver.stop()
    await world.post("/api/control/clock", {"factor": 1_000_000})
    await world.says("một")
    await world.until(lambda: not world.simulator.webhook.enabled)
    assert (await state_of(world), world.simulator.webhook.counters["tries"]) == ("lost", 6)
    await receiver.start()
    await world.says("hai")
    assert [row["delivery"] for row in await world.reads()] == ["lost", "disabled"]
    await world.post("/api/control/webhook/enable")
    await world.says("ba")
    assert [row.text for row in await receiver.wait(1)] == ["ba"]


@pytest.mark.parametrize("status", [401, 500, 302])
async def test_a_bad_answer_is_not_repeated_officially(world: World, receiver: Receiver, status: int) -> None:
    receiver.answer = answers(status)
    await world.says("một")
    await world.says("hai")
    await receiver.wait(2)
    await world.until(lambda: world.simulator.webhook.counters["delivered"] == 1)
    assert [row["delivery"] for row in await world.reads()] == ["refused", "delivered"]


async def test_no_retry_when_the_console_switch_is_off(world: World, receiver: Receiver) -> None:
    await receiver.stop()
    await world.options(retry=False)
    await world.says()
    await world.until(lambda: world.simulator.webhook.counters["lost"] == 1)
    assert (await state_of(world), world.simulator.webhook.enabled) == ("lost", True)


async def test_a_slow_webhook_is_given_up(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert delivery.TIME_LIMIT == 2.0
    webhook = world.simulator.webhook
    await webhook.close()
    monkeypatch.setattr(delivery, "TIME_LIMIT", 0.1)
    await webhook.open()

    async def slow(row: Received) -> int:
        await asyncio.sleep(0.3)
        return 200

    receiver.answer = slow
    await world.says()
    await world.until(lambda: webhook.counters["slow"] == 1)
    assert await state_of(world) == "refused"


async def test_one_citizens_events_go_in_order_and_others_do_not_wait(
    world: World, receiver: Receiver
) -> None:
    under_way: dict[str, int] = {}
    together = 0

    async def answer(row: Received) -> int:
        nonlocal together
        user = row.event["sender"]["id"]
        under_way[user] = under_way.get(user, 0) + 1
        assert under_way[user] == 1, "two events of one citizen at once"
        together = max(together, sum(under_way.values()))
        await asyncio.sleep(0.01 if row.text.endswith("0") else 0.001)
        under_way[user] -= 1
        return 200

    receiver.answer = answer
    for number in range(10):
        for user in ("111", "222", "333"):
            await world.says(f"{user} {number}", user=user)
    rows = await receiver.wait(30)
    for user in ("111", "222", "333"):
        assert [row.text for row in rows if row.text.startswith(user)] == [f"{user} {n}" for n in range(10)]
    await world.post("/api/control/burst", {"citizens": 5, "messages": 5})
    await receiver.wait(35)
    assert together > 1


async def test_a_failed_event_does_not_hold_back_later_ones(world: World, receiver: Receiver) -> None:
    await world.options(strict=True)
    receiver.answer = answers(500)
    for text in ("một", "hai", "ba"):
        await world.says(text)
    await receiver.wait(3)
    await world.post("/api/control/clock", {"advance": 31})
    assert [row.text for row in await receiver.wait(4)] == ["một", "hai", "ba", "một"]


async def test_hold_order_keeps_later_events_waiting(world: World, receiver: Receiver) -> None:
    await world.options(strict=True, hold_order=True)
    receiver.answer = answers(500)
    for text in ("một", "hai"):
        await world.says(text)
    await receiver.wait(1)
    await asyncio.sleep(0.03)
    await world.post("/api/control/clock", {"advance": 31})
    assert [row.text for row in await receiver.wait(3)] == ["một", "một", "hai"]


async def test_duplicates(world: World, receiver: Receiver) -> None:
    await world.options(duplicate=4)
    await world.says()
    rows = await receiver.wait(5)
    assert len({row.body for row in rows}) == 1
    await world.until(lambda: world.simulator.webhook.counters["duplicates"] == 4)


async def test_reorder_swaps_pairs_and_a_single_event_still_comes(world: World, receiver: Receiver) -> None:
    await world.options(reorder=True, reorder_wait=0.15)
    for text in ("một", "hai", "ba"):
        await world.says(text)
    assert [row.text for row in await receiver.wait(3)] == ["hai", "một", "ba"]


async def test_delay_by_the_simulated_clock(world: World, receiver: Receiver) -> None:
    await world.options(delay=60)
    await world.says()
    await asyncio.sleep(0.03)
    assert receiver.received == []
    await world.post("/api/control/clock", {"advance": 61})
    assert len(await receiver.wait(1)) == 1


async def test_console_switches(world: World, receiver: Receiver) -> None:
    await world.options(events_off=["follow"], syntax_filter=True, echo=False)
    await world.post(f"/api/citizens/{CITIZEN}/messages", {"event": "follow"})
    await world.says("không có dấu thăng")
    await world.send({"text": "không báo lại"})
    await world.says("#can_cuoc")
    assert [row.text for row in await receiver.wait(1)] == ["#can_cuoc"]
    counters = world.simulator.webhook.counters
    assert (counters["switched_off"], counters["filtered"], len(receiver.received)) == (1, 1, 1)


async def test_event_time_stays_real_when_the_clock_is_moved(world: World, receiver: Receiver) -> None:
    await world.says()
    await world.post("/api/control/clock", {"advance": 86_400})
    await world.says()
    await world.options(timestamps="simulated")
    await world.says()
    first, second, third = (int(row.event["timestamp"]) for row in await receiver.wait(3))
    assert (second - first < 10_000, third - second > 86_000_000) == (True, True)
