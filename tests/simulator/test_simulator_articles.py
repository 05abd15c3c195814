"""Articles and broadcasts of the local Zalo: ready after a while, refused as Zalo refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import World

TOKEN = {"access_token": "sim-access-token"}
SECOND = {"access_token": "second-access"}
ARTICLE = {
    "type": "normal",
    "title": "Cảnh giác phạt nguội giả",
    "author": "Công an phường",
    "cover": {"cover_type": "photo", "photo_url": "https://example.vn/bia.jpg", "status": "show"},
    "description": "Không bấm đường link trong tin nhắn.",
    "body": [{"type": "text", "content": "Nội dung"}],
    "status": "show",
    "comment": "hide",
}


async def call(world: World, path: str, body: Any = None, headers: Any = TOKEN) -> tuple[int, Any]:
    answer = await world.post(path, body, headers=headers)
    return answer["error"], answer.get("data")


def broadcast(article_id: str) -> dict[str, Any]:
    element = {"media_type": "article", "attachment_id": article_id}
    payload = {"template_type": "media", "elements": [element]}
    message = {"attachment": {"type": "template", "payload": payload}}
    return {"recipient": {"target": {"gender": "0"}}, "message": message}


async def created(world: World) -> str:
    await world.options(article_wait=0)
    _, data = await call(world, "/v2.0/article/create", ARTICLE)
    _, data = await call(world, "/v2.0/article/verify", {"token": data["token"]})
    return str(data["id"])


async def test_an_article_is_ready_after_a_while(world: World) -> None:
    await world.options(article_wait=25)
    error, data = await call(world, "/v2.0/article/create", ARTICLE)
    assert (error, set(data)) == (0, {"token"})
    assert (await call(world, "/v2.0/article/verify", data))[0] == -214
    await world.post("/api/control/clock", {"advance": 30})
    error, ready = await call(world, "/v2.0/article/verify", data)
    assert error == 0
    listed = await world.get(
        "/v2.0/article/getslice", params={"offset": 0, "limit": 10, "type": "normal"}, headers=TOKEN
    )
    assert [row["id"] for row in listed["data"]["medias"]] == [ready["id"]]
    shown = await world.get("/v2.0/article/getdetail", params={"id": ready["id"]}, headers=TOKEN)
    assert shown["data"]["title"] == ARTICLE["title"]
    assert (await call(world, "/v2.0/article/verify", data, SECOND))[0] == -201
    assert (await call(world, "/v2.0/article/remove", {"id": ready["id"]}))[0] == 0
    assert (await call(world, "/v2.0/article/remove", {"id": ready["id"]}))[0] == -201


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": "x" * 150}, -210),
        ({"description": "x" * 300}, -210),
        ({"author": "x" * 51}, -210),
        ({"cover": {}}, -201),
        ({"body": []}, -201),
        ({"body": [{"type": "text"}]}, -201),
        ({"type": "video"}, -201),
    ],
)
async def test_what_zalo_refuses_is_refused(world: World, change: dict[str, Any], code: int) -> None:
    assert (await call(world, "/v2.0/article/create", {**ARTICLE, **change}))[0] == code


async def test_a_broadcast_reaches_followers_of_that_page_only_and_uses_the_quota_up(world: World) -> None:
    article_id = await created(world)
    for citizen in ("an", "binh"):
        await world.post(f"/api/citizens/{citizen}/messages", {"event": "follow"})
    await world.says("không quan tâm", user="chi")
    await world.post("/api/control/broadcasts", {"oa_id": "9990001112223334445", "remain": 1})
    asked = {"quota_owner": "OA", "product_type": "broadcast", "quota_type": "sub_quota"}
    assert (await call(world, "/v3.0/oa/quota/message", asked))[1][0]["remain"] == 1
    assert (await call(world, "/v2.0/oa/message", broadcast(article_id), SECOND))[0] == -201
    assert (await call(world, "/v2.0/oa/message", broadcast("none")))[0] == -201
    assert (await call(world, "/v2.0/oa/message", broadcast(article_id)))[0] == 0
    assert (await call(world, "/v2.0/oa/message", broadcast(article_id)))[0] == -211
    got = {
        user: [row["type"] for row in await world.reads(user=user) if row["from"] == "oa"]
        for user in ("an", "binh", "chi")
    }
    assert got == {"an": ["list"], "binh": ["list"], "chi": []}


async def test_only_an_article_can_be_broadcast(world: World) -> None:
    wrong = {"recipient": {"target": {}}, "message": {"text": "Chào cả nhà"}}
    assert (await call(world, "/v2.0/oa/message", wrong))[0] == -201
