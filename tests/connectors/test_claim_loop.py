"""The loop of inbox, outbox and media: what is due is taken at once, and nobody looks where nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.zalo.claim_loop import ClaimLoop
from services.db.group_commit import GroupCommit
from services.errors import StorageError

# Longer than any test: what is done in time was not found by looking every now and then.
NEVER = 60.0


@dataclass
class Queue:
    """Rows as (citizen, number); a citizen has one at work at most, as in inbox and outbox."""

    commit: GroupCommit
    most: int = 4
    waiting: list[tuple[str, int]] = field(default_factory=list)
    at_work: list[str] = field(default_factory=list)
    done: list[tuple[str, int]] = field(default_factory=list)
    claims: int = 0
    fails: int = 0
    slow: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.slow.set()
        self.loop: ClaimLoop[Any] = ClaimLoop(
            "rows", self.commit, self._claim, lambda _: bool(self.waiting), self._work, lambda: self.most
        )

    def add(self, citizen: str, number: int) -> None:
        self.waiting.append((citizen, number))
        self.loop.wake()

    def _claim(self, _: Any, free: int) -> list[Any]:
        self.claims += 1
        if self.fails:
            self.fails -= 1
            raise StorageError("locked")
        taken: list[Any] = []
        for row in list(self.waiting):
            if len(taken) < free and row[0] not in self.at_work:
                self.waiting.remove(row)
                self.at_work.append(row[0])
                taken.append(Row(*row))
        return taken

    async def _work(self, row: Any) -> None:
        await self.slow.wait()
        await asyncio.sleep(0.01)
        self.at_work.remove(row.citizen)
        self.done.append((row.citizen, row.id))


@dataclass(frozen=True)
class Row:
    citizen: str
    id: int


@pytest.fixture
async def queue(commit: GroupCommit) -> AsyncIterator[Callable[..., Queue]]:
    tasks: list[asyncio.Task[None]] = []

    def make(idle: float = NEVER, **more: Any) -> Queue:
        made = Queue(commit, **more)
        tasks.append(asyncio.create_task(made.loop.run(idle, 5.0)))
        return made

    yield make
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_each_citizens_rows_are_worked_in_order_and_at_once(queue: Any, until: Any) -> None:
    rows = queue()
    for number in range(5):
        rows.add("lan", number)
    rows.add("minh", 9)
    await until(lambda: len(rows.done) == 6)
    assert [row for row in rows.done if row[0] == "lan"] == [("lan", number) for number in range(5)]


async def test_what_comes_while_the_citizens_row_is_at_work_is_taken_when_it_ends(
    queue: Any, until: Any
) -> None:
    rows = queue()
    rows.slow.clear()
    rows.add("lan", 1)
    await until(lambda: rows.at_work == ["lan"])
    rows.add("lan", 2)
    await until(lambda: rows.claims >= 2)
    await asyncio.sleep(0.05)
    rows.slow.set()
    await until(lambda: rows.done == [("lan", 1), ("lan", 2)])


async def test_more_rows_than_places_are_all_worked(queue: Any, until: Any) -> None:
    rows = queue(most=2)
    for number in range(9):
        rows.add(f"citizen-{number}", number)
    await until(lambda: len(rows.done) == 9)


async def test_nobody_looks_for_more_when_one_row_was_all(queue: Any, until: Any) -> None:
    rows = queue()
    await until(lambda: rows.claims == 1)
    for number in range(10):
        rows.add(f"citizen-{number}", number)
        await until(lambda: len(rows.done) == number + 1)  # noqa: B023
    await asyncio.sleep(0.05)
    # The one at the start, and one for each row: neither after it nor at the end of its work.
    assert rows.claims == 11


async def test_after_a_claim_that_failed_the_rows_are_taken_with_the_next_look(
    queue: Any, until: Any
) -> None:
    rows = queue(idle=0.05, fails=3)
    rows.add("lan", 1)
    await until(lambda: rows.done == [("lan", 1)])


@pytest.mark.parametrize("rounds", range(6))
async def test_woken_and_ended_at_once_it_ends(commit: GroupCommit, rounds: int) -> None:
    rows = Queue(commit)
    running = asyncio.create_task(rows.loop.run(NEVER, 5.0))
    await asyncio.sleep(0.05)
    rows.loop.wake()
    for _ in range(rounds):
        await asyncio.sleep(0)
    running.cancel()
    ended, _ = await asyncio.wait([running], timeout=2.0)
    assert running in ended
