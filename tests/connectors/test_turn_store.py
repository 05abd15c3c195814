"""A turn is stored whole or not at all: the conversation, the replies, the choices, the settled event."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from connectors import turn_store as store_module
from connectors.turn import Turn, current_turn
from connectors.turn_store import TurnStore
from connectors.zalo.output import ZaloOutput
from services import inbox
from services.db import Database
from services.inbox import ClaimedEvent, NewEvent
from services.outbox import Reply
from services.secrets import Cipher

OA, LAN = "9990001112223334445", "5550001112223334445"
CONVERSATION = f"zalo-{OA}-{LAN}"
BUTTON = {"title": "Lệ phí", "payload": "/hoi_le_phi"}
STEPS = {
    "events": (store_module.conversations, "append_events"),
    "replies": (store_module.outbox, "add"),
    "choices": (store_module.choices, "offer"),
    "settlement": (store_module.inbox, "settle"),
}


@pytest.fixture
def claimed(database: Database, cipher: Cipher, clock: Any) -> Callable[[], ClaimedEvent]:
    """Claims the citizen's one event, as a worker does; stored on first use."""

    def claim() -> ClaimedEvent:
        with database.transaction() as session:
            inbox.store(session, cipher, [NewEvent(OA, LAN, "m1", "user_send_text", "{}", clock())], clock())
            inbox.release_expired(session, clock(), everything=True)
            [event] = inbox.claim(session, cipher, "w1", 1, clock())
        return event

    return claim


@pytest.fixture
def everything(table: Any) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        return {
            "events": [row[0] for row in table("conversation_event", "type_name")],
            "replies": len(table("outbound_message", "id")),
            "choices": len(table("offered_choice", "id")),
            "event": table("inbound_event", "event_key", "state"),
        }

    return read


NOTHING = {"events": [], "replies": 0, "choices": 0, "event": [("m1", "working")]}
WHOLE = {
    "events": ["action", "session_started", "action", "user", "action"],
    "replies": 2,
    "choices": 1,
    "event": [("m1", "done")],
}


@pytest.fixture
def close_all(database: Database, turn_store: TurnStore) -> Callable[[], None]:
    """Closes the connections to the file: SQLite must not be carried over a fork."""

    def close() -> None:
        database.close()
        turn_store.database.close()

    return close


async def take_turn(assistant: Any, event: ClaimedEvent, text: str = "Mất xe") -> Turn:
    """What the worker does around Rasa."""

    async def answer(message: UserMessage) -> None:
        output = message.output_channel
        await output.send_response(message.sender_id, {"text": "Chào anh/chị Lan"})
        await output.send_response(message.sender_id, {"text": "Hỏi gì ạ?", "buttons": [BUTTON]})

    if assistant.answer == assistant.echo:
        assistant.answer = answer
    turn = Turn(event=event, worker="w1", conversation_id=CONVERSATION)
    message = UserMessage(text, ZaloOutput(), CONVERSATION, None, "zalo", event.event_key, {})
    token = current_turn.set(turn)
    try:
        await assistant(message)
    finally:
        current_turn.reset(token)
    return turn


