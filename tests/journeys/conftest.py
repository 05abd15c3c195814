"""The whole assistant as `make run` starts it, on ports of its own, driven through the local Zalo."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240


@dataclass
class Citizen:
    """Somebody who chats; `seen` is the newest message they know of."""

    base: str
    user_id: str
    seen: int = 0
    last: list[dict[str, Any]] = field(default_factory=list)

    def say(self, text: str) -> str:
        """Write a text and give all that the assistant answers, joined."""
        return self.send({"text": text})

    def send(self, message: dict[str, Any]) -> str:
        """Send any kind of message and give the answer's text."""
        answer = requests.post(f"{self.base}/messages", json=message, timeout=10)
        assert answer.status_code == 200, answer.text
        return self._listen(answer.json()["id"])

    def tap(self, title: str) -> str:
        """Tap the button with this title among the last answers."""
        for message in reversed(self.last):
            for index, button in enumerate(message["buttons"]):
                if button["title"] == title:
                    tapped = requests.post(
                        f"{self.base}/tap", json={"message_id": message["id"], "button": index}, timeout=10
                    )
                    assert tapped.status_code == 200, tapped.text
                    return self._listen(message["id"])
        raise AssertionError(f"no button {title!r} in {self.buttons}")

    @property
    def buttons(self) -> list[str]:
        """The titles of the buttons under the last answers."""
        return [button["title"] for message in self.last for button in message["buttons"]]

    def hear(self) -> str:
        """Wait for what is said without being asked, and give it."""
        return self._listen(self.seen)

    def _listen(self, after: int) -> str:
        after = max(after, self.seen)
        deadline = time.monotonic() + 30
        self.last = []
        while time.monotonic() < deadline and not self.last:
            answer = requests.get(f"{self.base}/messages", params={"after": after, "wait": 10}, timeout=20)
            found = answer.json()["messages"]
            self.last = [item for item in found if item["from"] == "oa"]
        assert self.last, "no answer within 30 seconds"
        # A turn may say several things; they leave one after the other.
        time.sleep(0.4)
        answer = requests.get(f"{self.base}/messages", params={"after": after}, timeout=20)
        self.last = [item for item in answer.json()["messages"] if item["from"] == "oa"]
        self.seen = self.last[-1]["id"]
        return "\n".join(item["text"] for item in self.last)


@dataclass
class Assistant:
    """A running assistant: where its local Zalo is, where its files are, what it printed."""

    zalo: str
    rasa: str
    console: str
    data_dir: Path
    process: subprocess.Popen[bytes]
    printed: Path

    def citizen(self, user_id: str) -> Citizen:
        """Give a citizen who has not written yet."""
        return Citizen(f"{self.zalo}/api/citizens/{user_id}", user_id)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Start everything once for all journeys, as a newcomer would, and end it as Ctrl-C does."""
    data_dir = tmp_path_factory.mktemp("assistant")
    ports = {name: free_port() for name in ("RASA_PORT", "ACTIONS_PORT", "CONSOLE_PORT", "SIMULATOR_PORT")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZALO_")}
    environment = {**kept, **{name: str(port) for name, port in ports.items()}, "DATA_DIR": str(data_dir)}
    printed = data_dir / "printed.log"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "commands.run"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + START_SECONDS
    while "Ctrl-C ends everything" not in printed.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail("the assistant did not start:\n" + printed.read_text(errors="replace"))
        time.sleep(0.3)
    yield Assistant(
        zalo=f"http://127.0.0.1:{ports['SIMULATOR_PORT']}",
        rasa=f"http://127.0.0.1:{ports['RASA_PORT']}",
        console=f"http://127.0.0.1:{ports['CONSOLE_PORT']}",
        data_dir=data_dir,
        process=process,
        printed=printed,
    )
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the machine's Chromium; without one skip, or fail where REQUIRE_BROWSER is set."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    if os.environ.get("REQUIRE_BROWSER"):
        pytest.fail("no Chromium on this machine, and REQUIRE_BROWSER is set")
    pytest.skip("no Chromium on this machine: the chat page was not tested")
