"""Turning a checked content document into facts; `content_schema` has refused wrong ones before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from services import facts
from services.text import nfc
from services.working_days import Holiday, WorkingCalendar

_Fact = TypeVar("_Fact")
_Document = Mapping[str, Any]

# The place of a procedure among its neighbours when its file names none.
LAST = 99


def read_calendar(document: _Document) -> WorkingCalendar:
    """Give the working calendar of `holidays.yml`."""
    days = (
        Holiday(date.fromisoformat(item["day"]), item["name"], item["certain"], item["basis"])
        for item in document["holidays"]
    )
    first, last, review = (
        date.fromisoformat(document[key]) for key in ("first_day", "last_day", "review_by")
    )
    return WorkingCalendar(tuple(sorted(days, key=lambda item: item.day)), first, last, review)


def procedure_fields(document: _Document) -> dict[str, Any]:
    """Give the arguments of a `Procedure` from its file."""
    basis, online = document["legal_basis"], document["online"]
    return {
        "id": document["id"],
        "intents": tuple(document["intents"]),
        "default": document.get("default", False),
        **{key: nfc(document[key]) for key in ("name", "short_name", "spoken", "summary", "ask")},
        "aliases": tuple(document["aliases"]),
        "words": tuple(document.get("words", ())),
        "ages": _ages(document),
        "milestones": _milestones(document.get("milestones")),
        "order": document.get("order", LAST),
        "case_question": document.get("case_question"),
        "headings": dict(document.get("headings", {})),
        "cases": tuple(map(_case, document["cases"])),
        "common_case": document.get("common_case"),
        "aspects": {key: _aspect(key, value) for key, value in document["aspects"].items()},
        "questions": _many(facts.Question, document["questions"], words=()),
        "forms": _many(facts.Form, document["forms"]),
        "online": facts.OnlineService(
            online["level"],
            online["name"],
            tuple(online["codes"]),
            online["url"],
            tuple(online["channels"]),
            dict(online.get("level_by_case", {})),
        ),
        "legal_basis": facts.LegalBasis(
            basis["short"], dict(basis.get("by_aspect", {})), tuple(map(_law, basis["documents"]))
        ),
        "sources": _many(facts.Source, document["sources"]),
        "verified_on": date.fromisoformat(document["verified_on"]),
        "review_by": date.fromisoformat(document["review_by"]),
        "open_points": _many(facts.OpenPoint, document["open_points"]),
    }


def _aspect(name: str, document: _Document) -> facts.Aspect:
    lead, brief = document["lead"], document.get("brief", [])
    return facts.Aspect(
        id=name,
        lead=_lines(lead if isinstance(lead, list) else [lead]),
        brief=_lines([brief] if isinstance(brief, str) else brief),
        documents=_many(facts.Document, document.get("documents", ())),
        fees=tuple(map(_fee, document.get("fees", ()))),
        exempt=_lines(document.get("exempt", ())),
        waivers=_many(facts.Waiver, document.get("waivers", ())),
        durations=tuple(map(_term, document.get("durations", ()))),
        deadlines=tuple(map(_deadline, document.get("deadlines", ()))),
        places=_many(facts.Place, document.get("places", ())),
        hours=document.get("hours"),
        steps=_lines(document.get("steps", ())),
        conditions=_lines(document.get("conditions", ())),
        penalties=tuple(map(_penalty, document.get("penalties", ()))),
        results=_lines(document.get("results", ())),
        notes=_lines(document.get("notes", ())),
        confirm=document.get("confirm"),
    )


def _ages(item: _Document) -> tuple[tuple[int, int], ...]:
    return tuple((own["min"], own["max"]) for own in item.get("ages", ()))


def _milestones(item: _Document | None) -> facts.Milestones | None:
    return facts.Milestones(**_plain(item)) if item else None


def _case(item: _Document) -> facts.Case:
    return facts.Case(**_plain(item, "ages"), ages=_ages(item))


def _scope(item: _Document) -> facts.Scope:
    return facts.Scope(tuple(item.get("cases", ())), _day(item.get("from")), _day(item.get("to")))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _pair(item: _Document | None) -> tuple[int, int] | None:
    return None if item is None else (item["min"], item["max"])


def _plain(item: _Document, *left_out: str) -> dict[str, Any]:
    """Give the item's own fields; lists become tuples, validity becomes a scope elsewhere."""
    skipped = {"cases", "from", "to", *left_out}
    return {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in item.items()
        if key not in skipped
    }


def _many(kind: type[_Fact], items: Any, **default: Any) -> tuple[_Fact, ...]:
    scoped = "scope" in kind.__dataclass_fields__  # type: ignore[attr-defined]
    return tuple(
        kind(**{**default, **_plain(item), **({"scope": _scope(item)} if scoped else {})}) for item in items
    )


def _lines(items: Any) -> tuple[facts.Line, ...]:
    whole = ({"text": item} if isinstance(item, str) else item for item in items)
    return tuple(facts.Line(item["text"], _scope(item)) for item in whole)


def _law(item: _Document) -> facts.Law:
    return facts.Law(item["document"], item["article"], _day(item["effective"]), item["status"])


def _fee(item: _Document) -> facts.Fee:
    cut = item.get("discount")
    discount = cut and facts.Discount(
        cut["percent"], date.fromisoformat(cut["from"]), date.fromisoformat(cut["to"]), cut["basis"]
    )
    own = _plain(item, "discount", "likely", "range", "rate_percent")
    return facts.Fee(
        **own,
        rate=_number(item.get("rate_percent")),
        bounds=_pair(item.get("range")),
        likely=_pair(item.get("likely")),
        discount=discount,
        scope=_scope(item),
    )


def _term(item: _Document) -> facts.Duration:
    own = {"unit": "working_day", **_plain(item, "amount")}
    return facts.Duration(amount=_number(item["amount"]), scope=_scope(item), **own)


def _deadline(item: _Document) -> facts.Deadline:
    own = _plain(item, "amount")
    return facts.Deadline(amount=_number(item.get("amount")), scope=_scope(item), **own)


def _penalty(item: _Document) -> facts.Penalty:
    own = _plain(item, "min", "max", "organisation")
    return facts.Penalty(
        **own,
        minimum=item.get("min"),
        maximum=item.get("max"),
        organisation=_pair(item.get("organisation")),
        scope=_scope(item),
    )
