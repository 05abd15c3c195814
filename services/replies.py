"""From a citizen's message to finished answers: procedures, fines, comparisons, neighbours.

`respond` is what the conversation and the terminal share; it knows nothing of Rasa or Zalo.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.answers import MAX_TEXT, Answer, Office, answer, answer_question, neighbours
from services.comparisons import answer_comparison, answer_summaries
from services.facts import Question
from services.fine_answers import PREFIX, answer_fine
from services.fines import FineBook, Violation
from services.inquiries import (
    COMPARE,
    FINES,
    FOLLOW_UP,
    NEIGHBOURS,
    Asked,
    Inquiry,
    Memory,
    settle,
    understand,
    without_denied,
)
from services.library import Library
from services.phrases import Said
from services.procedures import Procedure
from services.spoken_figures import spoken_day
from services.text import fold, nfc, squeeze

# More sides than this in one message are answered with the overview.
MOST_ASPECTS = 3

PUZZLED = "Trợ lý chưa có câu trả lời riêng cho ý này. Điều chính về {} như sau, bà con bấm nút để xem kỹ."

# Intents whose questions about a fine may be about traffic.
_ON_THE_ROAD = {
    FINES, FOLLOW_UP, "hoi_giay_phep_lai_xe", "hoi_cap_doi_cap_lai_dang_ky_xe", "hoi_dang_ky_xe_moi",
}  # fmt: skip
# "có … không", "được ko ạ": whoever asks so wants a yes or a no.
_YES_OR_NO = re.compile(r"\b(?:khong|ko|k|hong|hok|chua)(?: (?:a|ah|ha|nhi|vay|the|em|anh|chi|ad|ban))*\W*$")
_ABOUT_A_FINE = re.compile(r"\b(?:diem|tuoc|phat|bao nhieu|nhieu|may tien|muc nao)\b")


@dataclass(frozen=True)
class Reply:
    """The messages that answer, buttons under the last, and what the conversation is about now."""

    answers: tuple[Answer, ...]
    memory: Memory


def respond(
    library: Library, asked: Asked, memory: Memory, today: date, office: Office | None = None
) -> Reply | None:
    """Answer a message as of a day; None when it is not known which procedure is meant."""
    for way in (_tapped, _fined, _compared):
        if reply := way(library, asked, memory, today):
            return reply
    inquiries = understand(library.catalogue, asked, memory, today)
    return _answered(library, inquiries, asked, office) if inquiries else None


def respond_loosely(
    library: Library, asked: Asked, memory: Memory, today: date, office: Office | None = None
) -> Reply | None:
    """Answer a reply, correction or unclear sentence from what was talked of; None if it fits nothing."""
    asked = replace(asked, text=without_denied(asked.text))
    if reply := _fined(library, replace(asked, intent=FOLLOW_UP), memory, today):
        return reply
    inquiry = settle(library.catalogue, asked, memory, today)
    return _answered(library, (inquiry,), asked, office) if inquiry else None


def _tapped(library: Library, asked: Asked, memory: Memory, today: date) -> Reply | None:
    named = asked.tapped.get("thu_tuc", "")
    if named.startswith(PREFIX) and library.fines:
        known = {item.id for item in library.fines.violations}
        kinds = {item.id for item in library.fines.vehicles}
        kind = asked.tapped.get("truong_hop")
        if named[len(PREFIX) :] in known:
            act = library.fines.get(named[len(PREFIX) :])
            return _fine(library.fines, (act,), kind if kind in kinds else None, today, "", False)
    if NEIGHBOURS in (side.aspect for side in asked.sides) and named in {i.id for i in library.catalogue}:
        return Reply(neighbours(library.catalogue.get(named)), Memory(named))
    return None


def _fined(library: Library, asked: Asked, memory: Memory, today: date) -> Reply | None:
    """Answer about traffic fines: an act that is named, or another vehicle for the last act."""
    book = library.fines
    last = (
        (memory.procedure or "").removeprefix(PREFIX) if (memory.procedure or "").startswith(PREFIX) else None
    )
    if book is None or asked.tapped or asked.intent not in _ON_THE_ROAD:
        return None
    if asked.intent != FINES and last is None and "muc_phat" not in asked.aspects:
        return None
    if last is None and memory.procedure and asked.bare:
        return None
    named = library.catalogue.named(asked.text, today)
    elsewhere = {"noi_nop", "truc_tuyen", "thoi_han", "giay_to"} & set(asked.aspects)
    # "nộp phạt ở đâu" asks for the place; "quên mang cà vẹt, có trên VNeID" still tells of an act.
    if named is not None and elsewhere and (asked.intent != FINES or FINES in named.intents):
        return None
    acts = book.find(asked.text)
    kind = book.find_vehicle(asked.text)
    on = spoken_day(asked.text, today)
    known = next((item for item in book.violations if item.id == last), None)
    if not acts and known and not elsewhere and named is None:
        figure = any(row.fits(asked.text) for row in known.fines)
        if kind or on or figure or _ABOUT_A_FINE.search(fold(asked.text)):
            acts = (known,)
    if not acts:
        return None
    vehicle = kind.id if kind else (memory.case if last == acts[0].id else None)
    return _fine(book, acts, vehicle, min(on, today) if on else today, asked.text, on is not None)


def _fine(
    book: FineBook, acts: tuple[Violation, ...], vehicle: str | None, on: date, text: str, dated: bool
) -> Reply:
    answers = [answer_fine(book, act, vehicle, on, text, dated) for act in acts]
    if len(acts) > 1:
        *lines, basis = answers[-1].text.split("\n")
        answers[-1] = replace(answers[-1], text="\n".join((*lines, book.rules["nhieu_loi"], basis)))
    return Reply(_buttons_last(answers), Memory(PREFIX + acts[0].id, vehicle, "muc_phat"))


def _compared(library: Library, asked: Asked, memory: Memory, today: date) -> Reply | None:
    """Put two things side by side; a comparison with what was talked of before counts too."""
    if asked.intent != COMPARE:
        return None
    catalogue, book = library.catalogue, library.comparisons
    last = next((item for item in catalogue if item.id == memory.procedure), None)
    for text in (asked.text, f"{asked.text} {last.spoken}" if last else asked.text):
        if book and (found := book.find(text, catalogue)):
            first = next((side.procedure for side in found.sides if side.procedure), None)
            return Reply((answer_comparison(book, found, catalogue, today),), Memory(first))
    named = list({naming.procedure.id: naming.procedure for naming in catalogue.names(asked.text)}.values())
    for item in named:
        question = item.find_question(asked.text, None, today)
        if question and (len(named) == 1 or len(question.words) > 1):
            return Reply((answer_question(item, question, today),), Memory(item.id, None, question.aspect))
    if last and len(named) == 1 and named[0].id != last.id:
        named = [last, *named]
    if len(named) >= 2:
        return Reply((answer_summaries(named[0], named[1]),), Memory(named[0].id))
    return None


def _answered(library: Library, inquiries: Sequence[Inquiry], asked: Asked, office: Office | None) -> Reply:
    answers = [part for inquiry in inquiries for part in _compose(library, inquiry, asked, office)]
    last = inquiries[-1]
    aspect = last.aspects[-1] if last.aspects and len(last.aspects) <= MOST_ASPECTS else None
    return Reply(_buttons_last(answers), Memory(last.procedure.id, last.case, aspect))


def _compose(library: Library, inquiry: Inquiry, asked: Asked, office: Office | None) -> list[Answer]:
    item, on = inquiry.procedure, inquiry.on
    book = None if asked.tapped else library.no_longer
    gone = book.find(asked.text, item.id) if book else None
    age = None if asked.tapped else item.age_line(asked.text, on)
    question = None if asked.tapped else item.find_question(asked.text, inquiry.case, on)
    # A question about the very thing that is gone says so itself, but answers no other side.
    about_gone = question is not None and _is_about(question, gone, library, item)
    left_open = about_gone and question is not None and set(asked.aspects) - {question.aspect}
    if question is not None and not left_open and _outweighs(item, question, asked):
        told = answer_question(item, question, on)
        return [told] if about_gone or not gone else _told_first(gone, [told])
    if question is not None and question.answer is None and not gone and _asks_it_all(question, asked):
        return [answer_question(item, question, on)]
    if not inquiry.aspects or len(inquiry.aspects) > MOST_ASPECTS:
        shown = answer(item, None, inquiry.case, on, office)
        first = gone or inquiry.why or age or (PUZZLED.format(item.spoken) if inquiry.puzzled else None)
        return _told_first(first, [shown]) if first else [shown]
    answers = [answer(item, aspect, inquiry.case, on, office) for aspect in inquiry.aspects]
    if question is not None and question.answer is None:
        note = f"Riêng điều “{question.ask.rstrip('?')}” thì chưa có căn cứ chắc chắn. Xin hỏi {item.ask}."
        answers[0] = _prefaced(answers[0], note)
    first = gone or inquiry.why or age
    return _told_first(first, answers) if first else answers


def _is_about(question: Question, gone: str | None, library: Library, item: Procedure) -> bool:
    if gone is None or library.no_longer is None:
        return False
    same_words = gone.split()[:4] == (question.answer or "").split()[:4]
    return same_words or library.no_longer.find(question.ask, item.id) is not None


def _told_first(line: str, answers: list[Answer]) -> list[Answer]:
    """Put a line before the answers, as a message of its own where the first one has no room for it."""
    first = _prefaced(answers[0], line)
    return [Answer(line, (), ()), *answers] if first is answers[0] else [first, *answers[1:]]


def _asks_it_all(question: Question, asked: Asked) -> bool:
    """Tell whether the sides that were said are words of the question itself ("có thời hạn bao lâu")."""
    own, text = Said(question.ask), nfc(asked.text)
    return all(side.end > side.start and own.says(text[side.start : side.end]) for side in asked.sides)


def _outweighs(item: Procedure, question: Question, asked: Asked) -> bool:
    """Tell whether a common question says more than the side that was asked about.

    A question about money or time has dated figures in its side, which win; so does a side when
    the question's words are nothing but that side, a case or a name, unless a yes or a no is wanted
    ("có cần giấy … không" asks whether one is needed, not for the list).
    """
    if not asked.aspects:
        return True
    if question.answer is None or question.aspect in {"le_phi", "thoi_han"} & set(asked.aspects):
        return False
    needed = question.aspect == "dieu_kien" and "giay_to" in asked.aspects
    if (question.aspect in asked.aspects or needed) and _YES_OR_NO.search(squeeze(fold(asked.text))):
        return True
    said = Said(asked.text)
    known = [item.name, item.spoken, *item.aliases, *(words for case in item.cases for words in case.words)]
    spans = [(side.start, side.end) for side in asked.sides]
    spans += [span for words in known if (span := said.find(words))]
    for words in question.words:
        found = said.find(words)
        if found and not any(start <= found[0] and found[1] <= end for start, end in spans):
            return True
    return False


def _prefaced(shown: Answer, line: str) -> Answer:
    text = f"{line}\n{shown.text}"
    return replace(shown, text=text) if len(text) <= MAX_TEXT else shown


def _buttons_last(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """Leave buttons only under the last message; more of them would crowd the phone."""
    return (*(replace(part, choices=(), links=()) for part in answers[:-1]), answers[-1])
