"""`python -m benchmarks.channel.kill`: Rasa is killed again and again while citizens write.

SIGKILL at seeded random moments, restart at once; Zalo repeats what did not arrive, in strict mode
and holding each citizen's order. At the end every chat has to read like an undisturbed one, but for
the messages that Zalo itself gave up.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import typer
from rich.console import Console

from benchmarks.channel.processes import Stack
from benchmarks.channel.report import machine, write
from benchmarks.channel.scripts import SCRIPTS, script_of
from benchmarks.channel.verdict import Rows, Verdict, expected_chat, judge, rows
from benchmarks.channel.zalo_run import NotDrained, Say, undisturbed
from benchmarks.channel.zalo_side import ZaloSide
from commands.model import ensure_model

SEED = 20261121
# Zalo's pauses between its tries, from 30 s to an hour, are as long as they are while Rasa is away, so
# that no event uses up its tries in one absence, and are cut short once Rasa is back.
CLOCK_FACTOR = 1.0
LONGEST_PAUSE = 3600
READY_SECONDS = 120.0
RESTART_SECONDS = 14.0

_VERDICTS = {
    True: "every message that Zalo delivered was answered exactly once, in order",
    False: "NOT CLEAN",
}

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class Survived:
    """What was left of it: the verdict, and what Zalo and the database count."""

    citizens: int
    kills: int
    messages: int
    given_up_by_zalo: int
    verdict: Verdict
    rows: Rows
    counters: dict[str, int]
    seconds: float
    restarts: list[float]

    @property
    def is_clean(self) -> bool:
        """Tell whether every message that Zalo delivered was answered exactly once and in order."""
        return self.verdict.is_clean and self.rows.same_remote_id == 0 and set(self.rows.events) <= {"done"}


async def survive(
    stack: Stack, citizens: int, messages: int, kills: int, drain_seconds: float, say: Say, seed: int = SEED
) -> Survived:
    """Kill a started stack's Rasa `kills` times while citizens write. Raises NotDrained."""
    rng = random.Random(seed)
    people = [f"kill-{number}" for number in range(citizens)]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        zalo = ZaloSide(stack.zalo, session)
        await zalo.only_listens(len(SCRIPTS))
        reference = await undisturbed(stack, zalo, messages)
        say("the undisturbed chats are heard")
        await zalo.control("webhook/enable", on=True)
        await zalo.control("options", strict=True, hold_order=True, echo=True)
        started = time.monotonic()
        # About half of the time Rasa is starting; the writing lasts as long as the killing.
        pause = kills * RESTART_SECONDS / (citizens * messages)
        writing = asyncio.create_task(_write(zalo, people, messages, pause, rng))
        restarts = []
        for number in range(kills):
            await asyncio.sleep(rng.uniform(0.3, 4.0))
            stack.rasa.kill()
            killed = time.monotonic()
            stack.rasa.start()
            await _until_ready(stack)
            restarts.append(time.monotonic() - killed)
            await zalo.control("clock", advance=LONGEST_PAUSE)
            say(f"kill {number + 1} of {kills}; ready again after {restarts[-1]:.1f} s")
        await writing
        await _until_quiet(stack, zalo, drain_seconds)
        seconds = time.monotonic() - started
        states = {person: await zalo.delivered(person) for person in people}
        expected = {
            person: expected_chat(
                reference,
                script_of(number),
                [position for position, state in enumerate(states[person]) if state == "delivered"],
            )
            for number, person in enumerate(people)
        }
        chats = await zalo.all_said(people)
        counters, _ = await zalo.counters()
    given_up = sum(state != "delivered" for found in states.values() for state in found)
    return Survived(
        citizens, kills, citizens * messages, given_up, judge(chats, expected),
        rows(stack.folder / "an-ninh.db"), counters, seconds, restarts,
    )  # fmt: skip


async def _write(zalo: ZaloSide, people: list[str], messages: int, pause: float, rng: random.Random) -> None:
    turns = [number for number in range(len(people)) for _ in range(messages)]
    rng.shuffle(turns)
    written = [0] * len(people)
    for number in turns:
        await zalo.write(people[number], SCRIPTS[script_of(number)][written[number]])
        written[number] += 1
        await asyncio.sleep(rng.uniform(0, 2 * pause))


async def _until_ready(stack: Stack) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not await asyncio.to_thread(stack.rasa.is_ready):
        if time.monotonic() > deadline:
            raise NotDrained(f"Rasa was not ready {READY_SECONDS:.0f} s after it was killed")
        await asyncio.sleep(0.1)


async def _until_quiet(stack: Stack, zalo: ZaloSide, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    pushed = time.monotonic()
    while True:
        _, waiting = await zalo.counters()
        left = rows(stack.folder / "an-ninh.db").open
        if waiting == 0 and left == 0:
            return
        if time.monotonic() > deadline:
            raise NotDrained(f"{waiting} deliveries and {left} events and messages were left")
        if waiting and time.monotonic() - pushed > 5:
            pushed = time.monotonic()
            await zalo.control("clock", advance=LONGEST_PAUSE)
        await asyncio.sleep(0.5)


def describe(found: Survived) -> list[str]:
    """Put the outcome into lines of Markdown."""
    verdict, counters = found.verdict, found.counters
    return [
        f"# Killed {found.kills} times while {found.citizens} citizens wrote",
        "",
        machine(),
        "",
        f"- messages written: {found.messages}; given up by Zalo itself: {found.given_up_by_zalo}",
        f"- answers expected: {verdict.expected}; in the chats: {verdict.said}; "
        f"lost: {verdict.lost}; doubled: {verdict.doubled}",
        f"- chats that read like the undisturbed ones: {verdict.chats_whole} of {verdict.chats}; "
        f"out of order: {verdict.chats_out_of_order}",
        f"- events in the database: {found.rows.events}; messages: {found.rows.messages}; "
        f"sent under the same id of Zalo: {found.rows.same_remote_id}",
        f"- tries of Zalo to deliver: {counters.get('tries', 0)}, repeated: {counters.get('retries', 0)}, "
        f"no connection: {counters.get('no_connection', 0)}, broken: {counters.get('dropped', 0)}, "
        f"too slow: {counters.get('slow', 0)}",
        f"- {found.seconds:.0f} s in all; Rasa was away {min(found.restarts):.1f} to "
        f"{max(found.restarts):.1f} s after each kill; seed {SEED}",
        f"- verdict: {_VERDICTS[found.is_clean]}",
    ]


@app.command()
def run(
    citizens: int = typer.Option(500, help="How many citizens write."),
    messages: int = typer.Option(3, min=1, max=6, help="How many messages each of them writes."),
    kills: int = typer.Option(20, help="How often Rasa is killed."),
    drain: float = typer.Option(600.0, help="Seconds for the rest after the last kill."),
    model: str = typer.Option("", help="A trained model; that of the present data unless given."),
    save: bool = typer.Option(True, help="Write the result to benchmarks/results."),
) -> None:
    """Kill Rasa while citizens write, and compare every chat with an undisturbed one."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), Path(model) if model else ensure_model(console), CLOCK_FACTOR)
        try:
            stack.start()
            found = asyncio.run(survive(stack, citizens, messages, kills, drain, console.print))
        finally:
            stack.stop()
    lines = describe(found)
    console.print("\n".join(lines), markup=False)
    if save:
        console.print(f"written to {write('channel-kill', lines)}")
    if not found.is_clean:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
