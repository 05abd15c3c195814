"""Uploads of the OA and files of citizens."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from conftest import World

CITIZEN = "5550001112223334445"
TOKEN = {"access_token": "sim-access-token"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
JPEG = b"\xff\xd8\xff\xe0" + bytes(60)
GIF = b"GIF89a" + bytes(60)
PDF = b"%PDF-1.7 " + bytes(60)
MEGABYTE = 1024 * 1024


def form(data: bytes, name: str = "a.png", part: str = "file") -> aiohttp.FormData:
    body = aiohttp.FormData()
    body.add_field(part, data, filename=name)
    return body


async def upload(world: World, kind: str, body: Any, token: dict[str, str] = TOKEN) -> Any:
    status, answer = await world.call("POST", f"/v2.0/oa/upload/{kind}", data=body, headers=token)
    assert status == 200
    return answer


@pytest.mark.parametrize(
    ("kind", "data", "name", "code"),
    [
        ("image", PNG, "a.png", 0),
        ("image", JPEG, "lies.txt", 0),
        ("image", GIF, "a.png", -201),
        ("image", PDF, "a.png", -201),
        ("image", b"", "a.png", -201),
        ("image", PNG + bytes(MEGABYTE), "a.png", -201),
        ("gif", GIF, "a.gif", 0),
        ("gif", PNG, "a.gif", -201),
        ("file", PDF, "don.pdf", 0),
        ("file", "tên,số\n".encode(), "a.csv", 0),
        ("file", b"MZ" + bytes(60), "a.pdf", -201),
        ("file", PDF + bytes(5 * MEGABYTE), "don.pdf", -201),
    ],
    ids=[
        "png",
        "jpeg whatever its name",
        "gif as image",
        "pdf as image",
        "empty",
        "image over 1 MB",
        "gif",
        "png as gif",
        "pdf",
        "csv",
        "program as pdf",
        "file over 5 MB",
    ],
)
async def test_type_and_size(world: World, kind: str, data: bytes, name: str, code: int) -> None:
    answer = await upload(world, kind, form(data, name))
    assert answer["error"] == code
    field = "token" if kind == "file" else "attachment_id"
    assert list(answer.get("data", {})) == ([] if code else [field])


@pytest.mark.parametrize(
    "body", [form(PNG, part="photo"), {"file": "x"}, b"raw"], ids=["other part", "no file", "raw"]
)
async def test_without_a_file_part(world: World, body: Any) -> None:
    assert (await upload(world, "image", body))["error"] == -201


def image(attachment_id: str) -> dict[str, Any]:
    element = {"media_type": "image", "attachment_id": attachment_id}
    return {"attachment": {"type": "template", "payload": {"template_type": "media", "elements": [element]}}}


async def test_uploaded_picture_reaches_the_citizen(world: World) -> None:
    await world.says()
    kept = (await upload(world, "image", form(PNG)))["data"]["attachment_id"]
    assert (await world.send(image(kept)))["error"] == 0
    (shown,) = (await world.reads())[-1]["attachments"]
    async with world.http.get(shown["payload"]["url"]) as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", PNG)


async def test_uploaded_file_shows_name_size_and_checksum(world: World) -> None:
    await world.says()
    token = (await upload(world, "file", form(PDF, "don.pdf")))["data"]["token"]
    await world.send({"attachment": {"type": "file", "payload": {"token": token}}})
    (shown,) = (await world.reads())[-1]["attachments"]
    url = shown["payload"].pop("url")
    assert shown == {
        "type": "file",
        "payload": {
            "name": "don.pdf",
            "size": str(len(PDF)),
            "checksum": hashlib.md5(PDF).hexdigest(),
            "type": "pdf",
        },
    }
    async with world.http.get(url) as answer:
        assert (answer.headers["Content-Disposition"], await answer.read()) == ("attachment", PDF)


async def test_an_id_dies_after_seven_days_and_belongs_to_one_oa(world: World) -> None:
    await world.says()
    await world.says(oa_id="9990001112223334446")
    kept = (await upload(world, "image", form(PNG)))["data"]["attachment_id"]
    other = await world.send(image(kept), headers={"access_token": "second-access"})
    world.simulator.clock.advance(7 * 86_400 + 1)
    await world.says()
    token = world.simulator.tokens.issue("9990001112223334445").access_token
    late = await world.send(image(kept), headers={"access_token": token})
    assert (other["error"], late["error"]) == (-201, -100)


async def test_the_month_has_5000_uploads(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.uploads.PER_MONTH", 1)
    assert [(await upload(world, "image", form(PNG)))["error"] for _ in range(2)] == [0, -211]


async def test_a_citizens_picture_is_served_to_the_bot(world: World) -> None:
    status, kept = await world.call("POST", "/api/media", data=form(PNG, "xe.png"))
    shown = status, kept["name"], kept["size"], kept["content_type"]
    assert shown == (200, "xe.png", len(PNG), "image/png")
    async with world.http.get(kept["url"]) as answer:
        assert (answer.status, await answer.read()) == (200, PNG)


async def test_a_page_disguised_as_a_picture_never_opens_in_the_browser(world: World) -> None:
    _, kept = await world.call("POST", "/api/media", data=form(b"<script>alert(1)</script>", "a.png"))
    async with world.http.get(kept["url"]) as answer:
        headers = answer.headers
        seen = headers["Content-Type"], headers["X-Content-Type-Options"], headers["Content-Disposition"]
    assert seen == ("application/octet-stream", "nosniff", "attachment")


async def test_bad_media(world: World) -> None:
    assert [
        (await world.call("POST", "/api/media", data=b"x"))[0],
        (await world.call("POST", "/api/media", data=form(b"")))[0],
        (await world.call("GET", "/media/none"))[0],
    ] == [400, 400, 404]
