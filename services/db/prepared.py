"""Statements that run many times a second: their SQL is made once for each kind of database.

To build a statement of SQLAlchemy and to look its SQL up again takes ten times as long as SQLite needs
to run it. A prepared statement is written once, with `sa.bindparam` where a value goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Values = Mapping[str, Any]


class Prepared:
    """One statement. `make` gives it; it gets the dialect's module, for `insert … on conflict`."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make
        self._compiled: dict[str, Any] = {}

    def run(self, session: Session, values: Values | Sequence[Values] = ()) -> Any:
        """Run it in the session's transaction and give its result; many values run it once for each."""
        connection = session.connection()
        name = connection.dialect.name
        compiled = self._compiled.get(name)
        if compiled is None:
            statement = self._make(postgresql if name == "postgresql" else sqlite)
            if statement.is_insert:
                # Without it Postgres is asked for the new ids, and cannot give those of many rows at once.
                statement = statement.inline()
            compiled = self._compiled[name] = statement.compile(dialect=connection.dialect)
        return connection.execute(compiled, values)


def value(name: str, column: Any) -> Any:
    """Make the place of a value of a column's type."""
    return sa.bindparam(name, type_=column.type)


def places(table: Any, *names: str) -> dict[str, Any]:
    """Make the places of several columns' values, under the names of the columns."""
    return {name: value(name, table.c[name]) for name in names}
