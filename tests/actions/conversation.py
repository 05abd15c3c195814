"""A citizen talking to the actions: the test says the intent, everything else is as in production."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.fallback import ActionNotUnderstood
from actions.out_of_scope import ActionOutOfScope
from actions.procedures import ActionAnswerProcedure, ActionGoOn
from nlu.aspects import LEXICON, AspectExtractor

_ASPECTS = AspectExtractor(yaml.safe_load(Path(LEXICON).read_text(encoding="utf-8")), None, None)  # type: ignore[arg-type]
_OTHERS: dict[str, type[Action]] = {
    "cung_cap_thong_tin": ActionGoOn,
    "sua_thong_tin": ActionGoOn,
    "nlu_fallback": ActionNotUnderstood,
    "out_of_scope": ActionOutOfScope,
}


class Talk:
    """One conversation; slots are kept from message to message."""

    def __init__(self) -> None:
        self.slots: dict[str, Any] = {"thu_tuc": None, "truong_hop": None, "khia_canh_truoc": None}
        self.messages: list[dict[str, Any]] = []

    async def say(self, text: str, intent: str, confidence: float = 0.6) -> str:
        """Say a text that the language model takes for this intent; give all answers, joined."""
        return await self._run(text, intent, _ASPECTS.add_extractor_name(_ASPECTS.find(text)), confidence)

    async def tap(self, title: str) -> str:
        """Tap a button of the last answer."""
        for button in (button for message in self.messages for button in message["buttons"]):
            if button["title"] == title:
                intent, _, rest = button["payload"][1:].partition("{")
                named = json.loads("{" + rest) if rest else {}
                entities = [
                    {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "choice"}
                    for name, value in named.items()
                ]
                return await self._run(button.get("say", title), intent, entities)
        raise AssertionError(f"no button {title!r} in {self.buttons}")

    @property
    def buttons(self) -> list[str]:
        """The titles of the buttons under the last answers."""
        return [button["title"] for message in self.messages for button in message["buttons"]]

    async def _run(
        self, text: str, intent: str, entities: list[dict[str, Any]], confidence: float = 1.0
    ) -> str:
        found = {"name": intent, "confidence": confidence}
        latest = {"text": text, "intent": found, "entities": entities, "intent_ranking": []}
        tracker = Tracker("citizen", dict(self.slots), latest, [], False, None, {}, None)
        dispatcher = CollectingDispatcher()
        events = await _OTHERS.get(intent, ActionAnswerProcedure)().run(dispatcher, tracker, {})
        self.slots.update({event["name"]: event["value"] for event in events})
        self.messages = dispatcher.messages
        for message in self.messages:
            assert len(message["text"] or "") < 2000
            assert len(message["buttons"]) <= 5 or not message["text"].endswith(")")
        return "\n".join(message["text"] or message["response"] or "" for message in self.messages)
