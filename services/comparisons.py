"""Answers to "tạm trú với lưu trú khác gì nhau": both sides in plain words, from `content/comparisons.yml`.

Where the file has no words for a pair, the summaries of the two procedures stand side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from services.answers import Answer, Choice
from services.content_schema import ContentError, read_file
from services.phrases import Said, longest
from services.procedures import Catalogue, Procedure
from services.text import nfc
from services.wording import day, sentence

FILE = "comparisons.yml"


@dataclass(frozen=True)
class Side:
    """One of the things compared; `procedure` is where its button leads."""

    name: str
    words: tuple[str, ...]
    text: str
    procedure: str | None = None


@dataclass(frozen=True)
class Comparison:
    """Two or three things that citizens mix up, and the one difference to remember."""

    id: str
    sides: tuple[Side, ...]
    difference: str
    basis: str
    confirm: str | None = None


@dataclass(frozen=True)
class Comparisons:
    """All of the file."""

    items: tuple[Comparison, ...]
    verified_on: date
    review_by: date

    @classmethod
    def load(cls, folder: Path) -> Comparisons:
        """Read and check the file; raises ContentError with every problem."""
        document, problems = read_file(folder / FILE, FILE)
        if problems or document is None:
            raise ContentError(tuple(sorted(problems)))
        return cls(
            tuple(map(_comparison, document["comparisons"])),
            date.fromisoformat(document["verified_on"]),
            date.fromisoformat(document["review_by"]),
        )

    def find(self, text: str, catalogue: Catalogue) -> Comparison | None:
        """Give the comparison all of whose sides the text names; the longest words win.

        One about another family than the procedures that the text names is left out: "đổi" and
        "cấp lại" are said of passports, cards and plates alike.
        """
        said = Said(text)
        families = [set(naming.procedure.intents) for naming in catalogue.names(text)]
        found: Comparison | None = None
        length = 0
        for item in self.items:
            each = [longest(said, side.words) for side in item.sides]
            if not all(each) or sum(each) <= length:
                continue
            targets = (catalogue.get(side.procedure) for side in item.sides if side.procedure)
            own = {intent for target in targets for intent in target.intents}
            if not families or any(own & family for family in families):
                found, length = item, sum(each)
        return found


def answer_comparison(book: Comparisons, item: Comparison, catalogue: Catalogue, on: date) -> Answer:
    """Say what each side is and what tells them apart."""
    *names, last = (_lower(side.name) for side in item.sides)
    lines = [sentence(f"{', '.join(names)} và {last}: khác nhau thế nào")[:-1]]
    lines += [f"{side.name}: {sentence(side.text)}" for side in item.sides]
    lines.append(f"Nhớ nhanh: {sentence(item.difference)}")
    if item.confirm:
        lines.append(f"Cần hỏi lại: {sentence(item.confirm)}")
    if on > book.review_by:
        lines.append(
            f"Lưu ý: thông tin này chỉ chắc đến ngày {day(book.review_by)}. Xin hỏi lại trước khi đi."
        )
    lines.append(f"Căn cứ: {item.basis} · Kiểm tra ngày {day(book.verified_on)}")
    targets = dict.fromkeys(side.procedure for side in item.sides if side.procedure)
    choices = tuple(_choice(catalogue.get(name)) for name in targets)
    return Answer(nfc("\n".join(lines)), choices, ())


def answer_summaries(first: Procedure, second: Procedure) -> Answer:
    """Put the summaries of two procedures side by side."""
    lines = [f"{first.name} và {_lower(second.name)}"]
    for item in (first, second):
        lines.append(f"{item.name}: {_lower(sentence(item.summary))}")
    checked = day(min(first.verified_on, second.verified_on))
    basis = "; ".join(dict.fromkeys((first.legal_basis.short, second.legal_basis.short)))
    lines.append("Bà con bấm vào từng việc để xem giấy tờ, lệ phí, thời gian.")
    lines.append(f"Căn cứ: {basis} · Kiểm tra ngày {checked}")
    return Answer(nfc("\n".join(lines)), (_choice(first), _choice(second)), ())


def _choice(item: Procedure) -> Choice:
    return Choice(item.short_name, sentence(item.spoken)[:-1], item.id)


def _lower(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _comparison(item: Mapping[str, Any]) -> Comparison:
    sides = tuple(Side(**{**side, "words": tuple(side["words"])}) for side in item["sides"])
    return Comparison(**{**item, "sides": sides})
