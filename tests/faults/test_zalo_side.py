"""What goes wrong on Zalo's side: what citizens and officers then see, and that nothing is lost."""

from __future__ import annotations

from typing import Any

from tests.connectors.conftest import OA_ID
from tests.faults.conftest import BAY, LAN, TU, Town

CITIZENS = (LAN, BAY, TU)


async def test_zalo_is_down_for_ten_minutes(town: Town) -> None:
    town.writes(LAN, "trước")
    await town.until_quiet(lambda: town.chat(LAN))
    town.zalo.faults.outage = True
    for number in range(5):
        for citizen in CITIZENS:
            town.writes(citizen, f"trong lúc hỏng {number}")
        town.pass_time(120)
    # Everything is answered on our side, and waits.
    await town.until(lambda: len(town.states("outbound_message", "id")) == 1 + 15)
    assert town.chat(BAY) == []
    town.zalo.faults.outage = False

    def catches_up() -> bool:
        town.pass_time(5)
        return all(len(town.chat(citizen)) >= 5 for citizen in CITIZENS)

    await town.until_quiet(catches_up)
    during = [f"Nghe: trong lúc hỏng {number}" for number in range(5)]
    assert [town.chat(citizen) for citizen in CITIZENS] == [["Nghe: trước", *during], during, during]
    assert town.dead == []


async def test_every_call_is_answered_with_500(town: Town) -> None:
    town.zalo.faults.plant({"kind": "http", "status": 500, "times": "all", "path": "/v"})
    town.writes(LAN, "một", "hai", "ba")
    await town.until(lambda: ("unsure",) in town.states("outbound_message", "state"))
    town.pass_time(60)
    await town.until(lambda: town.states("outbound_message", "attempts")[0][0] >= 2)
    assert town.chat(LAN) == []
    town.zalo.faults.reset()

    def catches_up() -> bool:
        town.pass_time(5)
        return len(town.chat(LAN)) >= 3

    await town.until_quiet(catches_up)
    assert (town.chat(LAN), town.dead) == (["Nghe: một", "Nghe: hai", "Nghe: ba"], [])


async def test_answers_that_get_lost_on_the_way_back_are_not_said_twice(town: Town) -> None:
    town.zalo.faults.plant({"kind": "drop_after", "times": 3})
    for citizen in CITIZENS:
        town.writes(citizen, "một", "hai")

    def looks() -> bool:
        town.pass_time(5)
        return all(len(town.chat(citizen)) >= 2 for citizen in CITIZENS)

    await town.until_quiet(looks)
    assert [town.chat(citizen) for citizen in CITIZENS] == [["Nghe: một", "Nghe: hai"]] * 3


async def test_the_access_token_expires(town: Town) -> None:
    town.zalo.tokens.expire(OA_ID)
    for citizen in CITIZENS:
        town.writes(citizen, "một", "hai")
    await town.until_quiet(lambda: all(len(town.chat(citizen)) == 2 for citizen in CITIZENS))
    assert [town.chat(citizen) for citizen in CITIZENS] == [["Nghe: một", "Nghe: hai"]] * 3
    assert (town.zalo.tokens.refreshes, town.states("platform_token", "generation")) == (1, [(2,)])


async def test_the_refresh_token_is_spent_until_an_operator_logs_in(town: Town) -> None:
    town.zalo.tokens.expire(OA_ID)
    town.zalo.tokens.expire_refresh(OA_ID)
    town.writes(LAN, "một", "hai")
    await town.until(lambda: any(line["event"] == "zalo.token.dead" for line in town.log))
    # The alarm names the one thing to do; the answers wait, and none of them is given up.
    alarm = next(line for line in town.log if line["event"] == "zalo.token.dead")
    assert (alarm["do"], alarm["log_level"], town.chat(LAN)) == ("zalo login", "error", [])
    await town.until(lambda: town.states("outbound_message", "state") == [("queued",), ("queued",)])

    town.zalo.tokens.issue(OA_ID)
    pair = town.zalo.tokens.grant(OA_ID)
    await _log_in(town, pair)

    def goes_on() -> bool:
        town.pass_time(30)
        return len(town.chat(LAN)) >= 2

    await town.until_quiet(goes_on)
    assert (town.chat(LAN), town.dead) == (["Nghe: một", "Nghe: hai"], [])


