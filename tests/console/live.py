"""The console as a browser reaches it: uvicorn on loopback in a thread, and Chromium in front of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from console.serving import server_for
from console.visit import Console

TABLET = {"width": 768, "height": 1024}


@contextmanager
def served(console: Console) -> Iterator[str]:
    """Serve a console on a free port; gives its address."""
    server = server_for(console, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


class Office:
    """A served console, a Chromium, and what went wrong in its pages."""

    def __init__(self, address: str, chromium: Chromium, password: str) -> None:
        self.address, self.chromium, self.password = address, chromium, password
        self.problems: list[str] = []

    @contextmanager
    def seat(
        self, login: str, viewport: dict[str, int] | None = None, without_policy: bool = False
    ) -> Iterator[Page]:
        """A browser in which somebody signs in with the keyboard alone.

        `without_policy`: it ignores the Content-Security-Policy, as a browser with a fault in it would.
        """
        context = self.chromium.new_context(
            viewport=viewport or TABLET,  # type: ignore[arg-type]
            bypass_csp=without_policy,
        )
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._heard)
        page.goto(f"{self.address}/dang-nhap")
        page.keyboard.type(login)
        page.keyboard.press("Tab")
        page.keyboard.type(self.password)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Chào Cán bộ").wait_for()
        yield page
        context.close()

    def open(self, page: Page, path: str) -> int:
        """Open an address; gives the status. A page wider than the screen is a problem."""
        answer = page.goto(self.address + path)
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if width > 0:
            self.problems.append(f"{path} is {width} px too wide")
        assert answer is not None
        return answer.status

    def _heard(self, message: Any) -> None:
        # A refused page is an error to the browser; we look at those ourselves.
        if message.type == "error" and "the server responded with a status of" not in message.text:
            self.problems.append(message.text)
