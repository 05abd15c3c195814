"""F1 of what has a form (plates, phones, codes, times) on `dev/entities.yml`: span and value."""

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

KINDS = ("thoi_gian", "bien_so", "so_dien_thoai", "ma_ho_so")


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
    """Compare what the extractor finds with what the file says."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    now = datetime.fromisoformat(content["now"])
    extractor = PatternExtractor()
    result = EntityScore()
    for example in content["examples"]:
        wanted = _wanted(example)
        found = {
            (item["entity"], example["text"][item["start"] : item["end"]], _value(item))
            for item in extractor.find(example["text"], now)
            if item["entity"] in KINDS
        }
        result.right.update(kind for kind, _, _ in wanted & found)
        result.missed.update(kind for kind, _, _ in wanted - found)
        result.extra.update(kind for kind, _, _ in found - wanted)
        result.errors += [f"missed {item} in “{example['text']}”" for item in sorted(wanted - found)]
        result.errors += [f"wrongly found {item} in “{example['text']}”" for item in sorted(found - wanted)]
    return result


def section() -> list[str]:
    """Write the part of the report about entities."""
    result = score()
    lines = ["## What has a form", "", "| entity | right | missed | extra | F1 |", "|---|---|---|---|---|"]
    for kind in KINDS:
        counts = f"{result.right[kind]} | {result.missed[kind]} | {result.extra[kind]}"
        lines.append(f"| {kind} | {counts} | {result.f1(kind):.3f} |")
    lines += [
        "",
        "These sentences were written beside the extractor: they guard it, they do not prove it.",
        "",
    ]
    return [*lines, *(f"- {error}" for error in result.errors), ""]


def _wanted(example: dict[str, Any]) -> set[tuple[str, str, str]]:
    wanted = set()
    for kind in KINDS:
        for text, value in example.get(kind, {}).items():
            if kind == TIME:
                moments = [datetime.fromisoformat(item).replace(tzinfo=VIETNAM).isoformat() for item in value]
                value = f"{moments[0]} {moments[-1]}"
            wanted.add((kind, text, str(value)))
    return wanted


def _value(item: dict[str, Any]) -> str:
    value = item["value"]
    return f"{value['start']} {value['end']}" if item["entity"] == TIME else str(value)
