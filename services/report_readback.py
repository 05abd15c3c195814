"""What a draft holds and lacks, in plain words: read back before sending, item by item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services import report_words as words
from services.clock import VIETNAM
from services.report_categories import Catalogue, Category
from services.report_draft import Draft
from services.report_facts import Fact
from services.report_identity import ANONYMOUS, preview
from services.report_step import MOST_BUTTONS, Say, choice
from services.wording import money

MATTER, STORY, EVIDENCE, REPORTER = "viec", "loi_ke", "bang_chung", "nguoi_bao"
# What has a form of its own, or decides what happens: always read back.
_READ_BACK = frozenset({"thoi_gian", "dia_diem", "bien_so", "so_tien", "tai_khoan", "doi_tuong", "tai_san"})
_LONGEST_STORY = 350
_LONGEST_FACT = 160
_DAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")


@dataclass(frozen=True)
class Item:
    """One thing that is read back and may be corrected."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Missing:
    """One thing that is missing: what it is and why it matters."""

    id: str
    title: str
    why: str


def items(draft: Draft, category: Category, catalogue: Catalogue) -> list[Item]:
    """Give everything a draft holds, in the order in which it is read back."""
    made = [Item(MATTER, "Việc", category.title)]
    if draft.story:
        made.append(Item(STORY, "Lời kể", _short(" ".join(draft.story.split()), _LONGEST_STORY)))
    for fact_id, title in catalogue.facts.items():
        fact = draft.facts.get(fact_id)
        if fact is not None and _goes_without_saying(fact_id, fact, draft, category):
            continue
        if (
            fact is not None
            and fact_id != EVIDENCE
            and not (fact_id == "hanh_vi" and fact.said in draft.story)
        ):
            made.append(Item(fact_id, title, fact_words(fact_id, fact)))
    if draft.place and "dia_diem" not in draft.facts:
        made.append(Item("dia_diem", catalogue.facts["dia_diem"], "vị trí anh/chị đã gửi"))
    if draft.evidence:
        got = words.evidence_got([item.kind for item in draft.evidence])
        made.append(Item(EVIDENCE, catalogue.facts[EVIDENCE], got))
    if draft.identity:
        made.append(Item(REPORTER, "Người báo", reporter_words(draft)))
    return made


def missing(draft: Draft, category: Category, catalogue: Catalogue) -> list[Missing]:
    """Give what the category needs and the draft lacks, with the reason."""
    why = {question.fact: question.why for question in category.questions}
    return [
        Missing(fact_id, catalogue.facts[fact_id], why.get(fact_id, ""))
        for fact_id in category.needs
        if fact_id not in draft.facts
        and not (fact_id == "dia_diem" and draft.place)
        and not (fact_id == EVIDENCE and draft.evidence)
        and fact_id != "hanh_vi"
    ]


def read_back(draft: Draft, category: Category, catalogue: Catalogue) -> tuple[Say, ...]:
    """Read a draft back, with a button for every item, at most five to a message."""
    held = items(draft, category, catalogue)
    lines = ["Em đọc lại tin của anh/chị:", *(f"• {item.title}: {item.text}" for item in held)]
    lacking = missing(draft, category, catalogue)
    if lacking:
        lines.append("Còn thiếu:")
        lines += [f"• {item.title}. {item.why}".rstrip() for item in lacking]
    if not draft.evidence and not category.sensitive and EVIDENCE not in {item.id for item in lacking}:
        lines.append("Có ảnh, clip thì anh/chị gửi luôn vào đây.")
    lines.append("Chỗ nào chưa đúng, anh/chị bấm vào mục đó, hoặc nhắn luôn cho đúng.")
    buttons = [choice(f"Sửa: {item.title}", f"fix:{item.id}") for item in held]
    buttons += [choice(f"Thêm: {item.title}", f"fix:{item.id}") for item in lacking]
    groups = [tuple(buttons[i : i + MOST_BUTTONS]) for i in range(0, len(buttons), MOST_BUTTONS)]
    first = Say("\n".join(lines), groups[0])
    return (first, *(Say("Các mục khác:", group) for group in groups[1:]))


def _goes_without_saying(fact_id: str, fact: Fact, draft: Draft, category: Category) -> bool:
    """Tell whether a fact only repeats words of the story, so that reading it back would tire."""
    if fact_id == EVIDENCE or fact_id in _READ_BACK or fact_id not in draft.facts:
        return False
    return fact.said in draft.story and (fact_id not in category.needs or fact_id == "hanh_vi")


def change_words(draft: Draft, category: Category, catalogue: Catalogue, changed: Iterable[str]) -> str:
    """Say what stands there now, after a correction."""
    wanted = set(changed)
    return "\n".join(
        f"• {item.title}: {item.text}" for item in items(draft, category, catalogue) if item.id in wanted
    )


def preview_words(draft: Draft) -> str:
    """Say what the officer will and will not see."""
    shown = preview(draft.identity or ANONYMOUS, draft.reachable)
    lines = [f"{shown.title}. Cán bộ sẽ thấy:", *(f"• {one}" for one in shown.seen)]
    lines += ["Cán bộ sẽ không thấy:", *(f"• {one}" for one in shown.hidden), shown.answer]
    return "\n".join(lines)


def reporter_words(draft: Draft) -> str:
    """Say how the reporter is named."""
    title = preview(draft.identity).title
    told = ", ".join(one for one in (draft.name, draft.phone, draft.address) if one)
    return f"{title} ({told})" if told and draft.identity != ANONYMOUS else title


def fact_words(fact_id: str, fact: Fact) -> str:
    """Give a fact as it is read back: the citizen's words, and what was understood of them."""
    said = _short(" ".join(fact.said.split()), _LONGEST_FACT)
    meant = _meant(fact_id, fact.value)
    return f"{said} ({meant})" if meant and meant.lower() not in said.lower() else said or meant


def _meant(fact_id: str, value: Any) -> str:
    if isinstance(value, dict) and value.get("start"):
        return _span(value)
    if fact_id == "so_tien" and isinstance(value, int) and not isinstance(value, bool):
        return f"{money(value)}"
    if fact_id == "bien_so" and isinstance(value, str):
        return value
    if fact_id == "bien_so" and isinstance(value, list):
        return ", ".join(str(one) for one in value if isinstance(one, str))
    return ""


def _span(value: dict[str, Any]) -> str:
    start = datetime.fromisoformat(str(value["start"])).astimezone(VIETNAM)
    end = datetime.fromisoformat(str(value.get("end") or value["start"])).astimezone(VIETNAM)
    if start.date() != end.date():
        return f"từ {start.day}/{start.month}/{start.year} đến {end.day}/{end.month}/{end.year}"
    day = f"{_DAYS[start.weekday()]} {start.day}/{start.month}/{start.year}"
    precision = value.get("precision")
    if precision == "day":
        return day
    # "9 giờ tối" is an hour; "lúc nãy" is some hours, and none of them is named as if it had been said.
    length = (end - start).total_seconds()
    if length <= 60 or precision == "minute" or (precision == "hour" and length < 3600):
        return f"{start.hour}:{start.minute:02d} {day}"
    return f"khoảng {start.hour}:{start.minute:02d} đến {end.hour}:{end.minute:02d} {day}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rsplit(' ', 1)[0]}…"
