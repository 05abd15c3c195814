"""Rules about content that a JSON schema cannot state; each yields (field, reason) in Vietnamese.

They run on documents whose shape is already right. Reasons are read by officers who edit content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from unicodedata import is_normalized

from services.phrases import Said, best
from services.text import fold

_Finding = tuple[str, str]

_MARKDOWN = re.compile(r"\*\*|__|`|^#|\]\(|^[-*>] ", re.MULTILINE)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHORT_DATE = re.compile(r"(?<![\d/])(\d/\d{1,2}/\d{4}|\d{1,2}/\d/\d{4})(?!\d)")
_EDITORS_PATHS = ("sources", "legal_basis.documents", "documents")
_RAW_MONEY = re.compile(r"\d{4,}(?= *(?:đồng|đ\b|VND))")


def procedure_problems(document: Mapping[str, Any]) -> Iterator[_Finding]:
    """Check one procedure on its own."""
    cases = [case["id"] for case in document["cases"]]
    yield from _texts(document)
    yield from _periods(document)
    yield from _cases(document, cases)
    yield from _dates(document)
    yield from _figures(document["aspects"])
    for index, question in enumerate(document["questions"]):
        if question["answer"] is not None and not question.get("words"):
            yield f"questions.{index}.words", "câu có trả lời thì phải có từ để nhận ra câu hỏi"


def holiday_problems(document: Mapping[str, Any]) -> Iterator[_Finding]:
    """Check that holidays lie in the years the file covers and stand there once."""
    seen: set[str] = set()
    for index, item in enumerate(document["holidays"]):
        if item["day"] in seen:
            yield f"holidays.{index}.day", f"ngày {item['day']} ghi hai lần"
        seen.add(item["day"])
        if not document["first_day"] <= item["day"] <= document["last_day"]:
            yield f"holidays.{index}.day", "nằm ngoài khoảng first_day đến last_day"


def fine_problems(document: Mapping[str, Any]) -> Iterator[_Finding]:
    """Check that fines name known vehicles and sources, stand once, and say a figure or what to ask."""
    yield from _texts(document)
    yield from _periods(document)
    vehicles = {item["id"] for item in document["vehicles"]}
    sources = {item["id"] for item in document["sources"]}
    rules = {item["id"] for item in document["rules"]}
    for needed in {"ngay_vi_pham", "nhieu_loi"} - rules:
        yield "rules", f"thiếu quy tắc “{needed}”"
    seen: set[str] = set()
    for kind in ("violations", "unknown"):
        for index, item in enumerate(document[kind]):
            if item["id"] in seen:
                yield f"{kind}.{index}.id", f"“{item['id']}” ghi hai lần"
            seen.add(item["id"])
            for source in set(item.get("sources", ())) - sources:
                yield f"{kind}.{index}.sources", f"không có nguồn “{source}”"
            for number, fine in enumerate(item.get("fines", ())):
                path = f"{kind}.{index}.fines.{number}"
                if fine["vehicle"] not in vehicles:
                    yield f"{path}.vehicle", f"không có loại xe “{fine['vehicle']}”"
                if ("min" in fine) != ("max" in fine):
                    yield f"{path}.max", "min và max phải đi cùng nhau"
                told = any(key in fine for key in ("max", "warning", "suspend_months", "extra"))
                if told == bool(fine.get("confirm")):
                    yield f"{path}.confirm", "mức phạt chưa biết thì phải ghi confirm; đã biết thì không ghi"


def comparison_problems(document: Mapping[str, Any]) -> Iterator[_Finding]:
    """Check that comparisons stand once and read as plain sentences."""
    return _listed_once(document, "comparisons")


def gone_problems(document: Mapping[str, Any]) -> Iterator[_Finding]:
    """Check that each thing that is gone stands once and is said in a plain sentence."""
    return _listed_once(document, "items")


def _listed_once(document: Mapping[str, Any], name: str) -> Iterator[_Finding]:
    yield from _texts(document)
    seen: set[str] = set()
    for index, item in enumerate(document[name]):
        if item["id"] in seen:
            yield f"{name}.{index}.id", f"“{item['id']}” ghi hai lần"
        seen.add(item["id"])


def catalogue_problems(documents: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Check the procedures against each other; yields file, field, reason."""
    files = {name: item for name, item in documents.items() if name.startswith("procedures/")}
    ids = {item["id"] for item in files.values()}
    intents: dict[str, list[str]] = {}
    for name, item in files.items():
        for intent in item["intents"]:
            intents.setdefault(intent, []).append(name)
        for index, case in enumerate(item["cases"]):
            if case.get("goto") and case["goto"] not in ids:
                yield name, f"cases.{index}.goto", f"không có thủ tục “{case['goto']}”"
        elsewhere = item.get("milestones", {}).get("otherwise")
        if elsewhere and elsewhere not in ids:
            yield name, "milestones.otherwise", f"không có thủ tục “{elsewhere}”"
    for index, pair in enumerate(documents.get("comparisons.yml", {}).get("comparisons", ())):
        for number, side in enumerate(pair["sides"]):
            if "procedure" in side and side["procedure"] not in ids:
                field = f"comparisons.{index}.sides.{number}.procedure"
                yield "comparisons.yml", field, f"không có thủ tục “{side['procedure']}”"
    for index, gone in enumerate(documents.get("no_longer.yml", {}).get("items", ())):
        for key in ("drawn_from", "procedures", "unless_procedures"):
            named = gone.get(key, ())
            for target in [named] if isinstance(named, str) else named:
                if target not in ids:
                    yield "no_longer.yml", f"items.{index}.{key}", f"không có thủ tục “{target}”"
    for intent, names in intents.items():
        defaults = [name for name in names if files[name].get("default")]
        if len(names) > 1 and len(defaults) != 1:
            for name in names:
                yield (
                    name,
                    "default",
                    f"ý định {intent} có {len(names)} thủ tục, phải có đúng một default: true",
                )
        short = [fold(files[name]["short_name"]) for name in names]
        for name, title in zip(names, short, strict=True):
            if short.count(title) > 1:
                yield name, "short_name", f"trùng tên nút với thủ tục khác của ý định {intent}"


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{path}.{index}")


