"""Which unit people mean: today's or old names, with or without marks, "ca p tân thành", "p1 gò công".

The answer is one unit, several to choose from, or nothing known. A guess is never made: a split
ward gives all its successors, and a name that stands in several places is asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.text import fold
from services.unit_names import NUMBERED_NAME, Entry, Known, Mention, UnitNames
from services.units import Directory, Former, Namesake, OldWard, Unit

_COMMUNE = {"phuong", "xa", "thi_tran", "dac_khu"}
_DISTRICT = {"quan", "huyen", "thanh_pho", "thi_xa"}
_DISTRICT_SAID = re.compile(r"\b(?:cong an|ca|csgt) (?:cap )?(?:quan|huyen|thi xa|q|tx)\b")
_PROVINCE_SAID = re.compile(r"\b(?:cong an|ca) (?:tinh|thanh pho|tp)\b")

# What follows "phường", "xã" without naming a place: "công an phường ở đâu", "xã mình", "phường nào".
_NO_NAME = (
    r"(?:o(?! mon\b| cho\b)|nao|minh|toi|em|anh|co|nay|do|cu(?! chi\b)|moi|thi|dau|so|gio|gan|la|va|hay|cua"
    r"|khong|k|gi|phuong|xa|hoi|trong|ten|e|que|sau|truoc|dang|ma|roi|nghi|truc|sdt|de|duoi|tren"
    r"|nam (?:o|dau|cho|duong)|ben (?:minh|nao|em|do)|bay gio|can (?:gi|giay)|chu nhat|con (?:lam|mo)"
    r"|lam (?:viec|gi|khong|k|can|ho|tam|gio|toi|may)|mo cua|da (?:sap|doi|don|chuyen)|may (?:gio|h|so)"
    r"|cho (?:toi|em|minh|hoi|xin|nao)|thu (?:hai|ba|tu|nam|sau|bay|\d))"
)
_PART = rf"\.? +(?!{_NO_NAME}\b)[^\W\d]"
_COMMUNE_SAID = re.compile(rf"\b(?:phuong|xa|thi tran|dac khu){_PART}")
_OTHERS_SAID = re.compile(rf"\b(?:cong an|ca) (?:p|x|tinh|thanh pho|tp|huyen|quan|thi xa){_PART}")
_DIVISION_SAID = re.compile(r"\b(?:cuc|phong|tram)\b")


@dataclass(frozen=True)
class One:
    """The unit that is meant; `old` or `former` is the name it was asked by, if not today's."""

    unit: Unit
    old: OldWard | None = None
    former: Former | None = None


