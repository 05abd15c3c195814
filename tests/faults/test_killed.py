"""Rasa is killed while citizens write: every message is answered exactly once and in order all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.channel.kill import CLOCK_FACTOR, survive
from benchmarks.channel.processes import Stack
from commands.model import ensure_model


@pytest.mark.journey
@pytest.mark.timeout(600)
def test_thirty_citizens_write_while_rasa_is_killed_twice(tmp_path: Path) -> None:
    stack = Stack(tmp_path, ensure_model(Console(stderr=True)), CLOCK_FACTOR)
    try:
        stack.start()
        found = asyncio.run(
            survive(stack, citizens=30, messages=2, kills=2, drain_seconds=120, say=lambda _: None)
        )
    finally:
        stack.stop()
    # What Zalo itself gave up would be no gap of ours; in this time it gives nothing up.
    assert (found.given_up_by_zalo, found.verdict.lost, found.verdict.doubled) == (0, 0, 0)
    assert (found.verdict.chats_whole, found.verdict.chats_out_of_order) == (30, 0)
    assert (set(found.rows.events), set(found.rows.messages), found.rows.same_remote_id) == (
        {"done"},
        {"sent"},
        0,
    )
    # Zalo did knock in vain while Rasa was away: the test tested something.
    assert found.counters["no_connection"] + found.counters.get("dropped", 0) > 0
