"""A citizen whose messages go to the report actions as the action server gets them, over a real database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from actions.reports import NAME, ActionTellPolice
from services.clock import utc_now

OA_ID = "9990001112223334445"


@dataclass
class Conversation:
    """One citizen; the active loop is kept from message to message, as Rasa keeps it."""

    user_id: str = "5"
    loop: str | None = None
    slots: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    async def say(
        self, text: str, intent: str = "cung_cap_thong_tin", confidence: float = 0.5, **more: Any
    ) -> str:
        """Write a text that the model takes for this intent."""
        return await self.work(self.message(text, intent, confidence, **more))

    async def tap(self, title: str) -> str:
        """Tap a button of the last answers."""
        return await self.work(self.tapped(title))

    def tapped(self, title: str) -> dict[str, Any]:
        """Make the message of a tap, without sending it."""
        for button in (button for message in self.messages for button in message["buttons"]):
            if button["title"] == title:
                intent, _, rest = button["payload"][1:].partition("{")
                named = json.loads("{" + rest) if rest else {}
                return self.message(title, intent, 1.0, entities=named)
        raise AssertionError(f"no button {title!r} in {self.buttons}")

    def message(self, text: str, intent: str, confidence: float = 1.0, **more: Any) -> dict[str, Any]:
        """Make a message as Rasa gives it to actions."""
        self.count += 1
        entities = more.pop("entities", {})
        kind = more.pop("kind", "user_send_text")
        return {
            "text": text,
            "message_id": more.pop("key", f"{self.user_id}-{self.count}"),
            "intent": {"name": intent, "confidence": confidence},
            "entities": [
                {"entity": name, "value": value, "extractor": "choice"} for name, value in entities.items()
            ],
            "intent_ranking": [],
            "metadata": {
                "oa_id": OA_ID,
                "user_id": self.user_id,
                "kind": kind,
                "sent_at": utc_now().isoformat(),
                "attachments": more.pop("attachments", []),
                "contact": more.pop("contact", None),
            },
        }

    async def work(self, message: dict[str, Any], action: Action | None = None) -> str:
        """Let the action work a message; "REJECTED" when it is none of its own."""
        loop = {"name": self.loop, "rejected": message.get("rejected", False)} if self.loop else {}
        tracker = Tracker("s", dict(self.slots), message, [], False, None, loop, None)
        dispatcher = CollectingDispatcher()
        try:
            events = await (action or ActionTellPolice()).run(dispatcher, tracker, {})
        except ActionExecutionRejection:
            return "REJECTED"
        self.events = [dict(event) for event in events]
        for event in self.events:
            if event["event"] == "active_loop":
                self.loop = event["name"]
            elif event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        self.messages = dispatcher.messages
        for said in self.messages:
            assert len(said["buttons"]) <= 5
        return "\n".join(str(said["text"] or said["response"]) for said in self.messages)

    @property
    def buttons(self) -> list[str]:
        """The titles of the buttons under the last answers."""
        return [button["title"] for message in self.messages for button in message["buttons"]]

    @property
    def telling(self) -> bool:
        """Whether a report is running."""
        return self.loop == NAME