@dataclass(frozen=True)
class Several:
    """Units to choose from. `why`: "split" ward, "ended" unit, "number" without a town, or a "clash".

    `elsewhere` names places of the same name that the directory does not hold.
    """

    why: str
    name: str
    units: tuple[Unit, ...]
    old: tuple[OldWard, ...] = ()
    former: tuple[Former, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unknown:
    """No unit of the directory: `place` is what was named, `district` that a district's police was."""

    place: str | None = None
    district: bool = False


Found = One | Several | Unknown


class UnitSearch:
    """Finds units of one directory by what people call them."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._names = UnitNames(directory)

    def resolve(self, text: str, home: Unit | None = None) -> Found:
        """Find the unit a text is about; `home` is the unit of the page, which settles equal names."""
        district = _DISTRICT_SAID.search(fold(text)) is not None
        mentions = self._names.mentions(text)
        subject = _subject([item for item in mentions if not item.street] or mentions)
        if subject is None:
            own = _PROVINCE_SAID.search(fold(text)) is not None and not names_a_place(text)
            over_home = self.directory.province(home) if home and own else None
            return One(over_home) if over_home else Unknown(None, district)
        if subject.kind is None and all(map(_is_province, subject.entries)) and _names_a_part(text):
            return Unknown(None, district)
        around = [item for item in mentions if item is not subject and not item.street]
        fitting = _in_context(self.directory, _of_kind(subject), around, text)
        over = [entry for item in around for entry in item.entries if _is_province(entry)]
        if not fitting:
            # A division that the directory does not hold: the police of its province are the next best.
            unit = over[0] if subject.kind is None and over else None
            return One(unit) if isinstance(unit, Unit) else Unknown(subject.name, district)
        if not over and all(isinstance(item, Unit) and item.kind == "phong" for item in fitting):
            return self._division(subject.name, fitting, home)
        return _settle(self.directory, subject, fitting, home, placed=bool(around))

    def get(self, entry_id: str) -> Found:
        """Find a unit of today, or one that ended, by its id (from a tapped button)."""
        entries: tuple[Unit | Former, ...] = (*self.directory.units, *self.directory.former)
        entry = next((item for item in entries if item.id == entry_id), None)
        if entry is None:
            return Unknown()
        mention = Mention(0, 0, entry.name, None, (entry,))
        return _settle(self.directory, mention, [entry], None, placed=True)

    def _division(self, name: str, fitting: list[Entry], home: Unit | None) -> Found:
        """Every province has such divisions: one is named only where the page or the text says which."""
        here = self.directory.province(home) if home else None
        units = tuple(item for item in fitting if isinstance(item, Unit))
        if here is None:
            return Several("clash", name, units, elsewhere=("tỉnh, thành phố khác",))
        return One(next((item for item in units if item.parent == here.id), here))


def names_a_place(text: str) -> bool:
    """Tell whether a text names some commune, district or province, in the directory or not."""
    folded = fold(text)
    return bool(_COMMUNE_SAID.search(folded) or _OTHERS_SAID.search(folded))


def _names_a_part(text: str) -> bool:
    """Tell whether a text that names a province asks for something smaller in it, unknown to us."""
    folded = fold(text)
    return bool(_COMMUNE_SAID.search(folded) or _DIVISION_SAID.search(folded))


def _settle(
    directory: Directory, subject: Mention, fitting: list[Entry], home: Unit | None, placed: bool
) -> Found:
    here = directory.province(home) if home else None
    if here is not None and len(fitting) > 1:
        fitting = [item for item in fitting if _province(directory, item) is here] or fitting
    elsewhere = tuple(item.where for item in fitting if isinstance(item, Namesake))
    known = _without_twins([item for item in fitting if not isinstance(item, Namesake)])
    if not known:
        return Unknown(f"{subject.name} ({elsewhere[0]})")
    olds = tuple(item for item in known if isinstance(item, OldWard))
    ended = tuple(item for item in known if isinstance(item, Former))
    ids = dict.fromkeys(i for item in known for i in ((item.id,) if isinstance(item, Unit) else item.now))
    units = tuple(directory.unit(unit_id) for unit_id in ids)
    if subject.name.startswith(NUMBERED_NAME) and not placed:
        return Several("number", subject.name, units, olds)
    if len(known) == 1 and not elsewhere:
        only = known[0]
        if isinstance(only, Unit):
            return One(only)
        if len(units) == 1 and not (isinstance(only, Former) and not only.complete):
            return One(units[0], *((only, None) if isinstance(only, OldWard) else (None, only)))
        return Several("split" if olds else "ended", only.name, units, olds, ended)
    named = tuple(item for item in known if isinstance(item, Unit))
    olds_units = tuple(directory.unit(i) for item in olds for i in item.now)
    shown = tuple(dict.fromkeys((*named, *olds_units))) or units
    return Several("clash", subject.name, shown, olds, ended, elsewhere)


def _without_twins(known: list[Known]) -> list[Known]:
    """Leave out an old ward that went whole to the unit of the same name: they are one answer."""
    named = {item.id for item in known if isinstance(item, Unit)}
    return [
        item
        for item in known
        if not (isinstance(item, OldWard) and len(item.now) == 1 and item.now[0] in named)
    ]


def _subject(mentions: list[Mention]) -> Mention | None:
    """Choose the mention that is asked about; the others say where it lies."""
    for wanted in (
        lambda item: item.kind in _COMMUNE or item.name.startswith(NUMBERED_NAME),
        lambda item: any(isinstance(e, Former) and e.kind == "doi" for e in item.entries),
        lambda item: any(isinstance(e, Unit) and e.kind in ("phong", "cuc") for e in item.entries),
        lambda item: not any(map(_is_province, item.entries)),
        lambda item: True,
    ):
        found = next(filter(wanted, mentions), None)
        if found is not None:
            return found
    return None


def _of_kind(mention: Mention) -> list[Entry]:
    kind = mention.kind
    if kind is None:
        return list(mention.entries)
    exact = [item for item in mention.entries if _fits(item, kind)]
    if exact or kind not in _COMMUNE - {"dac_khu"}:
        return exact
    # "xã Tân Sơn Nhì", "phường Cái Bè": people mix the two up, and only one of them exists.
    return [item for item in mention.entries if item.kind in _COMMUNE]


def _fits(entry: Entry, kind: str) -> bool:
    if entry.kind is None:
        return kind in _COMMUNE - {"dac_khu"}
    if entry.kind == "tinh":
        return kind in ("tinh", "thanh_pho")
    return entry.kind == kind


def _in_context(directory: Directory, entries: list[Entry], around: list[Mention], text: str) -> list[Entry]:
    """Keep what lies in the town or province that was named beside it."""
    said = fold(text)
    named = [i for i in entries if isinstance(i, Namesake) and any(fold(w) in said for w in i.words)]
    if named:
        return list(named)
    places = [entry for item in around for entry in _of_kind(item)]
    towns = {item.id for item in places if isinstance(item, Former) and item.kind in _DISTRICT}
    if towns:
        in_town = [item for item in entries if towns & _towns(directory, item)]
        # An old ward lay in one town only: "phường 3 Mỹ Tho" is not the one of Cai Lậy.
        return in_town or [item for item in entries if not isinstance(item, OldWard)]
    over = {p.id for item in places if _is_province(item) and (p := _province(directory, item)) is not None}
    if over:
        return [item for item in entries if (p := _province(directory, item)) is not None and p.id in over]
    return entries


def _towns(directory: Directory, entry: Entry) -> set[str]:
    if isinstance(entry, OldWard):
        return {entry.town}
    if isinstance(entry, Unit):
        return {item.town for item in directory.old_names(entry)}
    return set()


def _is_province(entry: Entry) -> bool:
    return isinstance(entry, (Unit, Former)) and entry.kind == "tinh"


def _province(directory: Directory, entry: Entry) -> Unit | None:
    if isinstance(entry, Unit):
        return directory.province(entry)
    if isinstance(entry, OldWard):
        return directory.province(directory.unit(entry.now[0]))
    return directory.unit(entry.province) if isinstance(entry, Former) else None
