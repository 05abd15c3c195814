"""Tokens: codes, rotation, expiry, and what a careless client would trip over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from simulator.oauth import challenge_of

if TYPE_CHECKING:
    from conftest import World

OA_ID, SECOND_OA = "9990001112223334445", "9990001112223334446"
APP = "1234567890123456789"
VERIFIER = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
CHALLENGE = "6oZqdX5MOLq_qBJ8vppAnT4fk6AP8UiP9zX8-Rev_9A"
SECRET = {"secret_key": "TestAppSecret"}


async def trade(world: World, headers: dict[str, str] | None = None, **fields: str) -> Any:
    fields = {"app_id": APP, **fields}
    path = "/v4/oa/access_token"
    status, answer = await world.call(
        "POST", path, data=fields, headers=SECRET if headers is None else headers
    )
    assert status == 200, "refusals come with HTTP 200"
    return answer


async def refresh(world: World, token: str) -> Any:
    return await trade(world, grant_type="refresh_token", refresh_token=token)


async def works(world: World, token: str) -> int:
    return (await world.get("/v2.0/oa/getoa", headers={"access_token": token}))["error"]


async def consent(world: World, oa_id: str = OA_ID, **query: str) -> dict[str, str]:
    query = {"app_id": APP, "redirect_uri": "http://127.0.0.1:9/back?x=1", **query}
    url = f"{world.base}/v4/oa/permission"
    async with world.http.get(url, params=query) as page:
        assert (page.status, "Công an xã Hoà Bình (mô phỏng)" in await page.text()) == (200, True)
    async with world.http.post(url, params=query, data={"oa_id": oa_id}, allow_redirects=False) as answer:
        assert answer.status == 302
        target = urlsplit(answer.headers["Location"])
    assert target.netloc == "127.0.0.1:9"
    return {name: values[0] for name, values in parse_qs(target.query).items()}


def test_pkce_vector() -> None:
    assert challenge_of(VERIFIER) == CHALLENGE


async def test_refresh_gives_a_new_pair_and_kills_the_old_one(world: World) -> None:
    pair = await refresh(world, "sim-refresh-token")
    assert set(pair) == {"access_token", "refresh_token", "expires_in"}
    assert pair["expires_in"] == "90000"
    again = await refresh(world, "sim-refresh-token")
    assert (await works(world, pair["access_token"]), await works(world, "sim-access-token")) == (0, -216)
    assert (again["error"], again["error_name"], "access_token" in again) == (
        -14000,
        "invalid_refresh_token",
        False,
    )
    assert "access_token" in await refresh(world, pair["refresh_token"])


async def test_refusal_without_a_number(world: World) -> None:
    await world.options(oauth_errors="unnumbered")
    answer = await refresh(world, "wrong")
    assert ("error" in answer, answer["error_name"]) == (False, "invalid_refresh_token")


@pytest.mark.parametrize(
    ("headers", "fields", "name"),
    [
        ({}, {"grant_type": "refresh_token"}, "invalid_secret_key"),
        ({"secret_key": "TestOaSecretKey0"}, {"grant_type": "refresh_token"}, "invalid_secret_key"),
        (SECRET, {"app_id": "1", "grant_type": "refresh_token"}, "invalid_app_id"),
        (SECRET, {"grant_type": "password"}, "invalid_grant_type"),
        (SECRET, {"grant_type": "authorization_code", "code": "x"}, "invalid_code"),
    ],
)
async def test_refused_trades(
    world: World, headers: dict[str, str], fields: dict[str, str], name: str
) -> None:
    assert (await trade(world, headers, **fields))["error_name"] == name


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"\xff"),
        ("application/x-www-form-urlencoded; charset=nope", b"\xff"),
    ],
)
async def test_unreadable_form_is_refused_like_a_wrong_one(world: World, kind: str, raw: bytes) -> None:
    headers = {**SECRET, "Content-Type": kind}
    status, answer = await world.call("POST", "/v4/oa/access_token", data=raw, headers=headers)
    assert (status, answer["error_name"]) == (200, "invalid_app_id")


async def test_consent_then_code_once(world: World) -> None:
    back = await consent(world, SECOND_OA, code_challenge=CHALLENGE, state="s1")
    assert (back["oa_id"], back["state"], back["x"]) == (SECOND_OA, "s1", "1")
    fields = {"grant_type": "authorization_code", "code": back["code"], "code_verifier": VERIFIER}
    pair = await trade(world, **fields)
    oa = (await world.get("/v2.0/oa/getoa", headers={"access_token": pair["access_token"]}))["data"]["oaid"]
    again = await trade(world, **fields)
    assert (oa, again["error_name"]) == (SECOND_OA, "invalid_code")
    assert await works(world, "sim-access-token") == 0, "the other OA keeps its token"


async def test_code_with_a_wrong_verifier_or_too_late(world: World) -> None:
    first = await consent(world, code_challenge=CHALLENGE)
    wrong = await trade(world, grant_type="authorization_code", code=first["code"], code_verifier="x" * 43)
    second = await consent(world)
    world.simulator.clock.advance(601)
    late = await trade(world, grant_type="authorization_code", code=second["code"])
    assert (wrong["error_name"], late["error_name"]) == ("invalid_code_verifier", "invalid_code")


@pytest.mark.parametrize(
    "query",
    [
        {"app_id": "1", "redirect_uri": "http://a.example/"},
        {"app_id": APP},
        {"app_id": APP, "redirect_uri": "javascript:x"},
    ],
    ids=["other app", "no address", "not http"],
)
async def test_refused_consent(world: World, query: dict[str, str]) -> None:
    async with world.http.get(f"{world.base}/v4/oa/permission", params=query) as answer:
        assert answer.status == 400


async def test_tokens_run_out_by_the_simulated_clock(world: World) -> None:
    world.simulator.clock.advance(25 * 3600 + 1)
    assert await works(world, "sim-access-token") == -220
    world.simulator.clock.advance(90 * 86_400)
    assert (await refresh(world, "sim-refresh-token"))["error_name"] == "invalid_refresh_token"


@pytest.mark.parametrize(
    ("action", "access", "refreshed"),
    [
        ("expire", -220, True),
        ("expire_refresh", 0, False),
        ("revoke", -220, False),
        ("issue", -216, False),
        ("show", 0, True),
    ],
)
async def test_token_control(world: World, action: str, access: int, refreshed: bool) -> None:
    pair = await world.post("/api/control/tokens", {"action": action})
    assert await works(world, "sim-access-token") == access
    assert ("access_token" in await refresh(world, "sim-refresh-token")) == refreshed
    if action == "issue":
        assert await works(world, pair["access_token"]) == 0


async def test_rotation_whose_answer_is_lost(world: World) -> None:
    await world.post("/api/control/faults", {"kind": "drop_after", "path": "/v4/oa/access_token"})
    with pytest.raises(aiohttp.ClientError):
        await refresh(world, "sim-refresh-token")
    assert (await refresh(world, "sim-refresh-token"))["error_name"] == "invalid_refresh_token"
