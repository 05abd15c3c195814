"""Figures counted a moment ago and their pictures, kept for who may see exactly the same and nobody else.

Counting opens thousands of sealed messages and drawing takes a second of CPU: an office that looks at its
week together, or one browser that fetches five pictures, pays for both once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services import plots
from services.review_figures import Figures
from services.staff import Viewer

KEPT = timedelta(minutes=1)
# Drawing is not made for threads.
_drawing = threading.Lock()


@dataclass(frozen=True)
class Question:
    """Who asks, as far as it decides what they may see, and for what: equal questions have one answer."""

    role: str
    units: frozenset[str]
    filters: tuple[str, ...]

    @classmethod
    def of(cls, viewer: Viewer, filters: tuple[str, ...]) -> Question:
        """Give the question of a viewer."""
        return cls(viewer.role, frozenset(viewer.units), filters)


@dataclass
class Sheet:
    """The answer: figures, what came of reports (a figure and what it is), when they were counted.

    Pictures are drawn when they are first asked for.
    """

    counted_at: datetime
    figures: Figures
    results: list[tuple[str, str]]
    _drawn: dict[int, bytes] = field(default_factory=dict, repr=False)

    @property
    def titles(self) -> list[str]:
        """Name the pictures, in their order."""
        return plots.titles(self.figures)

    def picture(self, place: int) -> bytes | None:
        """Give a picture as PNG; None when there are not so many."""
        with _drawing:
            if place not in self._drawn:
                drawn = plots.picture(self.figures, place, "png")
                if drawn is None:
                    return None
                self._drawn[place] = drawn
            return self._drawn[place]


@dataclass
class _Place:
    asked_at: datetime
    sheet: Sheet | None = None
    counting: threading.Lock = field(default_factory=threading.Lock)


class FigureCache:
    """The sheets of the last minute, so many at most. Who asks while one is counted waits for it."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._kept: dict[Question, _Place] = {}
        self._lock = threading.Lock()

    def get(self, question: Question, now: datetime, count: Callable[[], Sheet]) -> Sheet:
        """Give the sheet that is kept, or `count` a new one; what `count` raises is not kept."""
        with self._lock:
            self._forget_old(now)
            if question not in self._kept:
                while len(self._kept) >= self._most:
                    del self._kept[next(iter(self._kept))]
                self._kept[question] = _Place(now)
            place = self._kept[question]
        with place.counting:
            if place.sheet is None:
                place.sheet = count()
            return place.sheet

    def _forget_old(self, now: datetime) -> None:
        # A clock that was set back must not keep a sheet for longer either.
        for question, place in list(self._kept.items()):
            if not timedelta() <= now - place.asked_at < KEPT:
                del self._kept[question]
