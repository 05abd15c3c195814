"""A citizen asks for a person, or greets: what they hear, and who is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import officer, storage
from actions.greeting import ActionGreet
from services import handover, outbox
from services.clock import utc_now
from services.db.migrate import upgrade

OA_ID = "9990001112223334445"


@pytest.fixture
def store(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    accounts = tmp_path / "accounts.yml"
    accounts.write_text(
        f'- {{id: "{OA_ID}", name: Công an phường Tân Phú, duty: Có cán bộ trực cả ngày đêm.,'
        ' duty_officers: ["77"]}\n',
        encoding="utf-8",
    )
    values = {
        **environ,
        "ZALO_ACCOUNTS": str(accounts),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'actions.db'}",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    storage.storage.cache_clear()
    opened = storage.storage()
    upgrade(opened.database)
    yield opened
    storage.storage.cache_clear()


def wrote(text: str, oa_id: str | None = OA_ID) -> Tracker:
    """Make the tracker after one message over Zalo, or in a terminal."""
    metadata = {"oa_id": oa_id, "user_id": "5"} if oa_id else {}
    message = {"text": text, "intent": {"name": "x"}, "entities": [], "metadata": metadata}
    return Tracker("s", {}, message, [], False, None, {}, None)


async def heard(action: Any, tracker: Tracker) -> str:
    dispatcher = CollectingDispatcher()
    await action.run(dispatcher, tracker, {})
    return str(dispatcher.messages[0]["text"])


async def test_asking_for_an_officer_tells_them_once_and_says_what_comes_next(store: Any) -> None:
    first = await heard(officer.ActionAskForOfficer(), wrote("cho gặp cán bộ"))
    assert "Công an phường Tân Phú" in first
    assert "Có cán bộ trực cả ngày đêm." in first
    again = await heard(officer.ActionAskForOfficer(), wrote("cán bộ đâu"))
    assert again == officer.ASKED_BEFORE
    with store.database.transaction() as session:
        assert [(a, c) for a, c, _ in handover.waiting(session, utc_now())] == [(OA_ID, "5")]
        told = outbox.claim(session, store.cipher, "w", 10, utc_now())
    assert [(item.citizen_id, item.payload) for item in told] == [("77", {"text": officer.FOR_OFFICERS})]


async def test_without_duty_hours_none_are_invented(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZALO_ACCOUNTS", "")
    storage.storage.cache_clear()
    assert officer.DUTY_UNKNOWN in await heard(officer.ActionAskForOfficer(), wrote("gặp cán bộ"))


async def test_in_a_terminal_nobody_can_be_told(store: Any) -> None:
    assert await heard(officer.ActionAskForOfficer(), wrote("gặp cán bộ", None)) == officer.NOBODY_TO_TELL


async def test_the_greeting_names_the_unit(store: Any) -> None:
    assert "trợ lý tự động của Công an phường Tân Phú" in await heard(ActionGreet(), wrote("chào"))
    assert "trợ lý tự động của cơ quan Công an" in await heard(ActionGreet(), wrote("chào", None))
