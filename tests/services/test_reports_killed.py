"""The process is killed between the citizen's confirmation and the case code: one report, the same code."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.db.engine import Database
from services.db.report_tables import Report, ReportEvent, ReportEvidence, ReportFact, ReportMark
from services.reports import submit
from services.secrets import Cipher
from tests.conftest import NOON
from tests.services.report_samples import theft

ROOT = Path(__file__).resolve().parents[2]
# A process that stores the report and says where it is; it never gets to tell the code.
STORING = """
import sys, time
from datetime import datetime
from services.db.engine import Database
from services.reports import submit
from services.secrets import Cipher
from tests.services.report_samples import theft

NOON = datetime.fromisoformat("2026-11-21T05:00:00+00:00")
url, key, stop_before_commit = sys.argv[1], sys.argv[2], sys.argv[3] == "before"
database, cipher = Database(url), Cipher((key,))
print("ready", flush=True)
sys.stdin.readline()
with database.transaction() as session:
    submit(session, cipher, theft(), NOON)
    print("stored", flush=True)
    if stop_before_commit:
        time.sleep(60)
print("committed", flush=True)
time.sleep(60)
"""


def killed(database_file: Path, data_key: str, stop: str, wait_for: str, seconds: float = 0.0) -> None:
    """Start the process, let it run until it says so (and a moment longer), and kill it."""
    child = subprocess.Popen(
        [sys.executable, "-c", STORING, f"sqlite:///{database_file}", data_key, stop],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SQLALCHEMY_SILENCE_UBER_WARNING": "1"},
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
        child.stdin.write("go\n")
        child.stdin.flush()
        while wait_for and (line := child.stdout.readline()) != f"{wait_for}\n":
            assert line
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.wait(30)
        child.stdin.close()
        child.stdout.close()


def numbers(database: Database) -> dict[str, int]:
    with database.transaction() as session:
        return {
            table.__tablename__: session.execute(sa.select(sa.func.count(table.id))).scalar_one()
            for table in (Report, ReportFact, ReportEvidence, ReportMark, ReportEvent)
        }


WHOLE = {"report": 1, "report_fact": 3, "report_evidence": 2, "report_mark": 5, "report_event": 1}


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("stop", "wait_for", "there"), [("before", "stored", 0), ("after", "committed", 1)])
def test_killed_before_or_after_the_commit(
    database: Database,
    database_file: Path,
    cipher: Cipher,
    data_key: str,
    stop: str,
    wait_for: str,
    there: int,
) -> None:
    killed(database_file, data_key, stop, wait_for)
    assert numbers(database)["report"] == there
    with database.transaction() as session:
        codes = session.execute(sa.select(Report.code)).scalars().all()
    # The event is worked again, five times over.
    receipts = []
    for _ in range(5):
        with database.transaction() as session:
            receipts.append(submit(session, cipher, theft(), NOON))
    assert numbers(database) == WHOLE
    assert len({(one.code, one.secret) for one in receipts}) == 1
    assert codes in ([], [receipts[0].code])
    assert [one.created for one in receipts] == [not there, False, False, False, False]


@pytest.mark.timeout(120)
def test_killed_at_any_moment(database: Database, database_file: Path, cipher: Cipher, data_key: str) -> None:
    chance = random.Random(6)
    for _ in range(int(os.environ.get("REPORT_KILLS", "2"))):
        killed(database_file, data_key, "after", "", chance.uniform(0, 0.12))
    with database.transaction() as session:
        receipt = submit(session, cipher, theft(), NOON)
    with database.transaction() as session:
        assert session.execute(sa.select(Report.code)).scalars().all() == [receipt.code]
    assert numbers(database) == WHOLE
