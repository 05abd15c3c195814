"""A citizen telling the dialogue of reports: real content, real understanding, a clock set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.clock import VIETNAM
from services.report_categories import Catalogue, load_categories
from services.report_course import Around
from services.report_dialogue import after_interruption, begin, new_matter, step
from services.report_draft import Draft, Evidence, from_json, to_json
from services.report_heard import Heard
from services.report_reading import StoryReader
from services.report_step import Alert, Outcome, Say, Step

CONTENT = Path(__file__).resolve().parents[2] / "content"
MORNING = datetime(2026, 11, 21, 10, 0, tzinfo=VIETNAM)


@dataclass
class Telling:
    """One report from the first word on; each message comes a minute after the last one."""

    now: datetime = MORNING
    draft: Draft | None = None
    said: tuple[Say, ...] = ()
    outcome: Outcome = Outcome.GOES_ON
    alerts: list[Alert] = field(default_factory=list)
    officers: bool = True
    count: int = 0

    def say(self, text: str, intent: str = "cung_cap_thong_tin", confidence: float = 0.5, **more: Any) -> str:
        """Say a text that the language model takes for this intent; give all answers, joined."""
        return self._hear(Heard(self._key(), text, self.now, intent, confidence, **more))

    def tell(self, text: str, intent: str = "to_giac_toi_pham") -> str:
        """Begin with a story."""
        return self.say(text, intent, 0.9)

    def tap(self, title: str) -> str:
        """Tap a button of the last answers."""
        for button in (button for say in self.said for button in say.buttons):
            if button.title == title:
                return self._hear(
                    Heard(self._key(), title, self.now, "to_giac_toi_pham", 1.0, choice=button.choose)
                )
        raise AssertionError(f"no button {title!r} in {self.buttons}")

    def send(self, kind: str = "image", count: int = 1) -> str:
        """Send pictures, clips or files in one message."""
        key = self._key()
        items = tuple(Evidence(key, position, kind) for position in range(count))
        return self._hear(Heard(key, f"[{kind}]", self.now, "gui_tep", 1.0, evidence=items))

    def pin(self, latitude: float, longitude: float) -> str:
        """Send a position."""
        return self._hear(
            Heard(self._key(), "[Vị trí]", self.now, "gui_vi_tri", 1.0, place=(latitude, longitude))
        )

    def come_back(self) -> str:
        """Come back to the report after something else was answered."""
        assert self.draft is not None
        return self.took(after_interruption(self.draft, self.around()))

    def wait(self, minutes: float) -> None:
        """Let time go by."""
        self.now += timedelta(minutes=minutes)

    def around(self, returning: bool = False) -> Around:
        """What a step needs beside the message."""
        return Around(
            catalogue=catalogue(),
            reader=StoryReader(catalogue()),
            now=self.now,
            unit="Công an phường Tân Phú",
            officers=self.officers,
            returning=returning,
        )

    @property
    def buttons(self) -> list[str]:
        """The titles of the buttons under the last answers."""
        return [button.title for say in self.said for button in say.buttons]

    def value(self, fact_id: str) -> Any:
        """What was understood of a fact."""
        assert self.draft is not None
        return self.draft.facts[fact_id].value

    def _key(self) -> str:
        self.count += 1
        self.now += timedelta(minutes=1)
        return f"m{self.count}"

    def _hear(self, heard: Heard) -> str:
        if self.draft is None:
            return self.took(begin(heard, self.around(), "d1"))
        if heard.choice == "new:yes":
            return self.took(new_matter(self.draft, heard, self.around(), "d2"))
        returning = self.now - self.draft.touched_at > timedelta(minutes=45)
        return self.took(step(self.draft, heard, self.around(returning)))

    def took(self, made: Step) -> str:
        """Take a step; give all answers, joined."""
        self.outcome, self.said = made.outcome, made.says
        # What is kept between two messages is JSON.
        self.draft = from_json(to_json(made.draft))
        assert self.draft == made.draft
        if made.alert is not None:
            self.alerts.append(made.alert)
        return "\n".join(say.text for say in made.says)


def catalogue() -> Catalogue:
    """The report categories of the project."""
    return load_categories(CONTENT)
