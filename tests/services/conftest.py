"""A Postgres server for the tests that ask for one, and fixtures that run a test on both engines."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.db.engine import Database
from services.db.migrate import downgrade, upgrade
from tests.journeys.conftest import free_port


def server_program(name: str) -> str | None:
    """Find a program of the Postgres server, which Debian keeps off the PATH."""
    found = shutil.which(name)
    if found:
        return found
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(installed[-1]) if installed else None


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Postgres server of our own, gone after the tests; skipped (or failed in CI) where there is none."""
    initdb, pg_ctl = server_program("initdb"), server_program("pg_ctl")
    if initdb is None or pg_ctl is None:
        if os.environ.get("REQUIRE_POSTGRES"):
            pytest.fail("no Postgres server on this machine, and REQUIRE_POSTGRES is set")
        pytest.skip("no Postgres server on this machine: the tables were tested on SQLite only")
    # A short path of its own: the name of a socket may hold about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="an-ninh-postgres-"))
    # Postgres refuses to run as root, which is what CI runs as.
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    port = free_port()
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

    def run(*command: str) -> None:
        subprocess.run(
            [*as_user, *command], check=True, cwd="/", timeout=90,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    try:
        run(initdb, "-D", f"{folder}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8")
        run(pg_ctl, "-D", f"{folder}/data", "-l", f"{folder}/log", "-w", "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            run(pg_ctl, "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    """Fresh tables."""
    database = Database(postgres_url)
    upgrade(database)
    yield database
    downgrade(database, "base")
    database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def each_database(request: pytest.FixtureRequest) -> Database:
    """Fresh tables on SQLite, then on Postgres."""
    found: Database = request.getfixturevalue("database" if request.param == "sqlite" else "postgres")
    return found
