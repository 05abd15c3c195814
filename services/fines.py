"""Traffic fines from `content/fines.yml`: what an act costs, by vehicle, degree and day of the act.

`FineBook.load` reads and checks the file; `find` says which acts a text is about. Rendering is
`fine_answers`. Amounts are whole đồng for one person; both ends of a period are included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from services.content_schema import ContentError, read_file
from services.facts import Scope
from services.phrases import Said, best
from services.text import fold, squeeze

FILE = "fines.yml"
# More acts than this in one sentence are not told apart reliably.
MOST_ACTS = 2

_BOUNDS = ("at_least", "over", "up_to", "below")
_FIGURE = r"(?P<figure>\d{1,4}(?:[.,]\d{1,3})?)"
_MEASURES = {
    "con_mg_l": re.compile(rf"(?<![\d/]){_FIGURE} ?(?:mg|mili|$|\D)"),
    "vuot_km_h": re.compile(
        rf"\b(?:qua|vuot|hon|lo|tren)(?: toc do)?(?: khoang| tam| co| tren)? {_FIGURE} ?(?:km|cay|$|\b)"
    ),
    "qua_tai_phan_tram": re.compile(rf"{_FIGURE} ?(?:%|phan tram)"),
    "cm3": re.compile(rf"{_FIGURE} ?(?:cc|cm3|phan khoi|pk)"),
}
_TWO_SPEEDS = re.compile(
    r"\b(?P<driven>\d{2,3})(?: ?km\S*| cay)?(?: tren duong|/| duong| doan| noi|, gioi han)"
    r" ?(?P<limit>\d{2,3})\b"
)

# A figure of speed names the act as surely as its words: "quá 35 km", "72 trên đường 60".
_SPEEDING = re.compile(rf"\b(?:qua|vuot|lo) (?:toc do )?\d{{1,3}} ?(?:km|cay)|{_TWO_SPEEDS.pattern}")


@dataclass(frozen=True)
class Vehicle:
    """A kind of vehicle; rows of `also` hold for it too; `confirm` when it is not sure which do."""

    id: str
    name: str
    words: tuple[str, ...]
    also: str | None = None
    confirm: str | None = None


@dataclass(frozen=True)
class Fine:
    """One row: who or what vehicle, in which degree, and what it costs."""

    vehicle: str
    legal: str
    scope: Scope
    who: str | None = None
    when: str | None = None
    level: Mapping[str, Any] | None = None
    amount: tuple[int, int] | None = None
    warning: bool = False
    organisation: tuple[int, int] | None = None
    points: int | None = None
    suspend_months: tuple[int, int] | None = None
    extra: str | None = None
    unit: str | None = None
    cap: int | None = None
    confirm: str | None = None

    def fits(self, text: str) -> bool | None:
        """Say whether a figure in the text lies in this row's degree; None without such a figure."""
        if self.level is None:
            return None
        figure = measure(str(self.level["measure"]), text)
        if figure is None:
            return None
        at_least, over, up_to, below = (self.level.get(name) for name in _BOUNDS)
        return (
            (at_least is None or figure >= at_least)
            and (over is None or figure > over)
            and (up_to is None or figure <= up_to)
            and (below is None or figure < below)
        )


@dataclass(frozen=True)
class Violation:
    """An act and its rows; without rows nobody has read a sure figure yet."""

    id: str
    name: str
    say: str
    words: tuple[str, ...]
    fines: tuple[Fine, ...] = ()
    note: str | None = None
    confirm: str | None = None


