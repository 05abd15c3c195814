"""Fills a demo database with conversations: citizens write through the local Zalo, the assistant answers.

Nothing is inserted by hand: each message goes the way of a real one (signed webhook, inbox, Rasa, outbox).
What citizens say is drawn, by a seed, from the held-out sentences; because their meaning is known, a demo
trainer can go through a share of the sessions, so that there is something to export.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import requests
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services import reviews
from services.clock import utc_now
from services.db import open_database
from services.db.engine import Database
from services.masking import mask
from services.review_domain import load_names
from services.review_index import bring_all
from services.review_records import SessionFilter
from services.secrets import Cipher, cipher_for
from services.settings import ROOT, load_settings
from services.staff import ALL_UNITS, TRAINER, Viewer

SENTENCES = ROOT / "benchmarks" / "language" / "dev"
PORTS = ("RASA_PORT", "ACTIONS_PORT", "CONSOLE_PORT", "SIMULATOR_PORT")
START_SECONDS = 300.0
ANSWER_SECONDS = 60.0
AT_ONCE = 8
MOST_MESSAGES = 4
# A share of the messages after the first is a tap on a button under the last answer.
TAPS = 0.3
TAPPED = "oa.query.show"
DEMO_TRAINER = Viewer("demo-trainer", TRAINER, (ALL_UNITS,))

console = Console()
app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class Said:
    """One thing a demo citizen does: says a sentence, or taps a button if there is one."""

    text: str
    tap: bool = False


@dataclass
class Told:
    """How the conversations went."""

    conversations: int = 0
    messages: int = 0
    unanswered: int = 0
    seconds: float = 0.0


Number = Annotated[int, typer.Option(help="how many conversations")]
Seed = Annotated[int, typer.Option(help="the same seed gives the same conversations")]
Share = Annotated[float, typer.Option(help="share of the sessions that the demo trainer reviews, 0 to 1")]
Folder = Annotated[Path, typer.Option(help="where the demo's database and logs are kept")]


@app.command()
def fill(
    conversations: Number = 2_000,
    seed: Seed = 20261121,
    reviewed: Share = 0.3,
    data_dir: Folder = Path("var/demo"),
) -> None:
    """Start an assistant of its own, let citizens talk to it, index and review what they said, end it.

    Exit code 1: it did not start, or more than one message in a hundred got no answer.
    """
    folder = data_dir if data_dir.is_absolute() else ROOT / data_dir
    known = read_sentences()
    plans = [plan(random.Random(f"{seed} {number}"), list(known)) for number in range(conversations)]
    environment = _environment(folder)
    started = time.monotonic()
    process = _start(environment, folder)
    try:
        console.print(f"Assistant ready after {time.monotonic() - started:.0f} s", markup=False)
        told = _talk(f"http://127.0.0.1:{environment['SIMULATOR_PORT']}", plans, seed)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    settings = load_settings(environment)
    database, cipher = open_database(settings.database_url), cipher_for(settings)
    began = time.monotonic()
    sessions = bring_all(database, cipher, utc_now())
    indexed = time.monotonic() - began
    judged = review(database, cipher, known, reviewed)
    console.print(
        f"{told.conversations} conversations, {told.messages} messages in {told.seconds:.0f} s "
        f"({told.messages / max(told.seconds, 0.001):.1f} a second), {told.unanswered} without an answer; "
        f"{sessions} sessions indexed in {indexed:.1f} s; {judged} sessions reviewed; "
        f"{time.monotonic() - started:.0f} s in all."
    )
    console.print(f"To look at it: DATA_DIR={folder} make run", markup=False)
    if told.unanswered * 100 > told.messages:
        raise typer.Exit(1)


def read_sentences(folder: Path = SENTENCES) -> dict[str, str]:
    """Read the held-out sentences with what they mean."""
    rows = (line.split("\t") for file in sorted(folder.glob("*.tsv")) for line in _lines(file))
    return {text: intent for intent, _, text in rows}


def plan(chance: random.Random, sentences: Sequence[str]) -> list[Said]:
    """Draw what one citizen does: one to four messages, the first of them typed."""
    count = chance.choices(range(1, MOST_MESSAGES + 1), weights=(4, 3, 2, 1))[0]
    return [
        Said(chance.choice(sentences), tap=place > 0 and chance.random() < TAPS) for place in range(count)
    ]


def review(database: Database, cipher: Cipher, known: Mapping[str, str], share: float) -> int:
    """Let the demo trainer go through a share of the sessions, the oldest first; give how many."""
    meant = {mask(text).text: intent for text, intent in known.items()}
    names = set(load_names().intents)
    now = utc_now()
    with database.transaction(read_only=True) as session:
        total = reviews.find_sessions(session, cipher, DEMO_TRAINER, SessionFilter(), size=1).total or 0
        wanted = round(total * share)
        rows = reviews.find_sessions(session, cipher, DEMO_TRAINER, SessionFilter(), size=max(total, 1)).rows
        chosen = {row.id for row in sorted(rows, key=lambda row: row.started_at)[:wanted]}
    messages = []
    for row in rows:
        if row.id in chosen:
            with database.transaction(read_only=True) as session:
                messages += reviews.messages_of(session, cipher, DEMO_TRAINER, row.id)
    for at in range(0, len(messages), 200):
        with database.transaction() as session:
            for message in messages[at : at + 200]:
                intent = meant.get(message.text)
                if intent == message.intent:
                    reviews.accept(session, cipher, DEMO_TRAINER, [message.id], now)
                elif intent in names and intent is not None:
                    reviews.correct(session, cipher, DEMO_TRAINER, [message.id], intent, None, now)
    for at in range(0, len(rows), 200):
        with database.transaction() as session:
            for found in rows[at : at + 200]:
                if found.id in chosen:
                    reviews.set_state(session, DEMO_TRAINER, found.id, "reviewed", now)
    return len(chosen)


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _environment(folder: Path) -> dict[str, str]:
    """Give settings of the demo's own: its folder, its database, ports that nobody uses."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZALO_")}
    ports = {name: os.environ.get(name) or str(_free_port()) for name in PORTS}
    own = {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'an-ninh.db'}", "DATA_KEYS": ""}
    return {**kept, **ports, **own}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    printed = folder / "printed.log"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "commands.run"],
            cwd=ROOT, env=dict(environment), stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while "Chat page" not in printed.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            process.send_signal(signal.SIGINT)
            console.print(printed.read_text(errors="replace")[-2500:], markup=False)
            raise typer.Exit(1)
        time.sleep(0.3)
    return process


