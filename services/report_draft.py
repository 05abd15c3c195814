"""What one citizen told so far, from the first word until it is sent: a value that goes to JSON and back.

Nothing here is a report yet. `services/report_dialogue.py` makes each next draft, and
`services/report_drafts.py` keeps it sealed, for a set time.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from services.report_facts import Fact

# What a citizen may tell altogether; more is cut at the end, with a line that says so.
MOST_STORY = 8_000
MOST_EVIDENCE = 100


class Stage(str, enum.Enum):
    """Where a draft stands, named for what is waited for."""

    STORY = "story"
    CATEGORY = "category"
    DANGER = "danger"
    ANSWER = "answer"
    IDENTITY = "identity"
    CONTACT = "contact"
    CONFIRMATION = "confirmation"
    WHICH_ITEM = "which_item"
    NEW_WORDS = "new_words"
    STOPPING = "stopping"
    RETURNING = "returning"


@dataclass(frozen=True)
class Evidence:
    """One picture, clip or file: the message that brought it (Zalo's id) and its place in the message."""

    key: str
    position: int
    kind: str


@dataclass(frozen=True)
class Draft:
    """One report in the making. Moments are aware; category, facts and questions go by their content ids.

    `before` is the stage that an interruption (stopping, correcting) returns to. `told` names what is
    said only once: notice, truth, bank, clip, advice. `last` is the answer to the message `last_key`,
    given again when that message is worked a second time.
    """

    id: str
    opened_at: datetime
    touched_at: datetime
    stage: Stage = Stage.STORY
    before: Stage = Stage.STORY
    intent: str = ""
    story: str = ""
    category: str = ""
    offered: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    pending: str = ""
    tries: int = 0
    fixing: str = ""
    evidence: tuple[Evidence, ...] = ()
    place: tuple[float, float] | None = None
    identity: str = ""
    reachable: bool = True
    name: str = ""
    phone: str = ""
    address: str = ""
    emergency: bool = False
    alerted_at: datetime | None = None
    told: tuple[str, ...] = ()
    waiting: str = ""
    code: str = ""
    last_key: str = ""
    last: tuple[Mapping[str, Any], ...] = ()
    last_outcome: str = ""
    questionnaire: str = ""

    def with_(self, **changes: Any) -> Draft:
        """Give this draft with some fields changed."""
        return replace(self, **changes)

    def with_fact(self, fact_id: str, fact: Fact) -> Draft:
        """Give this draft with one fact filled or replaced."""
        return replace(self, facts={**self.facts, fact_id: fact})

    def with_story(self, text: str) -> Draft:
        """Give this draft with words added to the story; the same words are not added twice."""
        text = text.strip()
        if not text or text in self.story:
            return self
        return replace(self, story=f"{self.story}\n{text}".strip()[:MOST_STORY])

    def with_evidence(self, items: tuple[Evidence, ...]) -> Draft:
        """Give this draft with more evidence, each piece once."""
        known = {(item.key, item.position) for item in self.evidence}
        fresh = tuple(item for item in items if (item.key, item.position) not in known)
        return replace(self, evidence=(*self.evidence, *fresh)[:MOST_EVIDENCE])

    def has_told(self, what: str) -> bool:
        """Tell whether something that is said only once was said."""
        return what in self.told

    def telling(self, *what: str) -> Draft:
        """Give this draft with the note that something was said."""
        return replace(self, told=(*self.told, *(one for one in what if one not in self.told)))


def to_json(draft: Draft) -> dict[str, Any]:
    """Give a draft as plain values that JSON holds."""
    plain: dict[str, Any] = {item.name: getattr(draft, item.name) for item in fields(draft)}
    plain["opened_at"] = draft.opened_at.isoformat()
    plain["touched_at"] = draft.touched_at.isoformat()
    plain["alerted_at"] = draft.alerted_at.isoformat() if draft.alerted_at else None
    plain["stage"], plain["before"] = draft.stage.value, draft.before.value
    plain["facts"] = {
        key: {"said": fact.said, "value": fact.value, "doubt": fact.doubt}
        for key, fact in draft.facts.items()
    }
    plain["evidence"] = [[item.key, item.position, item.kind] for item in draft.evidence]
    plain["place"] = list(draft.place) if draft.place else None
    plain["last"] = [dict(one) for one in draft.last]
    for name in ("offered", "asked", "told"):
        plain[name] = list(plain[name])
    return plain


def from_json(plain: Mapping[str, Any]) -> Draft:
    """Read a draft again. Unknown fields of an older release are passed over; raises KeyError, ValueError."""
    known = {item.name for item in fields(Draft)}
    values = {key: value for key, value in plain.items() if key in known}
    for name in ("opened_at", "touched_at", "alerted_at"):
        if values.get(name):
            values[name] = datetime.fromisoformat(values[name])
    for name in ("stage", "before"):
        values[name] = Stage(values.get(name, Stage.STORY))
    values["facts"] = {
        key: Fact(said=item["said"], value=item["value"], doubt=item["doubt"])
        for key, item in values.get("facts", {}).items()
    }
    values["evidence"] = tuple(Evidence(*item) for item in values.get("evidence", ()))
    values["place"] = (values["place"][0], values["place"][1]) if values.get("place") else None
    for name in ("offered", "asked", "told", "last"):
        values[name] = tuple(values.get(name, ()))
    return Draft(**values)
