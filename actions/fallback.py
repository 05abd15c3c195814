"""What the assistant says when it did not understand: the likeliest meanings, as buttons."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.content import CONTENT
from actions.procedures import go_on_or_answer_officer
from actions.report_turn import categories
from services.intent_titles import load_titles
from services.report_heard import TELLING

MOST_CHOICES = 3
# Below this a guess is no help; it is a share of certainty over all intents.
LEAST_CHANCE = 0.05
# From this share on a sentence tells the police something, whatever it is.
TELLS = 0.5
MAY_TELL = 0.15
# How much of a sentence the content's wordings of one kind of report explain: "chồng đánh" is 25.
PLAIN_WORDS = 18.0

DID_YOU_MEAN = "Dạ, trợ lý chưa hiểu rõ. Có phải anh/chị muốn hỏi về:"
SAY_IT_AGAIN = (
    "Dạ, trợ lý chưa hiểu ý anh/chị. Anh/chị nhắn lại ngắn gọn giúp mình cần việc gì, "
    'ví dụ: "đăng ký tạm trú cần giấy tờ gì". Đang nguy hiểm thì gọi ngay 113.'
)
MENU = {"title": "Trợ lý giúp được gì?", "payload": "/hoi_chuc_nang"}


class ActionNotUnderstood(Action):
    """Offers the likeliest meanings of a sentence that was not understood."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_khong_hieu"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Answer from what was talked of, or say it with up to three guesses and the way to the menu."""
        ranking = tracker.latest_message.get("intent_ranking") or []
        if not (tracker.active_loop or {}).get("name") and tells_something(ranking, _text(tracker)):
            # Whichever kind of report it is: the dialogue of reports tells them apart by itself.
            return [FollowupAction("action_bao_tin")]
        events = await go_on_or_answer_officer(dispatcher, tracker)
        if events is not None:
            return events
        guesses = likely(ranking)
        choices = [{"title": title, "payload": f"/{intent}"} for intent, title in guesses]
        dispatcher.utter_message(text=DID_YOU_MEAN if choices else SAY_IT_AGAIN, buttons=[*choices, MENU])
        return []


def tells_something(ranking: list[dict[str, Any]], text: str) -> bool:
    """Tell whether the likeliest meanings together are that something is told to the police.

    Less certainty is enough where the words are those of a report of the content.
    """
    chances = sum(float(item.get("confidence") or 0.0) for item in ranking if item.get("name") in TELLING)
    if chances >= TELLS:
        return True
    matches = categories().match(text)
    plain = bool(matches) and matches[0][0].report and matches[0][1] >= PLAIN_WORDS
    return plain and chances >= MAY_TELL


def _text(tracker: Tracker) -> str:
    return str(tracker.latest_message.get("text") or "")


def likely(ranking: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Give the best intents of a ranking that have a title, with it."""
    titles = load_titles(CONTENT)
    return [
        (item["name"], titles[item["name"]])
        for item in ranking
        if item.get("name") in titles and item.get("confidence", 0.0) >= LEAST_CHANCE
    ][:MOST_CHOICES]
