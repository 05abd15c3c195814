"""The same tables on Postgres: migrations both ways, and several workers that share the work."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services import choices, handover, inbox, outbox
from services.db.engine import Database
from services.db.migrate import downgrade, is_current, upgrade
from services.db.models import Base
from services.inbox import NewEvent
from services.outbox import Reply
from services.secrets import Cipher
from tests.journeys.conftest import free_port

pytestmark = pytest.mark.timeout(180)


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


def test_migrations_lead_to_the_models_and_back(postgres: Database) -> None:
    assert is_current(postgres)
    with postgres.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    downgrade(postgres, "base")
    assert sa.inspect(postgres.engine).get_table_names() == ["alembic_version"]
    upgrade(postgres)


def test_four_workers_share_the_inbox_and_never_two_of_one_citizen(
    postgres: Database, cipher: Cipher, clock: Any
) -> None:
    events = [
        NewEvent(
            "oa", f"c{number % 20}", f"m{number}", "user_send_text", "{}", clock() + timedelta(seconds=number)
        )
        for number in range(200)
    ]
    with postgres.transaction() as session:
        inbox.store(session, cipher, events, clock())
        inbox.store(session, cipher, events, clock())
    done: list[tuple[str, str]] = []
    at_work: set[str] = set()
    problems: list[str] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        idle = 0
        while idle < 20:
            with postgres.transaction() as session:
                claimed = inbox.claim(session, cipher, name, 3, clock())
            idle = 0 if claimed else idle + 1
            for event in claimed:
                with lock:
                    if event.citizen_id in at_work:
                        problems.append(event.citizen_id)
                    at_work.add(event.citizen_id)
            for event in claimed:
                with lock:
                    at_work.discard(event.citizen_id)
                    done.append((event.citizen_id, event.event_key))
                with postgres.transaction() as session:
                    inbox.settle(session, event.id, name, "done", clock())

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    assert sorted(done) == sorted((event.citizen_id, event.event_key) for event in events)
    for citizen in {event.citizen_id for event in events}:
        order = [int(key[1:]) for who, key in done if who == citizen]
        assert order == sorted(order)


def test_a_worker_does_not_wait_for_rows_that_another_one_holds(
    postgres: Database, cipher: Cipher, clock: Any
) -> None:
    with postgres.transaction() as session:
        for citizen in ("a", "b"):
            outbox.add(session, cipher, "oa", citizen, [Reply("text", {"text": "Chào"})], clock())
    with postgres.transaction() as one, postgres.transaction() as other:
        assert [item.citizen_id for item in outbox.claim(one, cipher, "w1", 1, clock())] == ["a"]
        assert [item.citizen_id for item in outbox.claim(other, cipher, "w2", 5, clock())] == ["b"]


def test_choices_and_hand_overs_replace_what_was_there(postgres: Database, clock: Any) -> None:
    with postgres.transaction() as session:
        choices.offer(session, "oa", "c", {"Lệ phí": {"intent": "a", "entities": {}}}, clock())
        choices.offer(session, "oa", "c", {"le phi": {"intent": "b", "entities": {}}}, clock())
        assert choices.chosen(session, "oa", "c", "LỆ PHÍ") == {"intent": "b", "entities": {}}
        assert handover.ask_for_officer(session, "oa", "c", clock()) is True
        assert handover.officer_wrote(session, "oa", "c", clock()) is True
        assert handover.speaker(session, "oa", "c", clock()) is handover.Speaker.OFFICER
