"""The directory of units: where a unit is, how to reach it, when it takes dossiers."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.content import CONTENT, answering_day, catalogue, rehearsal_notice
from actions.storage import account_of
from services.answers import Office
from services.clock import VIETNAM, utc_now
from services.opening_hours import asks_hours, when_asked
from services.unit_answers import DirectoryAnswers, Question, UnitAnswer, office_particulars
from services.unit_places import nearest
from services.unit_search import One, UnitSearch, Unknown, names_a_place
from services.units import Unit, load_directory

CALL = {"title": "Gọi 113", "payload": "tel:113"}
OFFICER = {"title": "Gặp cán bộ", "payload": "/gap_can_bo"}
MOST_BUTTONS = 5


class ActionDirectory(Action):
    """Answers a question about a unit in one turn."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_danh_ba"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say where, how and when, or ask which unit is meant."""
        said = _answer(tracker)
        dispatcher.utter_message(text=rehearsal_notice() + said.text, buttons=_buttons(said))
        return []


@lru_cache(maxsize=1)
def search() -> UnitSearch:
    """Give the directory, ready for looking units up; raises ContentError if its file is wrong."""
    return UnitSearch(load_directory(CONTENT))


def home_of(tracker: Tracker) -> Unit | None:
    """Give the unit of the page that the citizen wrote to: as configured, or by the page's name."""
    account = account_of(tracker)
    if account and account.unit:
        named = search().get(account.unit)
        return named.unit if isinstance(named, One) else None
    found = search().resolve(account.name) if account else Unknown()
    return found.unit if isinstance(found, One) else None


def office_of(tracker: Tracker) -> Office | None:
    """Give the unit of the page as the place where dossiers are handed in, None where it takes none."""
    home = home_of(tracker)
    return office_particulars(search().directory, home, answering_day()) if home else None


def around(latitude: float, longitude: float) -> UnitAnswer:
    """Answer a place sent on the map: the nearest unit, or the question which ward it is."""
    directory = search().directory
    answers = DirectoryAnswers(directory, catalogue().calendar, answering_day())
    return answers.nearest(nearest(directory.units, latitude, longitude))


def _answer(tracker: Tracker) -> UnitAnswer:
    text = tracker.latest_message.get("text") or ""
    entities = [
        item for item in tracker.latest_message.get("entities") or [] if item.get("entity") == "don_vi"
    ]
    tapped = next((str(item["value"]) for item in entities if item.get("extractor") == "choice"), None)
    on, calendar, home = answering_day(), catalogue().calendar, home_of(tracker)
    now = datetime.combine(on, utc_now().astimezone(VIETNAM).timetz())
    when = when_asked(text, now, calendar) if asks_hours(text) else None
    named = bool(entities) or names_a_place(text)
    found = search().get(tapped) if tapped else search().resolve(text, home)
    if found == Unknown() and home is not None and not named:
        found = One(home)
    answers = DirectoryAnswers(search().directory, calendar, on)
    return answers.answer(found, Question(text, when, named=named))


def _buttons(said: UnitAnswer) -> list[dict[str, str]]:
    made = [
        {"title": item.title, "payload": f'/hoi_danh_ba{{"don_vi": "{item.id}"}}', "say": item.say}
        for item in said.choices
    ]
    if said.link:
        made.insert(0, {"title": "Mở bản đồ", "payload": said.link})
    ends = [OFFICER] if said.officer else []
    return [*made, *ends, CALL][:MOST_BUTTONS]
