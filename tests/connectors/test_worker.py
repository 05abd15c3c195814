"""From the inbox through the dialogue into the outbox: what a citizen sees, in good times and in bad."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from connectors.turn import current_turn
from connectors.zalo import events, worker
from connectors.zalo.worker import APOLOGY, InboxWorker
from services import inbox
from services.clock import utc_now
from services.db import Database
from services.db.group_commit import GroupCommit
from services.inbox import NewEvent
from services.secrets import Cipher

APP, OA, LAN, MINH = "1234567890123456789", "9990001112223334445", "5550001112223334445", "5550009"
MENU = [
    {"title": "Lệ phí", "payload": '/hoi_tiep{"khia_canh": "le_phi"}', "say": "Lệ phí bao nhiêu?"},
    {"title": "Gọi 113", "payload": "tel:113"},
]


@pytest.fixture
def clock() -> Any:
    """The real one: the tracker store keeps real time."""
    return utc_now


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PAUSES", (timedelta(milliseconds=1),) * 4)
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.02)


@pytest.fixture
def writes(database: Database, cipher: Cipher, message_event: Any) -> Callable[..., None]:
    """A citizen writes: the event stands in the inbox, as the webhook leaves it."""

    def put(*texts: str, citizen: str = LAN, **changes: Any) -> None:
        for text in texts:
            raw = message_event(text, sender={"id": citizen}, **changes)
            event = events.parse(raw, APP, {OA})
            new = NewEvent(OA, citizen, event.key, event.kind, json.dumps(raw), event.sent_at)
            with database.transaction() as session:
                inbox.store(session, cipher, [new], utc_now())

    return put


@pytest.fixture
def work(commit: GroupCommit, cipher: Cipher, assistant: Any) -> Callable[..., InboxWorker]:
    def make(**changes: Any) -> InboxWorker:
        named: dict[str, Any] = {
            "commit": commit,
            "cipher": cipher,
            "handler": assistant,
            "is_ready": lambda: True,
            "app_id": APP,
            "account_ids": frozenset({OA}),
            "worker": "w1",
            "wake_sender": lambda: None,
        }
        return InboxWorker(**{**named, **changes})

    return make


@pytest.fixture
def states(table: Any) -> Callable[[], list[str]]:
    return lambda: [row[0] for row in table("inbound_event", "state")]


@pytest.fixture
def settled(work: Any, background: Any, until: Any, states: Any) -> Callable[..., Awaitable[None]]:
    """Runs a worker until no event is open."""

    async def run(made: InboxWorker | None = None) -> None:
        made = made or work()
        async with background(made.run):
            await until(lambda: not {"new", "working"} & set(states()))

    return run


async def test_each_citizen_is_answered_in_order(writes: Any, settled: Any, said: Any, states: Any) -> None:
    writes("một", "hai", "ba")
    writes("bốn", citizen=MINH)
    await settled()
    assert sorted(said()) == sorted(
        [(LAN, "Nghe: một"), (LAN, "Nghe: hai"), (LAN, "Nghe: ba"), (MINH, "Nghe: bốn")]
    )
    assert [text for citizen, text in said() if citizen == LAN] == ["Nghe: một", "Nghe: hai", "Nghe: ba"]
    assert states() == ["done"] * 4


async def test_rasa_gets_the_message_with_all_that_belongs_to_it(
    writes: Any, settled: Any, assistant: Any
) -> None:
    writes("  Mất\u200b xe  ")
    await settled()
    [heard] = assistant.heard
    assert (heard.text, heard.sender_id, heard.message_id, heard.input_channel, heard.parse_data) == (
        "Mất xe",
        f"zalo-{OA}-{LAN}",
        "m1",
        "zalo",
        None,
    )
    assert (heard.metadata["oa_id"], heard.metadata["user_id"]) == (OA, LAN)


async def test_a_tap_is_understood_for_the_citizen_who_got_the_buttons_only(
    writes: Any, settled: Any, assistant: Any
) -> None:
    async def offer(message: UserMessage) -> None:
        await message.output_channel.send_response(message.sender_id, {"text": "Chọn", "buttons": MENU})

    assistant.answer = offer
    writes("Chào")
    await settled()
    writes("Lệ phí bao nhiêu?")
    writes("Lệ phí bao nhiêu?", citizen=MINH)
    await settled()
    understood = {message.sender_id[-4:]: message.parse_data for message in assistant.heard[1:]}
    assert understood[LAN[-4:]]["intent"] == {"name": "hoi_tiep", "confidence": 1.0}
    assert understood[LAN[-4:]]["entities"][0]["value"] == "le_phi"
    assert understood[MINH[-4:]] is None


@pytest.mark.parametrize("typed", ["/restart", '/hoi_tiep{"khia_canh": "le_phi"}', "/ /restart"])
async def test_a_typed_command_reaches_rasa_as_words_only(
    typed: str, writes: Any, settled: Any, assistant: Any
) -> None:
    writes(typed)
    await settled()
    [heard] = assistant.heard
    assert not heard.text.startswith("/")
    assert (heard.parse_data or {}).get("intent", {}).get("name") in (None, "nlu_fallback")


async def test_half_an_emoji_is_answered_too(writes: Any, settled: Any, said: Any, assistant: Any) -> None:
    writes("cứu \ud83d với")
    writes("", event_name="user_send_link", message={
        "msg_id": "link", "attachments": [{"type": "link", "payload": {"description": "\ud83d"}}],
    })  # fmt: skip
    await settled()
    assert said() == [(LAN, "Nghe: cứu ? với"), (LAN, "Nghe: [Liên kết]")]


async def test_a_turn_that_fails_twice_is_answered_once(
    writes: Any, settled: Any, assistant: Any, said: Any, table: Any
) -> None:
    tries = []

    async def flaky(message: UserMessage) -> None:
        tries.append(1)
        await assistant.echo(message)
        if len(tries) < 3:
            raise ConnectionError("action server")

    assistant.answer = flaky
    writes("Mất xe", "Ở ngõ 5")
    await settled()
    assert said() == [(LAN, "Nghe: Mất xe"), (LAN, "Nghe: Ở ngõ 5")]
    assert table("inbound_event", "state", "attempts") == [("done", 3), ("done", 1)]


async def test_a_silent_turn_is_tried_again(writes: Any, settled: Any, assistant: Any, said: Any) -> None:
    async def silent_once(message: UserMessage) -> None:
        if len(assistant.heard) > 1:
            await assistant.echo(message)

    assistant.answer = silent_once
    writes("Mất xe")
    await settled()
    assert (len(assistant.heard), said()) == (2, [(LAN, "Nghe: Mất xe")])


async def test_a_message_that_always_fails_ends_with_one_apology_and_the_next_one_is_answered(
    writes: Any, settled: Any, assistant: Any, said: Any, table: Any
) -> None:
    async def poison(message: UserMessage) -> None:
        await assistant.echo(message)
        if "độc" in message.text:
            raise KeyError("Mất xe")

    assistant.answer = poison
    writes("thuốc độc", "Chào")
    await settled()
    assert said() == [(LAN, APOLOGY), (LAN, "Nghe: Chào")]
    assert table("inbound_event", "state", "attempts", "last_error") == [
        ("dead", 5, "KeyError"),
        ("done", 1, None),
    ]


async def test_a_message_that_kills_its_process_each_time_is_not_given_another(
    writes: Any, settled: Any, assistant: Any, said: Any, table: Any, database: Database, cipher: Cipher
) -> None:
    writes("thuốc độc", "Chào")
    for _ in range(5):
        with database.transaction() as session:
            assert len(inbox.claim(session, cipher, "dead", 1, utc_now())) == 1
            inbox.release_expired(session, utc_now(), everything=True)
    await settled()
    assert [message.text for message in assistant.heard] == ["Chào"]
    assert said() == [(LAN, APOLOGY), (LAN, "Nghe: Chào")]
    assert table("inbound_event", "state", "attempts") == [("dead", 6), ("done", 1)]


async def test_an_error_after_the_turn_was_stored_does_not_run_it_again(
    writes: Any, settled: Any, assistant: Any, said: Any, states: Any
) -> None:
    def breaks() -> None:
        raise ConnectionError("lock store")

    assistant.after_save = breaks
    writes("Mất xe")
    await settled()
    assert (len(assistant.heard), said(), states()) == (1, [(LAN, "Nghe: Mất xe")], ["done"])


async def test_a_turn_that_hangs_is_given_up_and_tried_again(
    writes: Any, settled: Any, assistant: Any, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "TURN_SECONDS", 0.1)

    async def hangs_once(message: UserMessage) -> None:
        if len(assistant.heard) == 1:
            await asyncio.sleep(60)
        await assistant.echo(message)

    assistant.answer = hangs_once
    writes("Mất xe")
    await settled()
    assert (len(assistant.heard), said()) == (2, [(LAN, "Nghe: Mất xe")])


async def test_nothing_is_taken_before_the_model_is_loaded(
    writes: Any, work: Any, background: Any, until: Any, states: Any, assistant: Any
) -> None:
    ready: list[bool] = []
    made = work(is_ready=lambda: bool(ready))
    writes("Mất xe")
    async with background(made.run):
        await asyncio.sleep(0.1)
        before = (states(), list(assistant.heard))
        ready.append(True)
        await until(lambda: states() == ["done"])
    assert (before, len(assistant.heard)) == ((["new"], []), 1)


async def test_several_citizens_are_served_at_once_and_never_more_than_allowed(
    writes: Any, settled: Any, work: Any, assistant: Any
) -> None:
    at_once: list[str] = []
    most = []

    async def slow(message: UserMessage) -> None:
        assert message.sender_id not in at_once, "two turns of one citizen at once"
        at_once.append(message.sender_id)
        most.append(len(at_once))
        await asyncio.sleep(0.02)
        at_once.remove(message.sender_id)
        await assistant.echo(message)

    assistant.answer = slow
    for number in range(6):
        writes("một", "hai", citizen=f"citizen-{number}")
    await settled(work(concurrency=3))
    assert (max(most), len(assistant.heard)) == (3, 12)


async def test_two_processes_share_the_work_and_answer_each_message_once(
    writes: Any, work: Any, background: Any, until: Any, states: Any, said: Any, open_again: Any
) -> None:
    for number in range(4):
        writes("một", "hai", "ba", citizen=f"citizen-{number}")
    workers = []
    for name in ("w1", "w2"):
        other = open_again()
        workers.append(work(worker=name, commit=GroupCommit(other), concurrency=2))
    async with background(workers[0].run), background(workers[1].run):
        await until(lambda: set(states()) == {"done"}, 15)
    texts: dict[str, list[str]] = {}
    for citizen, text in said():
        texts.setdefault(citizen, []).append(text)
    assert texts == {f"citizen-{n}": ["Nghe: một", "Nghe: hai", "Nghe: ba"] for n in range(4)}


async def test_a_turn_knows_itself_and_not_its_neighbours(writes: Any, settled: Any, assistant: Any) -> None:
    wrong = []

    async def look(message: UserMessage) -> None:
        await asyncio.sleep(0.01)
        turn = current_turn.get()
        if turn is None or turn.conversation_id != message.sender_id:
            wrong.append(message.sender_id)
        await assistant.echo(message)

    assistant.answer = look
    for number in range(8):
        writes("một", citizen=f"citizen-{number}")
    await settled()
    assert (wrong, current_turn.get()) == ([], None)


async def test_a_stop_lets_a_running_turn_come_to_its_end(
    writes: Any, work: Any, assistant: Any, until: Any, states: Any, said: Any
) -> None:
    async def slow(message: UserMessage) -> None:
        await asyncio.sleep(0.1)
        await assistant.echo(message)

    assistant.answer = slow
    writes("Mất xe")
    running = asyncio.create_task(work().run())
    await until(lambda: assistant.heard)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (states(), said()) == (["done"], [(LAN, "Nghe: Mất xe")])


async def test_what_a_dead_process_held_is_taken_up_again(
    writes: Any, work: Any, settled: Any, said: Any, database: Database, cipher: Cipher
) -> None:
    writes("Mất xe")
    long_ago = utc_now() - timedelta(minutes=5)
    with database.transaction() as session:
        session.execute(inbox.InboundEvent.__table__.update().values(next_try_at=long_ago))
        assert len(inbox.claim(session, cipher, "dead", 1, long_ago)) == 1
    made = work()
    await made.keep_alive()
    await settled(made)
    assert said() == [(LAN, "Nghe: Mất xe")]


async def test_logs_hold_nothing_of_what_was_written(
    writes: Any, settled: Any, assistant: Any, log_lines: Any
) -> None:
    async def poison(_: UserMessage) -> None:
        raise ValueError("Cháu bị bạo hành 0901234567")

    assistant.answer = poison
    writes("Cháu bị bạo hành 0901234567")
    await settled()
    lines = log_lines()
    assert {"inbox.event.failed", "inbox.event.dead"} <= {line["event"] for line in lines}
    shown = json.dumps(lines, ensure_ascii=False)
    assert [word for word in ("bạo hành", "0901234567", LAN) if word in shown] == []
