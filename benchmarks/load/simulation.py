"""Citizens' waiting with more replicas than this machine has cores for: a model, fed with measured costs.

A message waits for a replica (the one that is free first takes the oldest) and for a core of the database's
machine. Times of service are drawn anew for each message, exponentially about their measured means, which is
more uneven than turns are. What the model leaves out: the order within one citizen's messages, networks
between machines, and a Zalo that is slow.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.channel.load import percentile


@dataclass(frozen=True)
class Costs:
    """Seconds of a message, as measured.

    `turn` is one divided by the most messages a second that one replica answered; `machine` is what the
    processes beside each other on its machine used of processors, `database` what the database's did; `alone`
    is how long a citizen waits when nobody else writes.
    """

    turn: float
    machine: float
    database: float
    alone: float


@dataclass(frozen=True)
class Fleet:
    """Replicas, how many of them share a machine and its cores, and the cores of the database's machine.

    Without `database_cores` the database shares the machine, and its cost is part of `Costs.machine`.
    """

    replicas: int
    sharing: int
    cores: int
    database_cores: int = 0

    def service(self, costs: Costs) -> float:
        """Give the seconds of one turn on one replica: those measured alone, or more for want of cores."""
        return max(costs.turn, self.sharing * costs.machine / self.cores)

    def most(self, costs: Costs) -> float:
        """Give the messages a second that the fleet answers at most."""
        by_replicas = self.replicas / self.service(costs)
        return min(by_replicas, self.database_cores / costs.database) if self.database_cores else by_replicas


def arrivals(rates: Iterable[tuple[float, float]], chance: random.Random) -> list[float]:
    """Give the moments of messages, in seconds, for stretches of (messages a second, seconds)."""
    moments, begins = [], 0.0
    for rate, seconds in rates:
        at = begins + chance.expovariate(rate)
        while at < begins + seconds:
            moments.append(at)
            at += chance.expovariate(rate)
        begins += seconds
    return moments


def answered(moments: list[float], costs: Costs, fleet: Fleet, chance: random.Random) -> list[float]:
    """Give how many seconds each message's citizen waited for the answer, in the messages' order."""
    queued, through = _line(moments, fleet.service(costs), fleet.replicas, chance)
    if not fleet.database_cores:
        return [costs.alone + wait for wait in queued]
    # What leaves the replicas comes to the database in the order of its moments, which need not be that of
    # the messages.
    order = sorted(range(len(through)), key=through.__getitem__)
    more, _ = _line([through[number] for number in order], costs.database, fleet.database_cores, chance)
    waited = [costs.alone + wait for wait in queued]
    for number, wait in zip(order, more, strict=True):
        waited[number] += wait
    return waited


def shares(waited: list[float]) -> tuple[float, float, float, float]:
    """Give the seconds within which half, 95 and 99 of 100, and all were answered."""
    return percentile(waited, 0.5), percentile(waited, 0.95), percentile(waited, 0.99), max(waited)


def _line(
    moments: list[float], mean: float, servers: int, chance: random.Random
) -> tuple[list[float], list[float]]:
    """Let messages stand in one line for several servers; give the wait of each and when it was through."""
    free = [0.0] * servers
    waits, ends = [], []
    for moment in moments:
        begins = max(moment, heapq.heappop(free))
        waits.append(begins - moment)
        ends.append(begins + chance.expovariate(1 / mean))
        heapq.heappush(free, ends[-1])
    return waits, ends
