"""From the outbox to a simulated Zalo: in order, once, and every kind of trouble has its own end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.zalo.client import ZaloClient
from connectors.zalo.oauth import ZaloOAuth
from connectors.zalo.output import button_replies, text_replies
from connectors.zalo.sender import OutboxSender
from connectors.zalo.tokens import TokenKeeper
from services import outbox, tokens
from services.db import Database
from services.db.group_commit import GroupCommit
from services.db.models import OutboundMessage
from services.outbox import Reply
from services.secrets import Cipher

APP, OA, LAN, MINH = "1234567890123456789", "9990001112223334445", "5550001112223334445", "5550009"


class Desk:
    """A sender, what it sends from and what became of it."""

    def __init__(self, database: Database, cipher: Cipher, clock: Any, sender: OutboxSender) -> None:
        self.database, self.cipher, self.clock, self.sender = database, cipher, clock, sender

    def queue(self, *texts: str, citizen: str = LAN) -> None:
        self.add([Reply("text", {"text": text}) for text in texts], citizen)

    def add(self, replies: list[Reply], citizen: str = LAN) -> None:
        with self.database.transaction() as session:
            outbox.add(session, self.cipher, OA, citizen, replies, self.clock())
        self.sender.wake()

    def states(self) -> list[tuple[str, int, str | None]]:
        table = OutboundMessage.__table__
        with self.database.transaction() as session:
            found = session.execute(sa.select(table).order_by(table.c.id)).all()
        return [(row.state, row.attempts, row.last_error) for row in found]

    def forward(self, seconds: float) -> None:
        self.clock.forward(seconds)
        self.sender.wake()


@pytest.fixture
async def desk(
    database: Database, commit: GroupCommit, cipher: Cipher, clock: Any, zalo: Any, background: Any
) -> Any:
    zalo.knows(LAN)
    zalo.knows(MINH)
    client = ZaloClient(zalo.url)
    keeper = TokenKeeper(commit, cipher, ZaloOAuth(zalo.url, APP, "TestAppSecret"), "w1", clock)
    await keeper.seed(OA, "sim-access-token", "sim-refresh-token")
    sender = OutboxSender(commit, cipher, client, keeper, "w1", clock)
    made = Desk(database, cipher, clock, sender)
    async with background(sender.run):
        yield made
    await client.close()


@pytest.fixture
def become(desk: Desk, until: Any) -> Callable[..., Awaitable[None]]:
    """Waits until the messages stand as expected, and shows how they stand when they do not."""

    async def wait(*expected: tuple[str, int, str | None]) -> None:
        try:
            await until(lambda: desk.states() == list(expected), 3)
        except AssertionError:
            assert desk.states() == list(expected)

    return wait


async def test_messages_arrive_in_order_and_with_their_buttons(desk: Desk, zalo: Any, become: Any) -> None:
    replies, _ = button_replies("Anh/chị hỏi gì?", [{"title": "Lệ phí", "payload": "/hoi_le_phi"}])
    desk.add([*text_replies("Chào bà con"), *replies])
    desk.queue("Hẹn gặp lại")
    desk.queue("Chào anh Minh", citizen=MINH)
    await become(*[("sent", 1, None)] * 4)
    assert (zalo.shown(LAN), zalo.shown(MINH)) == (
        ["Chào bà con", "Anh/chị hỏi gì?", "Hẹn gặp lại"],
        ["Chào anh Minh"],
    )
    messages = zalo.simulator.store.conversation(OA, LAN).messages
    assert messages[1].buttons == [{"title": "Lệ phí", "type": "oa.query.show", "payload": "Lệ phí"}]


async def test_what_the_output_makes_is_never_too_long_for_zalo(desk: Desk, zalo: Any, become: Any) -> None:
    buttons = [{"title": "Một tên nút rất dài " * 9, "payload": "/x"}] * 7
    buttons.append({"title": "Gọi", "payload": "tel:+84 24 000.000"})
    replies, _ = button_replies("Câu trả lời dài. " * 300, buttons)
    desk.add(replies)
    await become(*[("sent", 1, None)] * 4)
    assert len(zalo.shown(LAN)) == 4


@pytest.mark.parametrize("how", ["expire", "issue"], ids=["expired", "replaced behind our back"])
async def test_an_old_token_is_renewed_once_for_all_who_send(
    how: str, desk: Desk, zalo: Any, become: Any, until: Any
) -> None:
    citizens = [f"citizen-{number}" for number in range(12)]
    for citizen in citizens:
        zalo.knows(citizen)
    if how == "expire":
        zalo.simulator.tokens.expire(OA)
    else:
        grant = zalo.simulator.tokens.grant(OA)
        access, refresh = grant.access_token, grant.refresh_token
        zalo.simulator.tokens.issue(OA)
        zalo.simulator.tokens.grant(OA).refresh_token = refresh
        assert access == "sim-access-token"
    for citizen in citizens:
        desk.queue("Chào", citizen=citizen)
    await become(*[("sent", 1, None)] * 12)
    assert zalo.simulator.tokens.refreshes == 1
    assert [zalo.shown(citizen) for citizen in citizens] == [["Chào"]] * 12


async def test_a_dead_refresh_token_keeps_the_messages_until_somebody_logs_in(
    desk: Desk, zalo: Any, become: Any
) -> None:
    zalo.simulator.tokens.revoke(OA)
    desk.queue("một", "hai")
    await become(("queued", 1, "the refresh token is dead; run `zalo login`"), ("queued", 0, None))
    grant = zalo.simulator.tokens.issue(OA)
    with desk.database.transaction() as session:
        tokens.save(
            session, desk.cipher, OA, grant.access_token, grant.refresh_token, desk.clock(),
            desk.clock() + timedelta(hours=25),
        )  # fmt: skip
    desk.forward(3)
    await become(("sent", 2, None), ("sent", 1, None))
    assert zalo.shown() == ["một", "hai"]


async def test_a_busy_zalo_is_given_more_time_with_each_try(desk: Desk, zalo: Any, become: Any) -> None:
    zalo.fault(code=-32, times=3)
    desk.queue("một", "hai")
    for attempt, longest in ((1, 2.4), (2, 4.8), (3, 9.6)):
        await become(("queued", attempt, "zalo error -32"), ("queued", 0, None))
        desk.forward(longest * 0.8 / 1.2 - 0.01)
        await asyncio.sleep(0.05)
        assert desk.states()[0][1] == attempt, "too early"
        desk.forward(longest)
    await become(("sent", 4, None), ("sent", 1, None))
    assert zalo.shown() == ["một", "hai"]


@pytest.mark.parametrize("refusal", [-230, -232, -217], ids=["seven days over", "never wrote", "blocked"])
async def test_a_citizen_who_cannot_be_written_to_is_left_to_an_officer(
    refusal: int, desk: Desk, zalo: Any, become: Any
) -> None:
    zalo.fault(code=refusal, user_id=LAN)
    desk.queue("một")
    desk.queue("cho người khác", citizen=MINH)
    await become(("dead", 1, f"zalo error {refusal}"), ("sent", 1, None))
    assert zalo.shown(LAN) + zalo.shown(MINH) == ["cho người khác"]


async def test_a_citizen_whose_seven_days_are_over(desk: Desk, zalo: Any, become: Any) -> None:
    desk.clock.forward(8 * 86_400)
    desk.queue("một")
    await become(("dead", 1, "zalo error -230"))
    assert (zalo.shown(), zalo.simulator.tokens.refreshes) == ([], 1)


async def test_a_message_that_zalo_will_never_take_is_not_sent_again_and_holds_up_nothing(
    desk: Desk, zalo: Any, become: Any
) -> None:
    desk.queue("x" * 2001, "hai")
    await become(("dead", 1, "zalo error -210"), ("sent", 1, None))
    assert zalo.shown() == ["hai"]


async def test_an_unspecified_refusal_is_tried_three_times_and_then_left_to_an_officer(
    desk: Desk, zalo: Any, become: Any
) -> None:
    zalo.fault(code=-200, times="all", user_id=LAN)
    desk.queue("một")
    for attempt in (1, 2):
        await become(("queued", attempt, "zalo error -200"))
        desk.forward(60)
    await become(("dead", 3, "zalo error -200"))


async def test_an_outage_loses_nothing_and_doubles_nothing(desk: Desk, zalo: Any, become: Any) -> None:
    zalo.simulator.faults.outage = True
    desk.queue("một", "hai")
    await become(("unsure", 1, "connection broke: ServerDisconnectedError"), ("queued", 0, None))
    desk.forward(600)
    await become(("unsure", 2, "connection broke: ServerDisconnectedError"), ("queued", 0, None))
    zalo.simulator.faults.outage = False
    desk.forward(10)
    await become(("sent", 3, None), ("sent", 1, None))
    assert zalo.shown() == ["một", "hai"]


async def test_every_call_failing_with_500_is_waited_out(desk: Desk, zalo: Any, become: Any) -> None:
    zalo.fault(kind="http", status=500, times=2)
    desk.queue("một")
    for attempt in (1, 2):
        await become(("unsure", attempt, "http 500 without a readable answer"))
        desk.forward(10)
    await become(("sent", 3, None))
    assert zalo.shown() == ["một"]


async def test_a_message_that_arrived_without_an_answer_is_found_and_not_sent_twice(
    desk: Desk, zalo: Any, become: Any
) -> None:
    zalo.fault(kind="drop_after")
    desk.queue("một")
    await become(("unsure", 1, "connection broke: ServerDisconnectedError"))
    await asyncio.sleep(0.05)
    assert zalo.shown() == ["một"]
    desk.forward(10)
    await become(("sent", 2, None))
    assert zalo.shown() == ["một"]
    with desk.database.transaction() as session:
        remote = zalo.simulator.store.conversation(OA, LAN).messages[0].msg_id
        assert outbox.is_ours(session, OA, remote)


async def test_a_message_is_found_behind_thirty_that_the_citizen_wrote_meanwhile(
    desk: Desk, zalo: Any, become: Any
) -> None:
    zalo.fault(kind="drop_after")
    desk.queue("một")
    await become(("unsure", 1, "connection broke: ServerDisconnectedError"))
    for number in range(30):
        zalo.writes(f"còn ai không {number}")
    desk.forward(10)
    await become(("sent", 2, None))
    assert zalo.shown() == ["một"]


async def test_a_message_that_never_arrived_is_sent_without_reading_the_whole_past(
    desk: Desk, zalo: Any, become: Any
) -> None:
    for number in range(40):
        zalo.writes(f"hôm qua {number}")
    desk.forward(3600)
    zalo.knows(LAN)
    zalo.fault(kind="drop_before")
    desk.queue("một")
    await become(("unsure", 1, "connection broke: ServerDisconnectedError"))
    calls = zalo.simulator.webhook.counters["api_calls"]
    desk.forward(10)
    await become(("sent", 2, None))
    assert zalo.shown() == ["một"]
    # One page of the past, and the message.
    assert zalo.simulator.webhook.counters["api_calls"] - calls == 2


async def test_the_same_words_sent_before_are_not_taken_for_the_lost_message(
    desk: Desk, zalo: Any, become: Any
) -> None:
    desk.queue("Chào bà con")
    await become(("sent", 1, None))
    zalo.fault(kind="drop_before")
    desk.queue("Chào bà con")
    await become(("sent", 1, None), ("unsure", 1, "connection broke: ServerDisconnectedError"))
    desk.forward(10)
    await become(("sent", 1, None), ("sent", 2, None))
    assert zalo.shown() == ["Chào bà con", "Chào bà con"]


async def test_an_unsure_message_waits_while_zalo_cannot_be_asked(desk: Desk, zalo: Any, become: Any) -> None:
    zalo.fault(kind="drop_after")
    zalo.fault(code=-32, path="/v2.0/oa/conversation")
    desk.queue("một")
    await become(("unsure", 1, "connection broke: ServerDisconnectedError"))
    desk.forward(10)
    await become(("unsure", 2, "zalo error -32"))
    desk.forward(10)
    await become(("sent", 3, None))
    assert zalo.shown() == ["một"]


async def test_a_message_whose_sender_died_is_looked_for_before_it_is_sent_again(
    desk: Desk, zalo: Any, become: Any
) -> None:
    # Zalo took it; the process died before it could note so.
    with desk.database.transaction() as session:
        outbox.add(session, desk.cipher, OA, LAN, [Reply("text", {"text": "một"})], desk.clock())
        assert len(outbox.claim(session, desk.cipher, "dead", 1, desk.clock())) == 1
    token = zalo.simulator.tokens.grant(OA).access_token
    client = ZaloClient(zalo.url)
    await client.send(token, LAN, {"text": "một"})
    await client.close()
    desk.forward(61)
    await desk.sender.keep_alive()
    desk.forward(10)
    await become(("sent", 2, None))
    assert zalo.shown() == ["một"]


async def test_after_seven_days_of_trouble_an_officer_is_told(desk: Desk, zalo: Any, become: Any) -> None:
    zalo.fault(code=-32, times="all", path="/v")
    desk.queue("một")
    await become(("queued", 1, "zalo error -32"))
    desk.forward(7 * 86_400 + 1)
    await become(("dead", 2, "zalo error -32; given up after seven days"))


async def test_a_lease_is_kept_while_a_slow_zalo_answers(
    desk: Desk, zalo: Any, become: Any, until: Any
) -> None:
    zalo.fault(kind="slow", seconds=0.3)
    desk.queue("một")
    await become(("sending", 1, None))
    desk.clock.forward(50)
    await desk.sender.keep_alive()
    desk.clock.forward(50)
    await desk.sender.keep_alive()
    await become(("sent", 1, None))
    assert zalo.shown() == ["một"]


async def test_a_stop_lets_the_request_under_way_come_to_its_end(
    database: Database, commit: GroupCommit, cipher: Cipher, clock: Any, zalo: Any, until: Any
) -> None:
    zalo.knows(LAN)
    zalo.fault(kind="slow", seconds=0.2)
    client = ZaloClient(zalo.url)
    keeper = TokenKeeper(commit, cipher, ZaloOAuth(zalo.url, APP, "TestAppSecret"), "w1", clock)
    await keeper.seed(OA, "sim-access-token", "sim-refresh-token")
    sender = OutboxSender(commit, cipher, client, keeper, "w1", clock)
    desk = Desk(database, cipher, clock, sender)
    desk.queue("một")
    running = asyncio.create_task(sender.run())
    await until(lambda: zalo.simulator.webhook.counters["api_calls"])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await client.close()
    assert (desk.states(), zalo.shown()) == ([("sent", 1, None)], ["một"])
