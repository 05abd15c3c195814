"""The database is locked while a citizen writes: Zalo gets its yes in time, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from connectors.zalo.channel import ZaloInput
from services.db import Database


async def test_a_locked_database_delays_the_answer_to_the_citizen_but_loses_nothing(
    make_channel: Callable[..., ZaloInput],
    open_again: Callable[[], Database],
    assistant: Any,
    message_event: Any,
    signed: Any,
    table: Any,
    said: Any,
    until: Any,
    tmp_path: Any,
) -> None:
    channel = make_channel(data_dir=tmp_path / "data")
    with open_again().engine.connect() as other:
        other.exec_driver_sql("CREATE TABLE held (x)")
        started = time.monotonic()
        answers = await asyncio.gather(
            *(channel.receive(*signed(message_event(f"tin {number}"))) for number in range(3))
        )
        assert time.monotonic() - started < 1.9
        other.rollback()
    assert answers == [True, True, True]
    assert len(list((tmp_path / "data" / "spool").glob("*.sealed"))) == 3
    await channel.start(assistant, lambda: True)
    try:
        await until(lambda: len(said()) == 3)
    finally:
        await channel.stop()
    assert sorted(text for _, text in said()) == ["Nghe: tin 0", "Nghe: tin 1", "Nghe: tin 2"]
    assert table("inbound_event", "state") == [("done",)] * 3
