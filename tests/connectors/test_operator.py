"""The operator's commands: a first authorisation step by step, and the state of each account."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from aiohttp import web
from typer.testing import CliRunner

from connectors.zalo import operator
from services import outbox, tokens
from services.clock import utc_now
from services.db import open_database
from services.outbox import Reply
from services.secrets import cipher_for
from services.settings import Settings, load_settings
from simulator.app import make_app
from simulator.settings import Settings as SimulatorSettings

CALLBACK = "https://an-ninh.example.vn/zalo/callback"


@pytest.fixture
def zalo_url() -> Iterator[str]:
    """A simulated Zalo in a thread of its own, because the commands run their own loops."""
    ready: Any = threading.Event()
    found: dict[str, Any] = {}

    def serve() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        runner = web.AppRunner(make_app(SimulatorSettings(webhook_url="http://127.0.0.1:1/none")))
        loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        loop.run_until_complete(site.start())
        found["port"] = runner.addresses[0][1]
        found["loop"] = loop
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield f"http://127.0.0.1:{found['port']}"
    found["loop"].call_soon_threadsafe(found["loop"].stop)
    thread.join(10)


@pytest.fixture
def settings(
    environ: dict[str, str], zalo_url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    values = {
        **environ,
        "ZALO_OPENAPI_URL": zalo_url,
        "ZALO_OAUTH_URL": zalo_url,
        "ZALO_ACCESS_TOKEN": "",
        "ZALO_REFRESH_TOKEN": "",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'operator.db'}",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(operator, "load_dotenv", lambda *_: None)
    return load_settings(values)


def run(*arguments: str, typed: str = "") -> tuple[int, str]:
    """Run a command as typed in a terminal; give its exit code and what it printed."""
    # The table is as wide as the terminal; tests want one line per row.
    operator.console.width = 200
    result = CliRunner().invoke(operator.app, list(arguments), input=typed)
    return result.exit_code, result.output


def callback(settings: Settings, verifier: str, state: str = "s") -> str:
    """Agree on the consent page; give the address that the browser is sent to."""
    link = operator.consent_link(settings, CALLBACK, verifier, state)
    answer = requests.post(link, timeout=10, allow_redirects=False)
    return answer.headers["Location"]


def test_the_challenge_is_the_published_vector() -> None:
    verifier = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert operator.challenge_of(verifier) == "6oZqdX5MOLq_qBJ8vppAnT4fk6AP8UiP9zX8-Rev_9A"


def test_a_first_log_in_ends_with_a_working_account(settings: Settings) -> None:
    verifier = "V" * 43
    address = callback(settings, verifier)
    assert parse_qs(urlsplit(address).query)["oa_id"] == ["9990001112223334445"]
    without_state = address.replace("state=s", "")
    code, printed = run(
        "login", "--redirect-uri", CALLBACK, "--verifier", verifier, typed=without_state + "\n"
    )
    assert code == 0, printed
    assert "Stored." in printed
    code, printed = run("status", "--check")
    assert code == 0, printed
    assert "works, Zalo agrees" in printed


def test_a_code_works_once(settings: Settings) -> None:
    verifier = "V" * 43
    address = callback(settings, verifier).replace("state=s", "") + "\n"
    assert run("login", "--redirect-uri", CALLBACK, "--verifier", verifier, typed=address)[0] == 0
    code, printed = run("login", "--redirect-uri", CALLBACK, "--verifier", verifier, typed=address)
    assert code == 1
    assert "Zalo refused" in printed


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://an-ninh.example.vn/zalo/callback?code=x", "no code and oa_id"),
        ("https://an-ninh.example.vn/zalo/callback?code=x&oa_id=1&state=other", "another log-in"),
    ],
)
def test_a_wrong_address_is_refused_in_words(settings: Settings, address: str, said: str) -> None:
    code, printed = run("login", "--redirect-uri", CALLBACK, typed=address + "\n")
    assert code == 1
    assert said in printed


def test_tokens_are_never_printed_and_a_dead_one_says_what_to_do(settings: Settings) -> None:
    code, printed = run("login", "--explorer", typed="9990001112223334445\nsecret-access\nsecret-refresh\n")
    assert code == 0
    assert "secret" not in printed
    database, cipher, now = open_database(settings.database_url), cipher_for(settings), utc_now()
    with database.transaction() as session:
        assert tokens.begin_refresh(session, settings.zalo_oa_id, 1, "w", now)
        tokens.end_refresh(session, settings.zalo_oa_id, "w", "zalo error -14000", now, broken=True)
        outbox.add(session, cipher, settings.zalo_oa_id, "7", [Reply("text", {"text": "Chào"})], now)
        (message,) = outbox.claim(session, cipher, "w", 1, now + timedelta(seconds=1))
        outbox.mark_dead(session, message.id, "w", "zalo error -230", now)
    code, printed = run("status", "--dead")
    assert code == 1
    assert "dead: zalo error -14000" in printed
    assert "scripts/zalo login" in printed
    assert "zalo error -230" in printed
