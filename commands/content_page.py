"""Every answer on one page, to read from beginning to end as a citizen would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from jinja2 import Environment

from services.answers import ASPECT_TITLES, Answer, answer, answer_question, neighbours
from services.comparisons import answer_comparison
from services.fine_answers import answer_fine
from services.library import Library
from services.procedures import ASPECTS, Procedure
from services.wording import day

_Titled = tuple[str, Answer]


def sections(library: Library, on: date) -> Iterator[tuple[str, str, list[_Titled]]]:
    """Give id, heading and all answers of each procedure, then of fines and comparisons."""
    for item in library.catalogue:
        yield item.id, item.name, procedure_answers(item, on)
    if library.fines:
        yield "fines", "Mức phạt giao thông", fine_answers(library, on)
    if library.comparisons:
        yield "comparisons", "So sánh", comparison_answers(library, on)


def procedure_answers(item: Procedure, on: date) -> list[_Titled]:
    """Give everything that can be said about a procedure: overview, aspect by case, questions."""
    shown = [("tổng quan", answer(item, None, None, on))]
    for aspect in ASPECTS:
        for case in (None, *(each.id for each in item.cases)):
            title = f"{ASPECT_TITLES[aspect]} · {case or 'chưa nói trường hợp'}"
            shown.append((title, answer(item, aspect, case, on)))
    shown += [(f"hỏi: {q.ask}", answer_question(item, q, on)) for q in item.questions]
    if item.siblings:
        shown += [("việc khác", part) for part in neighbours(item)]
    return shown


def fine_answers(library: Library, on: date) -> list[_Titled]:
    """Give the answer for each act, without a vehicle and for each one that has a row."""
    book = library.fines
    shown: list[_Titled] = []
    if book is None:
        return shown
    for act in book.violations:
        kinds = dict.fromkeys(row.vehicle for row in act.fines)
        for kind in (None, *kinds):
            shown.append((f"{act.id} · {kind or 'chưa nói loại xe'}", answer_fine(book, act, kind, on)))
    return shown


def comparison_answers(library: Library, on: date) -> list[_Titled]:
    """Give every comparison of the file."""
    book = library.comparisons
    if book is None:
        return []
    return [(item.id, answer_comparison(book, item, library.catalogue, on)) for item in book.items]


def page(library: Library, on: date) -> tuple[str, int]:
    """Give the page and the number of answers on it."""
    found = list(sections(library, on))
    text = Environment(autoescape=True).from_string(_PAGE).render(sections=found, today=day(on))
    return text, sum(len(answers) for _, _, answers in found)


_PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>Mọi câu trả lời, {{ today }}</title>
<style>body{font:16px/1.5 sans-serif;max-width:46rem;margin:auto;padding:1rem;background:#eef2f7}
.m{background:#fff;border-radius:.8rem;padding:.7rem 1rem;white-space:pre-wrap;margin:.3rem 0}
.b{display:inline-block;border:1px solid #0068ff;color:#0068ff;border-radius:.5rem;padding:.1rem .6rem;
margin:.15rem}h3{font-size:.9rem;color:#555;margin:1.2rem 0 .2rem}</style>
<h1>Mọi câu trả lời, như ngày {{ today }}</h1>
<p>{% for id, name, answers in sections %}<a href="#{{ id }}">{{ name }}</a> · {% endfor %}</p>
{% for id, name, answers in sections %}<h2 id="{{ id }}">{{ name }} <small>{{ id }}</small></h2>
{% for title, shown in answers %}<h3>{{ title }} · {{ shown.text|length }} chữ</h3>
<div class="m">{{ shown.text }}</div>
{% for choice in shown.choices %}<span class="b" title="{{ choice.say }}">{{ choice.title }}</span>
{% endfor %}
{% for link in shown.links %}<a class="b" href="{{ link.url }}">{{ link.title }}</a>{% endfor %}
{% endfor %}{% endfor %}</html>
"""