@dataclass(frozen=True)
class FineBook:
    """Everything `content/fines.yml` states."""

    violations: tuple[Violation, ...]
    vehicles: tuple[Vehicle, ...]
    legal_basis: tuple[tuple[str, Scope], ...]
    rules: Mapping[str, str]
    ask: str
    closing: str
    points_total: int
    verified_on: date
    review_by: date

    @classmethod
    def load(cls, folder: Path) -> FineBook:
        """Read and check the file; raises ContentError with every problem."""
        document, problems = read_file(folder / FILE, FILE)
        if problems or document is None:
            raise ContentError(tuple(sorted(problems)))
        acts = [
            Violation(fines=tuple(map(_fine, item["fines"])), **_plain(item))
            for item in document["violations"]
        ]
        acts += [
            Violation(
                item["id"], item["name"], item["name"][:1].lower() + item["name"][1:], tuple(item["words"])
            )
            for item in document["unknown"]
        ]
        return cls(
            violations=tuple(acts),
            vehicles=tuple(
                Vehicle(**{**item, "words": tuple(item["words"])}) for item in document["vehicles"]
            ),
            legal_basis=tuple((item["short"], _scope(item)) for item in document["legal_basis"]),
            rules={item["id"]: item["text"] for item in document["rules"]},
            ask=document["ask"],
            closing=document["closing"],
            points_total=document["points_total"],
            verified_on=date.fromisoformat(document["verified_on"]),
            review_by=date.fromisoformat(document["review_by"]),
        )

    def get(self, violation_id: str) -> Violation:
        """Give an act; KeyError if there is none with that id."""
        for item in self.violations:
            if item.id == violation_id:
                return item
        raise KeyError(violation_id)

    def vehicle(self, vehicle_id: str) -> Vehicle:
        """Give a kind of vehicle; KeyError if there is none with that id."""
        for item in self.vehicles:
            if item.id == vehicle_id:
                return item
        raise KeyError(vehicle_id)

    def find(self, text: str) -> tuple[Violation, ...]:
        """Give the acts a text is about, at most two, the one said most exactly first.

        A shorter phrase inside a longer one of another act does not count ("gây tai nạn bỏ chạy").
        """
        said = Said(text)
        found: list[tuple[int, int, Violation]] = []
        for item in self.violations:
            spans = [span for words in item.words if (span := said.find(words))]
            if spans:
                found.append((*max(spans, key=lambda span: span[1] - span[0]), item))
        found.sort(key=lambda hit: hit[0] - hit[1])
        kept: list[tuple[int, int, Violation]] = []
        for hit in found:
            if all(hit[1] <= other[0] or other[1] <= hit[0] for other in kept):
                kept.append(hit)
        if not kept and _SPEEDING.search(squeeze(fold(text))):
            return tuple(item for item in self.violations if _is_speeding(item))[:1]
        return tuple(hit[2] for hit in kept[:MOST_ACTS])

    def find_vehicle(self, text: str) -> Vehicle | None:
        """Give the kind of vehicle a text names, or None."""
        return best(Said(text), ((item, item.words) for item in self.vehicles))[0]

    def basis(self, on: date) -> str | None:
        """Give the law that holds for an act of that day; None when the file does not know it."""
        return next((short for short, scope in self.legal_basis if scope.on(on)), None)


def _is_speeding(item: Violation) -> bool:
    return any(row.level and row.level["measure"] == "vuot_km_h" for row in item.fines)


def measure(kind: str, text: str) -> float | None:
    """Give the figure of a kind that is said: mg per litre, km/h too fast, percent too heavy, cm3."""
    folded = squeeze(fold(text))
    if kind == "vuot_km_h" and (speeds := _TWO_SPEEDS.search(folded)):
        over = int(speeds["driven"]) - int(speeds["limit"])
        return float(over) if over > 0 else None
    for found in _MEASURES[kind].finditer(folded):
        figure = float(found["figure"].replace(",", "."))
        # "trên 35" is more than 35; degrees begin and end at whole figures.
        figure += 0.5 if kind == "vuot_km_h" and " tren " in f" {found[0]}" else 0.0
        # An alcohol level is a small decimal; "2 lon" and "15/8" are not.
        if kind != "con_mg_l" or (figure < 2 and not found["figure"].isdigit()):
            return figure
    return None


def _scope(item: Mapping[str, Any]) -> Scope:
    end = item.get("to")
    return Scope((), date.fromisoformat(item["from"]), date.fromisoformat(end) if end else None)


def _pair(item: Mapping[str, int] | None) -> tuple[int, int] | None:
    return (item["min"], item["max"]) if item and "min" in item else None


def _fine(item: Mapping[str, Any]) -> Fine:
    own = {
        key: item[key]
        for key in item
        if key not in ("from", "to", "min", "max", "organisation", "suspend_months")
    }
    return Fine(
        **own,
        scope=_scope(item),
        amount=_pair(item),
        organisation=_pair(item.get("organisation")),
        suspend_months=_pair(item.get("suspend_months")),
    )


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: item[key] for key in ("id", "name", "say", "note", "confirm") if key in item}
    return {**own, "words": tuple(item["words"])}