async def _log_in(town: Town, pair: Any) -> None:
    """Do what `zalo login` does at its end."""
    from services import tokens

    now = town.clock()
    with town.database.transaction() as session:
        tokens.save(
            session,
            town.channel._cipher,
            OA_ID,
            pair.access_token,
            pair.refresh_token,
            now,
            now.replace(year=now.year + 1),
        )


async def test_zalo_counts_our_calls_and_stops_us(town: Town) -> None:
    town.zalo.options.update({"rate_limit": 3})
    for citizen in CITIZENS:
        town.writes(citizen, "một", "hai", "ba")
    await town.until(lambda: any(line.get("reason") == "zalo error -32" for line in town.log))
    town.zalo.options.update({"rate_limit": 4000})

    def goes_on() -> bool:
        town.pass_time(5)
        return all(len(town.chat(citizen)) >= 3 for citizen in CITIZENS)

    await town.until_quiet(goes_on)
    assert [town.chat(citizen) for citizen in CITIZENS] == [["Nghe: một", "Nghe: hai", "Nghe: ba"]] * 3
    assert town.dead == []


async def test_a_citizen_who_blocked_the_account_stops_nobody_else(town: Town) -> None:
    town.zalo.faults.plant({"code": -213, "user_id": LAN, "times": "all"})
    for citizen in CITIZENS:
        town.writes(citizen, "một")
    await town.until_quiet(lambda: town.chat(BAY) and town.chat(TU) and town.dead)
    assert [town.chat(citizen) for citizen in CITIZENS] == [[], ["Nghe: một"], ["Nghe: một"]]
    assert [(letter.direction, letter.citizen_id, letter.reason) for letter in town.dead] == [
        ("out", LAN, "zalo error -213")
    ]


async def test_an_answer_that_is_late_by_a_week_ends_before_an_officer(town: Town) -> None:
    town.zalo.faults.outage = True
    town.writes(LAN, "một")
    await town.until(lambda: town.states("outbound_message", "attempts") not in ([], [(0,)]))
    town.pass_time(7 * 86_400 + 60)
    town.zalo.faults.outage = False

    def given_up() -> bool:
        town.pass_time(5)
        return bool(town.dead)

    await town.until(given_up)
    # The window of seven days is closed: the citizen can only be reached in another way.
    assert (town.chat(LAN), town.dead[0].citizen_id, town.dead[0].reason) == ([], LAN, "zalo error -230")


async def test_every_event_comes_five_times_more(town: Town) -> None:
    town.zalo.options.update({"duplicate": 5})
    for citizen in CITIZENS:
        town.writes(citizen, "một", "hai")
    await town.until_quiet(lambda: all(len(town.chat(citizen)) >= 2 for citizen in CITIZENS))
    assert town.zalo.webhook.counters["duplicates"] >= 30
    assert [town.chat(citizen) for citizen in CITIZENS] == [["Nghe: một", "Nghe: hai"]] * 3


async def test_events_that_come_in_another_order_are_all_answered_once(town: Town) -> None:
    town.zalo.options.update({"reorder": True, "reorder_wait": 1.0})
    for citizen in CITIZENS:
        town.writes(citizen, "một", "hai", "ba", "bốn")
    await town.until_quiet(lambda: all(len(town.chat(citizen)) >= 4 for citizen in CITIZENS))
    assert town.zalo.webhook.counters["reordered"] >= 6
    for citizen in CITIZENS:
        assert sorted(town.chat(citizen)) == sorted(f"Nghe: {text}" for text in ("một", "hai", "ba", "bốn"))
    assert town.dead == []
