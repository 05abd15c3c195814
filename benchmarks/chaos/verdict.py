"""What is left: every event settled once, every reply with Zalo once or dead with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from services.db.engine import Database
from services.db.models import InboundEvent, OutboundMessage


@dataclass(frozen=True)
class Counted:
    """Rows by state, and everything that is wrong with them."""

    events: dict[str, int]
    messages: dict[str, int]
    problems: tuple[str, ...]


def judge(database: Database, delivered: int, said: Mapping[str, list[str]]) -> Counted:
    """Hold the database against what Zalo delivered and what stands in the citizens' chats."""
    event, message = InboundEvent.__table__, OutboundMessage.__table__
    with database.transaction(read_only=True) as session:
        rows = session.execute(
            sa.select(event.c.id, event.c.citizen_id, event.c.state, event.c.last_error, event.c.kind)
        ).all()
        sent = session.execute(
            sa.select(
                message.c.citizen_id,
                message.c.state,
                message.c.remote_id,
                message.c.last_error,
                message.c.inbound_id,
            )
        ).all()
    rows = [row for row in rows if row.citizen_id in said]
    sent = [row for row in sent if row.citizen_id in said]
    problems = []
    if len(rows) != delivered:
        problems.append(f"{delivered} events were delivered, {len(rows)} are stored")
    unsettled = [row.id for row in rows if row.state not in ("done", "held", "ignored", "dead")]
    if unsettled:
        problems.append(f"{len(unsettled)} events are not settled")
    answered = {row.inbound_id for row in sent}
    silent = [row.id for row in rows if row.state == "done" and row.id not in answered]
    if silent:
        problems.append(f"{len(silent)} events are done without a reply")
    if any(row.state == "dead" and not row.last_error for row in [*rows, *sent]):
        problems.append("something is dead without a reason")
    unsent = [row for row in sent if row.state not in ("sent", "dead")]
    if unsent:
        problems.append(f"{len(unsent)} replies are neither sent nor dead")
    remote = Counter(row.remote_id for row in sent if row.remote_id)
    if any(number > 1 for number in remote.values()):
        problems.append("two replies have the same id of Zalo")
    marked = Counter(row.citizen_id for row in sent if row.state == "sent")
    for citizen, texts in said.items():
        if len(texts) > marked[citizen]:
            problems.append(f"a chat shows {len(texts)} replies, {marked[citizen]} were sent: one came twice")
        elif len(texts) < marked[citizen]:
            problems.append(f"a chat shows {len(texts)} replies, {marked[citizen]} were sent: one was lost")
    return Counted(
        dict(Counter(row.state for row in rows)), dict(Counter(row.state for row in sent)), tuple(problems)
    )
