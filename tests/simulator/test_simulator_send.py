"""Sending to citizens: what Zalo takes, what it refuses and with which code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Receiver, World

CITIZEN = "5550001112223334445"
TOKEN = {"access_token": "sim-access-token"}
DAY = 86_400


def buttons(*rows: Any, text: str | None = "Chọn đi", **payload: Any) -> dict[str, Any]:
    message: dict[str, Any] = {
        "attachment": {"type": "template", "payload": {"buttons": list(rows), **payload}}
    }
    return message if text is None else {"text": text, **message}


def show(title: Any = "Căn cước", payload: Any = "#can_cuoc", kind: Any = "oa.query.show") -> dict[str, Any]:
    return {"title": title, "type": kind, "payload": payload}


def media(*elements: Any, **more: Any) -> dict[str, Any]:
    payload = {"template_type": "media", "elements": list(elements), **more}
    return {"text": "Sơ đồ", "attachment": {"type": "template", "payload": payload}}


def info(
    title: Any = "Xin thông tin", subtitle: Any = "Để cán bộ gọi lại", image: Any = "https://a.example/1.png"
) -> Any:
    element = {"title": title, "subtitle": subtitle, "image_url": image}
    payload = {"template_type": "request_user_info", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}


URL = {"media_type": "image", "url": "https://a.example/1.jpg"}
LIST = {
    "attachment": {
        "type": "template",
        "payload": {
            "template_type": "list",
            "elements": [
                {"title": "Thủ tục", "subtitle": "Chọn mục", "image_url": "https://a.example/1.png"},
                {"title": "Tạm trú", "default_action": {"type": "oa.query.hide", "payload": "#tam_tru"}},
            ],
        },
    }
}

ACCEPTED = {
    "text": ({"text": "Xin chào bà con"}, "text"),
    "2000 characters": ({"text": "ơ" * 2000}, "text"),
    "five buttons of every kind": (
        buttons(
            show(),
            show(kind="oa.query.hide"),
            show(kind="oa.open.url", payload={"url": "https://a.example"}),
            show(kind="oa.open.phone", payload={"phone_code": "84240000000"}),
            show(kind="oa.open.sms", payload={"content": "HOTRO", "phone_code": "84240000000"}),
        ),
        "text",
    ),
    "template_type button": (buttons(show(), template_type="button"), "text"),
    "title of 100, payload of 1000": (buttons(show("x" * 100, "y" * 1000)), "text"),
    "image by url": (media(URL), "image"),
    "gif with size": (media({**URL, "media_type": "gif", "width": 10, "height": 10}), "gif"),
    "sticker": (
        {"attachment": media({"media_type": "sticker", "attachment_id": "46966"})["attachment"]},
        "sticker",
    ),
    "request for details": (info(), "request_user_info"),
}


@pytest.mark.parametrize("name", ACCEPTED)
async def test_accepted(world: World, name: str) -> None:
    message, kind = ACCEPTED[name]
    await world.says()
    answer = await world.send(message)
    shown = (await world.reads())[-1]
    assert answer == {
        "error": 0,
        "message": "Success",
        "data": {
            "message_id": shown["msg_id"],
            "user_id": CITIZEN,
            "sent_time": answer["data"]["sent_time"],
            "quota": {"quota_type": "reply"},
        },
    }
    assert (shown["from"], shown["type"], shown["text"]) == ("oa", kind, message.get("text", ""))


REFUSED: dict[str, tuple[Any, int]] = {
    "no message": (None, -201),
    "empty message": ({}, -201),
    "empty text": ({"text": "  "}, -201),
    "text is a number": ({"text": 5}, -201),
    "2001 characters": ({"text": "ơ" * 2001}, -210),
    "six buttons": (buttons(*[show()] * 6), -210),
    "no buttons": (buttons(), -201),
    "buttons without text": (buttons(show(), text=None), -201),
    "title too long": (buttons(show("x" * 101)), -210),
    "title missing": (buttons(show(None)), -201),
    "query payload too long": (buttons(show(payload="x" * 1001)), -210),
    "query payload is an object": (buttons(show(payload={"url": "https://a.example"})), -201),
    "url payload is text": (buttons(show(kind="oa.open.url", payload="https://a.example")), -201),
    "url is javascript": (buttons(show(kind="oa.open.url", payload={"url": "javascript:alert(1)"})), -201),
    "phone with letters": (buttons(show(kind="oa.open.phone", payload={"phone_code": "mot mot ba"})), -201),
    "sms without content": (buttons(show(kind="oa.open.sms", payload={"phone_code": "84"})), -201),
    "unknown action": (buttons(show(kind="oa.open.app")), -201),
    "button is text": (buttons("Căn cước"), -201),
    "unknown template": (buttons(show(), template_type="carousel"), -201),
    "unknown attachment": ({"text": "a", "attachment": {"type": "video", "payload": {}}}, -201),
    "attachment is text": ({"text": "a", "attachment": "x"}, -201),
    "no element": (media(), -201),
    "two elements": (media(URL, URL), -201),
    "url and id": (media({**URL, "attachment_id": "x"}), -201),
    "neither url nor id": (media({"media_type": "image"}), -201),
    "unknown attachment_id": (media({"media_type": "image", "attachment_id": "x"}), -201),
    "gif without size": (media({**URL, "media_type": "gif"}), -201),
    "unknown medium": (media({**URL, "media_type": "video"}), -201),
    "media with buttons": (media(URL, buttons=[show()]), -201),
    "sticker with text": (media({"media_type": "sticker", "attachment_id": "1"}), -201),
    "unknown file token": ({"attachment": {"type": "file", "payload": {"token": "x"}}}, -201),
    "details: title too long": (info(title="x" * 101), -210),
    "details: subtitle too long": (info(subtitle="x" * 501), -210),
    "details: no picture": (info(image=None), -201),
    "quote of nothing": ({"text": "a", "quote_message_id": "0f9e8d7c"}, -201),
    "list": (LIST, -233),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused(world: World, name: str) -> None:
    message, code = REFUSED[name]
    await world.says()
    assert (await world.send(message))["error"] == code
    assert len(await world.reads()) == 1, "nothing reaches the citizen"


@pytest.mark.parametrize("user", ["999", "", 5550001112223334445, None, {"a": 1}], ids=str)
async def test_unknown_recipient(world: World, user: Any) -> None:
    await world.says()
    assert (await world.send({"text": "a"}, user=user))["error"] == -201


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"\xff",
        b'{"recipient":{"user_id":"1"},"message":{"text":"\\ud800"}}',
        b"[" * 100_000,
    ],
    ids=["empty", "cut off", "list", "text", "not UTF-8", "half a surrogate", "very deep"],
)
async def test_unreadable_body(world: World, raw: bytes) -> None:
    status, answer = await world.call("POST", "/v3.0/oa/message/cs", data=raw, headers=TOKEN)
    assert (status, answer["error"]) == (200, -201)


async def test_allowed_list(world: World) -> None:
    await world.options(allow_list=True)
    await world.says()
    assert (await world.send(LIST))["error"] == 0


async def test_a_quoted_answer_names_the_citizens_message(world: World) -> None:
    said = await world.says("Lệ phí bao nhiêu?")
    await world.send({"text": "Miễn phí ạ", "quote_message_id": said["msg_id"]})
    assert (await world.reads())[-1]["quote"] == said["msg_id"]


@pytest.mark.parametrize(
    ("hours", "code", "quota"),
    [(0, 0, "reply"), (47, 0, "reply"), (49, 0, "sub_quota"), (167, 0, "sub_quota"), (169, -230, None)],
    ids=["at once", "47 h", "49 h", "167 h", "169 h"],
)
async def test_window_by_the_simulated_clock(world: World, hours: int, code: int, quota: str | None) -> None:
    await world.says()
    world.simulator.tokens.grant("9990001112223334445").access_until += 400 * 3600
    if hours:
        await world.post("/api/control/clock", {"advance": hours * 3600})
    answer = await world.send({"text": "a"})
    assert (answer["error"], answer.get("data", {}).get("quota", {}).get("quota_type")) == (code, quota)


async def test_window_never_opened_and_opened_by_following(world: World) -> None:
    await world.call("PUT", f"/api/citizens/{CITIZEN}", json={"name": "Bà Tư"})
    never = await world.send({"text": "a"})
    await world.post(f"/api/citizens/{CITIZEN}/messages", {"event": "follow"})
    followed = await world.send({"text": "a"})
    assert (never["error"], followed["data"]["quota"]) == (-232, {"quota_type": "welcome_msg"})


async def test_without_package_quota_the_answer_has_no_quota(world: World) -> None:
    await world.says()
    await world.options(sub_quota=0)
    world.simulator.clock.advance(50 * 3600)
    world.simulator.tokens.issue("9990001112223334445")
    token = world.simulator.tokens.grant("9990001112223334445").access_token
    answer = await world.send({"text": "a"}, headers={"access_token": token})
    assert (answer["error"], "quota" in answer["data"]) == (0, False)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer sim-access-token"},
        {"access_token": "sim"},
        {"access_token": "Bearer sim-access-token"},
    ],
    ids=["none", "bearer", "other", "bearer in the header"],
)
async def test_only_the_bare_token_header_counts(world: World, headers: dict[str, str]) -> None:
    await world.says()
    assert (await world.send({"text": "a"}, headers=headers))["error"] == -216


async def test_appsecret_proof(world: World) -> None:
    await world.says()
    await world.options(appsecret_proof=True)
    without = await world.send({"text": "a"})
    world.simulator.tokens.grant("9990001112223334445").access_token = "TestAccessToken"
    proof = "a0f0a26f6cdb2a7f3c47f9d441eb670c689ff33c60b2d5ce7ef3edb96655cf2c"
    good = await world.send(
        {"text": "a"}, headers={"access_token": "TestAccessToken", "appsecret_proof": proof}
    )
    assert (without["error"], good["error"]) == (-242, 0)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v3.0/oa/message", 404, 404),
        ("/v3.0/oa/message/transaction", 200, -233),
        ("/v3.0/oa/message/promotion", 200, -233),
        ("/v2.0/oa/message", 200, -240),
        ("/v3.0/oa/menu", 404, 404),
    ],
)
async def test_other_message_paths(world: World, path: str, status: int, code: int) -> None:
    answer = await world.call("POST", path, json={}, headers=TOKEN)
    assert (answer[0], answer[1]["error"]) == (status, code)


async def test_reaction_is_shown_on_the_message_and_taken_back(world: World) -> None:
    said = await world.says()
    seen = []
    for icon in ("/-heart", "/-remove"):
        action = {"react_icon": icon, "react_message_id": said["msg_id"]}
        body = {"recipient": {"user_id": CITIZEN}, "sender_action": action}
        assert (await world.post("/v2.0/oa/message", body, headers=TOKEN))["error"] == 0
        seen.append((await world.reads())[0].get("reaction"))
    assert seen == ["/-heart", None]


async def test_rate_limit_headers_then_refusal(world: World) -> None:
    await world.options(rate_limit=2)
    remain = []
    for _ in range(3):
        async with world.http.get(f"{world.base}/v2.0/oa/getoa", headers=TOKEN) as answer:
            body = await answer.json()
            limits = answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remain"]
            remain.append((answer.status, body["error"], *limits))
    assert remain == [(200, 0, "2", "1"), (200, 0, "2", "0"), (200, -32, "2", "0")]


async def test_echo_has_the_returned_id_and_no_admin(world: World, receiver: Receiver) -> None:
    await world.says()
    answer = await world.send({"text": "Chào bà con"})
    echo = (await receiver.wait(2))[1].event
    assert echo == {
        "app_id": "1234567890123456789",
        "sender": {"id": "9990001112223334445"},
        "recipient": {"id": CITIZEN},
        "user_id_by_app": "7770001112223334445",
        "event_name": "oa_send_text",
        "message": {"text": "Chào bà con", "msg_id": answer["data"]["message_id"]},
        "timestamp": echo["timestamp"],
    }


async def test_receipts_come_when_switched_on(world: World, receiver: Receiver) -> None:
    await world.options(echo=False, receipts=True, received_after=0, seen_after=0.02)
    await world.says()
    msg_id = (await world.send({"text": "a"}))["data"]["message_id"]
    rows = [row.event for row in (await receiver.wait(3))[1:]]
    assert [
        (row["event_name"], row["sender"]["id"], row["message"].get("msg_id"), row["message"].get("msg_ids"))
        for row in rows
    ] == [
        ("user_received_message", "9990001112223334445", msg_id, None),
        ("user_seen_message", "9990001112223334445", None, [msg_id]),
    ]


async def test_markdown_and_html_stay_raw(world: World) -> None:
    await world.says()
    await world.send({"text": "**đậm** <b>x</b>"})
    assert (await world.reads())[-1]["text"] == "**đậm** <b>x</b>"
