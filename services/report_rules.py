"""Rules of the report content that a JSON schema cannot state: everything named exists and fits.

Problems are pairs of field and reason, as in `services/content_rules.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from services.report_matching import parts
from services.text import fold

# All that may be asked about children, domestic and sexual violence.
SENSITIVE_FACTS = frozenset({"thoi_gian", "dia_diem", "an_toan", "lien_he"})
_LIBRARIES = ("questions", "advice", "hotlines", "clocks", "routes")
_Problem = tuple[str, str]


def category_problems(document: Mapping[str, Any]) -> Iterator[_Problem]:
    """Find what is wrong in a document of the right shape."""
    yield from _shared_problems(document)
    used: dict[str, set[str]] = {name: set() for name in _LIBRARIES}
    seen: dict[str, set[str]] = {"id": set(), "ref": set(), "title": set()}
    for index, item in enumerate(document["categories"]):
        field = f"categories.{index}"
        for key, values in seen.items():
            if item[key] in values:
                yield f"{field}.{key}", f"“{item[key]}” đã có ở loại tin khác"
            values.add(item[key])
        for name, key, wanted in _references(item):
            used[name].add(wanted)
            if wanted not in document[name]:
                yield f"{field}.{key}", f"không có “{wanted}” trong {name}"
        yield from _own_problems(document, item, field)
    for name, ids in used.items():
        for unused in sorted(set(document[name]) - ids):
            if name != "hotlines":
                yield f"{name}.{unused}", "không loại tin nào dùng mục này"


def scam_problems(document: Mapping[str, Any], sources: Mapping[str, Any]) -> Iterator[_Problem]:
    """Find what is wrong in the scam patterns, with the sources of the report categories."""
    seen = set()
    for index, item in enumerate(document["patterns"]):
        if item["id"] in seen:
            yield f"patterns.{index}.id", f"“{item['id']}” đã có ở kiểu lừa khác"
        seen.add(item["id"])
        yield from _source_problems(f"patterns.{index}", item, sources)


def clock_problems(document: Mapping[str, Any]) -> Iterator[_Problem]:
    """Find what is wrong in the clocks of reports: a step named twice, a day that ends before it begins."""
    for clock, steps in document["clocks"].items():
        seen = set()
        for index, step in enumerate(steps):
            if step["id"] in seen:
                yield f"clocks.{clock}.{index}.id", f"“{step['id']}” ghi hai lần"
            seen.add(step["id"])
            if step.get("warn", 0) and step["warn"] < step.get("alarm", 0):
                yield f"clocks.{clock}.{index}.warn", "phải báo vàng trước khi báo đỏ"
    target = document["own_target"]
    if target["day_from"] >= target["day_to"]:
        yield "own_target.day_to", "phải sau day_from"
    if target["warn_share"] >= target["alarm_share"]:
        yield "own_target.alarm_share", "phải lớn hơn warn_share"


def _shared_problems(document: Mapping[str, Any]) -> Iterator[_Problem]:
    sources = document["sources"]
    yield from _source_problems("notice", document["notice"], sources)
    for name in ("advice", "hotlines", "clocks"):
        for key, item in document[name].items():
            yield from _source_problems(f"{name}.{key}", item, sources)
    for key, item in document["questions"].items():
        if item["fact"] not in document["facts"]:
            yield f"questions.{key}.fact", f"không có “{item['fact']}” trong facts"
        if item["expects"] == "choice" and not item.get("choices"):
            yield f"questions.{key}.choices", "câu hỏi lựa chọn phải có các nút để chọn"
        for choice in sorted(set(item.get("urgent", ())) - set(item.get("choices", item.get("urgent", ())))):
            yield f"questions.{key}.urgent", f"không có nút “{choice}” trong choices"


def _own_problems(document: Mapping[str, Any], item: Mapping[str, Any], field: str) -> Iterator[_Problem]:
    facts = [*item["needs"], *item.get("helps", ())]
    for fact in facts:
        if fact not in document["facts"]:
            yield f"{field}.needs", f"không có “{fact}” trong facts"
    asked = [document["questions"][one]["fact"] for one in item["questions"] if one in document["questions"]]
    for fact in asked:
        if fact not in facts:
            yield f"{field}.questions", f"hỏi “{fact}” nhưng needs, helps không có"
    if item.get("sensitive"):
        for fact in sorted({*facts, *asked} - SENSITIVE_FACTS):
            yield f"{field}.questions", f"việc nhạy cảm không được hỏi “{fact}”"
    emergency = item["emergency"]
    if emergency.get("red_words") and not emergency.get("call"):
        yield f"{field}.emergency.call", "có từ báo động đỏ thì phải ghi số để gọi"
    if emergency["colour"] != "green" and not emergency.get("red_words"):
        yield f"{field}.emergency.red_words", "màu đỏ, vàng phải có từ báo động đỏ"
    if not item.get("report", True) and not item.get("goto") and not item["advice"]:
        yield f"{field}.goto", "không nhận tin thì phải có lời chỉ dẫn hoặc nơi trả lời"
    folded = set()
    for wording in item["wordings"]:
        if not all(parts(wording)):
            yield f"{field}.wordings", f"“{wording}” thiếu một vế quanh dấu +"
        if wording in folded:
            yield f"{field}.wordings", f"“{wording}” ghi hai lần"
        folded.add(wording)
    if fold(item["title"]) == item["title"].lower():
        yield f"{field}.title", "tên phải viết có dấu"


def _references(item: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name in ("questions", "advice", "hotlines"):
        for wanted in item.get(name, ()):
            yield name, name, wanted
    for number in item["emergency"].get("call", ()):
        yield "hotlines", "emergency.call", number
    yield "routes", "route", item["route"]
    if "clock" in item:
        yield "clocks", "clock", item["clock"]


def _source_problems(field: str, item: Mapping[str, Any], sources: Mapping[str, Any]) -> Iterator[_Problem]:
    for source in item["source"]:
        if source not in sources:
            yield f"{field}.source", f"không có nguồn “{source}” trong sources"
