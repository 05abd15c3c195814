"""What reviewing gives and takes: sessions, their replay, single messages, corrections. Shapes only.

`services.reviews` fills and keeps them, the console shows them. All text in here is masked already;
offsets of entities count characters of the masked text. Moments are aware, UTC.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

SESSION_STATES = ("new", "in_review", "reviewed", "flagged", "later")
MESSAGE_STATES = ("open", "accepted", "corrected", "rejected")
# Why a text is looked at unmasked: chosen, so that nobody writes a name into the audit trail.
UNMASK_REASONS = {
    "dang_nguy_hiem": "Người dân có thể đang gặp nguy hiểm",
    "tin_bao": "Cần để xử lý một tin báo",
    "mask_sai": "Kiểm tra xem máy che đúng chưa",
    "yeu_cau": "Người dân yêu cầu xem lại dữ liệu của mình",
}
PAGE_SIZE = 50
Row = TypeVar("Row")


class ReviewRefused(Exception):
    """The viewer may not do this, or it cannot be done; the text says why, in Vietnamese."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a longer list; `number` counts from 1. `total` None: not counted, see `more`."""

    rows: tuple[Row, ...]
    number: int
    total: int | None
    more: bool
    size: int = PAGE_SIZE

    @property
    def last(self) -> int | None:
        """The number of the last page, where it was counted."""
        return None if self.total is None else max(1, math.ceil(self.total / self.size))


@dataclass(frozen=True)
class SessionFilter:
    """Which sessions; what is empty or None does not narrow. `until` is the first moment left out."""

    since: datetime | None = None
    until: datetime | None = None
    account_id: str = ""
    channel: str = ""
    intent: str = ""
    confidence_below: float | None = None
    fallback: bool | None = None
    handover: bool | None = None
    with_report: bool | None = None
    tag: str = ""
    state: str = ""


@dataclass(frozen=True)
class SessionRow:
    """One conversation session. `opening` is the citizen's first text, masked and cut to 120 letters."""

    id: int
    account_id: str
    channel: str
    started_at: datetime
    ended_at: datetime
    messages: int
    lowest_confidence: float | None
    fallbacks: int
    handovers: int
    reports: int
    answer_seconds: float | None
    state: str
    reviewer: str
    tags: tuple[str, ...]
    opening: str


@dataclass(frozen=True)
class Span:
    """One entity in a text: characters `start` up to `end`."""

    start: int
    end: int
    entity: str
    value: str = ""
    role: str = ""


@dataclass(frozen=True)
class Turn:
    """One bubble of a replay.

    `speaker` is citizen, assistant, officer or system. A citizen's has what was understood and the
    `message_id` to correct it by; an assistant's has the action that said it and why it was chosen
    (`why`: policy, rule or form, in words). `slots` are those that changed since the bubble before.
    """

    speaker: str
    at: datetime
    text: str
    message_id: int | None = None
    intent: str = ""
    confidence: float | None = None
    is_fallback: bool = False
    state: str = ""
    spans: tuple[Span, ...] = ()
    buttons: tuple[str, ...] = ()
    action: str = ""
    why: str = ""
    slots: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Note:
    """A note of a member of staff on a session."""

    author: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Replay:
    """A session from its first to its last bubble."""

    row: SessionRow
    turns: tuple[Turn, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class MessageFilter:
    """Which messages; the inbox of what was not understood is `state="open", doubtful=True`.

    `intent` is the likeliest one, also where the assistant did not dare to decide.
    """

    since: datetime | None = None
    until: datetime | None = None
    account_id: str = ""
    intent: str = ""
    confidence_below: float | None = None
    doubtful: bool | None = None
    state: str = ""
    words: str = ""


@dataclass(frozen=True)
class MessageRow:
    """One text of a citizen: what was understood, and what a member of staff says it means."""

    id: int
    session_id: int
    account_id: str
    at: datetime
    text: str
    intent: str
    confidence: float | None
    is_fallback: bool
    spans: tuple[Span, ...]
    state: str
    corrected_intent: str
    corrected_spans: tuple[Span, ...] | None
    decided_by: str
    decided_at: datetime | None
    # The likeliest intent where the assistant did not dare to decide.
    guess: str = ""


@dataclass(frozen=True)
class MessageGroup:
    """Messages that say nearly the same, the plainest first; a group of one is common."""

    messages: tuple[MessageRow, ...]
