"""Putting a procedure's facts into words a citizen reads: the only renderer.

`answer` builds one message: heading, plain sentences, facts as of the day, what is not certain
and whom to ask, the legal basis with the day it was checked, and buttons. Nothing is cut off:
content whose answer would be too long is refused by the tests over all content files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.answer_briefs import fee_brief, own_brief, paper_brief, time_brief
from services.answer_parts import NOTHING_TO_DO, SECTIONS, Office, View, online_level
from services.facts import Case, Question
from services.phrases import words
from services.procedures import ASPECTS, Procedure
from services.text import nfc
from services.wording import day, sentence

__all__ = ["ASPECT_TITLES", "Answer", "Choice", "Link", "Office", "answer", "answer_question"]

MAX_TEXT = 1900
MAX_BUTTONS = 5
MAX_TITLE = 100

ASPECT_TITLES = {
    "giay_to": "Giấy tờ",
    "le_phi": "Lệ phí",
    "thoi_han": "Bao lâu xong",
    "noi_nop": "Nơi nộp",
    "truc_tuyen": "Làm trên mạng",
    "dieu_kien": "Điều kiện",
    "muc_phat": "Mức phạt",
    "ket_qua": "Kết quả nhận được",
}
_SAID = {
    "giay_to": "Giấy tờ {}",
    "le_phi": "Lệ phí {}",
    "thoi_han": "Bao lâu thì {} xong",
    "noi_nop": "Nơi nộp hồ sơ {}",
    "truc_tuyen": "Cách {} trực tuyến",
    "dieu_kien": "Điều kiện {}",
    "muc_phat": "Mức phạt về {}",
    "ket_qua": "Kết quả của việc {}",
}
_NEXT = {
    "giay_to": ("le_phi", "thoi_han", "noi_nop", "truc_tuyen"),
    "le_phi": ("giay_to", "thoi_han", "truc_tuyen", "noi_nop"),
    "thoi_han": ("giay_to", "le_phi", "noi_nop", "muc_phat"),
    "noi_nop": ("giay_to", "le_phi", "thoi_han", "truc_tuyen"),
    "truc_tuyen": ("giay_to", "le_phi", "thoi_han", "noi_nop"),
    "dieu_kien": ("giay_to", "le_phi", "noi_nop", "muc_phat"),
    "muc_phat": ("dieu_kien", "giay_to", "noi_nop", "thoi_han"),
    "ket_qua": ("thoi_han", "giay_to", "le_phi", "noi_nop"),
}
OTHER = "viec_khac"
OTHERS = "Ngoài {}, trợ lý còn biết các việc gần đó. Bà con cần việc nào?"
MORE_OTHERS = "Còn các việc này nữa:"
NO_OTHER = "Không có việc nào khác gần với"
_CASE_QUESTION = "Không phải trường hợp này? Bà con bấm đúng trường hợp của mình ở dưới."
_ELSEWHERE_QUESTION = "Bà con bấm đúng việc của mình ở dưới."  # where no case was shown
_GOTO_ASPECTS = ("giay_to", "le_phi", "thoi_han", "noi_nop")  # where another procedure says otherwise


@dataclass(frozen=True)
class Choice:
    """A button: `title` is on it, `say` is what the citizen is seen to say when tapping."""

    title: str
    say: str
    procedure_id: str
    aspect: str | None = None
    case: str | None = None


@dataclass(frozen=True)
class Link:
    """A button that opens a web page."""

    title: str
    url: str


@dataclass(frozen=True)
class Answer:
    """One message: plain NFC text of at most 1,900 characters and at most five buttons in all."""

    text: str
    choices: tuple[Choice, ...]
    links: tuple[Link, ...]


def answer(
    procedure: Procedure,
    aspect: str | None,
    case: str | None,
    on: date,
    office: Office | None = None,
) -> Answer:
    """Render what a citizen asked about a procedure, as of a day.

    Without an aspect: the overview in at most six short lines. Without a case: the common case,
    with the other cases as buttons. Raises KeyError for an aspect or a case that does not exist.
    """
    asked = procedure.case(case) if case else None
    if asked and asked.goto:
        return _elsewhere(procedure, asked, aspect)
    if aspect is None:
        return _overview(procedure, asked, on)
    shown = asked or (procedure.case(procedure.common_case) if procedure.common_case else None)
    own = shown.id if shown else None
    view = View(procedure, procedure.aspects[aspect], own, on, office, personal=asked is not None)
    others = _other_cases(view)
    links = _links(procedure, aspect, own)
    # The common case needs no naming: its sentences and buttons read as if no case had been asked.
    named = asked if asked and asked.id != procedure.common_case else None
    lines = [_heading(procedure, aspect, named)]
    lead = [sentence(item.text) for item in view.holding("lead")]
    if asked is None and shown and any(not item.goto for item in others):
        lines.append(f"Trường hợp thường gặp: {shown.about or shown.name}.")
    elif asked and asked.about and _adds(asked.about, lines[0]) and not _repeats(asked.about, lead):
        lines.append(sentence(asked.about))
    if aspect == "truc_tuyen":
        # Whoever asks about it wants a yes or a no first.
        lines += online_level(view)
    lines += lead
    lines += SECTIONS[aspect](view)
    lines += [sentence(item.text) for item in view.holding("notes")]
    room = MAX_BUTTONS - len(links) - 1
    if len(others) > room:
        lines.append("Trường hợp khác, bà con cứ nhắn: " + ", ".join(c.name for c in others[room:]) + ".")
    lines += _unsure(view)
    if aspect == "giay_to" and asked is None and others:
        away = all(item.goto for item in others)
        lines.append(procedure.case_question or (_ELSEWHERE_QUESTION if away else _CASE_QUESTION))
    choices = [_choice(procedure, aspect, item, item.name) for item in others[:room]]
    for following in _NEXT[aspect][: MAX_BUTTONS - len(links) - len(choices)]:
        choices.append(_choice(procedure, following, named, ASPECT_TITLES[following]))
    return _message(procedure, aspect, on, lines, choices, links)


def answer_question(procedure: Procedure, question: Question, on: date) -> Answer:
    """Render the answer to a common question; one without an answer says whom to ask."""
    lines = [question.ask]
    if question.answer is None:
        lines.append(f"Điều này chưa có căn cứ chắc chắn để trả lời. Xin hỏi {procedure.ask}.")
    else:
        lines.append(sentence(question.answer))
    following = ["giay_to", "le_phi", "noi_nop"]
    if question.aspect:
        following = [question.aspect, *(name for name in following if name != question.aspect)]
    choices = [_choice(procedure, name, None, ASPECT_TITLES[name]) for name in following[:4]]
    return _message(procedure, question.aspect, on, lines, choices, ())


def neighbours(procedure: Procedure) -> tuple[Answer, ...]:
    """Offer all other procedures of the same family as buttons, at most five a message."""
    items = [Choice(o.short_name, sentence(o.spoken)[:-1], o.id) for o in procedure.siblings]
    groups = [tuple(items[at : at + MAX_BUTTONS]) for at in range(0, len(items), MAX_BUTTONS)]
    if not groups:
        return (Answer(f"{NO_OTHER} {procedure.name}.", (_choice(procedure, None, None, "Xem lại"),), ()),)
    texts = [OTHERS.format(procedure.spoken), *(MORE_OTHERS for _ in groups[1:])]
    return tuple(Answer(nfc(text), group, ()) for text, group in zip(texts, groups, strict=True))


def _overview(procedure: Procedure, asked: Case | None, on: date) -> Answer:
    case = asked.id if asked else procedure.common_case
    views = {name: View(procedure, procedure.aspects[name], case, on) for name in ASPECTS}
    facts = {
        "Giấy tờ": paper_brief(views["giay_to"]),
        "Lệ phí": fee_brief(views["le_phi"]),
        "Thời gian": time_brief(views["thoi_han"]),
        "Nơi nộp": own_brief(views["noi_nop"]),
    }
    named = asked and asked.id != procedure.common_case
    name = f"{procedure.name}, {asked.say}" if asked and named else procedure.name
    # What holds for the common case may be wrong for another, which has words of its own.
    about = sentence(asked.about if asked and named and asked.about else procedure.summary)
    lines = [f"{name}: {about[:1].lower()}{about[1:]}" if _adds(about, name) or not named else f"{name}."]
    lines += [f"{title}: {sentence(text)}" for title, text in facts.items() if text]
    choices = [_choice(procedure, key, asked, ASPECT_TITLES[key]) for key in ("giay_to", "le_phi")]
    shown = procedure.siblings[: 3 if len(procedure.siblings) <= 3 else 2]
    near = [Choice(o.short_name, sentence(o.spoken)[:-1], o.id) for o in shown]
    if len(procedure.siblings) > len(shown):
        near.append(Choice("Việc khác", f"Các việc khác ngoài {procedure.spoken}", procedure.id, OTHER))
    if len(near) < 3:
        choices.append(_choice(procedure, "thoi_han", asked, ASPECT_TITLES["thoi_han"]))
    if not near and asked is None:
        others = _other_cases(views["giay_to"])
        near = [_choice(procedure, "giay_to", item, item.name) for item in others]
    choices += near
    choices += [_choice(procedure, key, asked, ASPECT_TITLES[key]) for key in ("noi_nop", "truc_tuyen")]
    return _message(procedure, None, on, lines, choices[:MAX_BUTTONS], ())


def _elsewhere(procedure: Procedure, case: Case, aspect: str | None) -> Answer:
    """Send the citizen to the procedure that handles this case."""
    target = procedure.targets[case.goto or ""]
    text = f"{case.name}: {sentence(case.about or 'trường hợp này làm theo thủ tục khác')}"
    said = _SAID[aspect].format(target.spoken) if aspect else sentence(target.spoken)[:-1]
    first = Choice(target.short_name, said, target.id, aspect)
    lines = f"{text}\nBà con bấm nút bên dưới để xem hướng dẫn {target.spoken}."
    return Answer(nfc(lines), (first, _choice(procedure, aspect, None, procedure.short_name)), ())


def _heading(procedure: Procedure, aspect: str, case: Case | None) -> str:
    said = procedure.headings.get(aspect) or _SAID[aspect].format(procedure.spoken)
    return f"{said} {case.say}" if case else said


def _adds(about: str, heading: str) -> bool:
    """Tell whether a sentence about a case says more than its heading: half of its words are new."""
    return 2 * _new_words(about, heading) >= len(words(about))


def _repeats(about: str, lead: Iterable[str]) -> bool:
    """Tell whether the sentences that follow say all of it again, word for word but a few."""
    return 5 * _new_words(about, " ".join(lead)) < len(words(about))


def _new_words(text: str, beside: str) -> int:
    said = {word.folded for word in words(beside)}
    return sum(word.folded not in said for word in words(text))


def _choice(procedure: Procedure, aspect: str | None, case: Case | None, title: str) -> Choice:
    if case and case.goto:
        target = procedure.targets[case.goto]
        said = _SAID[aspect].format(target.spoken) if aspect else sentence(target.spoken)[:-1]
        return Choice(title, said, target.id, aspect)
    said = _SAID[aspect].format(procedure.spoken) if aspect else sentence(procedure.spoken)[:-1]
    return Choice(
        title, f"{said} {case.say}" if case else said, procedure.id, aspect, case.id if case else None
    )


def _other_cases(view: View) -> list[Case]:
    """Give the cases for which this aspect says something else than what is shown."""

    def facts(case: str | None) -> list[tuple[str, int]]:
        return [
            (name, index)
            for index, (name, scope) in enumerate(view.aspect.facts())
            if scope.holds(case, view.on)
        ]

    shown = facts(view.case)
    others = [item for item in view.procedure.cases if item.id != view.case]
    away = view.aspect.id in _GOTO_ASPECTS
    return [item for item in others if (away if item.goto else facts(item.id) != shown)]


def _unsure(view: View) -> list[str]:
    """Say once what has to be confirmed, and where."""
    said = [sentence(view.aspect.confirm)] if view.aspect.confirm else []
    said += view.unsure
    for point in view.procedure.open_points:
        if point.say and view.aspect.id in point.aspects and point.scope.holds(view.case, view.on):
            said.append(sentence(f"{point.say}{f' (hỏi {point.ask})' if point.ask else ''}"))
    said = list(dict.fromkeys(said))
    if not said:
        return []
    head = f"Cần hỏi lại {view.procedure.ask}:"
    return [f"{head} {said[0]}"] if len(said) == 1 else [head, *(f"• {item}" for item in said)]


def _links(procedure: Procedure, aspect: str, case: str | None) -> tuple[Link, ...]:
    if aspect == "truc_tuyen" and procedure.online.url:
        needed = procedure.online.level_for(case) != NOTHING_TO_DO
        return (Link("Mở trang dịch vụ", procedure.online.url),) if needed else ()
    if aspect == "giay_to":
        return tuple(Link(f"Mẫu {form.code}", form.url) for form in procedure.forms if form.url)[:1]
    return ()


def _message(
    procedure: Procedure,
    aspect: str | None,
    on: date,
    lines: list[str],
    choices: list[Choice],
    links: tuple[Link, ...],
) -> Answer:
    if procedure.needs_review(on):
        lines.append(
            f"Lưu ý: thông tin này chỉ chắc đến ngày {day(procedure.review_by)}. "
            f"Xin hỏi {procedure.ask} trước khi đi."
        )
    checked = f"Kiểm tra ngày {day(procedure.verified_on)}"
    lines.append(f"Căn cứ: {procedure.legal_basis.line(aspect)} · {checked}")
    return Answer(nfc("\n".join(lines)), tuple(choices), links)
