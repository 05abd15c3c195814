"""The understanding that a report uses: stories, answers and corrections, with the directory of places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.report_answers import Unclear, read_answer, read_correction
from services.report_categories import Catalogue
from services.report_facts import Fact
from services.report_parts import Question
from services.report_story import Story, read_story
from services.unit_search import UnitSearch
from services.units import Unit


@dataclass(frozen=True)
class StoryReader:
    """Reads a citizen's words; `home` is the unit of the page they wrote to."""

    catalogue: Catalogue
    units: UnitSearch | None = None
    home: Unit | None = None

    def story(self, text: str, sent_at: datetime, ranking: tuple[tuple[str, float], ...]) -> Story:
        """Read a story (see services.report_story)."""
        return read_story(text, sent_at, self.catalogue, ranking, self.units, self.home)

    def answer(self, question: Question, text: str, sent_at: datetime) -> Fact | Unclear:
        """Read an answer to one question (see services.report_answers)."""
        return read_answer(question, text, sent_at, self.units, self.home)

    def correction(self, text: str, known: Mapping[str, Fact], sent_at: datetime) -> Mapping[str, Fact]:
        """Read what is corrected of known facts; empty when nothing is."""
        return read_correction(text, known, sent_at)
