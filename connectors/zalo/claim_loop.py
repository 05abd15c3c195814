"""The loop that inbox, outbox and media share: claim what is due, work on it side by side, wait, again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Generic, Protocol, TypeVar

import structlog
from sqlalchemy.orm import Session

from services.db.group_commit import GroupCommit
from services.errors import StorageError

log = structlog.get_logger()


class Claimed(Protocol):
    """A row that this process holds under a lease."""

    @property
    def id(self) -> int:
        """Name the row."""


Item = TypeVar("Item", bound=Claimed)


class ClaimLoop(Generic[Item]):
    """Runs `work` on what `claim` takes, never on more than `limit` rows at once.

    `name` begins the names of what it logs. Claims run in a shared transaction, and `is_left` with them: it
    tells whether rows wait that were not taken, as those of a citizen who has another one at work.
    """

    def __init__(
        self,
        name: str,
        commit: GroupCommit,
        claim: Callable[[Session, int], list[Item]],
        is_left: Callable[[Session], bool],
        work: Callable[[Item], Coroutine[Any, Any, None]],
        limit: Callable[[], int],
    ) -> None:
        self._name = name
        self._commit = commit
        self._claim = claim
        self._is_left = is_left
        self._work = work
        self._limit = limit
        self._wake = asyncio.Event()
        # Whether the end of a row's work may free another one: if not, nobody has to look.
        self._more = True
        self._running: dict[asyncio.Task[None], int] = {}
        # When it last went round, by the monotonic clock: a loop that stands still works on nothing.
        self.went_round = time.monotonic()

    def wake(self) -> None:
        """Say that there may be something to claim."""
        self._wake.set()

    @property
    def at_work(self) -> list[int]:
        """The ids of the rows that are being worked on."""
        return list(self._running.values())

    async def run(self, idle_seconds: float, stop_seconds: float, drop_late: bool = False) -> None:
        """Work until cancelled; then give what runs `stop_seconds`, and cancel the rest if `drop_late`."""
        try:
            while True:
                self.went_round = time.monotonic()
                self._wake.clear()
                if await self._start_some(idle_seconds) and self._more:
                    continue
                # Not `wait_for`: woken and cancelled at once, it loses the cancellation (Python 3.10).
                woken = asyncio.create_task(self._wake.wait())
                try:
                    await asyncio.wait([woken], timeout=idle_seconds)
                finally:
                    woken.cancel()
        finally:
            if self._running:
                _, late = await asyncio.wait(self._running, timeout=stop_seconds)
                if drop_late:
                    for task in late:
                        task.cancel()
                    await asyncio.gather(*late, return_exceptions=True)

    async def _start_some(self, idle_seconds: float) -> int:
        self._more = True
        free = self._limit() - len(self._running)
        if free <= 0:
            return 0
        try:
            claimed, self._more = await self._commit.run(lambda session: self._take(session, free))
        except StorageError as error:
            log.error(f"{self._name}.claim.failed", reason=str(error))
            await asyncio.sleep(idle_seconds)
            return 0
        for item in claimed:
            task = asyncio.create_task(self._work(item))
            self._running[task] = item.id
            task.add_done_callback(self._finished)
        return len(claimed)

    def _take(self, session: Session, free: int) -> tuple[list[Item], bool]:
        claimed = self._claim(session, free)
        return claimed, len(claimed) >= free or self._is_left(session)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        if self._more:
            self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            log.error(f"{self._name}.work.crashed", error=type(task.exception()).__name__)
