"""From a confirmed draft to what is stored: the submission, with typed values taken out of the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from services.report_categories import Catalogue
from services.report_draft import Draft
from services.report_identity import ANONYMOUS
from services.report_numbers import find_numbers
from services.report_submission import EvidenceRef, Submission

_MOST_MONEY = 10**15


def submission_of(
    draft: Draft, account_id: str, citizen_id: str, catalogue: Catalogue, version: str
) -> Submission:
    """Make the submission of a draft that the citizen confirmed. Raises KeyError for an unknown category."""
    category = catalogue.category(draft.category)
    facts = draft.facts
    start, end = _span(_value(facts, "thoi_gian"))
    place = _value(facts, "dia_diem")
    place = place if isinstance(place, Mapping) else {}
    latitude, longitude = draft.place if draft.place is not None else (None, None)
    amount = _value(facts, "so_tien")
    named = draft.identity != ANONYMOUS
    numbers = find_numbers(draft.story)
    return Submission(
        account_id=account_id,
        citizen_id=citizen_id,
        draft_id=draft.id,
        category=category.id,
        group=category.group,
        unit=_unit(category.route.never, place),
        story=draft.story,
        facts=dict(facts),
        occurred_from=start,
        occurred_to=end,
        place=facts["dia_diem"].said if "dia_diem" in facts else "",
        latitude=latitude,
        longitude=longitude,
        ward=str(place.get("ward_id") or ""),
        plates=tuple(dict.fromkeys([*_texts(_value(facts, "bien_so")), *numbers.plates])),
        phones=tuple(
            one
            for one in dict.fromkeys([*_named(facts, "dien_thoai"), *numbers.phones])
            if one != draft.phone
        ),
        accounts=tuple(dict.fromkeys([*_named(facts, "so_tai_khoan"), *numbers.accounts])),
        amount=amount
        if isinstance(amount, int) and not isinstance(amount, bool) and 0 <= amount < _MOST_MONEY
        else None,
        identity=draft.identity or ANONYMOUS,
        name=draft.name if named else "",
        phone=draft.phone if named else "",
        address=draft.address if named else "",
        evidence=tuple(EvidenceRef(item.key, item.position) for item in draft.evidence),
        emergency=draft.emergency,
        discreet=category.sensitive,
        reachable=draft.reachable,
        questionnaire_version=version,
    )


def _unit(never: str | None, place: Mapping[str, Any]) -> str:
    # A complaint is nobody's but the inspection's; no unit is named, so that none gets it.
    return "" if never else str(place.get("ward_id") or "")


def _value(facts: Mapping[str, Any], fact_id: str) -> Any:
    fact = facts.get(fact_id)
    return fact.value if fact is not None else None


def _span(value: Any) -> tuple[datetime | None, datetime | None]:
    if not isinstance(value, Mapping) or not value.get("start"):
        return None, None
    start = datetime.fromisoformat(str(value["start"]))
    end = datetime.fromisoformat(str(value.get("end") or value["start"]))
    return start, end


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        yield from (one for one in value if isinstance(one, str))


def _named(facts: Mapping[str, Any], name: str) -> Iterator[str]:
    for fact in facts.values():
        if isinstance(fact.value, Mapping):
            yield from _texts(fact.value.get(name))
