"""`make doctor`: look a deployment over, and say of everything that is not in order what to do about it.

Ends with 0 when nothing is wrong (there may be warnings), with 1 when something is. It changes nothing
but one file that it writes into the evidence folder and deletes again.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa
import typer
from dotenv import load_dotenv
from rich.console import Console

from commands import deployment_checks as checks
from commands.deployment_checks import ERROR, OK, WARNING, Finding
from commands.model import model_path, quiet_environment
from services import health, tokens
from services.accounts import Account, load_accounts
from services.clock import Clock, utc_now, vietnam_today
from services.content_schema import ContentError
from services.db import Database, open_database
from services.db.report_tables import AuditEntry
from services.errors import SettingsError, StorageError
from services.evidence_store import EvidenceStore
from services.library import Library
from services.secrets import KEY_FILE, cipher_for
from services.settings import ROOT, Settings, load_settings

SECONDS = 5.0
WEBHOOK = "/webhooks/zalo/webhook"
# What Rasa and our monitoring answer, and by what it is known: nobody outside has to do with them.
PRIVATE_PATHS = {
    "/": "Hello from Rasa",
    "/version": "minimum_compatible_version",
    "/webhooks/zalo/": '"status"',
    "/metrics": "an_ninh_",
    "/readyz": '"checks"',
}
# What the model has to understand after it was loaded.
TRY = ("đăng ký tạm trú cần giấy tờ gì", 0.4)
_COLOURS = {OK: "green", WARNING: "yellow", ERROR: "red"}
_SIGNS = {OK: "✓", WARNING: "!", ERROR: "✗"}

app = typer.Typer(add_completion=False)


def load_model(path: Path) -> str:
    """Load a model as Rasa does and let it read one sentence; give what is wrong, "" for nothing."""
    os.environ.update(quiet_environment())
    # TensorFlow takes seconds to import: only when a model is loaded.
    from rasa.core.agent import Agent

    try:
        agent = Agent.load(model_path=path)
        parsed = asyncio.run(agent.parse_message(TRY[0]))
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    confidence = float((parsed.get("intent") or {}).get("confidence") or 0.0)
    return "" if confidence >= TRY[1] else "it does not understand a plain question"


@dataclass
class Doctor:
    """Gathers the facts about one deployment; what reaches outside can be replaced."""

    settings: Settings
    accounts: dict[str, Account]
    clock: Clock = utc_now
    http: Any = field(default_factory=requests.Session)
    load: Callable[[Path], str] | None = load_model
    model: Path | None = None
    content: Path = ROOT / "content"
    read: Callable[[Path], Library] = Library.load

    def findings(self) -> Iterator[Finding]:
        """Give all findings, matter by matter, as they come."""
        settings = self.settings
        yield from checks.check_settings(settings)
        yield from checks.check_ports(settings)
        yield from checks.check_keys(settings, settings.data_dir / KEY_FILE)
        yield from self._database()
        yield from checks.check_duty(self.accounts)
        yield from self._disk()
        yield from self._content()
        yield from checks.check_clock("Zalo", *self._zalos_time())
        yield from self._webhook()
        path = self.model or model_path()
        yield from checks.check_model(path, self.load(path) if self.load and path.exists() else None)

    def _database(self) -> Iterator[Finding]:
        url = sa.engine.make_url(self.settings.database_url)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
            yield from checks.check_database("there is no database file yet", is_postgres=False)
            return
        database = open_database(self.settings.database_url)
        problem = health.database_problem(database)
        yield from checks.check_database(problem, database.is_postgres)
        if problem:
            return
        try:
            yield from self._stored(database)
        except StorageError as error:
            yield Finding(ERROR, "database", str(error), "look at the database's own log")

    def _stored(self, database: Database) -> Iterator[Finding]:
        now = self.clock()
        with database.transaction(read_only=True) as session:
            measured = health.measure(session, now)
            last = session.execute(
                sa.select(sa.func.max(AuditEntry.at)).where(AuditEntry.action == "retention.ran")
            ).scalar()
            theirs = session.execute(sa.select(sa.func.now())).scalar() if database.is_postgres else None
        yield from self._readable(database, measured)
        yield from checks.check_tokens(self.accounts, measured.tokens)
        yield from checks.check_queues(measured)
        yield from checks.check_retention(last, now)
        if database.is_postgres:
            yield from checks.check_clock("the database", self.clock(), theirs)

    def _readable(self, database: Database, measured: health.Health) -> Iterator[Finding]:
        """See that the present keys open what is stored."""
        if not measured.tokens or not (
            self.settings.data_keys or (self.settings.data_dir / KEY_FILE).exists()
        ):
            return
        cipher = cipher_for(self.settings)
        try:
            with database.transaction(read_only=True) as session:
                for token in measured.tokens:
                    tokens.read(session, cipher, token.account_id)
        except StorageError:
            yield Finding(
                ERROR,
                "keys",
                "the present keys do not open what is stored",
                "put the former key back: into DATA_KEYS behind the new one, or as the key file",
            )

    def _disk(self) -> Iterator[Finding]:
        folder = self.settings.data_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
            usage = shutil.disk_usage(folder)
        except OSError as error:
            yield Finding(
                ERROR,
                "disk",
                f"DATA_DIR cannot be used: {type(error).__name__}",
                "look at its path and its owner",
            )
            return
        yield from checks.check_disk(usage.free, usage.total)
        problem = ""
        try:
            # A draft that is not kept is gone when its block ends.
            with EvidenceStore(folder).draft() as draft:
                draft.write(b"doctor")
        except StorageError as error:
            problem = str(error)
        spool = folder / "spool"
        yield from checks.check_evidence(
            problem, len(list(spool.glob("*.unreadable"))), len(list(spool.glob("*.sealed")))
        )

    def _content(self) -> Iterator[Finding]:
        today = vietnam_today(self.clock)
        try:
            library = self.read(self.content)
        except ContentError as error:
            yield from checks.check_content([f"{len(str(error).splitlines())} problems in content/"], [])
            return
        yield from checks.check_content([], overdue(library, today))

    def _zalos_time(self) -> tuple[datetime, datetime | None]:
        before = self.clock()
        try:
            answer = self.http.get(self.settings.zalo_openapi_url, timeout=SECONDS, allow_redirects=False)
            theirs = parsedate_to_datetime(answer.headers["Date"])
        except (requests.RequestException, KeyError, ValueError, TypeError):
            return before, None
        ours = before + (self.clock() - before) / 2
        return ours, theirs if theirs.tzinfo else theirs.replace(tzinfo=timezone.utc)

    def _webhook(self) -> Iterator[Finding]:
        settings = self.settings
        local = self._asked(f"http://{settings.rasa_host}:{settings.rasa_port}{WEBHOOK}")
        public, shown = "", []
        if settings.public_url:
            public = self._asked(settings.public_url + WEBHOOK)
            shown = [
                path
                for path, mark in PRIVATE_PATHS.items()
                if self._answers(settings.public_url + path, mark)
            ]
        yield from checks.check_webhook(local, public, settings.public_url, shown)
        problems: dict[str, str] | None = None
        try:
            address = f"http://{settings.operations_host}:{settings.operations_port}/readyz"
            problems = dict(self.http.get(address, timeout=SECONDS, allow_redirects=False).json()["checks"])
        except (requests.RequestException, ValueError, KeyError, TypeError):
            pass
        yield from checks.check_readiness(problems)

    def _asked(self, address: str) -> str:
        """Ask for our own probe's answer; "" when it came, else what did."""
        try:
            answer = self.http.get(address, timeout=SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            return type(error).__name__
        if answer.status_code == 200 and answer.text.strip() == "ok":
            return ""
        return f"http {answer.status_code}, and not our answer"

    def _answers(self, address: str, mark: str) -> bool:
        try:
            answer = self.http.get(address, timeout=SECONDS, allow_redirects=False)
        except requests.RequestException:
            return False
        return bool(answer.status_code == 200 and mark in answer.text)


def overdue(library: Library, today: date) -> list[tuple[date, str]]:
    """List the content files that should have been checked again before today."""
    found = [(item.review_by, f"{item.id}.yml") for item in library.catalogue if item.review_by < today]
    whole = [(library.catalogue.calendar.review_by, "holidays.yml")]
    if library.fines:
        whole.append((library.fines.review_by, "fines.yml"))
    if library.comparisons:
        whole.append((library.comparisons.review_by, "comparisons.yml"))
    return found + [one for one in whole if one[0] < today]


@app.command()
def run(
    model: bool = typer.Option(True, help="Load the model, too (some ten seconds)."),
    strict: bool = typer.Option(False, help="End with 1 for warnings as well."),
) -> None:
    """Check settings, keys, database, tokens, clock, disk, content, webhook and model of this deployment."""
    load_dotenv(ROOT / ".env")
    console = Console(highlight=False)
    worst = {OK: 0, WARNING: 0, ERROR: 0}
    try:
        settings = load_settings()
        doctor = Doctor(settings, load_accounts(settings), load=load_model if model else None)
    except SettingsError as error:
        for line in str(error).splitlines():
            console.print(line, style="red", markup=False)
        console.print("Nothing else was checked: correct the settings first (.env.example).")
        raise typer.Exit(1) from None
    for finding in doctor.findings():
        worst[finding.level] += 1
        show(console, finding)
    console.print(f"{worst[ERROR]} wrong, {worst[WARNING]} to look at, {worst[OK]} in order")
    if worst[ERROR] or (strict and worst[WARNING]):
        raise typer.Exit(1)


def show(console: Console, finding: Finding) -> None:
    """Print one finding, and what to do on a line of its own."""
    sign = f"[{_COLOURS[finding.level]}]{_SIGNS[finding.level]}[/]"
    console.print(sign, f"{finding.matter}: {finding.found}".replace("[", "\\["))
    if finding.todo:
        console.print("   →", finding.todo.replace("[", "\\["))


if __name__ == "__main__":
    app()
