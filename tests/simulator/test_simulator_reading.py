"""What the OA can ask Zalo: profiles, conversations, itself, quota."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import World

CITIZEN = "5550001112223334445"
TOKEN = {"access_token": "sim-access-token"}


async def ask(world: World, path: str, data: Any) -> Any:
    text = data if isinstance(data, str) else json.dumps(data)
    return await world.get(path, params={"data": text}, headers=TOKEN)


async def test_profile(world: World) -> None:
    await world.call("PUT", f"/api/citizens/{CITIZEN}", json={"name": "Bà Tư"})
    await world.post(f"/api/citizens/{CITIZEN}/messages", {"event": "follow"})
    answer = await ask(world, "/v3.0/oa/user/detail", {"user_id": CITIZEN})
    data = answer["data"]
    assert (
        answer["error"],
        data["user_id"],
        data["user_id_by_app"],
        data["display_name"],
        data["user_is_follower"],
    ) == (
        0,
        CITIZEN,
        "7770001112223334445",
        "Bà Tư",
        True,
    )


async def test_oa_counts_its_followers(world: World) -> None:
    await world.post("/api/citizens/111/messages", {"event": "follow"})
    await world.post("/api/citizens/222/messages", {"event": "follow"})
    await world.post("/api/citizens/222/messages", {"event": "unfollow"})
    data = (await world.get("/v2.0/oa/getoa", headers=TOKEN))["data"]
    assert (data["oaid"], data["name"], data["oa_type"], data["num_follower"]) == (
        "9990001112223334445",
        "Công an phường Tân Phú (mô phỏng)",
        4,
        1,
    )


async def test_conversation_newest_first_with_both_sides(world: World) -> None:
    await world.post(f"/api/citizens/{CITIZEN}/messages", {"event": "follow"})
    await world.says("một")
    await world.send({"text": "hai"})
    await world.post(f"/api/citizens/{CITIZEN}/messages", {"location": {"latitude": 10.5, "longitude": 106}})
    rows = (await ask(world, "/v2.0/oa/conversation", {"user_id": CITIZEN, "offset": 0, "count": 10}))["data"]
    assert [(row["src"], row["type"], row["message"], row.get("location")) for row in rows] == [
        (1, "location", "", '{"latitude": "10.5", "longitude": "106"}'),
        (0, "text", "hai", None),
        (1, "text", "một", None),
    ]
    part = (await ask(world, "/v2.0/oa/conversation", {"user_id": CITIZEN, "offset": 1, "count": 1}))["data"]
    assert [row["message"] for row in part] == ["hai"]


async def test_recent_chats_show_the_last_line_of_each_citizen(world: World) -> None:
    for user, text in (("111", "a"), ("222", "b"), ("111", "c")):
        await world.says(text, user=user)
    rows = (await ask(world, "/v2.0/oa/listrecentchat", {"offset": 0, "count": 10}))["data"]
    assert [(row["from_id"], row["message"]) for row in rows] == [("111", "c"), ("222", "b")]


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("/v3.0/oa/user/detail", "", -201),
        ("/v3.0/oa/user/detail", "[]", -201),
        ("/v3.0/oa/user/detail", {"user_id": "999"}, -201),
        ("/v2.0/oa/conversation", {"user_id": CITIZEN, "count": 11}, -210),
        ("/v2.0/oa/conversation", {"user_id": CITIZEN, "offset": -1}, -201),
        ("/v2.0/oa/listrecentchat", {"count": "10"}, -201),
    ],
)
async def test_bad_questions(world: World, path: str, data: Any, code: int) -> None:
    await world.says()
    assert (await ask(world, path, data))["error"] == code


async def test_quota_of_a_user_and_of_the_oa(world: World) -> None:
    await world.says()
    user = await world.post("/v3.0/oa/quota/message", {"user_id": CITIZEN}, headers=TOKEN)
    wish = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
    owner = await world.post("/v3.0/oa/quota/message", wish, headers=TOKEN)
    bad = await world.post("/v3.0/oa/quota/message", {**wish, "quota_owner": "ME"}, headers=TOKEN)
    assert (user["data"]["cs_reply"], owner["data"][0]["remain"], bad["error"]) == (
        {"remain": 8, "total": 8},
        2000,
        -201,
    )