def _texts(document: Mapping[str, Any]) -> Iterator[_Finding]:
    for path, value in _walk(document):
        if not isinstance(value, str):
            continue
        if not is_normalized("NFC", value):
            yield path, "chữ chưa ở dạng Unicode dựng sẵn (NFC), gõ lại bằng bộ gõ Unicode"
        if value != value.strip() or "\n" in value or "  " in value:
            yield path, "thừa dấu cách hoặc xuống dòng"
        if path.split(".")[-1] in ("url", "from", "to", "verified_on", "review_by", "effective", "checked"):
            continue
        if path.startswith(_EDITORS_PATHS) or _editors_only(document, path):
            continue
        if _MARKDOWN.search(value):
            yield path, "không dùng ký hiệu Markdown (Zalo không hiển thị)"
        if _ISO_DATE.search(value) or _SHORT_DATE.search(value):
            yield path, "ngày trong câu phải viết dd/mm/yyyy, ví dụ 05/02/2027"
        if _RAW_MONEY.search(value):
            yield path, "số tiền trong câu phải có dấu chấm ngăn hàng nghìn, ví dụ 15.000 đồng"


def _editors_only(document: Mapping[str, Any], path: str) -> bool:
    # Open points of a procedure hold sentences for citizens too; in other files they are editors' notes.
    return path.startswith("open_points.") and (path.endswith(".text") or path.count(".") == 1)


def _periods(document: Mapping[str, Any]) -> Iterator[_Finding]:
    for path, value in _walk(document):
        if not isinstance(value, Mapping):
            continue
        if value.get("from") and value.get("to") and value["from"] > value["to"]:
            yield f"{path}.to", f"{value['to']} đứng trước ngày bắt đầu {value['from']}"
        if "min" in value and "max" in value and value["min"] > value["max"]:
            yield f"{path}.max", f"{value['max']} nhỏ hơn mức thấp nhất {value['min']}"


