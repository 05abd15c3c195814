"""Zalo's token endpoint: whatever is not a whole new pair is a failure with its own meaning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from connectors.zalo import oauth as oauth_module
from connectors.zalo.oauth import IssuedTokens, RefreshRefused, RefreshUnreachable, RefreshUnsure, ZaloOAuth


class Endpoint:
    """A token endpoint whose answer each test chooses."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any], str | None]] = []
        self.response: Any = None
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.seen.append((request.path, form, request.headers.get("secret_key")))
        if callable(self.response):
            answer: web.StreamResponse = await self.response(request)
            return answer
        body, status = self.response if isinstance(self.response, tuple) else (self.response, 200)
        if isinstance(body, str):
            return web.Response(text=body, status=status)
        return web.json_response(body, status=status)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    app = web.Application()
    app.router.add_post("/v4/oa/access_token", made.handle)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    made.url = str(server.make_url("/"))
    yield made
    await server.close()


@pytest.fixture
def oauth(endpoint: Endpoint) -> ZaloOAuth:
    return ZaloOAuth(endpoint.url, "app", "app-secret")


async def test_a_refresh_as_zalo_wants_it(endpoint: Endpoint, oauth: ZaloOAuth) -> None:
    endpoint.response = {"access_token": "a2", "refresh_token": "r2", "expires_in": "90000"}
    assert await oauth.refresh("r1") == IssuedTokens("a2", "r2", 90_000)
    form = {"app_id": "app", "grant_type": "refresh_token", "refresh_token": "r1"}
    assert endpoint.seen == [("/v4/oa/access_token", form, "app-secret")]


async def test_a_code_is_exchanged_with_its_verifier(endpoint: Endpoint, oauth: ZaloOAuth) -> None:
    endpoint.response = {"access_token": "a1", "refresh_token": "r1", "expires_in": 90000}
    assert await oauth.exchange("c", "v") == IssuedTokens("a1", "r1", 90_000)
    form = {"app_id": "app", "grant_type": "authorization_code", "code": "c", "code_verifier": "v"}
    assert endpoint.seen == [("/v4/oa/access_token", form, "app-secret")]


@pytest.mark.parametrize("life", [None, "soon", [], ""])
async def test_a_life_that_is_no_number_is_the_usual_25_hours(
    life: Any, endpoint: Endpoint, oauth: ZaloOAuth
) -> None:
    endpoint.response = {"access_token": "a2", "refresh_token": "r2", "expires_in": life}
    assert (await oauth.refresh("r1")).expires_in == 90_000


@pytest.mark.parametrize(
    ("response", "meaning", "reason"),
    [
        ({"error": -14000, "error_name": "x"}, RefreshRefused, "zalo error -14000"),
        ({"error_name": "invalid", "error_reason": "used"}, RefreshRefused, "zalo error without number"),
        ({"access_token": "a2"}, RefreshRefused, "zalo error without number"),
        ({"access_token": "", "refresh_token": ""}, RefreshRefused, "zalo error without number"),
        ({"access_token": None, "refresh_token": 5}, RefreshRefused, "zalo error without number"),
        (({"error": -14002}, 400), RefreshRefused, "zalo error -14002"),
        (({"error": -1}, 503), RefreshUnsure, "http 503"),
        (("<html>", 502), RefreshUnsure, "http 502 without JSON"),
        (("", 200), RefreshUnsure, "http 200 without JSON"),
        (([], 200), RefreshUnsure, "http 200 without an object"),
    ],
)
async def test_anything_without_both_tokens_is_a_failure(
    response: Any, meaning: type[Exception], reason: str, endpoint: Endpoint, oauth: ZaloOAuth
) -> None:
    endpoint.response = response
    with pytest.raises(meaning) as error:
        await oauth.refresh("r1")
    assert str(error.value) == reason


async def test_nobody_listening_leaves_the_token_as_good_as_before() -> None:
    oauth = ZaloOAuth(f"http://127.0.0.1:{unused_port()}", "app", "app-secret")
    with pytest.raises(RefreshUnreachable):
        await oauth.refresh("r1")


async def test_a_connection_that_breaks_leaves_us_unsure(endpoint: Endpoint, oauth: ZaloOAuth) -> None:
    async def drop(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    endpoint.response = drop
    with pytest.raises(RefreshUnsure):
        await oauth.refresh("r1")


async def test_no_answer_in_time_leaves_us_unsure(
    endpoint: Endpoint, oauth: ZaloOAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth_module, "TOTAL_SECONDS", 0.1)

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    endpoint.response = slow
    with pytest.raises(RefreshUnsure):
        await oauth.refresh("r1")


def test_a_repr_holds_no_token() -> None:
    assert repr(IssuedTokens("very-secret", "very-secret", 90_000)) == "IssuedTokens(expires_in=90000)"
