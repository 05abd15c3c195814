"""What became of every message: answered once, lost, doubled, or answered out of order."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.channel.scripts import is_in_order

# Per script, per position: the texts that an undisturbed citizen is answered.
Reference = Sequence[Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Verdict:
    """Messages to citizens, counted against the undisturbed chats."""

    expected: int
    said: int
    lost: int
    doubled: int
    chats: int
    chats_whole: int
    chats_out_of_order: int

    @property
    def is_clean(self) -> bool:
        """Tell whether every chat reads like the undisturbed one."""
        return self.chats == self.chats_whole


def judge(chats: Mapping[str, list[str]], expected: Mapping[str, list[str]]) -> Verdict:
    """Compare chats with what they should be, by citizen."""
    lost = doubled = whole = disordered = 0
    for citizen, wanted in expected.items():
        said = chats.get(citizen, [])
        missing, extra = Counter(wanted) - Counter(said), Counter(said) - Counter(wanted)
        lost += missing.total()
        doubled += extra.total()
        whole += said == wanted
        shared = Counter(said) - extra
        disordered += not is_in_order(_only(said, shared), wanted)
    return Verdict(
        expected=sum(map(len, expected.values())),
        said=sum(len(chats.get(citizen, [])) for citizen in expected),
        lost=lost,
        doubled=doubled,
        chats=len(expected),
        chats_whole=whole,
        chats_out_of_order=disordered,
    )


def expected_chat(reference: Reference, script: int, positions: Sequence[int]) -> list[str]:
    """Give the answers to these messages of a script, in order."""
    return [text for position in sorted(positions) for text in reference[script][position]]


def _only(said: list[str], shared: Counter[str]) -> list[str]:
    left = Counter(shared)
    kept = []
    for text in said:
        if left[text] > 0:
            left[text] -= 1
            kept.append(text)
    return kept


@dataclass(frozen=True)
class Rows:
    """What the database says: events and messages by state, and messages with the same remote id."""

    events: dict[str, int]
    messages: dict[str, int]
    same_remote_id: int

    @property
    def open(self) -> int:
        """How much is still to be worked or sent."""
        return sum(self.events.get(state, 0) for state in ("new", "working")) + sum(
            self.messages.get(state, 0) for state in ("queued", "sending", "unsure")
        )


def rows(database: Path) -> Rows:
    """Count the rows of a running channel, without taking the write lock from it."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    try:
        events = dict(connection.execute("SELECT state, count(*) FROM inbound_event GROUP BY state"))
        messages = dict(connection.execute("SELECT state, count(*) FROM outbound_message GROUP BY state"))
        (same,) = connection.execute(
            "SELECT count(remote_id) - count(DISTINCT remote_id) FROM outbound_message"
        ).fetchone()
    finally:
        connection.close()
    return Rows(events, messages, same)
