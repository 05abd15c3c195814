"""The control API: planted faults, the console's buttons, officers, raw events, figures."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from conftest import Received, Receiver, World

CITIZEN = "5550001112223334445"
TOKEN = {"access_token": "sim-access-token"}


async def codes(world: World, count: int) -> list[Any]:
    return [(await world.send({"text": "a"}))["error"] for _ in range(count)]


@pytest.mark.parametrize(
    ("times", "seen"), [(1, [-32, 0, 0]), (2, [-32, -32, 0]), ("all", [-32, -32, -32])], ids=str
)
async def test_error_codes_once_n_times_or_for_all(world: World, times: Any, seen: list[int]) -> None:
    await world.says()
    await world.post("/api/control/faults", {"code": -32, "times": times})
    assert await codes(world, 3) == seen
    assert len([row for row in await world.reads() if row["from"] == "oa"]) == seen.count(0)
    await world.call("DELETE", "/api/control/faults")
    assert await codes(world, 1) == [0]


async def test_error_for_one_citizen_only(world: World) -> None:
    await world.says()
    await world.says(user="222")
    await world.post("/api/control/faults", {"code": -244, "user_id": "222", "times": "all"})
    other = await world.send({"text": "a"}, user="222")
    assert (other["error"], await codes(world, 1)) == (-244, [0])


@pytest.mark.parametrize(("kind", "stored"), [("drop_before", 0), ("drop_after", 1)])
async def test_dropped_connection(world: World, kind: str, stored: int) -> None:
    await world.says()
    await world.post("/api/control/faults", {"kind": kind})
    with pytest.raises(aiohttp.ClientError):
        await world.send({"text": "a"})
    assert len([row for row in await world.reads() if row["from"] == "oa"]) == stored


async def test_html_error_page(world: World) -> None:
    await world.post("/api/control/faults", {"kind": "http", "status": 502})
    async with world.http.post(f"{world.base}/v3.0/oa/message/cs", headers=TOKEN) as answer:
        assert (answer.status, answer.content_type, "502 Bad Gateway" in await answer.text()) == (
            502,
            "text/html",
            True,
        )


async def test_slow_answer(world: World) -> None:
    await world.says()
    await world.post("/api/control/faults", {"kind": "slow", "seconds": 0.1})
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert await codes(world, 1) == [0]
    assert loop.time() - started >= 0.1


async def test_outage_on_and_off(world: World) -> None:
    await world.says()
    await world.post("/api/control/outage", {"on": True})
    with pytest.raises(aiohttp.ClientError):
        await world.send({"text": "a"})
    await world.post("/api/control/outage", {"on": False})
    assert await codes(world, 1) == [0]


async def test_officer_message_carries_admin_id(world: World, receiver: Receiver) -> None:
    await world.says()
    said = await world.post("/api/control/officer", {"user_id": CITIZEN, "text": "Cán bộ trực ban xin nghe."})
    event = (await receiver.wait(2))[1].event
    assert (event["event_name"], event["sender"], event["message"]) == (
        "oa_send_text",
        {"id": "9990001112223334445", "admin_id": "3330001112223334445"},
        {"text": "Cán bộ trực ban xin nghe.", "msg_id": said["msg_id"]},
    )


@pytest.mark.parametrize(
    ("body", "query", "signed"),
    [
        (b'{"event_name":"su_kien_la","timestamp":"1763700000000"}', {}, True),
        (b"\xff\x00 not json", {"timestamp": "1763700000000"}, True),
        (b"", {"signature": "missing"}, False),
        (b'{"timestamp":1763700000000}', {"num_retry": "3"}, True),
    ],
    ids=["unknown event", "bytes", "empty", "number as stamp"],
)
async def test_raw_bytes(
    world: World, receiver: Receiver, body: bytes, query: dict[str, str], signed: bool
) -> None:
    status, answer = await world.call("POST", "/api/control/raw", data=body, params=query)
    (row,) = await receiver.wait(1)
    assert (status, answer["result"], answer["bytes"], row.body) == (200, "ok", len(body), body)
    assert ("X-ZEvent-Signature" in row.headers, row.headers.get("num_retry")) == (
        signed,
        query.get("num_retry"),
    )
    if signed:
        assert answer["timestamp"] == "1763700000000"


async def test_saving_a_webhook_needs_200_to_an_unsigned_empty_object(
    world: World, receiver: Receiver
) -> None:
    async def forbid(row: Received) -> int:
        return 401

    saved = await world.post("/api/control/webhook", {"url": receiver.url})
    (probe,) = await receiver.wait(1)
    assert (saved["saved"], probe.body, "X-ZEvent-Signature" in probe.headers) == (True, b"{}", False)
    receiver.answer = forbid
    refused = await world.post("/api/control/webhook", {"url": f"{receiver.url}?new"})
    assert (refused["saved"], refused["status"], refused["url"]) == (False, 401, receiver.url)
    blind = await world.post("/api/control/webhook", {"url": f"{receiver.url}?new", "check": False})
    assert blind == {"saved": True, "url": f"{receiver.url}?new"}


async def test_domain_check(world: World, receiver: Receiver) -> None:
    base = f"http://127.0.0.1:{receiver.port}"
    assert [
        (await world.post("/api/control/domain", {"url": base, "code": code}))["verified"]
        for code in ("ABC123", "XYZ")
    ] == [True, False]


async def test_burst_and_figures(world: World, receiver: Receiver) -> None:
    await world.post("/api/control/burst", {"citizens": 20, "messages": 100})
    await receiver.wait(100)
    await world.until(lambda: world.simulator.webhook.counters["delivered"] == 100)
    figures = await world.get("/api/control/counters")
    assert (figures["counters"], sorted(figures["answer_ms"])) == (
        {"delivered": 100, "events": 100, "ok": 100, "tries": 100},
        ["max", "p50", "p95"],
    )
    one = await world.get("/api/control/deliveries", params={"user_id": "burst-3", "limit": "2"})
    assert [(row["user_id"], row["event"], row["state"]) for row in one["deliveries"]] == [
        ("burst-3", "user_send_text", "delivered")
    ] * 2


BAD: list[tuple[str, Any]] = [
    ("options", {"nothing": 1}),
    ("options", {"encoding": "utf16"}),
    ("options", {"strict": 1}),
    ("options", {"duplicate": 1.5}),
    ("options", {"delay": "1"}),
    ("options", {"events_off": "follow"}),
    ("options", {"events_off": [1]}),
    ("faults", {}),
    ("faults", {"kind": "fire"}),
    ("faults", {"code": 0}),
    ("faults", {"code": -1, "times": 0}),
    ("faults", {"code": -1, "path": "x"}),
    ("faults", {"code": -1, "colour": "red"}),
    ("faults", {"kind": "http", "status": 200}),
    ("faults", {"kind": "slow", "seconds": -1}),
    ("outage", {"on": "yes"}),
    ("clock", {"advance": -5}),
    ("clock", {"factor": 0}),
    ("tokens", {"action": "steal"}),
    ("tokens", {"action": ["expire"]}),
    ("tokens", {"action": "expire", "oa_id": "1"}),
    ("webhook", {"url": "ftp://a.example"}),
    ("webhook", {"check": 1}),
    ("webhook/enable", {"on": 1}),
    ("domain", {"url": "http://127.0.0.1:9", "code": "../x"}),
    ("domain", {"code": "x"}),
    ("secret", {"secret": "short"}),
    ("officer", {"user_id": CITIZEN}),
    ("officer", {"user_id": "unknown", "text": "a"}),
    ("officer", {"text": "a"}),
    ("raw?signature=maybe", {}),
    ("raw?num_retry=x", {}),
    ("raw?content_type=%0d%0aX:%201", {}),
    ("burst", {"messages": 0}),
    ("burst", {"text": ""}),
]


@pytest.mark.parametrize(("path", "body"), BAD, ids=str)
async def test_bad_control_calls_are_refused_with_a_sentence(world: World, path: str, body: Any) -> None:
    before = (await world.get("/api/control/state"))["options"]
    status, answer = await world.call("POST", f"/api/control/{path}", json=body)
    assert (status in (400, 404), list(answer)) == (True, ["error"]), answer
    assert (await world.get("/api/control/state"))["options"] == before


async def test_bad_option_changes_nothing_at_all(world: World) -> None:
    status, _ = await world.call("POST", "/api/control/options", json={"strict": True, "encoding": "x"})
    assert (status, (await world.get("/api/control/state"))["options"]["strict"]) == (400, False)
