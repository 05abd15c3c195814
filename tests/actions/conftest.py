"""A deployment with one Official Account and an officer on duty, on a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actions import storage
from tests.actions.report_conversation import OA_ID


@pytest.fixture
def report_store(
    environ: dict[str, str], migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    accounts = tmp_path / "accounts.yml"
    accounts.write_text(
        f'- {{id: "{OA_ID}", name: Công an phường Tân Phú, duty_officers: ["77"]}}\n', encoding="utf-8"
    )
    database = tmp_path / "reports.db"
    shutil.copy(migrated_file, database)
    values = {**environ, "ZALO_ACCOUNTS": str(accounts), "DATABASE_URL": f"sqlite:///{database}"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    storage.storage.cache_clear()
    yield storage.storage()
    storage.storage.cache_clear()
