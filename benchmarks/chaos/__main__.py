"""`make chaos`: citizens write through the simulated Zalo while everything fails; ends with 1 when not clean.

Two Rasa processes, an action server, a Postgres server with real syncs. Killed at random, cut off, refused,
under a wrong clock. The same seed breaks the same things in the same order.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import typer
from cryptography.fernet import Fernet
from rich.console import Console

from benchmarks.channel.processes import Program
from benchmarks.channel.report import machine, write
from benchmarks.channel.scripts import SCRIPTS, script_of
from benchmarks.channel.zalo_side import ZaloSide
from benchmarks.chaos.faults import LONGEST_PAUSE, Faults, until_ready
from benchmarks.chaos.reporters import Reporters
from benchmarks.chaos.verdict import Counted, judge
from benchmarks.load.postgres import Postgres
from benchmarks.load.stacks import Ours
from commands.model import ensure_model
from services.clock import utc_now
from services.db.engine import Database
from services.errors import StorageError
from services.evidence_store import EvidenceStore
from services.health import measure
from services.secrets import Cipher

SEED = 20261121
REPLICAS = 2

app = typer.Typer(add_completion=False)


@app.command()
def main(
    minutes: float = typer.Option(10.0, help="How long things fail."),
    rate: float = typer.Option(4.0, help="Messages a second."),
    seed: int = typer.Option(SEED, help="What breaks, in which order."),
    drain: float = typer.Option(300.0, help="Seconds for the rest."),
    model: str = typer.Option("", help="A trained model; that of the present data unless given."),
    keep: str = typer.Option("", help="A folder for databases and logs, kept afterwards."),
    save: bool = typer.Option(True, help="Write the result to benchmarks/results."),
) -> None:
    """Break everything under load, then count."""
    console = Console(highlight=False)
    chosen = Path(model) if model else ensure_model(console)
    server = Postgres()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(keep or temporary)
        stack: Ours | None = None
        try:
            server.start()
            key = Fernet.generate_key().decode()
            stack = Ours(folder, chosen, server.new_database("chaos"), REPLICAS, {"DATA_KEYS": key})
            skews = [
                _with_clock(one, folder / f"clock-{number}")
                for number, one in enumerate(stack.replicas, start=1)
            ]
            stack.start()
            lines, clean = asyncio.run(
                _run(stack, server, key, skews, minutes * 60, rate, seed, drain, console.print)
            )
        finally:
            if stack is not None:
                stack.stop()
            server.remove()
    console.print("\n".join(lines), markup=False)
    if save:
        console.print(f"written to {write('chaos', lines)}")
    if not clean:
        raise typer.Exit(1)


def _with_clock(program: Program, file: Path) -> Path:
    """Let a Rasa process start under a clock that a file sets wrong."""
    file.write_text("0")
    place = program.command.index("-m")
    program.command = [
        sys.executable, "-m", "benchmarks.chaos.skewed", str(file), *program.command[place + 1 :]
    ]  # fmt: skip
    return file


async def _run(
    stack: Ours,
    server: Postgres,
    key: str,
    skews: list[Path],
    seconds: float,
    rate: float,
    seed: int,
    drain: float,
    say: Callable[[str], None],
) -> tuple[list[str], bool]:
    rng, begun = random.Random(seed), time.monotonic()
    people = [f"chaos-{number}" for number in range(max(4, int(seconds * rate / 3)))]
    database = Database(stack.database_url)
    reporters = Reporters(database, Cipher((key,)), EvidenceStore(stack.folder), random.Random(seed + 1))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        zalo = ZaloSide(stack.zalo, session)
        await zalo.control("options", rate_limit=0, strict=True, hold_order=True, echo=True)
        faults = Faults(stack, server, zalo, skews, rng, say)
        stop = asyncio.Event()
        reporting = asyncio.create_task(reporters.run(stop))
        writing = asyncio.create_task(_write(zalo, people, seconds, rate, random.Random(seed + 2)))
        await faults.run(seconds)
        written = await writing
        stop.set()
        await reporting
        for program in [stack.actions, *stack.replicas]:
            await until_ready(program)
        quiet = await _until_quiet(database, zalo, drain)
        delivered = 0
        given_up = 0
        for person in people:
            states = await zalo.delivered(person)
            delivered += sum(state == "delivered" for state in states)
            given_up += sum(state != "delivered" for state in states)
        said = await zalo.all_said(people)
    counted = judge(database, delivered, said)
    wrong = [
        *counted.problems,
        *reporters.judge(),
        *([] if quiet else ["work was left when the time was over"]),
    ]
    database.close()
    lines = describe(counted, faults, reporters, wrong, written, given_up, seed, time.monotonic() - begun)
    return lines, not wrong


async def _write(zalo: ZaloSide, people: list[str], seconds: float, rate: float, rng: random.Random) -> int:
    """Let citizens write at random moments, each at most the messages of a script, until the time is over."""
    left = [(person, number) for number, person in enumerate(people) for _ in range(3)]
    rng.shuffle(left)
    written: dict[str, int] = {}
    until = time.monotonic() + seconds
    for person, number in left:
        if time.monotonic() > until:
            break
        position = written.get(person, 0)
        await zalo.write(person, SCRIPTS[script_of(number)][position])
        written[person] = position + 1
        await asyncio.sleep(rng.expovariate(rate))
    return sum(written.values())


async def _until_quiet(database: Database, zalo: ZaloSide, seconds: float) -> bool:
    deadline, pushed = time.monotonic() + seconds, 0.0
    while time.monotonic() < deadline:
        _, waiting = await zalo.counters()
        left = await asyncio.to_thread(_open, database)
        if waiting == 0 and left == 0:
            return True
        if waiting and time.monotonic() - pushed > 5:
            pushed = time.monotonic()
            await zalo.control("clock", advance=LONGEST_PAUSE)
        await asyncio.sleep(1)
    return False


def _open(database: Database) -> int:
    try:
        with database.transaction(read_only=True) as session:
            found = measure(session, utc_now())
    except StorageError:
        return -1
    return found.inbox.open + found.outbox.open


def describe(
    counted: Counted,
    faults: Faults,
    reporters: Reporters,
    wrong: list[str],
    written: int,
    given_up: int,
    seed: int,
    seconds: float,
) -> list[str]:
    """Put the outcome into Markdown."""
    clean = "every event settled once, every reply sent once or dead with its reason, every report whole"
    done = ", ".join(f"{number} × {name}" for name, number in sorted(faults.done.items()))
    return [
        f"# Everything failed for {seconds / 60:.1f} minutes",
        "",
        machine(),
        "",
        f"- faults (seed {seed}): {done}",
        f"- messages written: {written}; given up by Zalo itself: {given_up}",
        f"- events: {counted.events}; replies: {counted.messages}",
        f"- reports promised: {len(reporters.promised)}, pictures: {len(reporters.pictures)}; refused and "
        f"handed over again: {reporters.refused}",
        f"- verdict: {'NOT CLEAN' if wrong else clean}",
        *(f"  - {problem}" for problem in wrong[:20]),
    ]


if __name__ == "__main__":
    app()
