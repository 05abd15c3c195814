"""The faults, each with its beginning and its end, chosen and timed by a seeded generator."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.channel.processes import DidNotStart, Program
from benchmarks.channel.zalo_side import ZaloSide
from benchmarks.load.postgres import Postgres
from benchmarks.load.stacks import Ours

PAUSE = (1.0, 5.0)
LASTS = (1.0, 5.0)
READY_SECONDS = 120.0
# Zalo's longest pause between two tries: cut short once somebody listens again.
LONGEST_PAUSE = 3600
# Ahead only: from behind, Zalo's events seem to come from the future and are refused, by design.
SKEW_SECONDS = 3600.0


class Faults:
    """Breaks one thing after the other, and mends it."""

    def __init__(
        self,
        stack: Ours,
        server: Postgres,
        zalo: ZaloSide,
        skews: list[Path],
        rng: random.Random,
        say: Callable[[str], None],
    ) -> None:
        self._stack = stack
        self._server = server
        self._zalo = zalo
        self._skews = skews
        self._rng = rng
        self._say = say
        self.done: Counter[str] = Counter()

    async def run(self, seconds: float) -> None:
        """Break and mend until the time is over; each kind comes before any comes again."""
        kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "process killed": self._kill,
            "database cut": self._cut_database,
            "Zalo away": self._cut_zalo,
            "evidence refused": self._refuse_evidence,
            "clock an hour ahead": self._skew,
        }
        until = time.monotonic() + seconds
        order: list[str] = []
        while time.monotonic() < until:
            if not order:
                order = self._rng.sample(sorted(kinds), len(kinds))
            name = order.pop()
            self._say(f"{max(0.0, until - time.monotonic()):.0f} s left: {name}")
            await kinds[name]()
            self.done[name] += 1
            await asyncio.sleep(self._rng.uniform(*PAUSE))

    async def _kill(self) -> None:
        program = self._rng.choice([self._stack.actions, *self._stack.replicas])
        await asyncio.to_thread(program.kill)
        program.start()
        await until_ready(program)
        await self._zalo.control("clock", advance=LONGEST_PAUSE)

    async def _cut_database(self) -> None:
        await asyncio.to_thread(self._server.cut)
        await asyncio.sleep(self._rng.uniform(*LASTS))
        await asyncio.to_thread(self._server.resume)

    async def _cut_zalo(self) -> None:
        await self._zalo.control("outage", on=True)
        await asyncio.sleep(self._rng.uniform(*LASTS))
        await self._zalo.control("outage", on=False)

    async def _refuse_evidence(self) -> None:
        # A file where the folder was: root, too, cannot write below it.
        folder = self._stack.folder / "evidence"
        aside = folder.with_name("evidence.aside")
        folder.mkdir(exist_ok=True)
        os.replace(folder, aside)
        folder.write_text("")
        await asyncio.sleep(self._rng.uniform(*LASTS))
        folder.unlink()
        os.replace(aside, folder)

    async def _skew(self) -> None:
        file = self._rng.choice(self._skews)
        file.write_text(str(SKEW_SECONDS))
        await asyncio.sleep(self._rng.uniform(*LASTS))
        file.write_text("0")


async def until_ready(program: Program) -> None:
    """Wait until a process answers; one that ended meanwhile is started again. Raises DidNotStart."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if await asyncio.to_thread(program.is_ready):
                return
        except DidNotStart:
            # Started while the database was away: whoever watches over it starts it once more.
            program.start()
        if time.monotonic() > deadline:
            raise DidNotStart(program.log.read_text(errors="replace")[-2000:])
        await asyncio.sleep(0.2)
