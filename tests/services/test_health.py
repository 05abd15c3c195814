"""What an operator is told of queues and tokens, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services import health, inbox, media, outbox, tokens
from services.db.engine import Database
from services.db.migrate import downgrade, upgrade
from services.health import Health, QueueHealth, TokenHealth
from services.inbox import NewEvent
from services.media import WantedItem
from services.outbox import Reply
from services.secrets import Cipher


def measured(database: Database, clock: Any) -> Health:
    with database.transaction(read_only=True) as session:
        return health.measure(session, clock())


def test_an_empty_deployment(each_database: Database, clock: Any) -> None:
    assert measured(each_database, clock) == Health(
        inbox=QueueHealth({"new": 0, "working": 0, "dead": 0}, 0.0),
        outbox=QueueHealth({"queued": 0, "sending": 0, "unsure": 0, "dead": 0}, 0.0),
        media=QueueHealth({"wanted": 0, "fetching": 0}, 0.0),
        tokens=(),
    )


def test_what_waits_what_is_at_work_and_what_was_given_up(
    each_database: Database, cipher: Cipher, clock: Any
) -> None:
    events = [NewEvent("oa", f"c{n}", f"m{n}", "user_send_text", "{}", clock()) for n in range(4)]
    with each_database.transaction() as session:
        inbox.store(session, cipher, events, clock())
        first = inbox.claim(session, cipher, "w", 3, clock())
        inbox.settle(session, first[0].id, "w", "done", clock())
        inbox.settle(session, first[1].id, "w", "dead", clock(), "it broke")
        outbox.add(session, cipher, "oa", "c0", [Reply("text", {"text": "Chào"})] * 2, clock(), first[0].id)
        media.want(session, cipher, first[0].id, "oa", "c0", [WantedItem("image", "https://x.vn/a")], clock())
        now = clock()
        tokens.save(session, cipher, "oa", "a", "r", now - timedelta(hours=1), now + timedelta(hours=24))
        tokens.save(session, cipher, "other", "a", "r", now - timedelta(hours=30), now - timedelta(hours=5))
        assert tokens.begin_refresh(session, "other", 1, "w", now)
        tokens.end_refresh(session, "other", "w", "refused", now, broken=True)
    clock.forward(90)
    found = measured(each_database, clock)
    assert found == Health(
        inbox=QueueHealth({"new": 1, "working": 1, "dead": 1}, 90.0),
        outbox=QueueHealth({"queued": 2, "sending": 0, "unsure": 0, "dead": 0}, 90.0),
        media=QueueHealth({"wanted": 1, "fetching": 0}, 90.0),
        tokens=(
            TokenHealth("oa", 3690.0, 86310.0, broken=False),
            TokenHealth("other", 108090.0, -18090.0, broken=True),
        ),
    )
    assert (found.inbox.open, found.inbox.dead, found.outbox.open) == (2, 1, 2)


def test_figures_are_read_by_small_indexes(database: Database, clock: Any) -> None:
    asked: list[tuple[str, Any]] = []
    sa.event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _, __, text, values, *___: asked.append((text, values)),
    )
    with database.transaction(read_only=True) as session:
        health.measure(session, clock())
        connection = session.connection()
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all())
            for text, values in list(asked)
            if text.startswith("SELECT") and "platform_token" not in text
        ]
    assert len(plans) == 5
    assert [plan for plan in plans if "INDEX ix_" not in plan] == []


def test_a_database_that_is_behind_or_gone_is_named(each_database: Database, tmp_path: Path) -> None:
    assert health.database_problem(each_database) == ""
    downgrade(each_database, "-1")
    assert health.database_problem(each_database) == "the schema is not the newest: migrations are missing"
    upgrade(each_database)
    gone = Database("postgresql://nobody@127.0.0.1:9/none")
    assert health.database_problem(gone) == "the database does not answer: database: OperationalError"
    gone.close()
