"""Figures as pictures (SVG or PNG bytes), drawn without a screen and without a web page's scripts."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from services.intent_titles import staff_titles
from services.review_figures import Figures, Week
from services.settings import ROOT

_BLUE, _ORANGE, _GREY = "#1f6fd6", "#c25400", "#5b6b7b"
# So small that words can still be read when a phone shows the picture at half its size.
_SIZE = (5.6, 2.9)
_DOTS_PER_INCH = 150
# More weeks than this stand aslant, or their days run into each other.
_MOST_LEVEL = 7
# Matplotlib writes the day it draws on into its files; without it equal figures give equal bytes.
_NO_DATE = {"Date": None}


def titles(figures: Figures) -> list[str]:
    """Name the pictures that there are data for, in their order; nothing is drawn."""
    return [title for title, _ in _plots(figures)]


def picture(figures: Figures, place: int, kind: str = "svg") -> bytes | None:
    """Draw the picture at this place of `titles`; `kind` is svg or png. None when there are not so many."""
    found = _plots(figures)
    return _bytes(found[place][1](), kind) if 0 <= place < len(found) else None


def pictures(figures: Figures, kind: str = "svg") -> list[tuple[str, bytes]]:
    """Draw every picture that there are data for; give each with its title."""
    return [(title, _bytes(draw(), kind)) for title, draw in _plots(figures)]


def _plots(figures: Figures) -> list[tuple[str, Callable[[], Figure]]]:
    every: list[tuple[str, bool, Callable[[], Figure]]] = [
        ("Tỷ lệ chưa hiểu theo tuần", bool(figures.weeks), lambda: _fallbacks(figures.weeks)),
        ("Độ chắc chắn trung bình theo tuần", bool(figures.weeks), lambda: _confidence(figures.weeks)),
        ("Tin nhắn theo độ chắc chắn", any(figures.bins), lambda: _bins(figures.bins)),
        ("Việc được hỏi nhiều nhất", bool(figures.intents), lambda: _intents(figures.intents)),
        ("Từ ngữ thay đổi", bool(figures.drift), lambda: _drift(figures)),
    ]
    return [(title, draw) for title, there, draw in every if there]


def _bytes(figure: Figure, kind: str) -> bytes:
    FigureCanvasAgg(figure)
    written = io.BytesIO()
    figure.savefig(
        written, format=kind, dpi=_DOTS_PER_INCH, metadata=_NO_DATE if kind == "svg" else {"Software": None}
    )
    return written.getvalue()


def _figure(height: float = _SIZE[1]) -> tuple[Figure, Any]:
    figure = Figure(figsize=(_SIZE[0], height), layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _by_week(values: Sequence[float | None], weeks: Sequence[Week], colour: str) -> tuple[Figure, Any]:
    figure, axes = _figure()
    axes.plot([week.monday.strftime("%d/%m") for week in weeks], values, color=colour, marker="o")
    axes.set_xlabel("tuần bắt đầu")
    if len(weeks) > _MOST_LEVEL:
        axes.tick_params(axis="x", labelrotation=60)
    return figure, axes


def _fallbacks(weeks: Sequence[Week]) -> Figure:
    rates = [100 * week.fallbacks / week.typed if week.typed else 0.0 for week in weeks]
    figure, axes = _by_week(rates, weeks, _ORANGE)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("% tin gõ chưa hiểu")
    return figure


def _confidence(weeks: Sequence[Week]) -> Figure:
    figure, axes = _by_week([week.confidence for week in weeks], weeks, _BLUE)
    axes.set_ylim(0, 1)
    axes.set_ylabel("độ chắc chắn")
    return figure


def _bins(bins: Sequence[int]) -> Figure:
    figure, axes = _figure()
    width = 1 / len(bins)
    axes.bar(
        [place * width for place in range(len(bins))], bins, width=width * 0.92, align="edge", color=_BLUE
    )
    axes.set_xlabel("độ chắc chắn")
    axes.set_ylabel("tin nhắn")
    return figure


def _intents(intents: Sequence[tuple[str, int]]) -> Figure:
    figure, axes = _figure(1.0 + 0.28 * len(intents))
    titles = staff_titles(ROOT / "content")
    names = [titles.get(intent, intent) for intent, _ in reversed(intents)]
    axes.barh(names, [count for _, count in reversed(intents)], color=_BLUE)
    axes.set_xlabel("tin nhắn")
    return figure


def _drift(figures: Figures) -> Figure:
    figure, axes = _figure(1.0 + 0.28 * len(figures.drift))
    rows = list(reversed(figures.drift))
    # Masked words are gone already; what is left of a citizen's text is single words.
    axes.barh([row.word for row in rows], [1000 * row.now for row in rows], color=_ORANGE, label="gần đây")
    axes.plot([1000 * row.before for row in rows], range(len(rows)), "o", color=_GREY, label="trước đó")
    axes.set_xlabel("trên 1.000 từ")
    axes.legend(frameon=False)
    return figure
