"""Zalo's OpenAPI over a real socket: every failure is what the caller has to decide, and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from connectors.zalo import client as client_module
from connectors.zalo.client import (
    CitizenUnreachable,
    MessageRefused,
    NeedsOperator,
    TokenRejected,
    TryLater,
    Unsure,
    ZaloClient,
    ZaloError,
)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
TOKEN = "very-secret-token"
HTML = "<html><body><h1>500 Internal Server Error</h1></body></html>"

MEANINGS: dict[type[ZaloError], tuple[int, ...]] = {
    TokenRejected: (-216, -220),
    TryLater: (-32, -200, -218),
    CitizenUnreachable: (-213, -217, -227, -230, -232, -244),
    MessageRefused: (-100, -201, -210, -233, -234, -240, -249),
    NeedsOperator: (
        -204, -205, -209, -211, -212, -219, -221, -223, -224, -235, -242, -248, -320, -321, -9999, 404,
    ),
}  # fmt: skip


class Zalo:
    """A server whose answer each test chooses; it remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], Any]] = []
        self.answer: Answer | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.seen.append((request.method, request.path, dict(request.query), body))
        self.headers = request.headers
        assert self.answer is not None
        return await self.answer(request)

    def says(self, body: Any, status: int = 200) -> None:
        async def answer(_: web.Request) -> web.Response:
            if isinstance(body, str):
                return web.Response(text=body, status=status, content_type="text/html")
            return web.json_response(body, status=status)

        self.answer = answer


@pytest.fixture
async def zalo() -> AsyncIterator[Zalo]:
    made = Zalo()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.handle)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    made.url = str(server.make_url("")).rstrip("/")  # type: ignore[attr-defined]
    yield made
    await server.close()


@pytest.fixture
async def client(zalo: Any) -> AsyncIterator[ZaloClient]:
    made = ZaloClient(zalo.url + "/")
    yield made
    await made.close()


async def send(client: ZaloClient) -> str:
    return await client.send(TOKEN, "lan", {"text": "Chào"})


async def failure(client: ZaloClient) -> ZaloError:
    with pytest.raises(ZaloError) as error:
        await send(client)
    assert TOKEN not in str(error.value) + repr(error.value)
    return error.value


async def test_a_message_is_sent_as_zalo_wants_it(client: ZaloClient, zalo: Zalo) -> None:
    zalo.says({"error": 0, "message": "Success", "data": {"message_id": "d4e5", "user_id": "lan"}})
    assert await send(client) == "d4e5"
    assert zalo.seen == [
        (
            "POST",
            "/v3.0/oa/message/cs",
            {},
            {"recipient": {"user_id": "lan"}, "message": {"text": "Chào"}},
        )
    ]
    assert (zalo.headers["access_token"], zalo.headers.get("Authorization")) == (TOKEN, None)


@pytest.mark.parametrize(
    ("data", "message_id"),
    [({"message_id": 77}, "77"), ({}, ""), (None, ""), ([], ""), ([{"message_id": "x"}], ""), ("x", "")],
)
async def test_a_success_is_a_success_whatever_the_data_look_like(
    data: Any, message_id: str, client: ZaloClient, zalo: Zalo
) -> None:
    zalo.says({"error": 0, "data": data})
    assert await send(client) == message_id


async def test_a_success_may_spell_its_number_as_text(client: ZaloClient, zalo: Zalo) -> None:
    zalo.says({"error": "0", "data": {"message_id": "d4e5"}})
    assert await send(client) == "d4e5"


@pytest.mark.parametrize(
    ("code", "meaning"), [(code, meaning) for meaning, codes in MEANINGS.items() for code in codes]
)
async def test_every_error_number_means_one_decision(
    code: int, meaning: type[ZaloError], client: ZaloClient, zalo: Zalo
) -> None:
    zalo.says({"error": code, "message": "some words"})
    error = await failure(client)
    assert (type(error), error.code, error.reason) == (meaning, code, f"zalo error {code}")


