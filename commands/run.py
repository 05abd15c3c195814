"""`make run`: the whole assistant on this machine: action server, Rasa, console, and the local Zalo.

With ZALO_OPENAPI_URL set to another machine the simulator stays out and the real Zalo is meant.
Ctrl-C ends everything that was started.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import sqlalchemy as sa
import typer
from dotenv import load_dotenv
from rich.console import Console

from commands.model import ensure_model, quiet_environment
from commands.staff import TRIAL, close_trial_accounts, make_trial_accounts
from services.clock import utc_now
from services.content_schema import ContentError
from services.db import open_database
from services.db.migrate import upgrade
from services.db.models import PlatformToken
from services.errors import SettingsError
from services.procedures import Catalogue
from services.settings import ROOT, Settings, load_settings

START_SECONDS = 120.0
STOP_SECONDS = 15.0
FIRST_WORDS = "đổi căn cước hết hạn cần giấy tờ gì"

app = typer.Typer(add_completion=False)
console = Console()


@dataclass
class Part:
    """One process of the assistant: how it starts, where it says that it is ready."""

    name: str
    command: list[str]
    ready_url: str
    port: int
    port_variable: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None


class Stopped(Exception):
    """Somebody asked us to end."""


@app.command()
def run() -> None:
    """Start everything, say where to go, and end it all on Ctrl-C."""
    load_dotenv(ROOT / ".env")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    parts: list[Part] = []
    try:
        local = _prepare_local_zalo()
        settings = load_settings()
        parts = _parts(settings, local, Path("models") / "missing")
        _check_ports(parts)
        _step("settings", "the local Zalo (simulator)" if local else settings.zalo_openapi_url)
        _step("content", f"{len(Catalogue.load(ROOT / 'content'))} procedures")
        model = ensure_model(console)
        _step("model", str(model.relative_to(ROOT)))
        database = open_database(settings.database_url)
        upgrade(database)
        if local:
            # The simulator starts with its first token pair; one kept from its last life is dead.
            with database.transaction() as session:
                session.execute(sa.delete(PlatformToken))
        _step("database", database.engine.dialect.name)
        trial_password = make_trial_accounts(settings, utc_now()) if local else ""
        if not local:
            close_trial_accounts(settings, utc_now())
        parts = _parts(settings, local, model)
        for part in parts:
            _start(part, settings.data_dir / "log")
        for part in parts:
            _wait_until_ready(part, settings.data_dir / "log")
            _step(part.name, f"port {part.port}")
        _say_where(settings, local, trial_password)
        _watch(parts, settings.data_dir / "log")
    except Stopped:
        console.print("\nstopping …")
    except (SettingsError, ContentError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    finally:
        _end(parts)


def _prepare_local_zalo() -> bool:
    """Point the channel at the simulator unless a Zalo is named; tell whether it is local."""
    chosen = os.environ.get("ZALO_OPENAPI_URL", "")
    port = os.environ.get("SIMULATOR_PORT") or "8900"
    local = not chosen or urlsplit(chosen).port == int(port if port.isdigit() else 0)
    if local:
        base = f"http://127.0.0.1:{port}"
        for name, value in {
            "ZALO_OPENAPI_URL": base,
            "ZALO_OAUTH_URL": base,
            "MEDIA_BASE_URL": base,
            "ZALO_APP_ID": "1234567890123456789",
            "ZALO_OA_ID": "9990001112223334445",
            # Made anew each time: nobody who reads the repository can sign for a running assistant.
            "ZALO_APP_SECRET": secrets.token_urlsafe(16),
            "ZALO_OA_SECRET_KEY": secrets.token_urlsafe(16),
            "ZALO_ACCESS_TOKEN": secrets.token_urlsafe(24),
            "ZALO_REFRESH_TOKEN": secrets.token_urlsafe(24),
        }.items():
            if not os.environ.get(name):
                os.environ[name] = value
    return local


def _parts(settings: Settings, local: bool, model: Path) -> list[Part]:
    actions = Part(
        "action server",
        [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(settings.actions_port)],
        f"http://127.0.0.1:{settings.actions_port}/health",
        settings.actions_port,
        "ACTIONS_PORT",
        {"SANIC_HOST": "127.0.0.1"},
    )
    rasa = Part(
        "Rasa with the Zalo channel",
        [
            sys.executable, "-m", "rasa", "run", "--interface", settings.rasa_host,
            "--port", str(settings.rasa_port), "--model", str(model),
            "--endpoints", str(_endpoints(settings)), "--credentials", "credentials.yml",
        ],
        f"http://127.0.0.1:{settings.rasa_port}/webhooks/zalo/",
        settings.rasa_port,
        "RASA_PORT",
        # Zalo's events are small; Sanic would take 100 MB.
        {"SANIC_REQUEST_MAX_SIZE": str(2 * 1024 * 1024)},
    )  # fmt: skip
    zalo = Part(
        "local Zalo with the chat page",
        [sys.executable, "-m", "simulator"],
        f"http://127.0.0.1:{settings.simulator_port}/healthz",
        settings.simulator_port,
        "SIMULATOR_PORT",
        {"SIMULATOR_WEBHOOK_URL": f"http://127.0.0.1:{settings.rasa_port}/webhooks/zalo/webhook"},
    )
    officers = Part(
        "officers' console",
        [sys.executable, "-m", "console"],
        f"http://127.0.0.1:{settings.console_port}/healthz",
        settings.console_port,
        "CONSOLE_PORT",
        {},
    )
    return [actions, rasa, officers, *([zalo] if local else [])]


def _endpoints(settings: Settings) -> Path:
    """Give `endpoints.yml`, or a copy of it when the action server listens elsewhere."""
    original = ROOT / "endpoints.yml"
    if settings.actions_port == 5055:
        return original
    copy = settings.data_dir / "endpoints.yml"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(original.read_text("utf-8").replace(":5055/", f":{settings.actions_port}/"), "utf-8")
    return copy


def _check_ports(parts: list[Part]) -> None:
    taken = []
    for part in parts:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", part.port))
            except OSError:
                taken.append(f"port {part.port} is in use; set {part.port_variable} to another ({part.name})")
    if taken:
        raise SettingsError("Cannot start:\n" + "\n".join(f"  - {line}" for line in taken))


def _start(part: Part, logs: Path) -> None:
    logs.mkdir(parents=True, exist_ok=True)
    with _log_file(part, logs).open("wb") as log_file:
        # A session of its own: Ctrl-C reaches us first, and we end the parts in order.
        part.process = subprocess.Popen(
            part.command,
            cwd=ROOT,
            env={**quiet_environment(), **part.environment},
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_until_ready(part: Part, logs: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if part.process is not None and part.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(part.ready_url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    _show_log_end(part, logs)
    raise typer.Exit(1)


def _watch(parts: list[Part], logs: Path) -> None:
    while True:
        for part in parts:
            if part.process is not None and part.process.poll() is not None:
                _show_log_end(part, logs)
                raise typer.Exit(1)
        time.sleep(0.5)


def _end(parts: list[Part]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    running = [part.process for part in parts if part.process is not None]
    for process in running:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def _say_where(settings: Settings, local: bool, trial_password: str) -> None:
    console.print()
    if local:
        console.print(f"Chat page:   [bold]http://127.0.0.1:{settings.simulator_port}/[/bold]")
        console.print(f"Type first:  [bold]{FIRST_WORDS}[/bold]")
    else:
        console.print(f"Webhook:     http://{settings.rasa_host}:{settings.rasa_port}/webhooks/zalo/webhook")
    console.print(
        f"Console:     [bold]{settings.console_url or f'http://127.0.0.1:{settings.console_port}'}/[/bold]"
    )
    if local:
        console.print(f"Sign in as:  {' · '.join(TRIAL)}")
        console.print(
            f"Password:    [bold]{trial_password}[/bold]  (local trial only: new each start, one day)"
        )
    if settings.answer_as_of:
        console.print(f"[red]ANSWERING AS OF {settings.answer_as_of}, NOT TODAY (ANSWER_AS_OF)[/red]")
    console.print("Ctrl-C ends everything.", style="dim")


def _step(name: str, detail: str) -> None:
    console.print(f"[green]✓[/green] {name}: {detail}")


def _show_log_end(part: Part, logs: Path) -> None:
    path = _log_file(part, logs)
    console.print(f"{part.name} ended or did not start. The end of its log ({path}):", style="red")
    console.print(path.read_text(errors="replace")[-2500:], markup=False)


def _log_file(part: Part, logs: Path) -> Path:
    return logs / f"{part.port_variable.removesuffix('_PORT').lower()}.log"


def _stop(_: int, __: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    app()
