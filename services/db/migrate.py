"""Bring a database to the newest schema with Alembic, or tell whether it is there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from services.db import models, news_tables, report_tables, review_tables, staff_tables
from services.db.engine import Database

# Every module of tables: Alembic compares what they declare with what is there.
TABLES = (models, report_tables, review_tables, staff_tables, news_tables)
MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations that are missing."""
    with database.engine.begin() as connection:
        command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Undo migrations down to a revision (`base` for all)."""
    with database.engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def is_current(database: Database) -> bool:
    """Tell whether the database has the newest schema."""
    # As a reader: on SQLite this must not wait for whoever writes.
    with database.engine.execution_options(read_only=True).connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return bool(present == ScriptDirectory(str(MIGRATIONS)).get_current_head())


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
