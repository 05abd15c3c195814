"""The measurement of our channel: load, drain, and what became of every message."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.channel import load, zalo_side
from benchmarks.channel.load import Answers
from benchmarks.channel.processes import Stack
from benchmarks.channel.scripts import SCRIPTS, script_of
from benchmarks.channel.verdict import Reference, Rows, Verdict, expected_chat, judge, rows
from benchmarks.channel.zalo_side import ZaloSide, citizen_id

Say = Callable[[str], None]

# Before the load, so that nothing of the undisturbed chats is still under way.
SETTLE_SECONDS = 4.0


class NotDrained(Exception):
    """Work was left when the time was over."""


@dataclass(frozen=True)
class Measured:
    """The outcome of one channel's run; `drained` seconds after the last event, None when it never was."""

    channel: str
    answers: Answers
    verdict: Verdict
    drained: float | None
    rows: Rows | None = None


async def measure(
    stack: Stack, rate: float, seconds: float, citizens: int, drain_seconds: float, say: Say
) -> Measured:
    """Run the load against a started stack and judge it. Raises NotDrained."""
    first = len(SCRIPTS) * 10
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        zalo = ZaloSide(stack.zalo, session)
        await zalo.only_listens(first + citizens)
        reference = await undisturbed(stack, zalo)
        say("the undisturbed chats are heard")
        await asyncio.sleep(SETTLE_SECONDS)
        plan = load.schedule(rate, seconds, citizens, min(map(len, SCRIPTS)))
        answers = await load.run(stack.webhook, zalo_side.deliveries(plan, first))
        times = ", ".join(f"p{share * 100:g} {answers.percentile(share):.1f}" for share in (0.5, 0.95, 0.99))
        say(f"{times} ms, {dict(answers.outcomes)}; draining")
        started = time.monotonic()
        await drained(stack.folder / "an-ninh.db", drain_seconds, say)
        drain = time.monotonic() - started
        positions: dict[int, list[int]] = {}
        for _, citizen, position in plan:
            positions.setdefault(first + citizen, []).append(position)
        expected = {
            citizen_id(citizen): expected_chat(reference, script_of(citizen), found)
            for citizen, found in positions.items()
        }
        chats = await zalo.all_said(list(expected))
    return Measured("Zalo", answers, judge(chats, expected), drain, rows(stack.folder / "an-ninh.db"))


async def undisturbed(stack: Stack, zalo: ZaloSide, messages: int = 6) -> Reference:
    """Hear one citizen per script, one message at a time, and note the answers."""
    heard: list[list[list[str]]] = []
    for script in range(len(SCRIPTS)):
        answers: list[list[str]] = []
        known = 0
        for position in range(min(messages, len(SCRIPTS[script]))):
            posted = await load.run(stack.webhook, zalo_side.deliveries([(0.0, 0, position)], first=script))
            if posted.outcomes["200"] != 1:
                raise NotDrained(f"an event was not accepted: {dict(posted.outcomes)}")
            await drained(stack.folder / "an-ninh.db", 30.0, lambda _: None, pause=0.05)
            said = await zalo.said(citizen_id(script))
            answers.append(said[known:])
            known = len(said)
        heard.append(answers)
    return heard


async def drained(database: Path, seconds: float, say: Say, pause: float = 1.0) -> None:
    """Wait until nothing is to be worked or sent any more. Raises NotDrained."""
    deadline = time.monotonic() + seconds
    told = time.monotonic()
    while (left := rows(database).open) > 0:
        if time.monotonic() > deadline:
            raise NotDrained(f"{left} events and messages were left after {seconds:.0f} s")
        if time.monotonic() - told > 15:
            told = time.monotonic()
            say(f"{left} left")
        await asyncio.sleep(pause)