def _cases(document: Mapping[str, Any], cases: list[str]) -> Iterator[_Finding]:
    common = document.get("common_case")
    if common is not None and common not in cases:
        yield "common_case", f"không có trường hợp “{common}”"
    for index, case in enumerate(document["cases"]):
        if cases.count(case["id"]) > 1:
            yield f"cases.{index}.id", f"“{case['id']}” ghi hai lần"
        if _first_match(document["cases"], case["say"]) != case["id"]:
            yield (
                f"cases.{index}.say",
                f"câu “{case['say']}” không chọn được trường hợp {case['id']} bằng words",
            )
        if case.get("goto") and common == case["id"]:
            yield f"cases.{index}.goto", "trường hợp thường gặp không được chuyển sang thủ tục khác"
    for case in document["online"].get("level_by_case", ()):
        if case not in cases:
            yield f"online.level_by_case.{case}", f"không có trường hợp “{case}”"
    for path, value in _walk(document):
        if path and isinstance(value, Mapping) and isinstance(value.get("cases"), list):
            for case in value["cases"]:
                if case not in cases:
                    yield f"{path}.cases", f"không có trường hợp “{case}”"


def _first_match(cases: list[Mapping[str, Any]], text: str) -> str | None:
    found, _ = best(Said(text), ((case["id"], case["words"]) for case in cases))
    return found


def _dates(document: Mapping[str, Any]) -> Iterator[_Finding]:
    if document["review_by"] <= document["verified_on"]:
        yield "review_by", "phải sau ngày kiểm tra verified_on"
    for index, law in enumerate(document["legal_basis"]["documents"]):
        if law["effective"] and date.fromisoformat(law["effective"]).year < 1990:
            yield f"legal_basis.documents.{index}.effective", "năm hiệu lực không hợp lý"


def _figures(aspects: Mapping[str, Any]) -> Iterator[_Finding]:
    for index, fee in enumerate(aspects["le_phi"].get("fees", ())):
        path = f"aspects.le_phi.fees.{index}"
        known = fee["amount"] is not None or "rate_percent" in fee or "range" in fee
        if known == bool(fee.get("confirm")):
            yield f"{path}.confirm", "mức chưa biết thì phải ghi confirm; mức đã biết thì không ghi"
        if ("rate_percent" in fee) != ("rate_of" in fee):
            yield f"{path}.rate_of", "rate_percent và rate_of phải đi cùng nhau"
        if (fee["amount"] is not None) + ("rate_percent" in fee) + ("range" in fee) > 1:
            yield f"{path}.amount", "chỉ ghi một trong ba: số tiền, tỷ lệ phần trăm, khoảng tiền"
        if "likely" in fee and not fee.get("confirm"):
            yield f"{path}.likely", "con số tham khảo chỉ ghi khi có confirm"
        cut = fee.get("discount")
        if cut and (not fee["amount"] or fee["amount"] * cut["percent"] % 100):
            yield f"{path}.discount.percent", "mức sau giảm không phải số tiền tròn đồng"
    for index, term in enumerate(aspects["thoi_han"].get("durations", ())):
        path = f"aspects.thoi_han.durations.{index}"
        if (term["amount"] is None) != bool(term.get("confirm")):
            yield f"{path}.confirm", "thời gian chưa biết thì phải ghi confirm; đã biết thì không ghi"
        whole = term["amount"] is not None and term["amount"] == int(term["amount"])
        if term.get("due") and (term.get("unit", "working_day") not in ("working_day", "day") or not whole):
            yield f"{path}.due", "chỉ tính ngày hẹn được cho số ngày nguyên"
    for index, term in enumerate(aspects["thoi_han"].get("deadlines", ())):
        if ("amount" in term) != ("unit" in term):
            yield f"aspects.thoi_han.deadlines.{index}.unit", "amount và unit phải đi cùng nhau"
    for index, fine in enumerate(aspects["muc_phat"].get("penalties", ())):
        path = f"aspects.muc_phat.penalties.{index}"
        if ("min" in fine) != ("max" in fine):
            yield f"{path}.max", "min và max phải đi cùng nhau"
        told = "max" in fine or fine.get("warning") or fine.get("extra")
        if bool(told) == bool(fine.get("confirm")):
            yield f"{path}.confirm", "mức phạt chưa biết thì phải ghi confirm; đã biết thì không ghi"
