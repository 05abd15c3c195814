"""Rules about the directory of units that its JSON schema cannot state; reasons are in Vietnamese.

They run on a document whose shape is already right and yield (field, reason).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_Finding = tuple[str, str]


def unit_problems(document: Mapping[str, Any]) -> Iterator[_Finding]:
    """Check that ids stand once and exist where they are named, and that every fact has a known source."""
    units = {item["id"] for item in document["units"]}
    former = {item["id"] for item in document["former"]}
    yield from _twice(document)
    for index, item in enumerate(document["units"]):
        if item["parent"] is not None and item["parent"] not in units:
            yield f"units.{index}.parent", f"không có đơn vị “{item['parent']}”"
    for kind in ("old_wards", "former"):
        for index, item in enumerate(document[kind]):
            for place, unit in enumerate(item["now"]):
                if unit not in units:
                    yield f"{kind}.{index}.now.{place}", f"không có đơn vị “{unit}”"
    for index, item in enumerate(document["old_wards"]):
        if item["town"] not in former:
            yield f"old_wards.{index}.town", f"không có đơn vị cũ “{item['town']}”"
    for index, item in enumerate(document["former"]):
        if item["province"] not in units:
            yield f"former.{index}.province", f"không có đơn vị “{item['province']}”"
    yield from _provenance(document, document, "")


def _twice(document: Mapping[str, Any]) -> Iterator[_Finding]:
    seen: set[str] = set()
    for kind in ("sources", "units", "former", "hours"):
        for index, item in enumerate(document[kind]):
            if item["id"] in seen:
                yield f"{kind}.{index}.id", f"“{item['id']}” ghi hai lần"
            seen.add(item["id"])


def _provenance(document: Mapping[str, Any], value: Any, field: str) -> Iterator[_Finding]:
    """Follow every fact, however deep: its source is listed and its day is not after the file's."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _provenance(document, item, f"{field}.{index}")
    elif isinstance(value, Mapping):
        if "source" in value and value["source"] not in {item["id"] for item in document["sources"]}:
            yield f"{field}.source", f"không có nguồn “{value['source']}” trong mục sources"
        if "checked_on" in value and value["checked_on"] > document["verified_on"]:
            yield f"{field}.checked_on", "sau ngày verified_on của tệp"
        for key, item in value.items():
            yield from _provenance(document, item, f"{field}.{key}" if field else key)
