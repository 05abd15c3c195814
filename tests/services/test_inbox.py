"""The inbox: what a citizen wrote is worked once, in the citizen's order, and never lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from services import inbox, outbox
from services.db import Database, leases
from services.db.models import InboundEvent
from services.errors import ClaimLost
from services.inbox import ClaimedEvent, NewEvent
from services.secrets import Cipher

OA = "9990001112223334445"


@pytest.fixture
def event(clock: Any) -> Callable[..., NewEvent]:
    def make(key: str, citizen: str = "lan", **changes: Any) -> NewEvent:
        plain = NewEvent(OA, citizen, key, "user_send_text", f'{{"text":"{key}"}}', clock())
        return replace(plain, **changes)

    return make


@pytest.fixture
def store(database: Database, cipher: Cipher, clock: Any) -> Callable[..., None]:
    def put(*events: NewEvent) -> None:
        with database.transaction() as session:
            inbox.store(session, cipher, events, clock())

    return put


@pytest.fixture
def claim(database: Database, cipher: Cipher, clock: Any) -> Callable[..., list[ClaimedEvent]]:
    def take(worker: str = "w1", limit: int = 10) -> list[ClaimedEvent]:
        with database.transaction() as session:
            return inbox.claim(session, cipher, worker, limit, clock())

    return take


@pytest.fixture
def do(database: Database) -> Callable[..., Any]:
    def run(action: Callable[..., Any], *args: Any, **named: Any) -> Any:
        with database.transaction() as session:
            return action(session, *args, **named)

    return run


def keys(events: list[ClaimedEvent]) -> list[str]:
    return [event.event_key for event in events]


def rows(database: Database) -> list[tuple[Any, ...]]:
    table = InboundEvent.__table__
    with database.transaction() as session:
        found = session.execute(sa.select(table).order_by(table.c.id)).all()
    return [(row.event_key, row.state, row.attempts, row.worker, row.last_error) for row in found]


def test_an_event_comes_out_as_it_went_in(event: Any, store: Any, claim: Any, clock: Any) -> None:
    sent_at = clock() - timedelta(seconds=3)
    store(event("m1", body='{"text":"Mất xe 🙂"}', sent_at=sent_at))
    assert claim() == [
        ClaimedEvent(
            id=1,
            account_id=OA,
            citizen_id="lan",
            event_key="m1",
            kind="user_send_text",
            body='{"text":"Mất xe 🙂"}',
            attempts=1,
            sent_at=sent_at,
            received_at=clock(),
        )
    ]


def test_storing_nothing_is_no_error(store: Any, database: Database) -> None:
    store()
    assert rows(database) == []


def test_a_repeated_delivery_is_the_same_event(event: Any, store: Any, database: Database) -> None:
    store(event("m1"))
    store(event("m1"), event("m1"), event("m2"))
    store(event("m1"))
    assert [row[0] for row in rows(database)] == ["m1", "m2"]


def test_a_repeat_of_a_finished_event_stays_finished(
    event: Any, store: Any, claim: Any, do: Any, clock: Any, database: Database
) -> None:
    store(event("m1"))
    [claimed] = claim()
    do(inbox.settle, claimed.id, "w1", "done", clock())
    store(event("m1"))
    assert (claim(), rows(database)) == ([], [("m1", "done", 1, None, None)])


def test_the_same_message_id_at_two_accounts_is_two_events(
    event: Any, store: Any, database: Database
) -> None:
    store(event("m1"), event("m1", account_id="another-oa"))
    assert len(rows(database)) == 2


def test_the_next_message_waits_for_the_one_at_work(
    event: Any, store: Any, claim: Any, do: Any, clock: Any
) -> None:
    store(event("m1"))
    clock.forward(1)
    store(event("m2"))
    [first] = claim()
    while_working = claim("w2")
    do(inbox.settle, first.id, "w1", "done", clock())
    assert (first.event_key, while_working, keys(claim("w2"))) == ("m1", [], ["m2"])


def test_order_is_the_order_of_sending_not_of_arrival(
    event: Any, store: Any, claim: Any, do: Any, clock: Any
) -> None:
    earlier, later = clock() - timedelta(seconds=2), clock() - timedelta(seconds=1)
    store(event("second", sent_at=later))
    store(event("first", sent_at=earlier))
    order = []
    for _ in range(2):
        [claimed] = claim()
        order.append(claimed.event_key)
        do(inbox.settle, claimed.id, "w1", "done", clock())
    assert order == ["first", "second"]


def test_equal_moments_keep_the_order_of_arrival(event: Any, store: Any, claim: Any) -> None:
    store(event("a"), event("b"))
    assert keys(claim()) == ["a"]


def test_an_older_message_that_arrives_late_does_not_overtake_the_one_at_work(
    event: Any, store: Any, claim: Any, clock: Any
) -> None:
    store(event("second"))
    assert keys(claim()) == ["second"]
    store(event("first", sent_at=clock() - timedelta(seconds=5)))
    assert claim("w2") == []


def test_citizens_run_side_by_side_and_one_citizen_at_two_accounts_too(
    event: Any, store: Any, claim: Any
) -> None:
    store(event("lan-1"), event("lan-2"), event("minh-1", "minh"), event("lan-b", account_id="another-oa"))
    assert keys(claim()) == ["lan-1", "minh-1", "lan-b"]


def test_no_more_than_the_limit_is_taken(event: Any, store: Any, claim: Any) -> None:
    store(*[event(f"m{number}", f"citizen-{number}") for number in range(5)])
    assert [keys(claim(limit=2)), keys(claim(limit=2)), keys(claim(limit=2))] == [
        ["m0", "m1"],
        ["m2", "m3"],
        ["m4"],
    ]


def test_a_failed_event_waits_its_pause_and_holds_the_citizens_next_ones(
    event: Any, store: Any, claim: Any, do: Any, clock: Any
) -> None:
    store(event("m1"), event("m2"))
    [first] = claim()
    do(inbox.retry, first.id, "w1", clock() + timedelta(seconds=5), "TimeoutError")
    at_once = claim()
    clock.forward(5)
    [again] = claim()
    assert (at_once, again.event_key, again.attempts) == ([], "m1", 2)


def test_the_reason_of_a_retry_fits_its_column(
    event: Any, store: Any, claim: Any, do: Any, clock: Any, database: Database
) -> None:
    store(event("m1"), event("m2", "minh"))
    first, second = claim()
    do(inbox.retry, first.id, "w1", clock(), "x" * 500)
    do(inbox.settle, second.id, "w1", "dead", clock(), "y" * 500)
    assert [row[4] for row in rows(database)] == ["x" * 200, "y" * 200]


def test_a_dead_event_lets_the_next_one_go(
    event: Any, store: Any, claim: Any, do: Any, clock: Any, database: Database
) -> None:
    store(event("m1"), event("m2"))
    [first] = claim()
    do(inbox.settle, first.id, "w1", "dead", clock(), "five tries")
    assert (keys(claim()), rows(database)[0]) == (["m2"], ("m1", "dead", 1, None, "five tries"))


@pytest.mark.parametrize("ending", ["settle", "retry"])
def test_a_claim_that_another_worker_took_over_cannot_be_settled(
    ending: str, event: Any, store: Any, claim: Any, do: Any, clock: Any, database: Database
) -> None:
    store(event("m1"))
    [mine] = claim("slow")
    clock.forward(61)
    assert do(inbox.release_expired, clock()) == 1
    [theirs] = claim("quick")
    with pytest.raises(ClaimLost):
        if ending == "settle":
            do(inbox.settle, mine.id, "slow", "done", clock())
        else:
            do(inbox.retry, mine.id, "slow", clock(), "late")
    do(inbox.settle, theirs.id, "quick", "done", clock())
    assert rows(database) == [("m1", "done", 2, None, None)]


def test_settling_twice_is_refused(event: Any, store: Any, claim: Any, do: Any, clock: Any) -> None:
    store(event("m1"))
    [claimed] = claim()
    do(inbox.settle, claimed.id, "w1", "done", clock())
    with pytest.raises(ClaimLost):
        do(inbox.settle, claimed.id, "w1", "done", clock())


def test_a_lease_that_is_extended_is_not_released(
    event: Any, store: Any, claim: Any, do: Any, clock: Any
) -> None:
    store(event("m1"), event("m2", "minh"))
    alive, forgotten = claim()
    clock.forward(50)
    do(inbox.extend_leases, "w1", [alive.id], clock())
    do(inbox.extend_leases, "another", [forgotten.id], clock())
    do(inbox.extend_leases, "w1", [], clock())
    clock.forward(20)
    assert (do(inbox.release_expired, clock()), keys(claim("w2"))) == (1, ["m2"])


def test_a_start_takes_back_everything_whatever_the_lease(
    event: Any, store: Any, claim: Any, do: Any, clock: Any
) -> None:
    store(event("m1"), event("m2", "minh"))
    claim("dead-process")
    assert do(inbox.release_expired, clock(), everything=True) == 2
    assert [(row.event_key, row.attempts) for row in claim("w2")] == [("m1", 2), ("m2", 2)]


def test_counts_tell_what_is_open_and_what_is_dead(
    event: Any, store: Any, claim: Any, do: Any, clock: Any
) -> None:
    store(*[event(f"m{number}", f"citizen-{number}") for number in range(5)])
    done, dead, _ = claim(limit=3)
    do(inbox.settle, done.id, "w1", "done", clock())
    do(inbox.settle, dead.id, "w1", "dead", clock(), "five tries")
    assert do(inbox.counts) == {"dead": 1, "new": 2, "working": 1}


def test_an_event_that_cannot_be_read_waits_and_stops_nobody_else(
    event: Any, store: Any, claim: Any, database: Database, clock: Any
) -> None:
    stranger = Cipher(("MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",))
    with database.transaction() as session:
        inbox.store(session, stranger, [event("sealed-with-a-lost-key")], clock())
    store(event("m2", "minh"))
    assert keys(claim()) == ["m2"]
    assert rows(database)[0] == (
        "sealed-with-a-lost-key", "new", 0, None, "cannot be read with the present DATA_KEYS",
    )  # fmt: skip
    assert claim() == []
    clock.forward(leases.UNREADABLE_PAUSE.total_seconds())
    with database.transaction() as session:
        assert keys(inbox.claim(session, stranger, "w1", 10, clock())) == ["sealed-with-a-lost-key"]


def test_unreadable_events_do_not_use_up_the_limit_for_ever(
    event: Any, store: Any, claim: Any, database: Database, clock: Any
) -> None:
    stranger = Cipher(("MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",))
    with database.transaction() as session:
        inbox.store(session, stranger, [event(f"x{n}", f"c{n}") for n in range(3)], clock())
    store(event("m", "minh"))
    taken = [keys(claim(limit=2)) for _ in range(2)]
    assert taken == [[], ["m"]]


def test_what_a_citizen_wrote_is_not_in_the_file(
    event: Any, store: Any, database: Database, database_file: Any
) -> None:
    store(event("m1", body='{"text":"Chau bi bao hanh"}'))
    database.close()
    stored = b"".join(path.read_bytes() for path in database_file.parent.glob("an-ninh.db*"))
    assert (b"Chau bi" in stored, b"m1" in stored) == (False, True)


def test_four_workers_never_hold_two_events_of_one_citizen(
    event: Any, store: Any, cipher: Cipher, clock: Any, open_again: Any
) -> None:
    citizens, messages = 6, 8
    moments = [clock() + timedelta(seconds=number) for number in range(messages)]
    store(
        *[
            event(f"{citizen}-{number}", f"citizen-{citizen}", sent_at=moments[number])
            for number in range(messages)
            for citizen in range(citizens)
        ]
    )
    clock.forward(messages)
    now: datetime = clock()
    guard = threading.Lock()
    held: set[str] = set()
    done: dict[str, list[int]] = {}
    wrong: list[str] = []

    def work(name: str) -> None:
        database = open_again()
        for _ in range(400):
            with database.transaction() as session:
                claimed = inbox.claim(session, cipher, name, 3, now)
            with guard:
                for row in claimed:
                    if row.citizen_id in held:
                        wrong.append(row.event_key)
                    held.add(row.citizen_id)
            for row in claimed:
                with guard:
                    held.discard(row.citizen_id)
                    done.setdefault(row.citizen_id, []).append(int(row.event_key.split("-")[1]))
                with database.transaction() as session:
                    inbox.settle(session, row.id, name, "done", now)
            if sum(len(numbers) for numbers in done.values()) == citizens * messages:
                return

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert done == {f"citizen-{citizen}": list(range(messages)) for citizen in range(citizens)}


@pytest.mark.parametrize(
    ("statement", "indexes"),
    [
        (inbox._due, ("ix_inbound_event_new", "ix_inbound_event_open")),
        (outbox._due, ("ix_outbound_message_waiting", "ix_outbound_message_open")),
    ],
)
def test_a_claim_reads_open_rows_only_however_many_are_settled(
    database: Database, statement: Any, indexes: tuple[str, str]
) -> None:
    query = statement._make(None).compile(dialect=sqlite.dialect(paramstyle="named"))
    with database.transaction() as session:
        plan = session.execute(
            sa.text(f"EXPLAIN QUERY PLAN {query}"), {"now": "2026-11-29 00:00:00", "most": 4, "param_1": 0}
        ).all()
    tables = [row[3] for row in plan if row[3].startswith(("SCAN", "SEARCH"))]
    assert len(tables) == 2
    assert [name in table for name, table in zip(indexes, tables, strict=True)] == [True, True], tables
