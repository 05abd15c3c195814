"""Who speaks with a citizen: an officer takes the word and the assistant gets it back."""

from __future__ import annotations

from typing import Any

from services import handover
from services.db import Database
from services.handover import Speaker

A, B = ("oa-1", "citizen-1"), ("oa-2", "citizen-1")


def speaks(database: Database, clock: Any, who: tuple[str, str] = A) -> Speaker:
    with database.transaction() as session:
        return handover.speaker(session, *who, clock())


def officer(database: Database, clock: Any) -> bool:
    with database.transaction() as session:
        return handover.officer_wrote(session, *A, clock())


def test_an_officer_has_the_word_until_quiet_for_half_an_hour(database: Database, clock: Any) -> None:
    assert officer(database, clock) is True
    assert speaks(database, clock) is Speaker.OFFICER
    assert speaks(database, clock, B) is Speaker.ASSISTANT
    clock.forward(29 * 60)
    assert officer(database, clock) is False
    clock.forward(29 * 60)
    assert speaks(database, clock) is Speaker.OFFICER
    clock.forward(2 * 60)
    assert speaks(database, clock) is Speaker.ASSISTANT_AGAIN
    assert speaks(database, clock) is Speaker.ASSISTANT_AGAIN
    with database.transaction() as session:
        assert handover.assistant_resumes(session, *A) is True
    assert speaks(database, clock) is Speaker.ASSISTANT


def test_a_command_gives_the_word_back_at_once(database: Database, clock: Any) -> None:
    officer(database, clock)
    with database.transaction() as session:
        assert handover.assistant_resumes(session, *A) is True
        assert handover.assistant_resumes(session, *A) is False
    assert speaks(database, clock) is Speaker.ASSISTANT


def test_asking_twice_tells_the_officers_once(database: Database, clock: Any) -> None:
    with database.transaction() as session:
        assert handover.ask_for_officer(session, *A, clock()) is True
        assert handover.ask_for_officer(session, *A, clock()) is False
        assert handover.waiting(session, clock()) == [(*A, clock())]
    assert speaks(database, clock) is Speaker.WAITING
    officer(database, clock)
    with database.transaction() as session:
        assert handover.waiting(session, clock()) == []
        assert handover.ask_for_officer(session, *A, clock()) is False


def test_waiting_ends_by_itself_and_then_asking_counts_again(database: Database, clock: Any) -> None:
    with database.transaction() as session:
        handover.ask_for_officer(session, *A, clock())
    clock.forward(13 * 3600)
    assert speaks(database, clock) is Speaker.ASSISTANT
    with database.transaction() as session:
        assert handover.ask_for_officer(session, *A, clock()) is True
