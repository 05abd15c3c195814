"""Does it stay as quick? A turn in a long conversation, and a claim beside millions of settled rows.

A long conversation is made of a real one: ten turns are talked, then their stored events are repeated in
the database, so that the next turn finds a history of a thousand.
"""

from __future__ import annotations

import statistics
import time
from datetime import datetime, timedelta, timezone

import sqlalchemy as sa
from cryptography.fernet import Fernet

from benchmarks.channel.zalo_side import citizen_id
from benchmarks.load import run
from benchmarks.load.stacks import Ours, Stock
from services import inbox
from services.db.engine import Database
from services.db.migrate import upgrade
from services.inbox import NewEvent
from services.secrets import Cipher

TALKED = 6
CLAIMS = 60


async def ours_by_length(stack: Ours, first: int, turns: int) -> tuple[float, float]:
    """Give the median milliseconds of a turn in a short conversation, and after `turns` turns."""
    citizens = list(range(10))
    short = await _talk_ours(stack, first, citizens)
    database = Database(stack.database_url)
    with database.transaction() as session:
        for citizen in citizens:
            _repeat(
                session,
                "conversation_event",
                "conversation_id",
                f"%-{citizen_id(first + citizen)}",
                turns // TALKED,
            )
    database.close()
    return short, await _talk_ours(stack, first, citizens, again=True)


async def stock_by_length(stack: Stock, first: int, turns: int) -> tuple[float, float]:
    """The same of stock Rasa."""
    citizens = list(range(10))
    short = await _talk_stock(stack, first, citizens)
    database = Database(stack.database_url)
    with database.transaction() as session:
        for citizen in citizens:
            _repeat(session, "events", "sender_id", f"citizen-{first + citizen}", turns // TALKED)
    database.close()
    return short, await _talk_stock(stack, first, citizens)


async def _talk_ours(stack: Ours, first: int, citizens: list[int], again: bool = False) -> float:
    # Messages of a script twice over have to differ in their ids: the second time they are other citizens'
    # numbers in name only, so positions of the second half are used.
    positions = range(3, 6) if again else range(3)
    plan = [
        (0.12 * (number * len(citizens) + place), citizen, position)
        for number, position in enumerate(positions)
        for place, citizen in enumerate(citizens)
    ]
    found = await run.ours(stack, plan, first)
    return statistics.median(found.seconds) * 1000 if found.seconds else float("nan")


async def _talk_stock(stack: Stock, first: int, citizens: list[int]) -> float:
    plan = [
        (0.12 * (position * len(citizens) + place), citizen, position)
        for position in range(3)
        for place, citizen in enumerate(citizens)
    ]
    found = await run.stock(stack, plan, first)
    return statistics.median(found.seconds) * 1000 if found.seconds else float("nan")


def _repeat(session: object, table: str, column: str, pattern: str, times: int) -> None:
    """Store the events of a conversation again and again, all but those with which it began."""
    columns = [
        one["name"]
        for one in sa.inspect(session.connection()).get_columns(table)  # type: ignore[attr-defined]
        if one["name"] != "id"
    ]
    names = ", ".join(columns)
    found = session.execute(  # type: ignore[attr-defined]
        sa.text(f"SELECT {names} FROM {table} WHERE {column} LIKE :pattern ORDER BY id"), {"pattern": pattern}
    ).all()
    rows = [dict(row) for row in found if row.type_name not in ("session_started",)][1:]
    marks = ", ".join(f":{name}" for name in columns)
    if rows:
        session.execute(  # type: ignore[attr-defined]
            sa.text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), rows * times
        )


def claim_by_size(url: str, settled: int) -> tuple[float, float]:
    """Give the median milliseconds of a claim in an empty table, and beside `settled` done rows."""
    database = Database(url)
    upgrade(database)
    cipher = Cipher((Fernet.generate_key().decode(),))
    try:
        empty = _claims(database, cipher, "a")
        _settled(database, settled)
        return empty, _claims(database, cipher, "b")
    finally:
        database.close()


def _claims(database: Database, cipher: Cipher, mark: str) -> float:
    now = datetime.now(timezone.utc)
    events = [NewEvent("oa", f"{mark}{n}", f"{mark}{n}", "user_send_text", "{}", now) for n in range(CLAIMS)]
    with database.transaction() as session:
        inbox.store(session, cipher, events, now)
    taken = []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        with database.transaction() as session:
            [claimed] = inbox.claim(session, cipher, "bench", 1, now + timedelta(seconds=1))
        taken.append((time.perf_counter() - begun) * 1000)
        with database.transaction() as session:
            inbox.settle(session, claimed.id, "bench", "done", now)
    return statistics.median(taken[5:])


def _settled(database: Database, number: int) -> None:
    if database.is_postgres:
        numbers, moment = f"SELECT n FROM generate_series(1, {number}) AS s(n)", "now()"
    else:
        counted = f"SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {number}"
        numbers = f"WITH RECURSIVE s(n) AS ({counted}) SELECT n FROM s"
        moment = "'2026-11-21 05:00:00.000000'"
    insert = (
        "INSERT INTO inbound_event (account_id, citizen_id, event_key, kind, sealed_body, state, attempts,"
        " sent_at, received_at, next_try_at, settled_at) SELECT 'oa', 'old' || (n % 20000), 'old' || n,"
        f" 'user_send_text', 'x', 'done', 1, {moment}, {moment}, {moment}, {moment}"
        f" FROM ({numbers}) AS numbers"
    )
    with database.transaction() as session:
        session.execute(sa.text(insert))
    with database.transaction() as session:
        session.execute(sa.text("ANALYZE"))
