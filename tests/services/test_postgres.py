"""The same tables on Postgres: migrations both ways, and several workers that share the work."""

from __future__ import annotations

import threading
from datetime import timedelta
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

pytestmark = pytest.mark.timeout(180)


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
        several = {
            "Nộp ở đâu": {"intent": "c", "entities": {}},
            "Mấy ngày có": {"intent": "d", "entities": {}},
            "mấy ngày có?": {"intent": "e", "entities": {}},
            "may ngay co": {"intent": "f", "entities": {}},
        }
        choices.offer(session, "oa", "c", several, clock())
        assert choices.chosen(session, "oa", "c", "nộp ở đâu") == {"intent": "c", "entities": {}}
        # Of those that read alike without marks the last one counts.
        assert choices.chosen(session, "oa", "c", "Mấy ngày có") == {"intent": "f", "entities": {}}
        assert handover.ask_for_officer(session, "oa", "c", clock()) is True
        assert handover.officer_wrote(session, "oa", "c", clock()) is True
        assert handover.speaker(session, "oa", "c", clock()) is handover.Speaker.OFFICER