async def test_a_turn_is_stored_whole(assistant: Any, claimed: Any, everything: Any, said: Any) -> None:
    turn = await take_turn(assistant, claimed())
    assert (turn.stored, turn.broken, everything()) == (True, "", WHOLE)
    assert said() == [(LAN, "Chào anh/chị Lan"), (LAN, "Hỏi gì ạ?")]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_an_error_in_the_middle_leaves_nothing(
    step: str, when: str, assistant: Any, claimed: Any, everything: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name = STEPS[step]
    real = getattr(module, name)

    def breaks(*args: Any, **named: Any) -> None:
        if when == "after":
            real(*args, **named)
        raise OSError("disk full")

    monkeypatch.setattr(module, name, breaks)
    turn = await take_turn(assistant, claimed())
    assert (turn.stored, turn.broken, everything()) == (False, "OSError", NOTHING)
    monkeypatch.undo()


@pytest.mark.parametrize("step", STEPS)
def test_a_process_that_is_killed_in_the_middle_leaves_nothing_and_the_turn_runs_again(
    step: str, assistant: Any, claimed: Any, everything: Any, said: Any, close_all: Any
) -> None:
    event = claimed()
    module, name = STEPS[step]
    real = getattr(module, name)

    def killed(*args: Any, **named: Any) -> None:
        real(*args, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    close_all()
    child = os.fork()
    if child == 0:
        setattr(module, name, killed)
        try:
            asyncio.run(take_turn(assistant, event))
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert (os.WTERMSIG(status), everything()) == (signal.SIGKILL, NOTHING)
    asyncio.run(take_turn(assistant, claimed()))
    assert everything() == WHOLE
    assert [text for _, text in said()] == ["Chào anh/chị Lan", "Hỏi gì ạ?"]


def test_a_process_that_is_killed_right_after_the_save_has_settled_the_event_with_it(
    assistant: Any,
    claimed: Any,
    everything: Any,
    database: Database,
    cipher: Cipher,
    clock: Any,
    close_all: Any,
) -> None:
    event = claimed()
    close_all()
    child = os.fork()
    if child == 0:
        assistant.after_save = lambda: os.kill(os.getpid(), signal.SIGKILL)
        try:
            asyncio.run(take_turn(assistant, event))
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert (os.WTERMSIG(status), everything()) == (signal.SIGKILL, WHOLE)
    with database.transaction() as session:
        assert inbox.release_expired(session, clock(), everything=True) == 0
        assert inbox.claim(session, cipher, "w2", 1, clock()) == []


async def test_the_webhook_is_answered_while_a_save_waits_for_a_locked_database(
    assistant: Any, claimed: Any, everything: Any, database: Database
) -> None:
    event = claimed()
    ticks = 0
    with database.transaction() as other:
        other.execute(sa.text("DELETE FROM platform_token"))
        taking = asyncio.create_task(take_turn(assistant, event))
        for _ in range(20):
            await asyncio.sleep(0.01)
            ticks += 1
        waiting = not taking.done()
    assert (waiting, ticks) == (True, 20)
    assert (await taking).stored
    assert everything() == WHOLE


async def test_a_turn_without_an_answer_is_not_stored(assistant: Any, claimed: Any, everything: Any) -> None:
    async def silence(_: UserMessage) -> None:
        return None

    assistant.answer = silence
    turn = await take_turn(assistant, claimed())
    assert (turn.stored, turn.broken, everything()) == (False, "SilentTurn", NOTHING)


async def test_a_turn_that_owes_no_answer_may_be_silent(
    turn_store: TurnStore, assistant: Any, claimed: Any, everything: Any
) -> None:
    event = claimed()
    turn = Turn(event=event, worker="w1", conversation_id=CONVERSATION, expects_reply=False)

    async def silence(_: UserMessage) -> None:
        return None

    assistant.answer = silence
    token = current_turn.set(turn)
    await assistant(UserMessage("x", ZaloOutput(), CONVERSATION, None, "zalo", "m1", {}))
    current_turn.reset(token)
    assert (turn.stored, everything()["event"]) == (True, [("m1", "done")])


async def test_a_turn_that_went_round_in_circles_is_said_once_and_the_next_message_begins_anew(
    turn_store: TurnStore, claimed: Any, said: Any
) -> None:
    listen, not_understood = ActionExecuted("action_listen"), ActionExecuted("action_khong_hieu")
    told = UserUttered("tôi mất mã rồi", intent={"name": "tra_cuu_tien_do"}, message_id="m1")
    events = [listen, ActiveLoop("action_tra_cuu"), listen, told, *[not_understood] * 10]
    turn = Turn(event=claimed(), worker="w1", conversation_id=CONVERSATION)
    turn.replies = [Reply("text", {"text": text}) for text in ("Dạ?", "Dạ?", "Ý là?", "Dạ?")]
    token = current_turn.set(turn)
    await turn_store.save(DialogueStateTracker.from_events(CONVERSATION, events))
    current_turn.reset(token)
    assert turn.stored
    assert said() == [(LAN, "Dạ?"), (LAN, "Ý là?")]
    stored = await turn_store.retrieve(CONVERSATION)
    assert stored is not None
    assert (stored.latest_action_name, stored.active_loop_name) == ("action_listen", None)


async def test_an_event_that_another_worker_took_over_is_not_answered_twice(
    assistant: Any, claimed: Any, everything: Any, database: Database, cipher: Cipher, clock: Any
) -> None:
    event = claimed()
    with database.transaction() as session:
        inbox.release_expired(session, clock(), everything=True)
        assert len(inbox.claim(session, cipher, "w2", 1, clock())) == 1
    turn = await take_turn(assistant, event)
    assert (turn.stored, turn.broken, everything()) == (False, "ClaimLost", NOTHING)


async def test_a_conversation_that_cannot_be_read_is_not_overwritten(
    assistant: Any, claimed: Any, everything: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError("disk")

    monkeypatch.setattr(store_module.conversations, "load_recent", broken)
    turn = await take_turn(assistant, claimed())
    assert (turn.stored, turn.broken, everything()) == (False, "OSError", NOTHING)


async def test_another_conversation_saved_during_a_turn_does_not_end_it(
    turn_store: TurnStore, claimed: Any, everything: Any
) -> None:
    turn = Turn(event=claimed(), worker="w1", conversation_id=CONVERSATION)
    token = current_turn.set(turn)
    await turn_store.save(DialogueStateTracker.from_events("somebody-else", []))
    await turn_store.save(DialogueStateTracker.from_events(CONVERSATION, []))
    current_turn.reset(token)
    assert (turn.stored, turn.broken, everything()) == (False, "", NOTHING)


async def test_a_new_conversation_waits_for_nobody_until_there_is_something_to_store(
    turn_store: TurnStore, open_again: Any, table: Any
) -> None:
    tracker = DialogueStateTracker.from_events("console", [])
    with open_again().transaction():
        # Another process writes; this would have to wait for it.
        await asyncio.wait_for(turn_store.save(tracker), 2.0)
    tracker.update(SessionStarted())
    await turn_store.save(tracker)
    assert table("conversation_event", "type_name") == [("session_started",)]


async def test_a_conversation_goes_on_where_it_ended_and_no_event_is_stored_twice(
    assistant: Any, turn_store: TurnStore, table: Any
) -> None:
    for text in ("một", "hai", "ba"):
        await assistant(UserMessage(text, None, "console", None, "cmdline", None, {}))
    tracker = await turn_store.retrieve("console")
    assert [event.text for event in tracker.events if event.type_name == "user"] == ["một", "hai", "ba"]
    # The row more is Rasa's action that starts a session: it stands before the session itself.
    assert (len(table("conversation_event", "id")), len(tracker.events)) == (9, 8)
    await turn_store.save(tracker)
    assert len(table("conversation_event", "id")) == 9


async def test_only_the_last_session_is_read_for_a_turn(assistant: Any, turn_store: TurnStore) -> None:
    for text in ("một", "hai"):
        tracker = await turn_store.retrieve("console") or DialogueStateTracker.from_events("console", [])
        tracker.update_with_events([SessionStarted(), UserUttered(text)], None)
        await turn_store.save(tracker)
    last, whole = await turn_store.retrieve("console"), await turn_store.retrieve_full_tracker("console")
    assert [event.text for event in last.events if event.type_name == "user"] == ["hai"]
    assert [event.text for event in whole.events if event.type_name == "user"] == ["một", "hai"]
    assert await turn_store.keys() == ["console"]
    assert await turn_store.retrieve("nobody") is None


async def test_no_word_of_the_citizen_or_of_the_answer_is_in_the_file(
    assistant: Any,
    claimed: Any,
    everything: Any,
    database: Database,
    database_file: Any,
    turn_store: TurnStore,
) -> None:
    await take_turn(assistant, claimed(), "Chau bi bao hanh, so 0901234567")
    assert everything() == WHOLE
    stored = b"".join(path.read_bytes() for path in database_file.parent.glob("an-ninh.db*"))
    words = [b"bao hanh", b"0901234567", "Chào anh/chị Lan".encode(), "Lệ phí".encode()]
    assert [word for word in words if word in stored] == []
    assert b"zalo-" + OA.encode() in stored


async def test_a_turn_that_is_given_up_while_it_waits_for_the_database_is_not_stored_late(
    assistant: Any, claimed: Any, everything: Any, database: Database, clock: Any
) -> None:
    event = claimed()
    said, locked = asyncio.Event(), asyncio.Event()

    async def answer(message: UserMessage) -> None:
        await assistant.echo(message)
        said.set()
        await locked.wait()

    assistant.answer = answer
    taking = asyncio.create_task(take_turn(assistant, event))
    await said.wait()
    with database.transaction() as other:
        # The worker's patience ends, and it gives the event back before the save gets its chance.
        inbox.retry(other, event.id, "w1", clock(), "TimeoutError")
        locked.set()
        await asyncio.sleep(0.1)
        waiting = not taking.done()
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
    await asyncio.sleep(0.3)
    assert (waiting, everything()) == (True, {**NOTHING, "event": [("m1", "new")]})
