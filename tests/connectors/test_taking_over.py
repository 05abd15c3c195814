"""An officer writes in the OA's chat tool: the assistant falls silent, and comes back by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from connectors.zalo.channel import ZaloInput
from connectors.zalo.worker import ASSISTANT_SPEAKS, CITIZEN_BURST, OFFICER_SPEAKS, TOO_FAST

OA_ID = "9990001112223334445"
CITIZEN = "5550001112223334445"
OFFICER = "3330001112223334445"


class Conversation:
    """A citizen, an officer and the assistant over one channel."""

    def __init__(self, channel: ZaloInput, make: Any, sign: Any, table: Any, said: Any) -> None:
        self.channel = channel
        self._make, self._sign, self._table, self._said = make, sign, table, said

    async def deliver(self, event: dict[str, Any]) -> None:
        """Hand one event to the webhook and wait until it is worked."""
        assert await self.channel.receive(*self._sign(event))
        deadline = asyncio.get_running_loop().time() + 10
        while any(state in ("new", "working") for (state,) in self._table("inbound_event", "state")):
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.01)

    async def citizen(self, text: str) -> list[str]:
        """Let the citizen write; give what is said to them because of it."""
        before = len(self._said())
        await self.deliver(self._make(text))
        return [text for _, text in self._said()[before:]]

    async def officer(self, text: str) -> list[str]:
        """Let an officer write in the OA's chat tool; give what the assistant says to that."""
        before = len(self._said())
        await self.deliver(
            self._make(
                text,
                event_name="oa_send_text",
                sender={"id": OA_ID, "admin_id": OFFICER},
                recipient={"id": CITIZEN},
            )
        )
        return [text for _, text in self._said()[before:]]

    @property
    def states(self) -> list[str]:
        return [state for (state,) in self._table("inbound_event", "state")]


@pytest.fixture
async def talk(
    make_channel: Callable[..., ZaloInput],
    assistant: Any,
    message_event: Any,
    signed: Any,
    table: Any,
    said: Any,
) -> Any:
    channel = make_channel()
    await channel.start(assistant, lambda: True)
    yield Conversation(channel, message_event, signed, table, said)
    await channel.stop()


async def test_the_assistant_is_silent_while_an_officer_writes(talk: Conversation, clock: Any) -> None:
    assert await talk.citizen("chào") == ["Nghe: chào"]
    assert await talk.officer("Cán bộ trực ban xin nghe") == [OFFICER_SPEAKS]
    assert await talk.citizen("tôi mất xe") == []
    assert await talk.officer("Anh mất ở đâu") == []
    clock.forward(31 * 60)
    assert await talk.citizen("còn đó không") == [ASSISTANT_SPEAKS, "Nghe: còn đó không"]
    assert talk.states == ["done", "done", "held", "done", "done"]


async def test_the_officer_gives_the_word_back_with_a_command(talk: Conversation) -> None:
    await talk.officer("Cán bộ xin nghe")
    assert await talk.officer("#BOT") == [ASSISTANT_SPEAKS]
    assert await talk.citizen("cảm ơn") == ["Nghe: cảm ơn"]


async def test_the_assistants_own_echo_never_silences_it(
    talk: Conversation, message_event: Any, signed: Any
) -> None:
    echo = message_event(
        "Nghe: chào", event_name="oa_send_text", sender={"id": OA_ID}, recipient={"id": CITIZEN}
    )
    assert await talk.channel.receive(*signed(echo)) is False
    assert await talk.citizen("chào") == ["Nghe: chào"]


async def test_a_flood_is_kept_and_told_of_once(talk: Conversation) -> None:
    answers: list[str] = []
    for number in range(CITIZEN_BURST + 5):
        answers += await talk.citizen(f"tin {number}")
    assert answers == [f"Nghe: tin {number}" for number in range(CITIZEN_BURST)] + [TOO_FAST]
    assert talk.states == ["done"] * CITIZEN_BURST + ["held"] * 5


async def test_a_request_to_delete_data_is_held_for_officers(talk: Conversation, message_event: Any) -> None:
    await talk.deliver(
        message_event(
            event_name="user_withdraw",
            sender=None,
            recipient=None,
            message=None,
            oa_id=OA_ID,
            user_id=CITIZEN,
        )
    )
    assert talk.states == ["held"]
