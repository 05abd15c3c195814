"""`python -m benchmarks.channel.growth`: what claims and reading cost as tables and conversations grow."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import typer
from cryptography.fernet import Fernet
from rich.console import Console

from benchmarks.channel.report import machine, write
from connectors.turn import MOST_EVENTS
from services import conversations, inbox, outbox
from services.db import Database
from services.db.migrate import upgrade
from services.db.models import InboundEvent, OutboundMessage
from services.inbox import NewEvent
from services.outbox import Reply
from services.secrets import Cipher

ACCOUNT = "9990001112223334445"
TRIES = 200
NOW = datetime(2026, 11, 29, tzinfo=timezone.utc)
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last) "
_OLD_ROWS = (
    "INSERT INTO inbound_event (account_id, citizen_id, event_key, kind, sealed_body, state, attempts, "
    "sent_at, received_at, next_try_at, settled_at) "
    f"{_NUMBERS} SELECT :account, 'c' || (i % 50000), 'old-' || i, 'user_send_text', :sealed, 'done', 1, "
    ":now, :now, :now, :now FROM n",
    "INSERT INTO outbound_message (account_id, citizen_id, position, kind, sealed_payload, state, attempts, "
    "created_at, next_try_at, settled_at, remote_id) "
    f"{_NUMBERS} SELECT :account, 'c' || (i % 50000), 0, 'text', :sealed, 'sent', 1, "
    ":now, :now, :now, 'r' || i FROM n",
)
_USER = {
    "event": "user",
    "text": "đăng ký tạm trú cần giấy tờ gì",
    "parse_data": {
        "intent": {"name": "hoi_dang_ky_tam_tru", "confidence": 0.93},
        "intent_ranking": [{"name": f"intent_so_{number}", "confidence": 0.01} for number in range(5)],
        "entities": [],
        "text": "đăng ký tạm trú cần giấy tờ gì",
    },
}

app = typer.Typer(add_completion=False)


def _timed(database: Database, work: Callable[[Any, int], None]) -> float:
    """Give the median of one piece of work in milliseconds of processor time, its transaction included.

    Not by the clock: what else runs on the machine must not decide, and the wait for the disk is the same.
    """
    times = []
    for number in range(TRIES):
        started = time.process_time()
        with database.transaction() as session:
            work(session, number)
        times.append((time.process_time() - started) * 1000)
    return statistics.median(times)


def _settled(database: Database, count: int, first: int) -> None:
    """Add rows of work that is done, in both tables; made by the database itself, which is quicker."""
    given = {"first": first, "last": first + count - 1, "account": ACCOUNT, "now": "2026-11-29 00:00:00"}
    with database.transaction() as session:
        for statement in _OLD_ROWS:
            session.execute(sa.text(statement), {**given, "sealed": "x" * 300})


def claims(database: Database, cipher: Cipher, round_number: int) -> tuple[float, float]:
    """Claim one event and one message at a time, each of 200 citizens; give both medians in ms."""
    with database.transaction() as session:
        for number in range(TRIES):
            citizen = f"new-{round_number}-{number}"
            event = NewEvent(ACCOUNT, citizen, f"{citizen}-m", "user_send_text", "{}", NOW)
            inbox.store(session, cipher, [event], NOW)
            outbox.add(session, cipher, ACCOUNT, citizen, [Reply("text", {"text": "Dạ"})], NOW)

    def take_event(session: Any, _: int) -> None:
        assert len(inbox.claim(session, cipher, "w", 1, NOW)) == 1

    def take_message(session: Any, _: int) -> None:
        assert len(outbox.claim(session, cipher, "w", 1, NOW)) == 1

    found = _timed(database, take_event), _timed(database, take_message)
    later = NOW + timedelta(seconds=1)
    with database.transaction() as session:
        session.execute(
            sa.update(InboundEvent.__table__).values(state="done").where(InboundEvent.worker == "w")
        )
        session.execute(
            sa.update(OutboundMessage.__table__)
            .values(state="sent", settled_at=later)
            .where(OutboundMessage.worker == "w")
        )
    return found


def readings(database: Database, cipher: Cipher) -> dict[int, float]:
    """Read a conversation for its next turn, by the number of turns that it had; medians in ms."""
    found = {}
    turn = [
        {"event": "action", "name": "action_listen"},
        _USER,
        {"event": "user_featurization", "use_text_for_featurization": False},
        {"event": "action", "name": "action_tra_loi_thu_tuc"},
        {"event": "bot", "text": "Giấy tờ đăng ký tạm trú: …" * 10},
        {"event": "slot", "name": "thu_tuc", "value": "dang-ky-tam-tru"},
        {"event": "slot", "name": "truong_hop", "value": None},
        {"event": "slot", "name": "khia_canh_truoc", "value": "giay_to"},
    ]
    for turns in (10, 15, 100, 1000):
        name = f"zalo-{ACCOUNT}-long-{turns}"
        with database.transaction() as session:
            conversations.append_events(
                session, cipher, name, [{"event": "session_started"}, *(turn * turns)]
            )
        found[turns] = _timed(
            database,
            lambda session, _: conversations.load_recent(session, cipher, name, MOST_EVENTS) and None,  # noqa: B023
        )
    return found


@app.command()
def run(
    settled: int = typer.Option(1_000_000, help="Settled rows in each of both tables."),
    save: bool = typer.Option(True, help="Write the result to benchmarks/results."),
) -> None:
    """Measure, print and store the result."""
    console = Console(highlight=False)
    cipher = Cipher((Fernet.generate_key().decode("ascii"),))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'growth.db'}")
        upgrade(database)
        _settled(database, 1000, 0)
        claims(database, cipher, 0)
        empty = claims(database, cipher, 1)
        console.print(f"{settled} settled rows are written …")
        _settled(database, settled, 1000)
        full = claims(database, cipher, 2)
        long = readings(database, cipher)
        database.close()
    lines = [
        "# What grows with the tables and with a conversation",
        "",
        machine(),
        "",
        f"Medians of {TRIES}, processor time, each with its transaction on SQLite (synchronous=FULL).",
        "",
        f"| | 1,000 settled rows | {settled + 1000:,} settled rows | ratio |",
        "| --- | --- | --- | --- |",
        f"| claim of the next event, ms | {empty[0]:.2f} | {full[0]:.2f} | {full[0] / empty[0]:.2f} |",
        f"| claim of the next message, ms | {empty[1]:.2f} | {full[1]:.2f} | {full[1] / empty[1]:.2f} |",
        "",
        "| turns that the session had | reading it for the next turn, ms | to turn 10 |",
        "| --- | --- | --- |",
        *(f"| {turns} | {ms:.2f} | {ms / long[10]:.2f} |" for turns, ms in long.items()),
    ]
    console.print("\n".join(lines), markup=False)
    if save:
        console.print(f"written to {write('channel-growth', lines)}")


if __name__ == "__main__":
    app()
