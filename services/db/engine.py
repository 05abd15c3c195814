"""Engines and sessions. SQLite is the embedded default, Postgres the engine past one machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from services.errors import StorageError

SQLITE_BUSY_MS = 5_000
POOL_SIZE = 5
POOL_OVERFLOW = 10


class Database:
    """One engine and its sessions."""

    def __init__(self, url: str) -> None:
        self.engine = _create_engine(url)
        self._sessions = sessionmaker(bind=self.engine, future=True, expire_on_commit=False)
        readers = self.engine.execution_options(read_only=True)
        self._readers = sessionmaker(bind=readers, future=True, expire_on_commit=False)

    @property
    def is_postgres(self) -> bool:
        """Tell whether rows can be claimed with SKIP LOCKED."""
        return bool(self.engine.dialect.name == "postgresql")

    @contextmanager
    def transaction(self, read_only: bool = False) -> Iterator[Session]:
        """Open a session whose work is committed whole at the end, or not at all.

        `read_only` waits for no writer, and must not write. Raises StorageError for anything the
        database refuses (locked, down, disk full, too many connections).
        """
        sessions = self._readers if read_only else self._sessions
        try:
            with sessions.begin() as session:
                yield session
        except DBAPIError as error:
            raise StorageError(f"database: {type(error.orig).__name__}") from error
        except NoFreeConnection as error:
            raise StorageError("database: no free connection") from error

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@lru_cache(maxsize=8)
def open_database(url: str) -> Database:
    """Give the process's database for a URL; the same URL gives the same object."""
    return Database(url)


def _create_engine(url: str) -> sa.engine.Engine:
    parsed = sa.engine.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(
            url,
            future=True,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            pool_pre_ping=True,
            # One way there and back for many rows, not one for each.
            executemany_mode="values_plus_batch",
        )
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # Kept open between transactions: closing the last connection to a file copies its whole log into
    # it and deletes the log, which makes each write four times as slow. The pool gives a connection to
    # one thread at a time.
    engine = sa.create_engine(
        url,
        future=True,
        poolclass=QueuePool,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        connect_args={"timeout": SQLITE_BUSY_MS / 1000, "check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: see _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
    _write_ahead(cursor)
    # A 200 to Zalo means stored: FULL keeps that true when the power fails, too.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


@retry(
    retry=retry_if_exception_type(sqlite3.OperationalError),
    wait=wait_fixed(0.02),
    stop=stop_after_delay(SQLITE_BUSY_MS / 1000),
    reraise=True,
)
def _write_ahead(cursor: Any) -> None:
    """Switch the log on; who starts on the same fresh file holds it for the same change.

    SQLite does not wait by itself here: the busy timeout does not hold for a change of the journal.
    """
    cursor.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: sa.engine.Connection) -> None:
    # A transaction that reads first and writes later fails at once with "database is locked" when
    # somebody wrote in between; asking for the write lock at its start makes it wait instead.
    # Readers say so with the execution option `read_only`.
    mode = "DEFERRED" if connection.get_execution_options().get("read_only") else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {mode}")