def _talk(zalo: str, plans: Sequence[Sequence[Said]], seed: int) -> Told:
    told = Told()
    # Zalo's limit of calls a minute would only slow the demo down.
    requests.post(f"{zalo}/api/control/options", json={"rate_limit": 0}, timeout=10).raise_for_status()
    began = time.monotonic()
    columns = (TextColumn("conversations"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(AT_ONCE) as threads:
        task = progress.add_task("talk", total=len(plans))
        numbered = ((zalo, f"{seed}{number:06}", acts) for number, acts in enumerate(plans))
        for messages, unanswered in threads.map(_one_citizen, numbered):
            told.conversations += 1
            told.messages += messages
            told.unanswered += unanswered
            progress.advance(task)
    told.seconds = time.monotonic() - began
    return told


def _one_citizen(told: tuple[str, str, Sequence[Said]]) -> tuple[int, int]:
    """Let one citizen do what was planned; give how many messages, and how many stayed without an answer."""
    zalo, citizen, acts = told
    base = f"{zalo}/api/citizens/{citizen}"
    unanswered = 0
    buttons: list[tuple[int, int]] = []
    with requests.Session() as http:
        for act in acts:
            if act.tap and buttons:
                message, place = buttons[0]
                sent = http.post(f"{base}/tap", json={"message_id": message, "button": place}, timeout=30)
            else:
                sent = http.post(f"{base}/messages", json={"text": act.text}, timeout=30)
            sent.raise_for_status()
            stored = sent.json()
            answers = _answers(http, base, int((stored.get("message") or stored)["id"]))
            unanswered += not answers
            buttons = [
                (int(answer["id"]), place)
                for answer in answers
                for place, button in enumerate(answer["buttons"])
                if str(button.get("type")) == TAPPED
            ]
    return len(acts), unanswered


def _answers(http: requests.Session, base: str, after: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        got = http.get(f"{base}/messages", params={"after": after, "wait": 20}, timeout=40)
        found = [item for item in got.json()["messages"] if item["from"] == "oa"]
        if found:
            return found
    return []


if __name__ == "__main__":
    app()
