"""One run against a started stack: messages at their moments, and how long each citizen waited for all of it.

Ours is timed from the moment a message was due until the simulated Zalo had taken the last reply, as the
database holds both; stock from the same moment until Rasa's REST channel had answered.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import sqlalchemy as sa

from benchmarks.channel import load, zalo_side
from benchmarks.channel.load import Delivery, percentile
from benchmarks.channel.scripts import SCRIPTS, script_of
from benchmarks.channel.zalo_side import ZaloSide
from benchmarks.load.stacks import Ours, Stock
from services.db.engine import Database
from services.db.models import InboundEvent, OutboundMessage

# Before the first message is due, for each that has to be made and signed.
LEAD_SECONDS, LEAD_EACH = 0.5, 0.0004
STOCK_SECONDS = 120.0
# A citizen writes at most the messages of a script, and not the next before others had their turn.
MOST = 6
# As many as the simulator makes known at once.
MOST_CITIZENS = 20_000


@dataclass
class Run:
    """Seconds each message took; how many were sent, and what was not answered."""

    sent: int
    seconds: list[float] = field(default_factory=list)
    span: float = 0.0
    lost: int = 0
    doubled: int = 0
    dead: int = 0
    webhook_ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Messages answered a second, from the first due moment to the last answer."""
        return len(self.seconds) / self.span if self.span else 0.0

    def ms(self, share: float) -> float:
        """Give the milliseconds below which this share was answered."""
        return percentile(self.seconds, share) * 1000


Plan = list[tuple[float, int, int]]


def steady(rate: float, seconds: float) -> Plan:
    """Plan an even stream; each citizen writes up to six messages, many seconds apart."""
    count = int(rate * seconds)
    return load.schedule(rate, seconds, max(1, -(-count // MOST)), MOST)


def flood(messages: int, rate: float) -> Plan:
    """Plan more than can be answered at once, each from another citizen."""
    return [(number / rate, number, 0) for number in range(messages)]


async def prepare(stack: Ours) -> None:
    """Make citizens known to the simulated Zalo, which then only listens."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        await ZaloSide(stack.zalo, session).only_listens(MOST_CITIZENS)


async def ours(stack: Ours, plan: Plan, first: int, drain_seconds: float = 300.0) -> Run:
    """Post signed events to the replicas in turn and wait until every reply is with Zalo."""
    start = time.time() + LEAD_SECONDS + LEAD_EACH * len(plan)
    offset = start - time.time()
    made = zalo_side.deliveries([(due + offset, citizen, position) for due, citizen, position in plan], first)
    parts: list[list[Delivery]] = [[] for _ in stack.webhooks]
    # `run` starts a fifth of a second after its call.
    wait = start - time.time() - 0.2
    for number, (one, (due, _, _)) in enumerate(zip(made, plan, strict=True)):
        parts[number % len(parts)].append(Delivery(due, one.body, one.headers, one.citizen, one.position))
    await asyncio.sleep(max(0.0, wait))
    answers = await asyncio.gather(
        *(load.run(url, part) for url, part in zip(stack.webhooks, parts, strict=True) if part)
    )
    keys = [f"bench-{one.citizen}-{one.position}" for one in made]
    database = Database(stack.database_url)
    try:
        accepted = sum(one.outcomes["200"] for one in answers)
        run = await _when_settled(database, keys, start, len(keys) - accepted, drain_seconds)
    finally:
        database.close()
    run.webhook_ms = [ms for one in answers for ms in one.times]
    return run


async def _when_settled(
    database: Database, keys: Sequence[str], start: float, refused: int, seconds: float
) -> Run:
    """Read the run when nothing is open, and what was accepted into a file has come to the database, too."""
    deadline = time.monotonic() + seconds
    while True:
        is_late = time.monotonic() > deadline
        if is_late or await asyncio.to_thread(_open, database) == 0:
            run = await asyncio.to_thread(_read, database, keys, start)
            if is_late or run.lost <= refused:
                return run
        await asyncio.sleep(0.5)


def _open(database: Database) -> int:
    with database.transaction(read_only=True) as session:
        waiting = session.execute(
            sa.select(sa.func.count(InboundEvent.id)).where(sa.text("state IN ('new', 'working')"))
        ).scalar_one()
        unsent = session.execute(
            sa.select(sa.func.count(OutboundMessage.id)).where(
                sa.text("state IN ('queued', 'sending', 'unsure')")
            )
        ).scalar_one()
    return int(waiting) + int(unsent)


def _read(database: Database, keys: Sequence[str], start: float) -> Run:
    event, message = InboundEvent.__table__, OutboundMessage.__table__
    wanted = set(keys)
    with database.transaction(read_only=True) as session:
        rows = session.execute(
            sa.select(
                event.c.event_key,
                event.c.state,
                event.c.sent_at,
                sa.func.max(message.c.settled_at).label("sent"),
                sa.func.count(message.c.id).label("replies"),
                sa.func.count(sa.distinct(message.c.remote_id)).label("remote"),
            )
            .select_from(event.outerjoin(message, message.c.inbound_id == event.c.id))
            .group_by(event.c.event_key, event.c.state, event.c.sent_at)
        ).all()
    run, last = Run(len(keys)), start
    for row in rows:
        if row.event_key not in wanted:
            continue
        if row.state == "done" and row.sent is not None:
            run.seconds.append((row.sent - row.sent_at).total_seconds())
            run.doubled += row.replies - row.remote
            last = max(last, row.sent.timestamp())
        elif row.state == "dead":
            run.dead += 1
    run.lost = len(keys) - len(run.seconds) - run.dead
    run.span = last - start
    return run


async def stock(stack: Stock, plan: Plan, first: int) -> Run:
    """Post the same messages to Rasa's REST channel, which answers when the turn is over."""
    made = [
        Delivery(
            due,
            _rest_body(first + citizen, position),
            {"Content-Type": "application/json"},
            citizen,
            position,
        )
        for due, citizen, position in plan
    ]
    begun = time.monotonic() + 0.2
    answers = await load.run(stack.webhook, made, answer_seconds=STOCK_SECONDS)
    run = Run(len(plan), span=time.monotonic() - begun)
    run.lost = len(plan) - answers.outcomes["200"]
    # What was not answered in time counts with the time it was waited for.
    run.seconds = [ms / 1000 for ms in answers.times]
    return run


def _rest_body(citizen: int, position: int) -> bytes:
    text = SCRIPTS[script_of(citizen)][position]
    found: dict[str, Any] = {"sender": f"citizen-{citizen}", "message": text}
    return json.dumps(found, ensure_ascii=False).encode()