@pytest.mark.parametrize(
    ("body", "status", "meaning"),
    [
        ({"error": -216}, 401, TokenRejected),
        ({"error": "-216"}, 200, TokenRejected),
        ({"error": -230}, 500, CitizenUnreachable),
        ({"error": 0}, 500, Unsure),
        ({"error": True}, 200, Unsure),
        ({"error": "x"}, 200, Unsure),
        ({"message": "no number"}, 200, Unsure),
        ([], 200, Unsure),
        (HTML, 500, Unsure),
        (HTML, 502, Unsure),
        (HTML, 504, Unsure),
        (HTML, 200, Unsure),
        ("", 200, Unsure),
        (HTML, 429, TryLater),
        (HTML, 404, NeedsOperator),
        (HTML, 401, NeedsOperator),
    ],
)
async def test_answers_out_of_the_ordinary(
    body: Any, status: int, meaning: type[ZaloError], client: ZaloClient, zalo: Zalo
) -> None:
    zalo.says(body, status)
    assert type(await failure(client)) is meaning


async def test_bytes_that_are_no_text_are_no_answer(client: ZaloClient, zalo: Zalo) -> None:
    async def garbage(_: web.Request) -> web.Response:
        return web.Response(body=b"\xff\xfe\x00", content_type="application/json")

    zalo.answer = garbage
    assert type(await failure(client)) is Unsure


async def test_a_redirect_is_not_followed(client: ZaloClient, zalo: Zalo) -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    zalo.answer = elsewhere
    assert type(await failure(client)) is Unsure
    assert len(zalo.seen) == 1


async def test_nobody_listening_means_it_surely_did_not_arrive() -> None:
    client = ZaloClient(f"http://127.0.0.1:{unused_port()}")
    assert type(await failure(client)) is TryLater
    await client.close()


async def test_a_connection_that_breaks_after_the_request_leaves_us_unsure(
    client: ZaloClient, zalo: Zalo
) -> None:
    async def drop(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    zalo.answer = drop
    assert type(await failure(client)) is Unsure


async def test_no_answer_in_time_leaves_us_unsure(
    client: ZaloClient, zalo: Zalo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "TOTAL_SECONDS", 0.1)

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    zalo.answer = slow
    assert type(await failure(client)) is Unsure


async def test_half_an_answer_leaves_us_unsure(client: ZaloClient, zalo: Zalo) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"error": 0')
        assert request.transport is not None
        request.transport.close()
        return response

    zalo.answer = half
    assert type(await failure(client)) is Unsure


async def test_recent_messages_are_asked_for_with_one_parameter(client: ZaloClient, zalo: Zalo) -> None:
    zalo.says({"error": 0, "data": [{"message_id": "1"}, "no object", {"message_id": "2"}]})
    assert await client.recent_messages(TOKEN, "lan") == [{"message_id": "1"}, {"message_id": "2"}]
    [(method, path, query, body)] = zalo.seen
    assert (method, path, json.loads(query["data"]), body) == (
        "GET",
        "/v2.0/oa/conversation",
        {"user_id": "lan", "offset": 0, "count": 10},
        None,
    )


async def test_older_messages_are_on_the_next_page(client: ZaloClient, zalo: Zalo) -> None:
    zalo.says({"error": 0, "data": [{"message_id": "11"}]})
    assert await client.recent_messages(TOKEN, "lan", offset=10) == [{"message_id": "11"}]
    assert json.loads(zalo.seen[0][2]["data"]) == {"user_id": "lan", "offset": 10, "count": 10}


@pytest.mark.parametrize("data", [None, {}, "x"])
async def test_recent_messages_without_a_list_are_none(data: Any, client: ZaloClient, zalo: Zalo) -> None:
    zalo.says({"error": 0, "data": data})
    assert await client.recent_messages(TOKEN, "lan") == []


async def test_a_client_that_never_called_closes_quietly() -> None:
    await ZaloClient("http://127.0.0.1:1").close()
