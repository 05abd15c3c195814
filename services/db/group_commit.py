"""Many small writes of one process share a transaction: one commit, one sync to disk, for all.

While a commit runs in its thread, the writes that arrive wait and make up the next one, so that a
burst costs a handful of commits and a lone write waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.orm import Session

from services.db.engine import Database
from services.errors import StorageError

T = TypeVar("T")
Write = Callable[[Session], Any]

MAX_BATCH = 200


class GroupCommit:
    """Runs writes against one database, in the order in which they were given."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Write, asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    async def run(self, write: Callable[[Session], T]) -> T:
        """Run a write and return what it returns, once it is committed; raises what it raises."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            for (_, future), (result, error) in zip(
                batch, await asyncio.to_thread(self._commit, [write for write, _ in batch]), strict=True
            ):
                if future.cancelled():
                    continue
                if error is None:
                    future.set_result(result)
                else:
                    future.set_exception(error)

    def _commit(self, writes: list[Write]) -> list[tuple[Any, BaseException | None]]:
        try:
            with self._database.transaction() as session:
                results = [(write(session), None) for write in writes]
            return list(results)
        except Exception as error:
            if len(writes) == 1:
                return [(None, error)]
            if _is_down(error):
                # Locked, full or gone for all of them: to wait once more for each would take minutes.
                return [(None, StorageError(str(error))) for _ in writes]
        # One of them failed and took the others with it: each gets a transaction of its own.
        return [self._commit([write])[0] for write in writes]


@lru_cache(maxsize=8)
def shared_commit(database: Database) -> GroupCommit:
    """Give the one group commit of this process for a database.

    Writers that share it make up one commit, instead of waiting for each other's lock on the file.
    """
    return GroupCommit(database)


def _is_down(error: Exception) -> bool:
    return isinstance(error, StorageError) and isinstance(
        error.__cause__, (OperationalError, NoFreeConnection)
    )
