"""When deliveries come faster than they can be worked off, and when that is over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.zalo.intake import BUSY_PER_SECOND, Intake
from services.db import Database
from services.db.group_commit import GroupCommit
from services.secrets import Cipher
from services.spool import Spool
from tests.connectors.conftest import APP_ID, OA_ID, SECRET


@pytest.fixture
def intake_at(
    database: Database, cipher: Cipher, clock: Any, tmp_path: Path
) -> Callable[[Callable[[], float], list[bool]], Intake]:
    """Makes an intake; the list gets what it says of each stored delivery."""

    def make(monotonic: Callable[[], float], told: list[bool]) -> Intake:
        return Intake(
            APP_ID,
            frozenset({OA_ID}),
            SECRET,
            GroupCommit(database),
            cipher,
            Spool(tmp_path / "spool", cipher),
            clock,
            told.append,
            monotonic,
        )

    return make


async def test_only_a_picture_is_told_as_something_to_fetch(
    intake_at: Callable[..., Intake],
    message_event: Callable[..., dict[str, Any]],
    signed: Callable[..., tuple[bytes, str]],
) -> None:
    told: list[bool] = []
    intake = intake_at(lambda: 0.0, told)
    picture = [{"type": "image", "payload": {"url": "https://photo.zdn.vn/a.jpg"}}]
    sent = {"msg_id": "m-picture", "attachments": picture}
    for event in (message_event(), message_event(event_name="user_send_image", message=sent)):
        assert await intake.receive(*signed(event))
    assert told == [False, True]


@pytest.mark.parametrize(("per_second", "busy"), [(60, False), (100, False), (150, True), (200, True)])
async def test_a_flood_is_told_from_much_to_do(
    intake_at: Callable[..., Intake],
    message_event: Callable[..., dict[str, Any]],
    signed: Callable[..., tuple[bytes, str]],
    per_second: int,
    busy: bool,
) -> None:
    assert 100 < BUSY_PER_SECOND < 150
    now = [1_000.0]
    intake = intake_at(lambda: now[0], [])
    assert not intake.is_busy
    for _ in range(2 * per_second):
        now[0] += 1 / per_second
        body, signature = signed(message_event())
        assert await intake.receive(body, signature)
    assert intake.is_busy is busy
    now[0] += 1.0
    assert not intake.is_busy
