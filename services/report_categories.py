"""What citizens report, as data: categories, their questions, emergency colours, advice, routing, clocks.

Owns reading and checking `content/report_categories.yml` and `content/scam_patterns.yml`, and finding
the category a story is about. It asks nothing, stores nothing and knows nothing of dialogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from services import content_schema
from services.content_schema import ContentError, Problem
from services.phrases import Said
from services.report_matching import Wordings, affirmed, as_words
from services.report_parts import Advice, Clock, Emergency, Hotline, Notice, Question, Route, ScamPattern
from services.report_rules import category_problems, scam_problems

FILE, SCAMS = "report_categories.yml", "scam_patterns.yml"
# A category the classifier did not mean needs clearly better words to win.
_OTHER_INTENT = 0.5
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Category:
    """One kind of report; without `report` it is answered (`goto`) or sent elsewhere, never stored."""

    id: str
    ref: str
    group: str
    title: str
    intents: tuple[str, ...]
    wordings: tuple[str, ...]
    needs: tuple[str, ...]
    questions: tuple[Question, ...]
    emergency: Emergency
    advice: tuple[Advice, ...]
    route: Route
    helps: tuple[str, ...] = ()
    hotlines: tuple[Hotline, ...] = ()
    clock: Clock | None = None
    report: bool = True
    sensitive: bool = False
    goto: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """All categories in the order of the file; `facts` maps a fact to the name it is read back by."""

    categories: tuple[Category, ...]
    scams: tuple[ScamPattern, ...]
    notice: Notice
    facts: Mapping[str, str]
    past_words: tuple[str, ...]
    negations: tuple[str, ...]
    wordings: Wordings
    red_flags: Wordings

    def category(self, category_id: str) -> Category:
        """Give a category by its id; KeyError when there is none."""
        return {one.id: one for one in self.categories}[category_id]

    def match(self, text: str, intent: str | None = None) -> list[tuple[Category, float]]:
        """Give the categories a text speaks of, the likeliest first; none when no wording was said.

        With an intent, categories that cannot come from it count half.
        """
        weights = self.wordings.weigh(text)
        scored = []
        for category in self.categories:
            meant = intent is None or intent in category.intents
            if weight := weights.get(category.id):
                scored.append((category, round(weight if meant else weight * _OTHER_INTENT, 2)))
        return sorted(scored, key=lambda pair: -pair[1])

    def colour(self, category: Category, text: str) -> str:
        """Give "red" (call now), "amber" (ask whether it goes on) or "green" for what was said.

        A red word does not count right after a negation, nor in a story of the past unless the matter lasts.
        """
        emergency, said = category.emergency, Said(text)
        past = not emergency.lasting and any(map(said.says, self.past_words))
        denied = tuple(map(as_words, self.negations))
        if emergency.always or (not past and any(affirmed(text, one, denied) for one in emergency.red_words)):
            return "red"
        return "green" if emergency.colour == "green" else "amber"

    def scam_flags(self, text: str) -> tuple[ScamPattern, ...]:
        """Give the scam patterns whose red flags were said, the plainest first."""
        weights = self.red_flags.weigh(text)
        flagged = [scam for scam in self.scams if scam.id in weights]
        return tuple(sorted(flagged, key=lambda scam: -weights[scam.id]))


@lru_cache(maxsize=4)
def load_categories(folder: Path) -> Catalogue:
    """Read and check the report categories and scam patterns of a content folder.

    Raises ContentError with all problems of both files: file, field, reason.
    """
    data, problems = _read(folder, FILE)
    scams, more = _read(folder, SCAMS)
    problems += more
    if data and not problems:
        problems += [Problem(FILE, *item) for item in category_problems(data)]
    if data and scams and not problems:
        problems += [Problem(SCAMS, *item) for item in scam_problems(scams, data["sources"])]
    if data is None or scams is None or problems:
        raise ContentError(tuple(sorted(set(problems))))
    return _catalogue(data, scams)


def _read(folder: Path, name: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    try:
        text = (folder / name).read_text(encoding="utf-8")
        document = yaml.load(text, Loader=content_schema.ContentLoader)
    except FileNotFoundError:
        return None, [Problem(name, "(tệp)", "không có tệp này")]
    except UnicodeDecodeError:
        return None, [Problem(name, "(tệp)", "tệp phải lưu bằng mã UTF-8")]
    except yaml.YAMLError as error:
        reason = f"viết sai định dạng YAML: {content_schema.yaml_reason(error)}"
        return None, [Problem(name, content_schema.yaml_place(error), reason)]
    if not isinstance(document, dict):
        return None, [Problem(name, "(tệp)", "tệp phải gồm các mục “tên: giá trị”")]
    kind = Path(name).stem
    return document, [Problem(name, *item) for item in content_schema.shape_problems(kind, document)]


def _catalogue(data: Mapping[str, Any], scams: Mapping[str, Any]) -> Catalogue:
    library: dict[str, dict[str, Any]] = {
        "questions": _made(Question, data["questions"]),
        "advice": _made(Advice, data["advice"]),
        "hotlines": _made(Hotline, data["hotlines"]),
    }
    routes, clocks = _made(Route, data["routes"]), _made(Clock, data["clocks"])
    categories = []
    for item in data["categories"]:
        named = {name: tuple(found[one] for one in item.get(name, ())) for name, found in library.items()}
        fields = {**item, **named, "route": routes[item["route"]], "clock": clocks.get(item.get("clock", ""))}
        categories.append(_build(Category, {**fields, "emergency": _build(Emergency, item["emergency"])}))
    patterns = tuple(_build(ScamPattern, item) for item in scams["patterns"])
    return Catalogue(
        tuple(categories),
        patterns,
        _build(Notice, data["notice"]),
        data["facts"],
        tuple(data["past_words"]),
        tuple(data["negations"]),
        Wordings({one.id: one.wordings for one in categories}),
        Wordings({one.id: one.red_flags for one in patterns}),
    )


def _made(kind: type[_Item], items: Mapping[str, Mapping[str, Any]]) -> dict[str, _Item]:
    return {key: _build(kind, {"id": key, **item}) for key, item in items.items()}


def _build(kind: type[_Item], item: Mapping[str, Any]) -> _Item:
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in item.items()})
