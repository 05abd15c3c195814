"""The console over real HTTP semantics: one app, browsers that keep cookies, staff of every role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.testclient import TestClient

from console.app import build_app, build_console
from console.visit import Console
from services import staff
from services.db.engine import Database
from services.passwords import Passwords
from services.settings import Settings, load_settings
from tests.console.live import Office, served
from tests.journeys.conftest import chromium
from tests.journeys.test_chat_page import FLAGS

__all__ = ["chromium"]

SECRET = "bốn con ngựa ô qua cầu"
WARD, OTHER = "9990001112223334445", "9990001112223334446"
ADDRESS = "http://127.0.0.1"
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


class Browser(TestClient):
    """A browser of a member of staff: follows nothing by itself, sends the form's token by itself."""

    def __init__(self, app: Starlette, address: str = ADDRESS) -> None:
        super().__init__(app, base_url=address, follow_redirects=False, raise_server_exceptions=True)

    def submit(self, path: str, form_on: str | None = None, **fields: Any) -> httpx.Response:
        """Open the page that holds the form (`form_on`, or the path itself) and send the form."""
        shown = self.get(form_on or path)
        found = TOKEN.search(shown.text)
        token = found.group(1) if found else ""
        return self.post(path, data={"form_token": token, **fields})

    def sign_in(self, login: str, password: str = SECRET) -> httpx.Response:
        """Type name and password."""
        return self.submit("/dang-nhap", login=login, password=password)


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    """As in earnest, but cheap."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """A deployment of two wards."""
    accounts = tmp_path / "accounts.yml"
    accounts.write_text(
        f"- {{id: '{WARD}', name: Công an phường Tân Sơn Nhì}}\n"
        f"- {{id: '{OTHER}', name: Công an xã Bà Điểm}}\n",
        encoding="utf-8",
    )
    return {**environ, "ZALO_ACCOUNTS": str(accounts)}


@pytest.fixture
def console(deployment: Settings, database: Database, clock: Any, passwords: Passwords) -> Console:
    return build_console(deployment, database, clock, passwords)


@pytest.fixture
def https_console(environ: dict[str, str], database: Database, clock: Any, passwords: Passwords) -> Console:
    settings = load_settings({**environ, "CONSOLE_URL": "https://canbo.example.vn"})
    return build_console(settings, database, clock, passwords)


@pytest.fixture
def app(console: Console) -> Starlette:
    return build_app(console)


@pytest.fixture
def browser(app: Starlette) -> Browser:
    return Browser(app)


@pytest.fixture
def hire(console: Console) -> Callable[..., None]:
    """Makes an account whose password is SECRET."""

    def make(login: str, role: str = "officer", units: tuple[str, ...] = (WARD,)) -> None:
        with console.database.transaction() as session:
            staff.add(
                session, console.passwords, "system", login, f"Cán bộ {login}", role, units,
                console.clock(), SECRET,
            )  # fmt: skip

    return make


@pytest.fixture
def signed_in(app: Starlette, hire: Callable[..., None]) -> Callable[..., Browser]:
    """Gives a browser in which somebody of this role is signed in."""

    def make(role: str = "officer", units: tuple[str, ...] = (WARD,), login: str = "") -> Browser:
        login = login or f"mot-{role}"
        hire(login, role, units)
        browser = Browser(app)
        answer = browser.sign_in(login)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        return browser

    return make


@pytest.fixture
def office(console: Console, chromium: str) -> Iterator[Office]:
    with served(console) as address, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        office = Office(address, browser, SECRET)
        yield office
        browser.close()
    assert office.problems == []
