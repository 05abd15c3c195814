"""The audit trail can be added to and read; nobody changes it, and nothing goes before its time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from services import audit
from services.db.engine import Database
from services.errors import StorageError
from services.reports import submit
from services.secrets import Cipher
from tests.services.report_samples import theft

LONG_AGO = datetime(2023, 1, 5, 8, 0, tzinfo=timezone.utc)

CHANGES = [
    "UPDATE {table} SET actor = 'officer:9'",
    "UPDATE {table} SET at = '2020-01-01 00:00:00'",
    "DELETE FROM {table}",
    "DELETE FROM {table} WHERE id = 1",
]


def trail(database: Database) -> list[tuple[str, str, str]]:
    with database.transaction() as session:
        return [(entry.actor, entry.action, entry.detail) for entry in audit.entries(session)]


@pytest.mark.parametrize("table", ["audit_entry", "report_event"])
def test_nobody_changes_or_removes_an_entry(
    each_database: Database, cipher: Cipher, clock: Any, table: str
) -> None:
    with each_database.transaction() as session:
        submit(session, cipher, theft(), clock())
    sqlite = not each_database.is_postgres
    changes = [
        *CHANGES,
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if sqlite else f"TRUNCATE {table}",
    ]
    before = dump(each_database, table)
    for change in changes:
        with pytest.raises(StorageError), each_database.transaction() as session:
            session.execute(change.format(table=table))
    assert dump(each_database, table) == before
    assert len(before) == 1


def dump(database: Database, table: str) -> list[Any]:
    with database.transaction() as session:
        return list(session.execute(f"SELECT * FROM {table} ORDER BY id"))


def test_entries_go_after_two_years_and_not_before(each_database: Database, clock: Any) -> None:
    with each_database.transaction() as session:
        audit.record(session, audit.officer("7"), "report.read", LONG_AGO, detail="name")
        audit.record(session, audit.SYSTEM, "retention.ran", clock())
    with each_database.transaction() as session:
        assert audit.forget_old(session, LONG_AGO + timedelta(days=731)) == 0
        assert audit.forget_old(session, clock()) == 1
    assert trail(each_database) == [("system", "retention.ran", "")]


def test_entries_are_found_by_actor_newest_first(database: Database, clock: Any) -> None:
    with database.transaction() as session:
        audit.record(session, audit.officer("7"), "report.read", clock())
        audit.record(session, audit.officer("8"), "report.read", clock())
        audit.record(session, audit.officer("7"), "report.state", clock(), detail="moi>da_tiep_nhan")
        found = audit.entries(session, actor="officer:7")
    assert [(entry.action, entry.detail) for entry in found] == [
        ("report.state", "moi>da_tiep_nhan"),
        ("report.read", ""),
    ]
