"""Eighteen Official Accounts on one deployment: what is said to one is known to that one only."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from connectors.zalo.worker import OFFICER_SPEAKS
from simulator.settings import OaSettings
from tests.connectors.conftest import OA_ID
from tests.faults.conftest import BAY, LAN, Town
from tests.faults.test_our_side import officer_writes

EIGHTEEN = [OA_ID, *(str(int(OA_ID) + number) for number in range(1, 18))]
HERE, THERE = EIGHTEEN[0], EIGHTEEN[9]


@pytest.fixture
def oas() -> list[OaSettings]:
    return [
        OaSettings(oa_id, f"Công an phường số {number}", "#0068ff", f"access-{number}", f"refresh-{number}")
        for number, oa_id in enumerate(EIGHTEEN, 1)
    ]


async def test_a_citizen_who_writes_to_all_of_them_has_eighteen_chats(town: Town) -> None:
    for position in range(2):
        for number, oa_id in enumerate(EIGHTEEN, 1):
            town.writes(LAN, f"gửi nơi {number}, lần {position}", oa=oa_id)
    await town.until_quiet(lambda: all(len(town.chat(LAN, oa_id)) >= 2 for oa_id in EIGHTEEN))
    assert [town.chat(LAN, oa_id) for oa_id in EIGHTEEN] == [
        [f"Nghe: gửi nơi {number}, lần {position}" for position in range(2)] for number in range(1, 19)
    ]
    # Each answer went out with the token of its own account: the simulator takes no other.
    assert town.zalo.webhook.counters["api_errors"] == 0
    assert len({row[0] for row in town.states("conversation_event", "conversation_id")}) == 18


async def test_a_choice_offered_by_one_account_means_nothing_to_another(town: Town) -> None:
    async def offer(message: UserMessage) -> None:
        heard = message.parse_data["intent"]["name"] if message.parse_data else message.text
        await message.output_channel.send_text_with_buttons(
            message.sender_id, f"Nghe: {heard}", [{"title": "Lệ phí", "payload": "/hoi_le_phi"}]
        )

    town.assistant.answer = offer
    town.writes(LAN, "một", oa=HERE)
    await town.until_quiet(lambda: town.chat(LAN, HERE))
    town.taps(LAN, "Lệ phí", oa=HERE)
    town.writes(LAN, "Lệ phí", oa=THERE)
    town.writes(BAY, "Lệ phí", oa=HERE)
    await town.until_quiet(
        lambda: len(town.chat(LAN, HERE)) == 2 and town.chat(LAN, THERE) and town.chat(BAY)
    )
    assert (town.chat(LAN, HERE), town.chat(LAN, THERE), town.chat(BAY, HERE)) == (
        ["Nghe: một", "Nghe: hoi_le_phi"],
        ["Nghe: Lệ phí"],
        ["Nghe: Lệ phí"],
    )


async def test_an_officer_of_one_account_silences_that_one_only(town: Town) -> None:
    for oa_id in (HERE, THERE):
        town.writes(LAN, "một", oa=oa_id)
    await town.until_quiet(lambda: town.chat(LAN, HERE) and town.chat(LAN, THERE))
    officer_writes(town, LAN, "Tôi là cán bộ của phường này.")
    await town.until_quiet(lambda: OFFICER_SPEAKS in town.chat(LAN, HERE))
    for oa_id in (HERE, THERE):
        town.writes(LAN, "hai", oa=oa_id)
    await town.until_quiet(lambda: len(town.chat(LAN, THERE)) == 2)
    assert town.chat(LAN, HERE) == ["Nghe: một", OFFICER_SPEAKS]
    assert town.chat(LAN, THERE) == ["Nghe: một", "Nghe: hai"]


async def test_one_account_that_lost_its_tokens_stops_no_other(town: Town) -> None:
    town.zalo.tokens.expire(THERE)
    town.zalo.tokens.expire_refresh(THERE)
    for oa_id in EIGHTEEN:
        town.writes(LAN, "một", oa=oa_id)
    healthy = [oa_id for oa_id in EIGHTEEN if oa_id != THERE]
    await town.until(lambda: all(town.chat(LAN, oa_id) for oa_id in healthy))
    await town.until(lambda: any(line["event"] == "zalo.token.dead" for line in town.log))
    dead: list[Any] = [line["account_id"] for line in town.log if line["event"] == "zalo.token.dead"]
    assert (dead, town.chat(LAN, THERE), town.dead) == ([THERE], [], [])

    def waiting() -> list[Any]:
        rows = town.states("outbound_message", "state", "account_id")
        return [account_id for state, account_id in rows if state != "sent"]

    await town.until(lambda: waiting() == [THERE])
