"""Simulated time: runs `factor` times as fast as real time and can be moved forward at will."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Clock:
    """A clock that starts at the real time; windows, token lives and retry gaps are read from it."""

    def __init__(
        self,
        factor: float = 1.0,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._initial_factor = factor
        self._sleepers: set[asyncio.Event] = set()
        self.reset()

    def reset(self) -> None:
        """Go back to the real time and the initial factor."""
        self.factor = self._initial_factor
        self.advanced = 0.0
        self._base = self._wall()
        self._since = self._monotonic()
        self._wake()

    def now(self) -> float:
        """Simulated seconds since the epoch."""
        return self._base + (self._monotonic() - self._since) * self.factor

    def now_ms(self) -> int:
        """Simulated milliseconds since the epoch."""
        return int(self.now() * 1000)

    def wall_ms(self) -> int:
        """Real milliseconds since the epoch, for stamps read by programs whose clock we cannot move."""
        return int(self._wall() * 1000)

    def advance(self, seconds: float) -> None:
        """Jump forward; whoever sleeps on this clock past its time wakes at once."""
        self._base += seconds
        self.advanced += seconds
        self._wake()

    def set_factor(self, factor: float) -> None:
        """Change the speed from now on."""
        self._base, self._since, self.factor = self.now(), self._monotonic(), factor
        self._wake()

    async def sleep(self, seconds: float) -> None:
        """Wait for simulated seconds to pass."""
        due = self.now() + seconds
        moved = asyncio.Event()
        self._sleepers.add(moved)
        try:
            while (left := due - self.now()) > 0:
                try:
                    await asyncio.wait_for(moved.wait(), left / self.factor)
                except asyncio.TimeoutError:
                    continue
                moved.clear()
        finally:
            self._sleepers.discard(moved)

    def _wake(self) -> None:
        for moved in self._sleepers:
            moved.set()
