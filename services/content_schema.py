"""Checking content files before anybody is told what they say.

Two passes: the JSON schemas in `content/schemas/` for shape, then rules a schema cannot state:
dates in order, money written as people read it, cases and procedures that exist, unknown figures
that name what to ask. Every problem of every file is collected, so that an editor fixes all at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from services.content_rules import (
    catalogue_problems,
    comparison_problems,
    fine_problems,
    gone_problems,
    holiday_problems,
    procedure_problems,
)
from services.report_rules import clock_problems
from services.unit_rules import unit_problems

_SCHEMAS = Path(__file__).resolve().parent.parent / "content" / "schemas"


def _no_rules(document: Mapping[str, Any]) -> tuple[()]:
    """What the schema of a kind says is all there is to check."""
    return ()


_KINDS = {
    "holidays.yml": "holidays",
    "fines.yml": "fines",
    "comparisons.yml": "comparisons",
    "no_longer.yml": "no_longer",
    "units.yml": "units",
    "report_clocks.yml": "report_clocks",
    "retention.yml": "retention",
}
_RULES = {
    "procedure": procedure_problems,
    "holidays": holiday_problems,
    "fines": fine_problems,
    "comparisons": comparison_problems,
    "no_longer": gone_problems,
    "units": unit_problems,
    "report_clocks": clock_problems,
    "retention": _no_rules,
}
_LOADER_BASE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong: the file below the content folder, the field as a path, and why."""

    file: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file} · {self.field} · {self.reason}"


class ContentError(Exception):
    """Content files are wrong; `problems` lists all of them and the text has one line for each."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class ContentLoader(_LOADER_BASE):  # type: ignore[misc, valid-type]
    """YAML as JSON would have it: dates stay text, a key given twice is an error."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"mục “{key}” ghi hai lần", key_node.start_mark
                )
            seen.add(key)
        return dict(super().construct_mapping(node, deep))


ContentLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _LOADER_BASE.yaml_implicit_resolvers.items()
}


def check_folder(folder: Path) -> dict[str, dict[str, Any]]:
    """Read and check all content files; give each document by its path below the folder.

    All but `holidays.yml` and the procedures may be missing: an office can do without them.

    Raises ContentError with all problems, sorted by file.
    """
    documents: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    optional = (name for name in _KINDS if name != "holidays.yml")
    extra = [path for name in optional if (path := folder / name).exists()]
    for path in [folder / "holidays.yml", *extra, *sorted((folder / "procedures").glob("*.yml"))]:
        name = path.relative_to(folder).as_posix()
        document, found = read_file(path, name)
        problems += found
        if document is not None:
            documents[name] = document
    if not problems:
        for name, field, reason in catalogue_problems(documents):
            problems.append(Problem(name, field, reason))
    if problems:
        raise ContentError(tuple(sorted(set(problems))))
    return documents


def read_file(path: Path, name: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Read one file and give it with its problems; None when it cannot be read at all."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=ContentLoader)
    except FileNotFoundError:
        return None, [Problem(name, "(tệp)", "không có tệp này")]
    except UnicodeDecodeError:
        return None, [Problem(name, "(tệp)", "tệp phải lưu bằng mã UTF-8")]
    except yaml.YAMLError as error:
        return None, [Problem(name, yaml_place(error), f"viết sai định dạng YAML: {yaml_reason(error)}")]
    if not isinstance(document, dict):
        return None, [Problem(name, "(tệp)", "tệp phải gồm các mục “tên: giá trị”")]
    kind = _KINDS.get(name, "procedure")
    problems = [Problem(name, *item) for item in shape_problems(kind, document)]
    if not problems:
        problems = [Problem(name, *item) for item in _RULES[kind](document)]
        if kind == "procedure" and document["id"] != path.stem:
            problems.append(Problem(name, "id", f"phải giống tên tệp: {path.stem}"))
    return document, problems


@lru_cache(maxsize=8)
def _validator(kind: str) -> Draft202012Validator:
    formats = FormatChecker(())
    formats.checks("date", raises=ValueError)(lambda v: not isinstance(v, str) or bool(date.fromisoformat(v)))
    schema = json.loads((_SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=formats)


def shape_problems(kind: str, document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for error in _validator(kind).iter_errors(document):
        yield from _told(error)


def _told(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Say a schema error in Vietnamese, at the deepest field that explains it."""
    if error.validator == "oneOf" and error.context:
        branches: dict[int, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(int(inner.schema_path[0]), []).append(inner)
        fitting = [b for b in branches.values() if all(e.validator != "type" or e.path for e in b)]
        wanted = [b for b in branches.values() if b[0].validator_value != "null"]
        for inner in (fitting or wanted)[0]:
            yield from _told(inner)
        return
    field = ".".join(map(str, error.absolute_path)) or "(tệp)"
    value: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    if error.validator == "required":
        missing = re.match(r"'(.+)' is a required", error.message)
        yield _join(field, missing.group(1) if missing else "?"), "thiếu mục bắt buộc này"
    elif error.validator == "additionalProperties":
        known = schema.get("properties", {})
        for key in sorted(set(value) - set(known)):
            yield _join(field, key), "mục lạ; chỉ được dùng: " + ", ".join(known)
    elif error.validator == "enum":
        yield field, f"“{value}” không hợp lệ; chỉ được dùng: " + ", ".join(map(str, rule))
    elif error.validator == "format" or "date" in str(schema.get("format")):
        yield field, f"“{value}” không phải ngày có thật, viết dạng năm-tháng-ngày, ví dụ 2026-11-21"
    else:
        reason = _REASONS.get(str(error.validator), "giá trị không hợp lệ: {rule}")
        size = len(value) if isinstance(value, (str, list)) else ""
        wanted_kind = _TYPES.get(str(rule), rule)
        yield field, reason.format(value=_short(value), rule=wanted_kind, size=size)


_TYPES = {
    "integer": "số nguyên",
    "number": "số",
    "string": "chữ",
    "boolean": "true hoặc false",
    "array": "danh sách",
    "object": "nhóm mục",
}
_REASONS = {
    "type": "sai kiểu giá trị (cần {rule}), đang là {value}",
    "pattern": "“{value}” viết không đúng khuôn {rule}",
    "minLength": "quá ngắn, cần ít nhất {rule} chữ",
    "maxLength": "quá dài ({size} chữ), tối đa {rule} chữ",
    "minItems": "cần ít nhất {rule} dòng",
    "minimum": "{value} nhỏ hơn mức thấp nhất {rule}",
    "maximum": "{value} lớn hơn mức cao nhất {rule}",
    "multipleOf": "{value} phải là bội số của {rule}",
    "oneOf": "giá trị không thuộc kiểu nào được phép: {value}",
}


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _join(field: str, key: str) -> str:
    return key if field == "(tệp)" else f"{field}.{key}"


def yaml_place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"dòng {mark.line + 1}" if mark else "(tệp)"


def yaml_reason(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or "không đọc được")
