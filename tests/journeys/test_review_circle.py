"""The whole circle on a small scale: people write, staff correct, the model learns, and nothing else changes.

A real agent with the project's rules, actions and tracker store, trained on a twentieth of the sentences so
that it makes mistakes and trains in seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.model_training import train, train_nlu
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor
from typer.testing import CliRunner

from benchmarks.language.sentences import AS_WRITTEN, DevSentence, dev_sentences
from commands.review import app
from connectors.turn_store import TurnStore
from services import reviews
from services.clock import utc_now
from services.db import open_database
from services.review_index import bring_all
from services.review_records import MessageFilter, MessageRow, SessionFilter
from services.secrets import Cipher
from services.staff import Viewer
from services.training_files import read_sentences
from tests.journeys.conftest import ROOT

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]

LEADER = Viewer("minh", "leader", ("*",))
OA = "9990001112223334445"
LEARNT_EACH = 6
ASKED = (
    "hoi_dang_ky_tam_tru", "hoi_tach_ho", "hoi_ho_chieu", "hoi_can_cuoc_cap_doi", "gap_can_bo",
    "out_of_scope",
)  # fmt: skip
ASKED_EACH = 4


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's domain, configuration and rules, and the first few sentences of every intent."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("domain.yml", "config.yml"):
        (folder / name).write_text((ROOT / name).read_text("utf-8"), encoding="utf-8")
    (folder / "data" / "rules").mkdir(parents=True)
    for file in (ROOT / "data" / "rules").glob("*.yml"):
        (folder / "data" / "rules" / file.name).write_text(file.read_text("utf-8"), encoding="utf-8")
    by_intent: dict[str, list[str]] = {}
    for sentence in read_sentences(ROOT / "data" / "nlu"):
        lines = by_intent.setdefault(sentence.intent, [])
        if len(lines) < LEARNT_EACH:
            lines.append(sentence.annotated)
    for intent, lines in by_intent.items():
        body = "".join(f"    - {line}\n" for line in lines)
        file = folder / "data" / "nlu" / "it" / f"{intent}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        head = f'# origin: invented\nversion: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n'
        file.write_text(head + body, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def actions() -> Iterator[str]:
    """The project's actions behind real HTTP, in this process."""
    executor = ActionExecutor()
    executor.register_package("actions")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told = json.dumps(asyncio.run(executor.run(call))).encode("utf-8")
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/webhook"
    server.shutdown()
    server.server_close()


def learn(project: Path) -> Path:
    """Train on what the project holds now."""
    result = train(
        domain=str(project / "domain.yml"),
        config=str(project / "config.yml"),
        training_files=str(project / "data"),
        output=str(project / "models"),
    )
    assert result.model is not None
    return Path(result.model)


def rasa(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    quiet = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "RASA_TELEMETRY_ENABLED": "false"}
    return subprocess.run(
        [sys.executable, "-m", "rasa", *arguments],
        cwd=project,
        env={**os.environ, **quiet},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


async def talk(model: Path, project: Path, actions: str, said: list[DevSentence]) -> None:
    """Let citizens write one sentence each."""
    domain = Domain.load(str(project / "domain.yml"))
    agent = Agent.load(str(model), action_endpoint=EndpointConfig(actions))
    agent.tracker_store = TurnStore(domain)
    agent.processor.tracker_store = agent.tracker_store
    for number, sentence in enumerate(said):
        await agent.handle_message(
            UserMessage(
                sentence.text,
                CollectingOutputChannel(),
                f"zalo-{OA}-{number}",
                input_channel="zalo",
                message_id=f"m{number}",
            )
        )


async def understood(model: Path, texts: list[str]) -> list[str]:
    agent = Agent.load(str(model))
    return [(await agent.parse_message(text))["intent"]["name"] for text in texts]


async def test_what_staff_correct_is_understood_afterwards_and_nothing_else_changes(
    project: Path, actions: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Fernet.generate_key().decode("ascii")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'talk.db'}")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATA_KEYS", key)
    database, cipher = open_database(f"sqlite:///{tmp_path / 'talk.db'}"), Cipher((key,))
    written = [one for one in dev_sentences() if one.variant == AS_WRITTEN]
    said = [one for intent in ASKED for one in [s for s in written if s.intent == intent][:ASKED_EACH]]
    meant = {one.text: one.intent for one in said}

    before = learn(project)
    await talk(before, project, actions, said)
    bring_all(database, cipher, utc_now())

    # A trainer goes through the conversations: what was right is accepted, what was wrong is corrected.
    corrected: list[str] = []
    accepted: list[str] = []
    with database.transaction() as session:
        page = reviews.find_messages(session, cipher, LEADER, MessageFilter(), size=200)
        rows: list[MessageRow] = [row for group in page.rows for row in group.messages]
        assert {row.text for row in rows} == set(meant)
        for row in rows:
            if row.intent == meant[row.text]:
                reviews.accept(session, cipher, LEADER, [row.id], utc_now())
                accepted.append(row.text)
            else:
                reviews.correct(session, cipher, LEADER, [row.id], meant[row.text], None, utc_now())
                corrected.append(row.text)
        for found in reviews.find_sessions(session, cipher, LEADER, SessionFilter(), size=200).rows:
            reviews.set_state(session, LEADER, found.id, "reviewed", utc_now())
    assert len(corrected) >= 3
    assert len(accepted) >= 3

    # The command takes them out; Rasa accepts the files as they are.
    out = tmp_path / "export"
    done = CliRunner().invoke(app, ["export", "--out", str(out)])
    assert done.exit_code == 0, done.output
    data = ("--data", str(out), "data", "--domain", "domain.yml")
    checked = rasa(project, "data", "validate", *data, "--fail-on-warnings")
    assert checked.returncode == 0, checked.stdout[-3000:]
    strictly = ("--no-plot", "--fail-on-prediction-errors", "--out", str(tmp_path / "core"))
    tested = rasa(project, "test", "core", "--model", str(before), "--stories", str(out), *strictly)
    assert tested.returncode == 0, tested.stdout[-3000:]
    stories = yaml.safe_load((out / "test_stories.yml").read_text("utf-8"))["stories"]
    assert len(stories) >= 3

    # The import shows first and changes nothing; told to, it writes.
    unseen = [one for one in written if one.intent in ASKED and one.text not in meant][:40]
    texts = [*corrected, *accepted, *(one.text for one in unseen)]
    was = await understood(before, texts)
    # Validated above already; the comparison wants the project's own model.
    command = ["import-review", str(out), "--project", str(project), "--no-compare", "--no-check"]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    assert list((project / "data" / "nlu").rglob("*__that.yml")) == []
    done = CliRunner().invoke(app, [*command, "--write"])
    assert done.exit_code == 0, done.output
    real = {s.text for s in read_sentences(project / "data" / "nlu") if s.origin == "real"}
    assert set(corrected) <= real

    after = Path(str(train_nlu(str(project / "config.yml"), str(project / "data"), str(project / "models"))))
    now = await understood(after, texts)
    judged = [*corrected, *accepted]
    assert dict(zip(judged, now, strict=False)) == {text: meant[text] for text in judged}
    right = [one.intent for one in unseen]
    assert _wrong(now[len(judged) :], right) <= _wrong(was[len(judged) :], right)


def _wrong(found: list[str], right: list[str]) -> int:
    return sum(one != other for one, other in zip(found, right, strict=True))
