"""A report as the dialogue hands it over once the citizen has confirmed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.report_identity import IDENTITIES, NAMED


class StatedFact(Protocol):
    """One fact: the citizen's own words, a JSON-able value or None, and what is doubtful about it."""

    @property
    def said(self) -> str: ...

    @property
    def value(self) -> Any: ...

    @property
    def doubt(self) -> str: ...


@dataclass(frozen=True)
class EvidenceRef:
    """One thing a citizen sent: the key of the event that brought it, and its place among what it brought."""

    event_key: str
    position: int = 0


@dataclass(frozen=True)
class Submission:
    """A confirmed report. `draft_id` makes it one report, however often it is handed over.

    `facts` by fact id; moments are aware; `amount` in đồng; `phones`, `plates` and `accounts` are those
    of the story, `name`, `phone`, `address` the reporter's own (dropped when anonymous). `reachable`
    false keeps no address of an anonymous reporter. `discreet` (children, violence at home or of a
    sexual kind) keeps the content out of messages. Raises ValueError for what cannot be stored.
    """

    account_id: str
    citizen_id: str
    draft_id: str
    category: str
    group: str
    story: str
    unit: str = ""
    facts: Mapping[str, StatedFact] = field(default_factory=dict)
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    ward: str = ""
    plates: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    amount: int | None = None
    identity: str = NAMED
    name: str = ""
    phone: str = ""
    address: str = ""
    evidence: tuple[EvidenceRef, ...] = ()
    emergency: bool = False
    discreet: bool = False
    reachable: bool = True
    questionnaire_version: str = ""

    def __post_init__(self) -> None:
        for name in ("account_id", "citizen_id", "draft_id", "category", "group"):
            if not getattr(self, name):
                raise ValueError(f"a report without {name}")
        if self.identity not in IDENTITIES:
            raise ValueError(f"identity is one of {', '.join(IDENTITIES)}")
        for moment in (self.occurred_from, self.occurred_to):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("a moment without a time zone")
        if self.latitude is not None and not -90 <= self.latitude <= 90:
            raise ValueError("a latitude lies between -90 and 90")
        if self.longitude is not None and not -180 <= self.longitude <= 180:
            raise ValueError("a longitude lies between -180 and 180")
        if self.amount is not None and not 0 <= self.amount < 2**63:
            raise ValueError("an amount of money is neither negative nor endless")

    def __repr__(self) -> str:
        return f"Submission(category={self.category!r}, identity={self.identity!r})"
