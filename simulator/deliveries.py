"""The record of one event on its way to the webhook, with each try."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator.store import Message


@dataclass(slots=True)
class Try:
    """One POST: `result` is ok, slow, http, dropped or no_connection; `status` 0 when there was no answer."""

    num_retry: int
    result: str
    status: int
    ms: float


@dataclass(slots=True)
class Delivery:
    """One event on its way; the body is fixed at the start, so every try sends the same bytes."""

    number: int
    event_name: str
    body: bytes
    timestamp: str
    oa_id: str
    user_id: str
    queued: float
    message: Message | None = None
    state: str = "queued"
    held: bool = False
    tries: list[Try] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the per-event result for the control API."""
        return {
            "number": self.number,
            "event": self.event_name,
            "msg_id": self.message.msg_id if self.message else "",
            "oa_id": self.oa_id,
            "user_id": self.user_id,
            "state": self.state,
            "tries": [
                {"num_retry": row.num_retry, "result": row.result, "status": row.status, "ms": row.ms}
                for row in self.tries
            ],
        }
