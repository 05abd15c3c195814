"""The processes of one measurement, on ports and in a folder of their own.

Ended by process id only. Nothing here knows what is measured.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from commands.model import quiet_environment
from services.settings import ROOT

START_SECONDS = 120.0
STOP_SECONDS = 15.0

APP_ID = "1234567890123456789"
OA_ID = "9990001112223334445"
OA_SECRET = "BenchOaSecretKey0"


class DidNotStart(Exception):
    """A process ended or was not ready in time; the text is the end of what it printed."""


@dataclass
class Program:
    """One process: how it starts, where it answers when it is ready, what it printed."""

    command: list[str]
    environment: dict[str, str]
    ready_url: str
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting; what it prints is added to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**quiet_environment(), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        """Tell whether it answers. Raises DidNotStart when it has ended."""
        if self.process is None or self.process.poll() is not None:
            raise DidNotStart(self.log.read_text(errors="replace")[-3000:])
        try:
            with urllib.request.urlopen(self.ready_url, timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until it answers. Raises DidNotStart."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise DidNotStart(self.log.read_text(errors="replace")[-3000:])
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as a power failure would: SIGKILL, no farewell."""
        self._signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        if self.process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _signal(self, number: int) -> None:
        # A process that was waited for has given its id back; somebody else may have it now.
        if self.process is None or self.process.poll() is not None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass


@dataclass
class Stack:
    """Action server, simulated Zalo and Rasa with the Zalo channel, on one database in `folder`."""

    folder: Path
    model: Path
    clock_factor: float = 1.0
    more: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rasa_port, self.actions_port, self.zalo_port, self.operations_port = free_ports(4)
        self.zalo = f"http://127.0.0.1:{self.zalo_port}"
        self.webhook = f"http://127.0.0.1:{self.rasa_port}/webhooks/zalo/webhook"
        self.database_url = f"sqlite:///{self.folder / 'an-ninh.db'}"
        environment = {
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "ACTIONS_PORT": str(self.actions_port),
            "RASA_PORT": str(self.rasa_port),
            "OPERATIONS_PORT": str(self.operations_port),
            "SIMULATOR_PORT": str(self.zalo_port),
            "SIMULATOR_WEBHOOK_URL": self.webhook,
            "SIMULATOR_CLOCK_FACTOR": str(self.clock_factor),
            "ZALO_OPENAPI_URL": self.zalo,
            "ZALO_OAUTH_URL": self.zalo,
            "ZALO_APP_ID": APP_ID,
            "ZALO_OA_ID": OA_ID,
            "ZALO_APP_SECRET": "BenchAppSecret",
            "ZALO_OA_SECRET_KEY": OA_SECRET,
            "ZALO_ACCESS_TOKEN": "bench-access",
            "ZALO_REFRESH_TOKEN": "bench-refresh",
            **self.more,
        }
        logs = self.folder / "log"
        self.actions = action_server(self.actions_port, environment, logs)
        self.simulator = Program(
            [sys.executable, "-m", "simulator"], environment, f"{self.zalo}/healthz", logs / "zalo.log"
        )
        self.rasa = rasa_server(
            self.rasa_port,
            self.model,
            ROOT / "credentials.yml",
            endpoints(self.folder, self.actions_port, (ROOT / "endpoints.yml").read_text("utf-8")),
            environment,
            "webhooks/zalo/",
            logs,
        )

    def start(self) -> None:
        """Start everything and wait until it is ready. Raises DidNotStart."""
        programs = (self.actions, self.simulator, self.rasa)
        for program in programs:
            program.start()
        for program in programs:
            program.wait_until_ready()

    def stop(self) -> None:
        """End everything."""
        for program in (self.rasa, self.simulator, self.actions):
            program.stop()


def action_server(port: int, environment: dict[str, str], logs: Path) -> Program:
    """Describe the action server."""
    return Program(
        [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)],
        {**environment, "SANIC_HOST": "127.0.0.1"},
        f"http://127.0.0.1:{port}/health",
        logs / "actions.log",
    )


def rasa_server(
    port: int,
    model: Path,
    credentials: Path,
    endpoints_file: Path,
    environment: dict[str, str],
    health: str,
    logs: Path,
) -> Program:
    """Describe `rasa run` with a channel; `health` is the path of the channel's health answer."""
    return Program(
        [
            sys.executable, "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port),
            "--model", str(model), "--endpoints", str(endpoints_file), "--credentials", str(credentials),
        ],
        environment,
        f"http://127.0.0.1:{port}/{health}",
        logs / "rasa.log",
    )  # fmt: skip


def endpoints(folder: Path, actions_port: int, text: str) -> Path:
    """Write an `endpoints.yml` for an action server on another port."""
    path = folder / "endpoints.yml"
    path.write_text(text.replace(":5055/", f":{actions_port}/"), "utf-8")
    return path


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
