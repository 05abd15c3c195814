"""What goes wrong on our side, and citizens who write a lot: what they see, and that nothing is lost."""

from __future__ import annotations

import errno
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.zalo.worker import APOLOGY, ASSISTANT_SPEAKS, OFFICER_SPEAKS, TOO_FAST
from services.evidence_store import EvidenceStore
from simulator.control import DEFAULT_ADMIN
from simulator.events import oa_message
from tests.connectors.conftest import OA_ID
from tests.faults.conftest import BAY, LAN, TU, Town

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


@contextmanager
def locked(database_file: Path) -> Iterator[None]:
    """Another program holds the write lock of the database."""
    other = sqlite3.connect(database_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def officer_writes(town: Town, citizen: str, text: str) -> None:
    """An officer writes in the OA's chat tool."""
    message = town.zalo.store.add(
        town.zalo.store.conversation(OA_ID, citizen), "oa", "text", text, admin_id=DEFAULT_ADMIN
    )
    webhook = town.zalo.webhook
    event = oa_message(town.zalo.settings.app_id, message, webhook.timestamp())
    webhook.enqueue(event, OA_ID, citizen, message)


async def test_the_database_is_locked_while_citizens_write(
    town: Town, database_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.writes(LAN, "trước")
    await town.until_quiet(lambda: town.chat(LAN))
    # What was kept in files comes into the database late: what is written then must not overtake it.
    monkeypatch.setattr("connectors.zalo.housekeeping.EVERY_SECONDS", 2.0)
    with locked(database_file):
        for citizen in (LAN, BAY, TU):
            town.writes(citizen, "một", "hai")
        # Zalo has its answer in time, and forgets the events.
        await town.until(lambda: town.zalo.webhook.waiting == 0)
        assert town.zalo.webhook.counters["delivered"] == town.zalo.webhook.counters["events"]
        assert town.chat(BAY) == []
    for citizen in (LAN, BAY, TU):
        town.writes(citizen, "ba")

    def goes_on() -> bool:
        town.pass_time(2)
        return all(len(town.chat(citizen)) >= 3 for citizen in (LAN, BAY, TU))

    await town.until_quiet(goes_on)
    during = ["Nghe: một", "Nghe: hai", "Nghe: ba"]
    assert [town.chat(citizen) for citizen in (LAN, BAY, TU)] == [["Nghe: trước", *during], during, during]
    assert town.dead == []


async def test_the_database_is_locked_while_an_answer_is_on_its_way(town: Town, database_file: Path) -> None:
    town.zalo.faults.plant({"kind": "slow", "seconds": 0.5})
    town.writes(LAN, "một")
    await town.until(lambda: ("sending",) in town.states("outbound_message", "state"))
    with locked(database_file):
        await town.until(lambda: town.chat(LAN))
        await town.until(lambda: any(line["event"] == "outbox.message.unsettled" for line in town.log))
    # Zalo has the message, we do not know: it is looked for, not said again.

    def found() -> bool:
        town.pass_time(30)
        return town.states("outbound_message", "state") == [("sent",)]

    await town.until_quiet(found)
    assert (town.chat(LAN), town.states("outbound_message", "state")) == (["Nghe: một"], [("sent",)])


async def test_the_disk_is_full_when_a_picture_comes(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = town.zalo.uploads.keep("media", PICTURE, "image/png", "xe.png")

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("services.evidence_store.os.fsync", full)
        town.sends_picture(LAN, f"{town.base}/media/{kept.id}")
        await town.until_quiet(lambda: town.chat(LAN))
        await town.until(lambda: town.states("media_item", "state", "sha256") == [("wanted", None)])
        await town.until(lambda: town.states("media_item", "last_error") != [(None,)])
    # The citizen is answered all the same; an officer sees that the picture is still to come, and why.
    assert (town.chat(LAN), town.dead) == (["Nghe: [Hình ảnh]"], [])
    sha256 = hashlib.sha256(PICTURE).hexdigest()

    def fetched() -> bool:
        town.pass_time(60)
        return town.states("media_item", "state", "sha256") == [("stored", sha256)]

    await town.until(fetched)
    assert EvidenceStore(tmp_path / "var").read(sha256) == PICTURE


async def test_an_officer_takes_over_and_the_assistant_comes_back(town: Town) -> None:
    town.writes(LAN, "một")
    await town.until_quiet(lambda: town.chat(LAN))
    officer_writes(town, LAN, "Chào chị, tôi là cán bộ trực.")
    await town.until_quiet(lambda: OFFICER_SPEAKS in town.chat(LAN))
    town.writes(LAN, "chị cho em hỏi")
    await town.until_quiet(lambda: ("held",) in town.states("inbound_event", "state"))
    town.pass_time(31 * 60)
    town.writes(LAN, "hai")
    await town.until_quiet(lambda: "Nghe: hai" in town.chat(LAN))
    assert town.chat(LAN) == ["Nghe: một", OFFICER_SPEAKS, ASSISTANT_SPEAKS, "Nghe: hai"]
    # What was written to the officer is kept, and nobody else was touched.
    assert town.states("conversation_mode", "citizen_id") == []
    assert [state for (state,) in town.states("inbound_event", "state")].count("held") == 1


async def test_an_officer_gives_the_word_back_at_once(town: Town) -> None:
    town.writes(LAN, "một")
    await town.until_quiet(lambda: town.chat(LAN))
    officer_writes(town, LAN, "Tôi trả lời chị đây.")
    await town.until_quiet(lambda: OFFICER_SPEAKS in town.chat(LAN))
    officer_writes(town, LAN, "#bot")
    await town.until_quiet(lambda: ASSISTANT_SPEAKS in town.chat(LAN))
    town.writes(LAN, "hai")
    await town.until_quiet(lambda: "Nghe: hai" in town.chat(LAN))
    assert town.chat(LAN) == ["Nghe: một", OFFICER_SPEAKS, ASSISTANT_SPEAKS, "Nghe: hai"]


async def test_a_flood_of_one_citizen_keeps_nobody_waiting(town: Town) -> None:
    town.writes(LAN, *[f"lũ {number}" for number in range(100)])
    town.writes(BAY, "một")
    await town.until_quiet(lambda: len(town.states("inbound_event", "id")) == 101)
    assert town.chat(BAY) == ["Nghe: một"]
    answered = [text for text in town.chat(LAN) if text != TOO_FAST]
    numbers = [int(text.removeprefix("Nghe: lũ ")) for text in answered]
    assert numbers == sorted(set(numbers))
    assert (40 <= len(answered) <= 60, town.chat(LAN).count(TOO_FAST)) == (True, 1)
    held = [state for (state,) in town.states("inbound_event", "state")].count("held")
    assert held == 100 - len(answered)


async def test_the_action_server_is_down(town: Town) -> None:
    answers = town.assistant.answer

    async def nothing(_: Any) -> None:
        return None

    town.assistant.answer = nothing
    town.writes(LAN, "một")

    def given_up() -> bool:
        town.pass_time(5)
        return bool(town.dead)

    await town.until_quiet(given_up)
    town.assistant.answer = answers
    town.writes(LAN, "hai")
    await town.until_quiet(lambda: "Nghe: hai" in town.chat(LAN))
    assert town.chat(LAN) == [APOLOGY, "Nghe: hai"]
    assert [(letter.direction, letter.citizen_id) for letter in town.dead] == [("in", LAN)]
