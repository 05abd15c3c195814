"""One turn: an event, what the assistant says to it, and the promise that both are stored together.

Rasa sends messages while a turn runs and saves the conversation at its end; a crash between the
two loses one or doubles the other. So the output channel only collects here, and the tracker
store writes events, replies, offered choices and the settlement of the event in one transaction.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from services.inbox import ClaimedEvent
from services.outbox import Reply

# Of a longer session a turn reads the newest events only, about twelve turns; see services.conversations.
MOST_EVENTS = 100


@dataclass
class Turn:
    """The work on one event. `stored` tells whether it reached the database whole."""

    event: ClaimedEvent
    worker: str
    conversation_id: str
    expects_reply: bool = True
    # The conversation's last session as it was read when the event was claimed; None if it was not.
    history: list[dict[str, Any]] | None = None
    # Said before the replies, whatever they are; does not count as an answer.
    preface: list[Reply] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    stored: bool = False
    broken: str = ""


current_turn: ContextVar[Turn | None] = ContextVar("current_turn", default=None)
