"""What every test may ask for: a clock that is set by hand, a cipher, a database with real migrations."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck
from hypothesis import settings as property_settings

from services.db.engine import Database
from services.db.group_commit import GroupCommit
from services.db.migrate import upgrade
from services.secrets import Cipher
from services.settings import Settings, load_settings

# Property tests make the same examples on every machine, however slow it is.
property_settings.register_profile(
    "project",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
property_settings.load_profile("project")

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=timezone.utc)


class FakeClock:
    """A clock that stands still until it is moved; noon in Viet Nam on 21 November 2026 at first."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> datetime:
        """Move on and give the new moment."""
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def data_key() -> str:
    return Fernet.generate_key().decode("ascii")


@pytest.fixture
def cipher(data_key: str) -> Cipher:
    return Cipher((data_key,))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file as the migrations leave it; each test gets a copy, because migrating takes longer."""
    path = tmp_path_factory.mktemp("migrated") / "an-ninh.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()
    return path


@pytest.fixture
def database_file(migrated_file: Path, tmp_path: Path) -> Path:
    path = tmp_path / "an-ninh.db"
    shutil.copy(migrated_file, path)
    return path


@pytest.fixture
def open_again(database_file: Path) -> Iterator[Callable[[], Database]]:
    """Opens the test's database once more, as another process would."""
    opened: list[Database] = []

    def open_one() -> Database:
        opened.append(Database(f"sqlite:///{database_file}"))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(open_again: Callable[[], Database]) -> Database:
    return open_again()


@pytest.fixture
def commit(database: Database) -> GroupCommit:
    return GroupCommit(database)


@pytest.fixture
def environ(tmp_path: Path, data_key: str) -> dict[str, str]:
    """The variables of a small deployment, with nothing of this machine in them."""
    return {
        "DATA_DIR": str(tmp_path / "var"),
        "DATA_KEYS": data_key,
        "ZALO_APP_ID": "1234567890123456789",
        "ZALO_APP_SECRET": "TestAppSecret",
        "ZALO_OA_SECRET_KEY": "TestOaSecretKey0",
        "ZALO_OA_ID": "9990001112223334445",
        "ZALO_ACCESS_TOKEN": "sim-access-token",
        "ZALO_REFRESH_TOKEN": "sim-refresh-token",
    }


@pytest.fixture
def deployment(environ: dict[str, str]) -> Settings:
    return load_settings(environ)
