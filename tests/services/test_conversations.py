"""Conversations in SQL: appended once, read back by session, unreadable without the key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from services import conversations
from services.db import Database
from services.errors import StorageError
from services.secrets import Cipher

START = {"event": "session_started", "timestamp": 1.0}


def user(text: str, message_id: str) -> dict[str, Any]:
    return {
        "event": "user",
        "timestamp": 2.5,
        "text": text,
        "message_id": message_id,
        "parse_data": {"intent": {"name": "hoi_dang_ky_tam_tru"}},
    }


@pytest.fixture
def append(database: Database, cipher: Cipher) -> Callable[..., None]:
    def add(*events: dict[str, Any], conversation: str = "zalo-1-lan") -> None:
        with database.transaction() as session:
            conversations.append_events(session, cipher, conversation, events)

    return add


@pytest.fixture
def load(database: Database, cipher: Cipher) -> Callable[..., list[dict[str, Any]]]:
    def read(conversation: str = "zalo-1-lan", whole: bool = False) -> list[dict[str, Any]]:
        with database.transaction() as session:
            return conversations.load_events(session, cipher, conversation, whole)

    return read


def test_events_come_back_as_they_went_in(append: Any, load: Any) -> None:
    events = [
        START,
        user("Mất xe rồi 🙂", "m1"),
        {"event": "action", "name": "utter_chao", "timestamp": None},
    ]
    append(*events)
    assert (load(), load(whole=True)) == (events, events)


def test_only_the_last_session_is_read_unless_all_are_asked_for(append: Any, load: Any) -> None:
    first, second = [START, user("một", "m1")], [START, user("hai", "m2")]
    append(*first)
    append(*second)
    assert (load(), load(whole=True)) == (second, first + second)


def test_a_session_that_starts_in_the_middle_of_a_turn_is_cut_there(append: Any, load: Any) -> None:
    append(user("trước", "m0"), START, user("sau", "m1"))
    append(user("nữa", "m2"))
    assert load() == [START, user("sau", "m1"), user("nữa", "m2")]


LISTEN = {"event": "action", "name": "action_listen"}
BEGINNING = [{"event": "action", "name": "action_session_start"}, {"event": "session_started"}]


def turn(number: int, **slots: Any) -> list[dict[str, Any]]:
    return [
        LISTEN,
        user(f"câu {number}", f"m{number}"),
        {"event": "action", "name": "action_tra_loi"},
        *({"event": "slot", "name": name, "value": value} for name, value in slots.items()),
    ]


@pytest.fixture
def recent(database: Database, cipher: Cipher) -> Callable[..., list[dict[str, Any]]]:
    def read(most: int) -> list[dict[str, Any]]:
        with database.transaction() as session:
            return conversations.load_recent(session, cipher, "zalo-1-lan", most)

    return read


def test_a_short_session_is_read_whole(append: Any, recent: Any) -> None:
    append(*[START, *turn(1)])
    append(START, *turn(2), *turn(3, noi="chợ"))
    assert recent(8) == [START, *turn(2), *turn(3, noi="chợ")]


def test_of_a_long_session_the_end_is_read_and_what_its_beginning_left_behind(
    append: Any, recent: Any
) -> None:
    append(START, *turn(1, noi="chợ", ten="Lan"), *turn(2, noi="bến xe"), *turn(3), *turn(4, ten=None))
    append({"event": "active_loop", "name": "form_a"}, {"event": "active_loop", "name": None})
    append({"event": "active_loop", "name": "form_b"}, *turn(5), *turn(6, noi="phố"), *turn(7))
    kept = [
        {"event": "slot", "name": "noi", "value": "bến xe"},
        {"event": "slot", "name": "ten", "value": None},
        {"event": "active_loop", "name": "form_a"},
        {"event": "active_loop", "name": None},
        {"event": "active_loop", "name": "form_b"},
    ]
    assert recent(8) == [*BEGINNING, *kept, *turn(6, noi="phố"), *turn(7)]


def test_what_was_wiped_does_not_come_back(append: Any, recent: Any) -> None:
    append(START, *turn(1, noi="chợ"), {"event": "active_loop", "name": "form_a"}, {"event": "reset_slots"})
    append(*turn(2, ten="Lan"), *turn(3), *turn(4))
    form = {"event": "active_loop", "name": "form_a"}
    assert recent(6) == [
        *BEGINNING,
        form,
        {"event": "slot", "name": "ten", "value": "Lan"},
        *turn(3),
        *turn(4),
    ]
    append({"event": "restart"}, *turn(5), *turn(6))
    assert recent(6) == [*BEGINNING, *turn(5), *turn(6)]


def test_a_session_in_which_something_was_taken_back_is_read_whole(append: Any, recent: Any) -> None:
    events = [START, *turn(1, noi="chợ"), {"event": "rewind"}, *turn(2), *turn(3), *turn(4)]
    append(*events)
    assert recent(6) == events


def test_the_index_answers_what_was_left_behind(database: Database) -> None:
    query = conversations._left_behind._make(None).compile(dialect=sqlite.dialect(paramstyle="named"))
    with database.transaction() as session:
        plan = session.execute(
            sa.text(f"EXPLAIN QUERY PLAN {query}"),
            {"conversation_id": "zalo-1-lan", "before": 9, "param_1": 1, "param_2": 0},
        ).all()
    assert "USING COVERING INDEX ix_conversation_event_left_behind" in str(plan)


def test_conversations_do_not_see_each_other(append: Any, load: Any) -> None:
    append(START, user("của Lan", "m1"))
    append(START, user("của Minh", "m2"), conversation="zalo-1-minh")
    assert load("zalo-1-minh") == [START, user("của Minh", "m2")]
    assert load("zalo-2-lan") == []


def test_counting_and_finding_messages(append: Any, database: Database) -> None:
    append(START, user("một", "m1"))
    append(START, user("hai", "m2"), user("ba", "m3"))
    with database.transaction() as session:
        assert conversations.count_events(session, "zalo-1-lan") == 3
        assert conversations.count_events(session, "nobody") == 0
        assert [
            conversations.has_message(session, "zalo-1-lan", "m3"),
            conversations.has_message(session, "zalo-1-lan", "m9"),
            conversations.has_message(session, "zalo-1-minh", "m3"),
        ] == [True, False, False]


def test_listing_and_deleting(append: Any, load: Any, database: Database) -> None:
    append(START, user("một", "m1"))
    append(START, conversation="zalo-1-minh")
    with database.transaction() as session:
        assert sorted(conversations.conversation_ids(session)) == ["zalo-1-lan", "zalo-1-minh"]
        assert conversations.delete_conversation(session, "zalo-1-lan") == 2
    assert (load(whole=True), load("zalo-1-minh")) == ([], [START])


def test_appending_nothing_is_no_error(append: Any, load: Any) -> None:
    append()
    assert load() == []


def test_half_an_emoji_does_not_lose_the_conversation(append: Any, load: Any) -> None:
    append(START, user("cứu \ud83d với", "m1"))
    assert [event.get("text") for event in load()] == [None, "cứu ? với"]


def test_what_was_just_stored_is_not_opened_again_for_the_next_turn(
    append: Any, recent: Any, cipher: Cipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    real = Cipher.open
    monkeypatch.setattr(Cipher, "open", lambda self, sealed: opened.append(sealed) or real(self, sealed))
    stored = [
        START,
        user("cháu bị đánh \ud83d", "m1"),
        {"event": "slot", "name": "a", "value": [1], "timestamp": None},
    ]
    append(*stored)
    first = recent(100)
    first[1]["text"] = "changed by a turn"
    assert recent(100) == [START, user("cháu bị đánh ?", "m1"), stored[2]]
    assert opened == []
    # Another process, or some minutes later.
    conversations._opened._texts.clear()
    assert recent(100) == [START, user("cháu bị đánh ?", "m1"), stored[2]]
    assert recent(100) == [START, user("cháu bị đánh ?", "m1"), stored[2]]
    assert len(opened) == 3


def test_what_is_remembered_is_nobodys_without_the_key(append: Any, database: Database) -> None:
    append(START, user("Chau bi bao hanh", "m1"))
    stranger = Cipher(("MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",))
    with pytest.raises(StorageError), database.transaction() as session:
        conversations.load_recent(session, stranger, "zalo-1-lan", 100)


def test_the_text_cannot_be_read_without_the_key(append: Any, database: Database, database_file: Any) -> None:
    append(START, user("Chau bi bao hanh", "m1"))
    stranger = Cipher(("MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",))
    with pytest.raises(StorageError), database.transaction() as session:
        conversations.load_events(session, stranger, "zalo-1-lan")
    database.close()
    stored = b"".join(path.read_bytes() for path in database_file.parent.glob("an-ninh.db*"))
    assert (b"Chau bi" in stored, b"zalo-1-lan" in stored) == (False, True)
