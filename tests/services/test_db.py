"""The database: a transaction is whole or nothing, trouble is a StorageError, migrations go up and down."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.pool import QueuePool

from services.db import Database, engine, migrate, open_database
from services.db.models import Base, PlatformToken
from services.errors import StorageError

NOON_IN_HANOI = datetime(2026, 11, 21, 12, 0, tzinfo=timezone(timedelta(hours=7)))


def token_row(account: str = "oa", moment: datetime = NOON_IN_HANOI) -> PlatformToken:
    return PlatformToken(
        account_id=account, sealed_access="a", sealed_refresh="r", issued_at=moment, expires_at=moment
    )


def accounts(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.execute(sa.select(PlatformToken.account_id)).scalars())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, database_file: Path) -> Any:
    """A database that waits a moment only for a lock."""
    monkeypatch.setattr(engine, "SQLITE_BUSY_MS", 50)
    database = Database(f"sqlite:///{database_file}")
    yield database
    database.close()


def test_an_exception_in_the_middle_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyError), database.transaction() as session:
        session.add(token_row())
        session.flush()
        raise KeyError("in the middle")
    assert accounts(database) == []


def test_a_locked_database_is_a_storage_error_without_the_statement(
    impatient: Database, database: Database
) -> None:
    with database.transaction() as holder:
        holder.add(token_row("first"))
        holder.flush()
        with pytest.raises(StorageError) as error, impatient.transaction() as session:
            session.execute(sa.text("SELECT 'very-secret'"))
    assert str(error.value) == "database: OperationalError"


def test_a_writer_waits_for_another_one(database: Database, open_again: Any) -> None:
    second = open_again()
    holding = threading.Event()

    def hold() -> None:
        with second.transaction() as session:
            session.add(token_row("first"))
            session.flush()
            holding.set()
            time.sleep(0.2)

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(5)
    with database.transaction() as session:
        # Reads what the first one wrote: the transaction began after it had ended.
        seen = session.execute(sa.select(PlatformToken.account_id)).scalars().all()
        session.add(token_row("second"))
    thread.join()
    assert (seen, accounts(database)) == (["first"], ["first", "second"])


def test_a_constraint_is_a_storage_error(database: Database) -> None:
    with pytest.raises(StorageError, match="^database: IntegrityError$"), database.transaction() as session:
        session.add(token_row())
        session.flush()
        session.execute(sa.insert(PlatformToken.__table__).values(account_id="oa", sealed_access="x"))


def test_a_file_that_is_no_database_is_a_storage_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"this is no database" * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(StorageError), database.transaction() as session:
        session.execute(sa.text("SELECT 1"))


def test_no_free_connection_is_a_storage_error(database_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As on Postgres, where the pool has a limit.
    pooled = sa.create_engine(
        f"sqlite:///{database_file}",
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.05,
        future=True,
    )
    monkeypatch.setattr(engine, "_create_engine", lambda url: pooled)
    database = Database("pooled")
    with database.transaction() as first:
        first.execute(sa.text("SELECT 1"))
        with pytest.raises(StorageError), database.transaction() as second:
            second.execute(sa.text("SELECT 1"))
    database.close()


def test_a_connection_is_kept_between_transactions(database_file: Path) -> None:
    database = Database(f"sqlite:///{database_file}")
    opened: list[int] = []
    sa.event.listen(database.engine, "connect", lambda *_: opened.append(1))
    for number in range(5):
        with database.transaction() as session:
            session.add(token_row(str(number)))
    with pytest.raises(KeyError), database.transaction() as session:
        session.add(token_row("lost"))
        session.flush()
        raise KeyError("in the middle")
    assert (accounts(database), opened) == (["0", "1", "2", "3", "4"], [1])
    database.close()


def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    with database.transaction() as session:
        session.add(token_row())
    with database.transaction() as session:
        read = session.get(PlatformToken, "oa").issued_at
    assert (read, read.tzinfo) == (NOON_IN_HANOI, timezone.utc)


def test_a_moment_without_a_time_zone_is_refused(database: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="without a time zone"), database.transaction() as session:
        session.add(token_row(moment=datetime(2026, 11, 21)))


def test_stored_means_on_disk_even_when_the_power_fails(database: Database) -> None:
    with database.transaction() as session:
        pragmas = [
            session.execute(sa.text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]


def test_one_process_has_one_database_per_url(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'down' / 'x.db'}"
    assert open_database(url) is open_database(url)
    assert (tmp_path / "deep" / "down").is_dir()
    assert open_database(url).is_postgres is False


def test_migrations_go_up_down_and_up_again(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    states = [migrate.is_current(database)]
    migrate.upgrade(database)
    states.append(migrate.is_current(database))
    migrate.downgrade(database, "base")
    states.append(migrate.is_current(database))
    left = set(sa.inspect(database.engine).get_table_names())
    migrate.upgrade(database)
    migrate.upgrade(database)
    states.append(migrate.is_current(database))
    database.close()
    assert (states, left) == ([False, True, False, True], {"alembic_version"})


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_two_processes_may_start_on_a_fresh_file_together(tmp_path: Path) -> None:
    databases = [Database(f"sqlite:///{tmp_path / 'fresh.db'}") for _ in range(4)]
    gate = threading.Barrier(len(databases))
    errors: list[Exception] = []

    def start(database: Database) -> None:
        gate.wait()
        try:
            migrate.upgrade(database)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=start, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert migrate.is_current(databases[0])
    for database in databases:
        database.close()
