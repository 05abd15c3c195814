"""The JSON API: what citizens do, what they see, and what happens to nonsense."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Receiver, World

CITIZEN = "5550001112223334445"
MESSAGES = f"/api/citizens/{CITIZEN}/messages"
SECOND_OA = "9990001112223334446"
BUTTONS = [
    {"title": "Lệ phí", "type": "oa.query.show", "payload": "Lệ phí đổi căn cước"},
    {"title": "Nơi nộp", "type": "oa.query.hide", "payload": "#q1:noi_nop"},
    {"title": "Cổng", "type": "oa.open.url", "payload": {"url": "https://a.example"}},
    {"title": "Gọi", "type": "oa.open.phone", "payload": {"phone_code": "84240000000"}},
    {"title": "Nhắn", "type": "oa.open.sms", "payload": {"content": "HOTRO", "phone_code": "84240000000"}},
]


async def offered(world: World) -> int:
    """Let the OA send the five buttons and return the number of its message."""
    await world.says()
    attachment = {"type": "template", "payload": {"buttons": BUTTONS}}
    assert (await world.send({"text": "Chọn đi", "attachment": attachment}))["error"] == 0
    shown = (await world.reads())[-1]
    assert shown["buttons"] == BUTTONS
    return int(shown["id"])


async def test_stored_message_is_returned_and_read_back(world: World) -> None:
    said = await world.says("Chào\nbà con")
    read = (await world.reads())[0]
    assert {key: said[key] for key in ("from", "type", "text", "buttons", "attachments")} == {
        "from": "citizen",
        "type": "text",
        "text": "Chào\nbà con",
        "buttons": [],
        "attachments": [],
    }
    assert {**read, "delivery": ""} == {**said, "delivery": ""}
    assert said["at"].endswith("+07:00")


@pytest.mark.parametrize(("index", "visible"), [(0, True), (1, False)], ids=["show", "hide"])
async def test_tap_on_a_query(world: World, receiver: Receiver, index: int, visible: bool) -> None:
    await world.options(echo=False)
    number = await offered(world)
    answer = await world.post(f"/api/citizens/{CITIZEN}/tap", {"message_id": number, "button": index})
    payload = BUTTONS[index]["payload"]
    assert (answer["action"], answer["message"]["text"], answer["open"]) == (
        BUTTONS[index]["type"],
        payload,
        None,
    )
    event = (await receiver.wait(2))[1].event
    assert (event["event_name"], event["message"]) == (
        "user_send_text",
        {"text": payload, "msg_id": answer["message"]["msg_id"]},
    )
    after = await world.reads(after=number)
    assert [row["text"] for row in after] == ([payload] if visible else [])


@pytest.mark.parametrize(
    ("index", "opened"),
    [
        (2, {"type": "url", "url": "https://a.example"}),
        (3, {"type": "phone", "url": "tel:+84240000000", "phone_code": "84240000000"}),
        (4, {"type": "sms", "url": "sms:+84240000000", "phone_code": "84240000000", "content": "HOTRO"}),
    ],
    ids=["url", "phone", "sms"],
)
async def test_tap_that_opens_something_sends_nothing(
    world: World, receiver: Receiver, index: int, opened: dict[str, str]
) -> None:
    number = await offered(world)
    await receiver.wait(2)
    answer = await world.post(f"/api/citizens/{CITIZEN}/tap", {"message_id": number, "button": index})
    assert answer == {"action": BUTTONS[index]["type"], "message": None, "open": opened}
    await world.says("xong")
    assert [row.name for row in (await receiver.wait(3))[2:]] == ["user_send_text"]


async def test_tap_on_a_row_of_a_list(world: World, receiver: Receiver) -> None:
    await world.options(echo=False, allow_list=True)
    await world.says()
    rows = [
        {"title": "Tin", "subtitle": "Mới", "image_url": "https://a.example/1.png"},
        {"title": "Tạm trú", "default_action": {"type": "oa.query.show", "payload": "#tam_tru"}},
        {"title": "Trang", "default_action": {"type": "oa.open.url", "url": "https://a.example"}},
    ]
    listed = {"attachment": {"type": "template", "payload": {"template_type": "list", "elements": rows}}}
    assert (await world.send(listed))["error"] == 0
    number = (await world.reads())[-1]["id"]
    tap = f"/api/citizens/{CITIZEN}/tap"
    said = await world.post(tap, {"message_id": number, "row": 1})
    assert (said["action"], said["message"]["text"], said["open"]) == ("oa.query.show", "#tam_tru", None)
    assert (await receiver.wait(2))[1].event["message"]["text"] == "#tam_tru"
    opened = await world.post(tap, {"message_id": number, "row": 2})
    assert opened == {
        "action": "oa.open.url", "message": None, "open": {"type": "url", "url": "https://a.example"},
    }  # fmt: skip
    answers = [await world.call("POST", tap, json={"message_id": number, "row": row}) for row in (0, 3, "1")]
    assert [status for status, _ in answers] == [404, 404, 400]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"message_id": 1}, 404),
        ({"message_id": 999, "button": 0}, 404),
        ({"message_id": "2", "button": 0}, 404),
        ({"message_id": 2}, 400),
        ({"message_id": 2, "button": "0"}, 400),
        ({"message_id": 2, "button": True}, 400),
        ({"message_id": 2, "button": 5}, 404),
        ({"message_id": 2, "button": -1}, 404),
        ({"message_id": 2, "button": 0, "oa_id": "1"}, 404),
        ({"message_id": 2, "button": 0, "oa_id": SECOND_OA}, 404),
    ],
    ids=str,
)
async def test_bad_taps(world: World, body: dict[str, Any], status: int) -> None:
    await offered(world)
    got, answer = await world.call("POST", f"/api/citizens/{CITIZEN}/tap", json=body)
    assert (got, list(answer)) == (status, ["error"])
    assert answer["error"].endswith(".")


async def test_long_poll_wakes_when_the_oa_answers(world: World) -> None:
    said = await world.says()
    loop = asyncio.get_running_loop()
    started = loop.time()
    poll = asyncio.ensure_future(world.reads(after=said["id"], wait=5))
    await asyncio.sleep(0.05)
    await world.says("còn một câu")
    assert not poll.done(), "the citizen's own message does not end the wait"
    await world.send({"text": "Dạ có"})
    rows = await poll
    assert [(row["from"], row["text"]) for row in rows] == [("citizen", "còn một câu"), ("oa", "Dạ có")]
    assert loop.time() - started < 2


async def test_long_poll_ends_empty_or_at_once(world: World) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert await world.reads(user="nobody", wait=0.05) == []
    assert 0.04 < loop.time() - started < 1
    await world.says()
    await world.send({"text": "a"})
    started = loop.time()
    assert len(await world.reads(after=0, wait=30)) == 2
    assert loop.time() - started < 1


async def test_two_oas_keep_two_conversations(world: World, receiver: Receiver) -> None:
    await world.says("phường")
    await world.says("xã", oa_id=SECOND_OA)
    assert [
        [row["text"] for row in await world.reads()],
        [row["text"] for row in await world.reads(oa_id=SECOND_OA)],
        sorted(row.event["recipient"]["id"] for row in await receiver.wait(2)),
    ] == [["phường"], ["xã"], ["9990001112223334445", SECOND_OA]]
    sent = await world.send({"text": "từ xã"}, headers={"access_token": "second-access"})
    assert sent["error"] == 0
    assert [row["text"] for row in await world.reads()] == ["phường"]


IMAGE = "https://a.example/1.jpg"
SAID: dict[str, tuple[dict[str, Any], str, list[Any]]] = {
    "image": (
        {"image": IMAGE},
        "user_send_image",
        [{"type": "image", "payload": {"url": IMAGE, "thumbnail": IMAGE}}],
    ),
    "location": (
        {"location": {"latitude": 21.028511, "longitude": 105.804817}},
        "user_send_location",
        [
            {
                "type": "location",
                "payload": {"coordinates": {"latitude": "21.028511", "longitude": "105.804817"}},
            }
        ],
    ),
    "audio": (
        {"audio": "https://a.example/1.amr"},
        "user_send_audio",
        [{"type": "audio", "payload": {"url": "https://a.example/1.amr"}}],
    ),
    "sticker": ({"sticker": "46966"}, "user_send_sticker", [{"type": "sticker", "payload": {"id": "46966"}}]),
    "file": (
        {"file": {"url": "https://a.example/don.pdf", "size": 5}},
        "user_send_file",
        [
            {
                "type": "file",
                "payload": {
                    "url": "https://a.example/don.pdf",
                    "size": "5",
                    "name": "don.pdf",
                    "type": "pdf",
                },
            }
        ],
    ),
    "card": (
        {"business_card": {"phone": "84900000001"}},
        "user_send_business_card",
        [
            {
                "type": "link",
                "payload": {
                    "thumbnail": "",
                    "description": '{"phone": "84900000001", "qrCodeUrl": ""}',
                    "url": "https://zalo.me/",
                },
            }
        ],
    ),
}


@pytest.mark.parametrize("name", SAID)
async def test_media_events(world: World, receiver: Receiver, name: str) -> None:
    body, event_name, attachments = SAID[name]
    said = await world.post(MESSAGES, body)
    event = (await receiver.wait(1))[0].event
    assert (event["event_name"], event["message"]) == (
        event_name,
        {"msg_id": said["msg_id"], "attachments": attachments},
    )


async def test_caption_and_quote_travel_along(world: World, receiver: Receiver) -> None:
    first = await world.says()
    await world.post(MESSAGES, {"image": IMAGE, "text": "biển số", "quote": first["id"]})
    message = (await receiver.wait(2))[1].event["message"]
    assert (message["text"], message["quote_msg_id"]) == ("biển số", first["msg_id"])


async def test_other_events(world: World, receiver: Receiver) -> None:
    number = await offered(world)
    await receiver.wait(2)
    msg_id = (await world.reads())[-1]["msg_id"]
    for body in (
        {"event": "follow"},
        {"event": "submit_info", "info": {"name": "Trần Văn A"}},
        {"event": "react", "message_id": number, "icon": "/-heart"},
        {"event": "seen", "message_id": number},
        {"event": "withdraw"},
        {"event": "click_chatnow"},
    ):
        await world.post(MESSAGES, body)
    rows = [row.event for row in (await receiver.wait(8))[2:]]
    assert [row["event_name"] for row in rows] == [
        "follow",
        "user_submit_info",
        "user_reacted_message",
        "user_seen_message",
        "user_withdraw",
        "user_click_chatnow",
    ]
    assert rows[0]["follower"] == {"id": CITIZEN}
    assert rows[1]["info"] == {"name": "Trần Văn A"}
    assert rows[2]["message"] == {"msg_id": msg_id, "react_icon": "/-heart"}
    assert rows[3]["message"] == {"msg_ids": [msg_id]}
    assert rows[4]["user_id"] == CITIZEN


BAD: dict[str, Any] = {
    "nothing": {},
    "list": [],
    "two kinds": {"image": IMAGE, "event": "follow"},
    "empty text": {"text": ""},
    "number as text": {"text": 5},
    "huge text": {"text": "x" * 20_001},
    "image is no url": {"image": "xe.jpg"},
    "image from javascript": {"image": "javascript:alert(1)"},
    "image is a number": {"image": 5},
    "unknown field": {"image": {"url": IMAGE, "evil": 1}},
    "latitude missing": {"location": {"longitude": 1}},
    "latitude too large": {"location": {"latitude": 91, "longitude": 1}},
    "latitude is text": {"location": {"latitude": "10", "longitude": 1}},
    "location is text": {"location": "10,106"},
    "unknown event": {"event": "dance"},
    "event is a list": {"event": ["follow"]},
    "submit without info": {"event": "submit_info"},
    "react to nothing": {"event": "react"},
    "card without phone": {"business_card": {}},
    "quote of nothing": {"text": "a", "quote": 999},
    "unknown oa": {"text": "a", "oa_id": "1"},
    "oa is a number": {"text": "a", "oa_id": 1},
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_messages_are_refused_with_a_sentence(world: World, receiver: Receiver, name: str) -> None:
    status, answer = await world.call("POST", MESSAGES, json=BAD[name])
    assert (status in (400, 404), list(answer)) == (True, ["error"])
    assert answer["error"].endswith(".")
    assert await world.reads() == []


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff\xfe",
        b'{"text": "\\ud800"}',
        b"[" * 50_000,
        b'{"location": {"latitude": NaN, "longitude": 1}}',
    ],
    ids=["cut off", "not UTF-8", "half a surrogate", "very deep", "NaN"],
)
async def test_unreadable_json(world: World, raw: bytes) -> None:
    status, answer = await world.call("POST", MESSAGES, data=raw)
    assert (status, list(answer)) == (400, ["error"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/citizens/a%20b/messages", 400),
        ("GET", f"/api/citizens/{'9' * 65}/messages", 400),
        ("GET", f"{MESSAGES}?after=x", 400),
        ("GET", f"{MESSAGES}?after=nan", 400),
        ("GET", f"{MESSAGES}?wait=-1", 400),
        ("GET", f"{MESSAGES}?wait=inf", 400),
        ("GET", f"{MESSAGES}?oa_id=1", 404),
        ("GET", "/api/nothing", 404),
        ("DELETE", MESSAGES, 405),
    ],
)
async def test_bad_requests(world: World, method: str, path: str, status: int) -> None:
    got, answer = await world.call(method, path)
    assert (got, list(answer)) == (status, ["error"])


async def test_another_sites_page_cannot_drive_the_simulator(world: World) -> None:
    status, _ = await world.call(
        "POST", MESSAGES, json={"text": "a"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert (status, await world.reads()) == (403, [])


async def test_lists_and_names(world: World) -> None:
    await world.says()
    await world.call("PUT", "/api/citizens/777", json={"name": "Bà Tư"})
    bad, _ = await world.call("PUT", "/api/citizens/777", json={"name": "x" * 61})
    citizens = (await world.get("/api/citizens"))["citizens"]
    oas = (await world.get("/api/oas"))["oas"]
    assert (bad, citizens) == (
        400,
        [
            {"user_id": CITIZEN, "name": "Người dân 1", "follower": False, "last_id": 1},
            {"user_id": "777", "name": "Bà Tư", "follower": False, "last_id": 0},
        ],
    )
    assert [row["id"] for row in oas] == ["9990001112223334445", SECOND_OA]


async def test_reset_forgets_all_but_numbers_keep_growing(world: World) -> None:
    first = await world.says()
    await world.options(encoding="spaced", sub_quota=0)
    await world.post("/api/control/outage", {"on": True})
    await world.post("/api/control/tokens", {"action": "revoke"})
    await world.post("/api/control/clock", {"advance": 1000})
    await world.post("/api/reset")
    assert await world.reads() == []
    state = await world.get("/api/control/state")
    assert (
        state["options"]["encoding"],
        state["options"]["sub_quota"],
        state["outage"],
        state["clock"]["advanced"],
    ) == (
        "utf8",
        2000,
        False,
        0,
    )
    second = await world.says()
    assert second["id"] > first["id"]
    assert (await world.send({"text": "a"}))["error"] == 0


async def test_stream_brings_messages_updates_and_resets(world: World) -> None:
    async with world.http.get(f"{world.base}/api/stream") as answer:

        async def next_event() -> tuple[str, str]:
            name = ""
            while True:
                line = (await asyncio.wait_for(answer.content.readline(), 2)).decode().strip()
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    return name, line[6:]

        name, era = await next_event()
        assert name == "era"
        await world.says("Chào")
        news = [await next_event(), await next_event()]
        assert [(kind, json.loads(data)["message"]["text"]) for kind, data in news] == [
            ("message", "Chào"),
            ("update", "Chào"),
        ]
        assert json.loads(news[1][1])["message"]["delivery"] == "delivered"
        await world.post("/api/reset")
        name, other = await next_event()
        assert (name, other != era) == ("era", True)
