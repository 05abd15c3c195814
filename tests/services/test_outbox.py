"""The outbox: what the assistant says leaves in order, once, or ends where an officer sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import outbox
from services.db import Database, leases
from services.db.models import OutboundMessage
from services.errors import ClaimLost, StorageError
from services.outbox import ClaimedMessage, Reply
from services.secrets import Cipher

OA = "9990001112223334445"


@pytest.fixture
def do(database: Database) -> Callable[..., Any]:
    def run(action: Callable[..., Any], *args: Any, **named: Any) -> Any:
        with database.transaction() as session:
            return action(session, *args, **named)

    return run


@pytest.fixture
def say(do: Any, cipher: Cipher, clock: Any) -> Callable[..., None]:
    def queue(*texts: str, citizen: str = "lan", account: str = OA) -> None:
        do(outbox.add, cipher, account, citizen, [Reply("text", {"text": text}) for text in texts], clock())

    return queue


@pytest.fixture
def claim(do: Any, cipher: Cipher, clock: Any) -> Callable[..., list[ClaimedMessage]]:
    def take(worker: str = "w1", limit: int = 10) -> list[ClaimedMessage]:
        found: list[ClaimedMessage] = do(outbox.claim, cipher, worker, limit, clock())
        return found

    return take


def texts(messages: list[ClaimedMessage]) -> list[str]:
    return [message.payload["text"] for message in messages]


def rows(database: Database) -> list[tuple[Any, ...]]:
    table = OutboundMessage.__table__
    with database.transaction() as session:
        found = session.execute(sa.select(table).order_by(table.c.id)).all()
    return [(row.state, row.attempts, row.remote_id, row.last_error) for row in found]


def test_a_message_comes_out_as_it_went_in(do: Any, claim: Any, cipher: Cipher, clock: Any) -> None:
    payload = {"text": "Chào bà con 🙂", "attachment": {"payload": {"buttons": []}}}
    do(outbox.add, cipher, OA, "lan", [Reply("text", payload)], clock())
    assert claim() == [
        ClaimedMessage(1, OA, "lan", "text", payload, 1, unsure=False, started_at=None, created_at=clock())
    ]


def test_a_citizen_gets_the_messages_one_after_the_other(
    say: Any, claim: Any, do: Any, clock: Any, database: Database
) -> None:
    say("một", "hai")
    say("ba")
    order = []
    for number in range(3):
        [message] = claim()
        assert claim("w2") == []
        order.append(message.payload["text"])
        do(outbox.mark_sent, message.id, "w1", f"zalo-{number}", clock())
    assert order == ["một", "hai", "ba"]
    assert rows(database) == [("sent", 1, f"zalo-{number}", None) for number in range(3)]


def test_citizens_are_served_side_by_side(say: Any, claim: Any) -> None:
    say("a1", "a2")
    say("b1", citizen="minh")
    say("c1", account="another-oa")
    assert texts(claim()) == ["a1", "b1", "c1"]


def test_a_delayed_message_holds_back_the_later_ones(say: Any, claim: Any, do: Any, clock: Any) -> None:
    say("một", "hai")
    [message] = claim()
    do(outbox.retry, message.id, "w1", clock() + timedelta(seconds=2), "zalo error -32")
    at_once = claim()
    clock.forward(2)
    [again] = claim()
    assert (at_once, again.payload, again.attempts, again.unsure) == ([], {"text": "một"}, 2, False)


def test_an_unsure_message_is_claimed_as_unsure_with_the_moment_of_its_first_try(
    say: Any, claim: Any, do: Any, clock: Any
) -> None:
    say("một")
    first_try = clock.forward(1)
    [message] = claim()
    do(outbox.retry, message.id, "w1", clock.forward(10), "connection broke", unsure=True)
    [again] = claim()
    do(outbox.retry, again.id, "w1", clock.forward(10), "connection broke", unsure=True)
    [third] = claim()
    assert [(row.unsure, row.started_at) for row in (message, again, third)] == [
        (False, None),
        (True, first_try),
        (True, first_try),
    ]


def test_a_dead_message_lets_the_next_one_go(
    say: Any, claim: Any, do: Any, clock: Any, database: Database
) -> None:
    say("một", "hai")
    [message] = claim()
    do(outbox.mark_dead, message.id, "w1", "zalo error -230" + "x" * 300, clock())
    assert texts(claim()) == ["hai"]
    assert rows(database)[0] == ("dead", 1, None, ("zalo error -230" + "x" * 300)[:200])


def test_what_a_dead_worker_was_sending_is_looked_for_first(
    say: Any, claim: Any, do: Any, clock: Any
) -> None:
    say("một")
    [mine] = claim("slow")
    clock.forward(61)
    look_at = clock() + timedelta(seconds=10)
    assert do(outbox.release_expired, clock(), look_at) == 1
    too_early = claim("quick")
    clock.forward(10)
    [theirs] = claim("quick")
    assert (too_early, theirs.unsure, theirs.attempts) == ([], True, 2)
    for late in (
        lambda s: outbox.mark_sent(s, mine.id, "slow", "zalo-1", clock()),
        lambda s: outbox.mark_dead(s, mine.id, "slow", "gone", clock()),
        lambda s: outbox.retry(s, mine.id, "slow", clock(), "later"),
    ):
        with pytest.raises(ClaimLost):
            do(late)


def test_extended_leases_hold_and_those_of_others_do_not(say: Any, claim: Any, do: Any, clock: Any) -> None:
    say("một")
    say("hai", citizen="minh")
    alive, forgotten = claim()
    clock.forward(50)
    do(outbox.extend_leases, "w1", [alive.id], clock())
    do(outbox.extend_leases, "another", [forgotten.id], clock())
    do(outbox.extend_leases, "w1", [], clock())
    clock.forward(20)
    assert (do(outbox.release_expired, clock(), clock()), texts(claim("w2"))) == (1, ["hai"])


def test_a_start_takes_back_everything_as_unsure(say: Any, claim: Any, do: Any, clock: Any) -> None:
    say("một")
    claim("dead-process")
    assert do(outbox.release_expired, clock(), clock(), everything=True) == 1
    assert [row.unsure for row in claim("w2")] == [True]


def test_our_own_messages_are_known_by_account_and_remote_id(
    say: Any, claim: Any, do: Any, clock: Any
) -> None:
    say("một")
    [message] = claim()
    do(outbox.mark_sent, message.id, "w1", "zalo-1", clock())
    assert [
        do(outbox.is_ours, OA, "zalo-1"),
        do(outbox.is_ours, OA, "zalo-2"),
        do(outbox.is_ours, "another-oa", "zalo-1"),
    ] == [True, False, False]


def test_counts_tell_what_is_open_and_what_is_dead(say: Any, claim: Any, do: Any, clock: Any) -> None:
    for number in range(5):
        say("x", citizen=f"citizen-{number}")
    sent, dead, unsure, _ = claim(limit=4)
    do(outbox.mark_sent, sent.id, "w1", "zalo-1", clock())
    do(outbox.mark_dead, dead.id, "w1", "gone", clock())
    do(outbox.retry, unsure.id, "w1", clock(), "broke", unsure=True)
    assert do(outbox.counts) == {"dead": 1, "queued": 1, "sending": 1, "unsure": 1}


def test_messages_are_queued_with_their_turn_or_not_at_all(
    cipher: Cipher, clock: Any, database: Database
) -> None:
    def turn_that_breaks(session: Session) -> None:
        outbox.add(session, cipher, OA, "lan", [Reply("text", {"text": "một"})], clock())
        raise KeyError("in the middle")

    with pytest.raises(KeyError), database.transaction() as session:
        turn_that_breaks(session)
    assert rows(database) == []


def test_one_event_cannot_leave_the_same_answer_twice(
    do: Any, cipher: Cipher, clock: Any, database: Database
) -> None:
    from services import inbox

    do(inbox.store, cipher, [inbox.NewEvent(OA, "lan", "m1", "user_send_text", "{}", clock())], clock())
    do(outbox.add, cipher, OA, "lan", [Reply("text", {"text": "một"})], clock(), 1)
    with pytest.raises(StorageError):
        do(outbox.add, cipher, OA, "lan", [Reply("text", {"text": "một"})], clock(), 1)
    assert len(rows(database)) == 1


def test_a_message_that_cannot_be_read_waits_and_stops_nobody_else(
    say: Any, claim: Any, do: Any, clock: Any, database: Database
) -> None:
    stranger = Cipher(("MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",))
    do(outbox.add, stranger, OA, "lan", [Reply("text", {"text": "một"})], clock())
    say("hai", citizen="minh")
    assert texts(claim()) == ["hai"]
    assert rows(database)[0] == ("queued", 0, None, "cannot be read with the present DATA_KEYS")
    clock.forward(leases.UNREADABLE_PAUSE.total_seconds())
    assert texts(do(outbox.claim, stranger, "w1", 10, clock())) == ["một"]


def test_what_the_assistant_says_is_not_in_the_file(say: Any, database: Database, database_file: Any) -> None:
    say("Chau co the bao tin den 113")
    database.close()
    stored = b"".join(path.read_bytes() for path in database_file.parent.glob("an-ninh.db*"))
    assert (b"bao tin" in stored, b"queued" in stored) == (False, True)
