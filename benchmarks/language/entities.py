"""F1 of what has a form on the dev and the blind sentences: the words marked and the value read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from benchmarks.language.sentences import DEV
from nlu.extractors import TIME, PatternExtractor
from services.clock import VIETNAM
from services.text import fold, nfc

KINDS = ("thoi_gian", "bien_so", "so_dien_thoai", "ma_ho_so", "so_tien", "so_nguoi", "loai_xe")
STRICT = ("thoi_gian", "bien_so", "so_dien_thoai", "ma_ho_so")
BLIND = DEV.parent / "blind"
# A found time and a written one are the same if they share this part of both together, where edges are taste.
_OVERLAP = 0.5

Item = tuple[str, str, str]


@dataclass
class EntityScore:
    """Counts for each kind: found and right, missed, found but not there."""

    right: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def f1(self, kind: str) -> float:
        """Give the harmonic mean of precision and recall."""
        right = self.right[kind]
        return 2 * right / max(2 * right + self.missed[kind] + self.extra[kind], 1)


def score(file: Path = DEV / "entities.yml") -> EntityScore:
    """Compare what the extractor finds with what the file says.

    An example may have its own `now`, and name under `fuzzy` spans whose edges are a matter of taste.
    """
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    extractor = PatternExtractor()
    result = EntityScore()
    for example in content["examples"]:
        now = datetime.fromisoformat(example.get("now", content["now"]))
        text = nfc(example["text"])
        kinds = [kind for kind in KINDS if kind in STRICT or kind in example]
        wanted = _wanted(example)
        found = {
            (item["entity"], text[item["start"] : item["end"]], _value(item))
            for item in extractor.find(text, now)
            if item["entity"] in kinds
        }
        right = {item for item in wanted if _is_found(item, found, example.get("fuzzy", []))}
        extra = {item for item in found if not any(_same(item, other, True) for other in right)}
        result.right.update(kind for kind, _, _ in right)
        result.missed.update(kind for kind, _, _ in wanted - right)
        result.extra.update(kind for kind, _, _ in extra)
        result.errors += [f"missed {item} in “{text}”" for item in sorted(wanted - right)]
        result.errors += [f"wrongly found {item} in “{text}”" for item in sorted(extra)]
    return result


def section() -> list[str]:
    """Write the part of the report about entities; errors of the blind set are not shown."""
    lines = ["## What has a form", ""]
    dev = score()
    lines += [*_table("dev/entities.yml, written beside the extractor: guards it, proves nothing", dev)]
    lines += [*(f"- {error}" for error in dev.errors), ""]
    for file in sorted(BLIND.glob("entities*.yml")):
        lines += _table(f"blind/{file.name}, written by others", score(file))
    return lines


def _table(title: str, result: EntityScore) -> list[str]:
    lines = [f"### {title}", "", "| entity | right | missed | extra | F1 |", "|---|---|---|---|---|"]
    for kind in KINDS:
        counts = (result.right[kind], result.missed[kind], result.extra[kind])
        if any(counts):
            shown = " | ".join(str(count) for count in counts)
            lines.append(f"| {kind} | {shown} | {result.f1(kind):.3f} |")
    return [*lines, ""]


def _is_found(item: Item, found: set[Item], fuzzy: list[str]) -> bool:
    return item in found or (any(_same(item, other, nfc(item[1]) in map(nfc, fuzzy)) for other in found))


def _same(one: Item, other: Item, fuzzy: bool) -> bool:
    """Tell whether two items are the same for a reader: one words contain the other's, the values agree."""
    if one[0] != other[0] or not (one[1] in other[1] or other[1] in one[1]):
        return False
    # Our value is the kind of vehicle, the examiner's the word itself.
    if one[2] == other[2] or one[0] == "loai_xe":
        return fuzzy or one[1] == other[1] or _only_just(one[1], other[1])
    return fuzzy and one[0] == TIME and _overlap(one[2], other[2]) >= _OVERLAP


def _only_just(one: str, other: str) -> bool:
    longer, shorter = sorted((one.lower(), other.lower()), key=len, reverse=True)
    return longer in (f"{shorter} vừa rồi", f"{shorter} vua roi")


def _overlap(one: str, other: str) -> float:
    (start, end), (begin, stop) = (
        tuple(datetime.fromisoformat(part) for part in value.split(" ")) for value in (one, other)
    )
    together = (max(end, stop) - min(start, begin)).total_seconds()
    shared = (min(end, stop) - max(start, begin)).total_seconds()
    return shared / together if together else 1.0


def _wanted(example: dict[str, Any]) -> set[Item]:
    wanted = set()
    for kind in KINDS:
        for text, value in example.get(kind, {}).items():
            if kind == TIME:
                moments = [datetime.fromisoformat(item).replace(tzinfo=VIETNAM).isoformat() for item in value]
                value = f"{moments[0]} {moments[-1]}"
            elif kind == "loai_xe":
                value = fold(str(value)).replace(" ", "_")
            wanted.add((kind, nfc(text), str(value)))
    return wanted


def _value(item: dict[str, Any]) -> str:
    value = item["value"]
    return f"{value['start']} {value['end']}" if item["entity"] == TIME else str(value)
