"""Many writes, few commits: each one gets its own result, and one that fails takes nobody with it."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db import Database, engine
from services.db.group_commit import MAX_BATCH, GroupCommit
from services.db.models import OfferedChoice
from services.errors import ClaimLost, StorageError


def insert(session: Session, number: int, clock: Any) -> int:
    session.execute(
        sa.insert(OfferedChoice.__table__).values(
            account_id="oa", citizen_id="lan", say_digest=str(number), command="{}", offered_at=clock()
        )
    )
    return number * 10


def stored(database: Database) -> list[int]:
    query = sa.select(OfferedChoice.say_digest).order_by(OfferedChoice.id)
    with database.transaction() as session:
        return [int(text) for text in session.execute(query).scalars()]


@pytest.fixture
def commits(database: Database) -> list[int]:
    """Grows by one with each commit."""
    seen: list[int] = []
    sa.event.listen(database.engine, "commit", lambda connection: seen.append(1))
    return seen


async def test_each_write_gets_its_own_result_and_the_order_is_kept(
    commit: GroupCommit, database: Database, clock: Any
) -> None:
    results = await asyncio.gather(
        *[commit.run(lambda session, n=n: insert(session, n, clock)) for n in range(50)]
    )
    assert (results, stored(database)) == ([n * 10 for n in range(50)], list(range(50)))


async def test_a_burst_costs_a_handful_of_commits(
    commit: GroupCommit, database: Database, clock: Any, commits: list[int]
) -> None:
    writes = MAX_BATCH * 2 + 1
    await asyncio.gather(*[commit.run(lambda session, n=n: insert(session, n, clock)) for n in range(writes)])
    assert len(stored(database)) == writes
    # One more is the reading of `stored`.
    assert len(commits) - 1 <= 4


async def test_a_write_that_fails_takes_nobody_with_it(
    commit: GroupCommit, database: Database, clock: Any
) -> None:
    def lost(session: Session) -> None:
        insert(session, 99, clock)
        raise ClaimLost("inbound event 1")

    results = await asyncio.gather(
        commit.run(lambda session: insert(session, 1, clock)),
        commit.run(lost),
        commit.run(lambda session: insert(session, 2, clock)),
        commit.run(lambda session: insert(session, 1, clock)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [int, ClaimLost, int, StorageError]
    assert stored(database) == [1, 2]


async def test_a_locked_database_is_waited_for_once_not_once_for_each_write(
    database: Database, database_file: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SQLITE_BUSY_MS", 100)
    impatient = Database(f"sqlite:///{database_file}")
    commit = GroupCommit(impatient)
    with database.transaction() as other:
        insert(other, 0, clock)
        started = time.monotonic()
        results = await asyncio.gather(
            *[commit.run(lambda session, n=n: insert(session, n, clock)) for n in range(1, 31)],
            return_exceptions=True,
        )
        waited = time.monotonic() - started
    assert [type(result) for result in results] == [StorageError] * 30
    assert waited < 1.0
    assert await commit.run(lambda session: insert(session, 31, clock)) == 310
    assert stored(database) == [0, 31]
    impatient.close()


async def test_a_caller_that_gave_up_does_not_disturb_the_others(
    commit: GroupCommit, database: Database, clock: Any
) -> None:
    gate = threading.Event()

    def slow(session: Session) -> int:
        gate.wait(5)
        return insert(session, 1, clock)

    first = asyncio.create_task(commit.run(slow))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(commit.run(lambda session: insert(session, 2, clock)))
    third = asyncio.create_task(commit.run(lambda session: insert(session, 3, clock)))
    await asyncio.sleep(0.01)
    first.cancel()
    second.cancel()
    gate.set()
    assert await third == 30
    # What was handed over is written, whether or not somebody still waits for the answer.
    assert stored(database) == [1, 2, 3]


async def test_the_loop_runs_on_while_a_commit_waits(
    commit: GroupCommit, database: Database, clock: Any
) -> None:
    gate = threading.Event()

    def slow(session: Session) -> int:
        gate.wait(5)
        return insert(session, 1, clock)

    writing = asyncio.create_task(commit.run(slow))
    for _ in range(3):
        await asyncio.sleep(0.01)
    assert not writing.done()
    gate.set()
    assert await writing == 10
