"""Open-loop load: every request leaves at its moment, however slow the answers are.

Times count from the moment a request was due, so that a server that stalls cannot hide the
requests that had to wait (no coordinated omission). Bodies are signed beforehand.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp

# Zalo and Slack both give a webhook a few seconds; Zalo two.
ANSWER_SECONDS = 2.0
CONNECTIONS = 100


@dataclass(frozen=True)
class Delivery:
    """One request: when it is due (seconds from the start), what is posted, whose it is."""

    due: float
    body: bytes
    headers: Mapping[str, str]
    citizen: int
    position: int


@dataclass
class Answers:
    """What the webhook answered. Times in milliseconds, from the moment a request was due."""

    times: list[float] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    # (citizen, position) of what was answered with 200.
    accepted: set[tuple[int, int]] = field(default_factory=set)
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """Give the time below which this share of all requests was answered."""
        return percentile(self.times, share)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below or at which a share of the values lies (nearest rank); 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1_000_000) * len(ordered) // 1_000_000) - 1))]


async def run(
    url: str,
    deliveries: Sequence[Delivery],
    progress: Callable[[int], None] | None = None,
    answer_seconds: float = ANSWER_SECONDS,
) -> Answers:
    """Post everything at its moment and wait for all answers, each for `answer_seconds` at most."""
    answers = Answers()
    loop = asyncio.get_running_loop()
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=2.5)
    timeout = aiohttp.ClientTimeout(total=answer_seconds)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        started = loop.time() + 0.2
        tasks: set[asyncio.Task[None]] = set()
        for number, delivery in enumerate(deliveries):
            due = started + delivery.due
            if (left := due - loop.time()) > 0:
                await asyncio.sleep(left)
            answers.lateness.append(max(0.0, loop.time() - due) * 1000)
            task = asyncio.create_task(_post(session, url, delivery, due, answers))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            if progress is not None and number % 200 == 0:
                progress(number)
        if tasks:
            await asyncio.wait(tasks)
        answers.seconds = loop.time() - started
    return answers


async def _post(
    session: aiohttp.ClientSession, url: str, delivery: Delivery, due: float, answers: Answers
) -> None:
    loop = asyncio.get_running_loop()
    try:
        async with session.post(url, data=delivery.body, headers=delivery.headers) as response:
            await response.read()
            outcome = str(response.status)
    except asyncio.TimeoutError:
        outcome = "no answer in time"
    except aiohttp.ClientError as error:
        outcome = type(error).__name__
    answers.times.append((loop.time() - due) * 1000)
    answers.outcomes[outcome] += 1
    if outcome == "200":
        answers.accepted.add((delivery.citizen, delivery.position))


def schedule(rate: float, seconds: float, citizens: int, most: int) -> list[tuple[float, int, int]]:
    """Plan (due, citizen, position): citizens take turns, each writes at most `most` messages."""
    count = min(int(rate * seconds), citizens * most)
    return [(number / rate, number % citizens, number // citizens) for number in range(count)]
