"""Rows that are worked on under a lease: what inbox, outbox and media have in common.

A row that waits is claimed by a worker for a time. It ends under another state, or goes back to waiting,
only by the hand of the worker that holds it; a lease that ran out gives it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.prepared import Prepared, value
from services.errors import ClaimLost

LEASE = timedelta(seconds=60)
# A row that the present keys do not open is left for an operator to bring the key back.
UNREADABLE_PAUSE = timedelta(minutes=1)
UNREADABLE = "cannot be read with the present DATA_KEYS"


class Leases:
    """The claims on the rows of one table, whose state is `held` while a worker has them."""

    def __init__(self, table: Any, held: str) -> None:
        self._table = table
        # Written into the SQL as it is: a bound value would keep a partial index from being used.
        self._is_held = table.c.state == sa.literal_column(f"'{held}'")
        self._hold = Prepared(
            lambda _: (
                sa.update(table)
                .where(table.c.id == value("row_id", table.c.id))
                .values(
                    state=held,
                    worker=value("worker", table.c.worker),
                    lease_until=value("lease_until", table.c.lease_until),
                    attempts=table.c.attempts + 1,
                )
            )
        )
        self._put_off = Prepared(
            lambda _: (
                sa.update(table)
                .where(table.c.id == value("row_id", table.c.id))
                .values(next_try_at=value("next_try_at", table.c.next_try_at), last_error=UNREADABLE)
            )
        )
        self._changes: dict[frozenset[str], Prepared] = {}

    def hold(self, session: Session, ids: Sequence[int], worker: str, now: datetime) -> None:
        """Claim rows for a worker, in the transaction that found them waiting."""
        if ids:
            rows = [{"row_id": row_id, "worker": worker, "lease_until": now + LEASE} for row_id in ids]
            self._hold.run(session, rows)

    def put_off(self, session: Session, ids: Sequence[int], now: datetime) -> None:
        """Let rows wait that cannot be read, so that they do not stand before the others."""
        if ids:
            rows = [{"row_id": row_id, "next_try_at": now + UNREADABLE_PAUSE} for row_id in ids]
            self._put_off.run(session, rows)

    def change(self, session: Session, row_id: int, worker: str, **values: Any) -> None:
        """Take a row out of the worker's hands, with new values. Raises ClaimLost if it holds it no more."""
        names = frozenset(values)
        if names not in self._changes:
            self._changes[names] = Prepared(lambda _: self._change(names))
        given = {f"new_{name}": given for name, given in values.items()}
        result = self._changes[names].run(session, {"row_id": row_id, "holder": worker, **given})
        if result.rowcount != 1:
            raise ClaimLost(f"{self._table.name} {row_id}")

    def extend(self, session: Session, worker: str, ids: Sequence[int], now: datetime) -> None:
        """Say that a worker is alive and still at these rows."""
        table = self._table
        if ids:
            session.execute(
                sa.update(table)
                .where(table.c.id.in_(ids), table.c.worker == worker, self._is_held)
                .values(lease_until=now + LEASE)
            )

    def release(self, session: Session, now: datetime, everything: bool = False, **values: Any) -> int:
        """Give back what workers that died held, with new values; give how many rows. `everything` ignores
        the leases (for the start of a deployment that has one worker process only)."""
        query = sa.update(self._table).where(self._is_held)
        if not everything:
            query = query.where(self._table.c.lease_until < now)
        return int(session.execute(query.values(worker=None, lease_until=None, **values)).rowcount)

    def _change(self, names: frozenset[str]) -> Any:
        table = self._table
        return (
            sa.update(table)
            .where(
                table.c.id == value("row_id", table.c.id),
                table.c.worker == value("holder", table.c.worker),
                self._is_held,
            )
            .values(
                worker=None,
                lease_until=None,
                **{name: value(f"new_{name}", table.c[name]) for name in names},
            )
        )
