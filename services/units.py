"""The directory of police units from `content/units.yml`: today's units, old names, where to ask now.

Only facts with a source and the day they were checked are in it; what nobody could confirm is
missing on purpose. Finding a unit by what people call it is `unit_search`, words are `unit_answers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from services.content_schema import ContentError, read_file

FILE = "units.yml"


@dataclass(frozen=True)
class Source:
    """Where a fact stands; confidence H (official, or two sources) or M (one serious source)."""

    id: str
    title: str
    url: str
    confidence: str


@dataclass(frozen=True)
class Fact:
    """One thing known about a unit, and who says so."""

    value: str
    source: Source
    checked_on: date


@dataclass(frozen=True)
class Phone:
    """A number that a public source prints, and what it is for; `published` as the source dates it."""

    number: str
    use: str
    source: Source
    confidence: str
    checked_on: date
    published: str | None = None
    caution: str | None = None


@dataclass(frozen=True)
class Coordinates:
    """Where a unit's house stands, in degrees (WGS 84), and who says so."""

    latitude: float
    longitude: float
    source: Source
    checked_on: date


@dataclass(frozen=True)
class Unit:
    """A unit of today; None and empty mean that nobody has confirmed it. `seat` is the committee's."""

    id: str
    kind: str
    name: str
    title: str
    parent: str | None
    exists: Fact
    aliases: tuple[str, ...] = ()
    address: Fact | None = None
    seat: Fact | None = None
    hours: Fact | None = None
    map_link: Fact | None = None
    phones: tuple[Phone, ...] = ()
    coordinates: Coordinates | None = None


@dataclass(frozen=True)
class OldWard:
    """A commune-level unit before 1/7/2025; `kind` is None where the source does not say it."""

    name: str
    kind: str | None
    town: str
    now: tuple[str, ...]
    source: Source

    @property
    def split(self) -> bool:
        """Tell whether streets of it went to several units of today."""
        return len(self.now) > 1


@dataclass(frozen=True)
class Former:
    """A unit that ended; `complete` is false when only some of its successors are known to us."""

    id: str
    kind: str
    name: str
    title: str
    province: str
    ended_on: date
    now: tuple[str, ...]
    complete: bool
    source: Source
    checked_on: date
    aliases: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Namesake:
    """A place of the same name that the directory does not hold; `words` tell that it is meant."""

    name: str
    kind: str | None
    where: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class ServiceHours:
    """When a kind of dossier is taken, as its published procedure says; never on public holidays."""

    id: str
    title: str
    words: tuple[str, ...]
    kinds: tuple[str, ...]
    weekdays: str
    saturday: str | None
    source: Source
    checked_on: date


@dataclass(frozen=True)
class Directory:
    """Everything `content/units.yml` states."""

    units: tuple[Unit, ...]
    old_wards: tuple[OldWard, ...]
    former: tuple[Former, ...]
    namesakes: tuple[Namesake, ...]
    not_units: tuple[str, ...]
    hours: tuple[ServiceHours, ...]
    phone_days: int
    verified_on: date
    review_by: date

    @classmethod
    def load(cls, folder: Path) -> Directory:
        """Read and check the file; raises ContentError with every problem."""
        document, problems = read_file(folder / FILE, FILE)
        if problems or document is None:
            raise ContentError(tuple(sorted(problems)))
        sources = {item["id"]: Source(**item) for item in document["sources"]}
        return cls(
            units=tuple(_unit(item, sources) for item in document["units"]),
            old_wards=tuple(
                OldWard(item["name"], item["kind"], item["town"], tuple(item["now"]), sources[item["source"]])
                for item in document["old_wards"]
            ),
            former=tuple(Former(**_plain(item, sources)) for item in document["former"]),
            namesakes=tuple(
                Namesake(item["name"], item["kind"], item["where"], tuple(item["words"]))
                for item in document["namesakes"]
            ),
            not_units=tuple(document["not_units"]),
            hours=tuple(ServiceHours(**_plain(item, sources)) for item in document["hours"]),
            phone_days=document["phone_days"],
            verified_on=date.fromisoformat(document["verified_on"]),
            review_by=date.fromisoformat(document["review_by"]),
        )

    @cached_property
    def _by_id(self) -> dict[str, Unit]:
        return {item.id: item for item in self.units}

    @cached_property
    def _former_by_id(self) -> dict[str, Former]:
        return {item.id: item for item in self.former}

    def unit(self, unit_id: str) -> Unit:
        """Give a unit of today; KeyError if there is none with that id."""
        return self._by_id[unit_id]

    def ended(self, former_id: str) -> Former:
        """Give a unit that ended; KeyError if there is none with that id."""
        return self._former_by_id[former_id]

    def higher(self, unit: Unit) -> Unit | None:
        """Give the unit above, None above the Ministry."""
        return self._by_id[unit.parent] if unit.parent else None

    def lineage(self, unit: Unit) -> tuple[str, ...]:
        """Give the ids of a unit and of those above it, nearest first."""
        found: Unit | None = unit
        ids = []
        while found is not None:
            ids.append(found.id)
            found = self.higher(found)
        return tuple(ids)

    def province(self, unit: Unit) -> Unit | None:
        """Give the province or city that a unit lies in (itself for one), None for the Ministry's."""
        while unit.kind != "tinh":
            if unit.parent is None:
                return None
            unit = self._by_id[unit.parent]
        return unit

    def old_names(self, unit: Unit) -> tuple[OldWard, ...]:
        """Give the old wards that went to a unit, whole or in part."""
        return tuple(item for item in self.old_wards if unit.id in item.now)

    def phones(self, unit: Unit, on: date) -> tuple[Phone, ...]:
        """Give the numbers that may be told on a day: checked no longer ago than `phone_days`."""
        oldest = on - timedelta(days=self.phone_days)
        return tuple(item for item in unit.phones if item.checked_on >= oldest)


@lru_cache(maxsize=2)
def load_directory(folder: Path) -> Directory:
    """Read the directory of a content folder once."""
    return Directory.load(folder)


def _plain(item: Mapping[str, Any], sources: Mapping[str, Source]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in item.items():
        if key == "source":
            value = sources[value]
        elif key in ("checked_on", "ended_on"):
            value = date.fromisoformat(value)
        made[key] = tuple(value) if isinstance(value, list) else value
    return made


def _fact(item: Mapping[str, Any] | None, sources: Mapping[str, Source]) -> Fact | None:
    if item is None:
        return None
    return Fact(item.get("value", ""), sources[item["source"]], date.fromisoformat(item["checked_on"]))


def _unit(item: Mapping[str, Any], sources: Mapping[str, Source]) -> Unit:
    exists = item["exists"]
    return Unit(
        **{key: item[key] for key in ("id", "kind", "name", "title", "parent")},
        exists=Fact(item["title"], sources[exists["source"]], date.fromisoformat(exists["checked_on"])),
        aliases=tuple(item.get("aliases", ())),
        address=_fact(item.get("address"), sources),
        seat=_fact(item.get("committee_seat"), sources),
        hours=_fact(item.get("hours"), sources),
        map_link=_fact(item.get("map_link"), sources),
        phones=tuple(Phone(**_plain(phone, sources)) for phone in item.get("phones", ())),
        coordinates=Coordinates(**_plain(item["coordinates"], sources)) if item.get("coordinates") else None,
    )
