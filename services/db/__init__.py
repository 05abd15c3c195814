"""The one SQL database behind all processes: engine, tables, migrations."""

from services.db.engine import Database, open_database

__all__ = ["Database", "open_database"]
