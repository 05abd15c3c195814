"""What is measured: our assistant with one or more Rasa processes, and stock Rasa on the same project.

Stock is `rasa run` with Rasa's REST channel and Rasa's SQL tracker store, and none of our replacements;
model, data, domain and action server are the same files.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from benchmarks.channel.processes import (
    Program,
    Stack,
    action_server,
    endpoints,
    free_ports,
    rasa_server,
)
from benchmarks.load.postgres import seconds_of

_STOCK_ENDPOINTS = """
action_endpoint:
  url: "http://127.0.0.1:5055/webhook"
  enable_selective_domain: true
tracker_store:
  type: SQL
{store}
"""


def resident_mb(program: Program) -> float:
    """Give the most memory that a process ever held, in MB; 0 when it is gone."""
    if program.process is None:
        return 0.0
    try:
        status = Path(f"/proc/{program.process.pid}/status").read_text()
    except OSError:
        return 0.0
    held = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(held[0]) / 1024 if held else 0.0


def processor_seconds(program: Program) -> float:
    """Give the seconds of a processor that a process used since it began; 0 when it is gone."""
    return seconds_of(program.process.pid) if program.process is not None else 0.0


class Ours(Stack):
    """Action server, simulated Zalo and `replicas` Rasa processes on one database."""

    def __init__(
        self,
        folder: Path,
        model: Path,
        database_url: str = "",
        replicas: int = 1,
        more: dict[str, str] | None = None,
    ) -> None:
        chosen = {"DATABASE_URL": database_url} if database_url else {}
        super().__init__(folder, model, more={**chosen, **(more or {})})
        if database_url:
            self.database_url = database_url
        self.replicas = [self.rasa, *(self._another(number) for number in range(2, replicas + 1))]
        self.start_seconds = 0.0

    @property
    def webhooks(self) -> list[str]:
        """The address of each replica's webhook."""
        return [one.ready_url.rstrip("/") + "/webhook" for one in self.replicas]

    @property
    def programs(self) -> dict[str, Program]:
        """All processes by name."""
        rasas = {f"rasa {number}": one for number, one in enumerate(self.replicas, start=1)}
        return {"action server": self.actions, "simulated Zalo": self.simulator, **rasas}

    def start(self) -> None:
        """Start everything; the first Rasa brings the schema up before the others come."""
        super().start()
        for one in self.replicas[1:]:
            one.start()
        for one in self.replicas[1:]:
            one.wait_until_ready()

    def stop(self) -> None:
        """End everything."""
        for one in self.replicas[1:]:
            one.stop()
        super().stop()

    def _another(self, number: int) -> Program:
        port, operations = free_ports(2)
        environment = {
            **self.rasa.environment,
            "RASA_PORT": str(port),
            "OPERATIONS_PORT": str(operations),
        }
        command = [str(port) if part == str(self.rasa_port) else part for part in self.rasa.command]
        url = self.rasa.ready_url.replace(f":{self.rasa_port}/", f":{port}/")
        log = self.rasa.log.with_name(f"rasa-{number}.log")
        return replace(
            self.rasa, command=command, environment=environment, ready_url=url, log=log, process=None
        )


class Stock:
    """Action server and `rasa run` with the REST channel and Rasa's SQL tracker store."""

    def __init__(self, folder: Path, model: Path, postgres_url: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        rasa_port, actions_port, operations = free_ports(3)
        self.webhook = f"http://127.0.0.1:{rasa_port}/webhooks/rest/webhook"
        self.database_url = postgres_url or f"sqlite:///{folder / 'rasa.db'}"
        environment = {
            "DATA_DIR": str(folder),
            "ACTIONS_PORT": str(actions_port),
            "OPERATIONS_PORT": str(operations),
            "SQL_POOL_SIZE": "5",
            "SQL_MAX_OVERFLOW": "5",
        }
        credentials = folder / "credentials.yml"
        credentials.write_text("rest:\n", encoding="utf-8")
        if postgres_url:
            url = sa.engine.make_url(postgres_url)
            store = (
                f"  dialect: postgresql\n  url: {url.host}\n  port: {url.port}\n"
                f"  username: {url.username}\n  db: {url.database}"
            )
        else:
            store = f"  dialect: sqlite\n  db: {folder / 'rasa.db'}"
        file = endpoints(folder, actions_port, _STOCK_ENDPOINTS.format(store=store))
        logs = folder / "log"
        self.actions = action_server(actions_port, environment, logs)
        self.rasa = rasa_server(rasa_port, model, credentials, file, environment, "webhooks/rest/", logs)

    @property
    def programs(self) -> dict[str, Program]:
        """All processes by name."""
        return {"action server": self.actions, "rasa": self.rasa}

    def start(self) -> None:
        """Start everything and wait until it is ready. Raises DidNotStart."""
        for program in self.programs.values():
            program.start()
        for program in self.programs.values():
            program.wait_until_ready()

    def stop(self) -> None:
        """End everything."""
        for program in reversed(self.programs.values()):
            program.stop()


def started(stack: Ours | Stock) -> float:
    """Start a stack and give how many seconds it took until all of it answered."""
    begun = time.monotonic()
    stack.start()
    return time.monotonic() - begun
