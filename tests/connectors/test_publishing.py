"""A broadcast to three pages of the local Zalo: what was sent is known, resuming sends nobody twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import web

from connectors.zalo.articles import ArticleClient
from connectors.zalo.publishing import Publisher, Tokens, is_night
from services import audit, news_desk, publications
from services.db import Database
from services.db.news_tables import Publication
from services.errors import ClaimLost
from services.news_desk import Draft, NewsError
from services.publications import Decision
from simulator.app import make_app
from simulator.settings import OaSettings, Settings
from simulator.state import SIMULATOR, Simulator
from simulator.store import OA

PAGES = {
    "9990000000000000001": "Công an phường Tây Thạnh",
    "9990000000000000002": "Công an phường Phú Thạnh",
    "9990000000000000003": "Công an phường Tân Phú",
}
FIRST, SECOND, THIRD = PAGES
OFFICER = "officer:lan"
DRAFT = Draft(
    kind="canh_bao",
    title="Cảnh giác tin nhắn phạt nguội kèm đường link",
    summary="Công an không báo phạt nguội bằng đường link trong tin nhắn.",
    text="Ai nhắn đường link để nộp phạt nguội là lừa đảo.\nTự tra ở csgt.bocongan.gov.vn.",
    source_title="Thông tư 73/2024/TT-BCA",
    checked_on=date(2026, 11, 21),
    valid_from=date(2026, 11, 21),
    picture="https://example.vn/bia.jpg",
)


class ThreePages:
    """A local Zalo with three pages and two followers each, and one published item."""

    def __init__(self, database: Database, clock: Any, simulator: Simulator, url: str) -> None:
        self.database, self.clock, self.simulator = database, clock, simulator
        self.rejected: list[str] = []
        tokens = Tokens(lambda account: f"token-{account}", self._renew)
        self.publisher = Publisher(database, ArticleClient(url), tokens, clock, pause=lambda seconds: None)
        with database.transaction() as session:
            self.item = news_desk.add(session, OFFICER, DRAFT, clock())
            news_desk.publish(session, OFFICER, self.item, 1, clock())

    def _renew(self, account: str, rejected: str) -> str:
        self.rejected.append(rejected)
        return f"token-{account}"

    def decide(self, broadcast: bool = True) -> int:
        with self.database.transaction() as session:
            item = news_desk.get(session, self.item)
            return publications.decide(session, OFFICER, item, PAGES, broadcast, self.clock())

    def fault(self, **wish: Any) -> None:
        self.simulator.faults.plant(wish)

    def received(self) -> dict[str, list[int]]:
        """How many messages each follower of each page has."""
        store = self.simulator.store
        return {
            account: [
                sum(message.sender == OA for message in store.conversation(account, citizen).messages)
                for citizen in ("c1", "c2")
            ]
            for account in PAGES
        }


@pytest.fixture
def three(database: Database, clock: Any) -> Iterator[ThreePages]:
    oas = tuple(OaSettings(one, name, "#0068ff", f"token-{one}", f"r-{one}") for one, name in PAGES.items())
    app = make_app(Settings(webhook_url="http://127.0.0.1:1/none", oas=oas))
    simulator = app[SIMULATOR]
    simulator.options.update({"echo": False, "retry": False, "article_wait": 0})
    for account in PAGES:
        for citizen in ("c1", "c2"):
            simulator.store.add_citizen(citizen)
            simulator.store.conversation(account, citizen).follower = True
    ready, found = threading.Event(), dict[str, Any]()

    def serve() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        runner = web.AppRunner(app)
        loop.run_until_complete(runner.setup())
        loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
        found.update(port=runner.addresses[0][1], loop=loop)
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield ThreePages(database, clock, simulator, f"http://127.0.0.1:{found['port']}")
    found["loop"].call_soon_threadsafe(found["loop"].stop)
    thread.join(10)


def states(decision: Decision) -> list[tuple[str, str | None]]:
    return [(one.state, one.reason) for one in decision.outcomes]


def test_a_dry_run_shows_followers_and_quota_and_changes_nothing(three: ThreePages) -> None:
    three.simulator.articles.broadcasts_left[THIRD] = 0
    ready = three.publisher.check(PAGES, broadcast=True)
    assert [(one.followers, one.broadcasts_left, one.problem) for one in ready] == [
        (2, 4, ""), (2, 4, ""), (2, 0, "hết hạn mức gửi của tháng"),
    ]  # fmt: skip
    with three.database.transaction() as session:
        assert session.execute(sa.select(sa.func.count(Publication.id))).scalar() == 0
    assert three.simulator.articles.kept == []
    assert three.received() == {account: [0, 0] for account in PAGES}


def test_a_broadcast_reaches_every_follower_once_and_is_written_down(three: ThreePages) -> None:
    number = three.decide()
    done = three.publisher.run(number)
    assert states(done) == [("sent", None)] * 3
    assert all(one.message_id and one.sent_at == three.clock() for one in done.outcomes)
    three.publisher.run(number)
    assert three.received() == {account: [1, 1] for account in PAGES}
    article = three.simulator.articles.kept[0].body
    assert (article["title"], article["author"]) == (DRAFT.title, "Công an phường Tây Thạnh")
    assert article["body"][-1]["content"] == "Nguồn: Thông tư 73/2024/TT-BCA. Kiểm tra ngày 21/11/2026."
    with three.database.transaction() as session:
        trail = [(one.actor, one.action, one.detail) for one in audit.entries(session)]
    assert trail == [
        (OFFICER, "news.broadcast", f"n{three.item} p{number} 3 oa"),
        (OFFICER, "news.publish", f"n{three.item}"),
        (OFFICER, "news.add", f"n{three.item}"),
    ]


def test_a_quota_short_by_one_leaves_that_page_out_until_there_is_quota_again(three: ThreePages) -> None:
    three.simulator.articles.broadcasts_left[SECOND] = 0
    number = three.decide()
    short = ("refused", "hết hạn mức gửi của tháng (Zalo -211)")
    assert states(three.publisher.run(number)) == [("sent", None), short, ("sent", None)]
    assert states(three.publisher.run(number)) == [("sent", None), short, ("sent", None)]
    three.simulator.articles.broadcasts_left[SECOND] = 1
    assert states(three.publisher.run(number)) == [("sent", None)] * 3
    assert three.received() == {account: [1, 1] for account in PAGES}
    # The article of the page that was short was made once, not at every try.
    assert len(three.simulator.articles.kept) == 3


@pytest.mark.parametrize("path", ["/v2.0/article/create", "/v2.0/article/verify", "/v2.0/oa/message"])
def test_a_page_that_fails_half_way_stops_no_other_and_is_taken_up_again(
    three: ThreePages, path: str
) -> None:
    three.fault(kind="error", code=-248, path=path, oa_id=SECOND)
    number = three.decide()
    assert states(three.publisher.run(number)) == [
        ("sent", None), ("refused", "zalo error -248"), ("sent", None),
    ]  # fmt: skip
    assert three.received() == {FIRST: [1, 1], SECOND: [0, 0], THIRD: [1, 1]}
    assert states(three.publisher.run(number)) == [("sent", None)] * 3
    assert three.received() == {account: [1, 1] for account in PAGES}


def test_a_broadcast_without_an_answer_is_not_repeated_until_a_person_has_looked(three: ThreePages) -> None:
    # Zalo took the first page's broadcast, and the connection broke before its answer.
    three.fault(kind="drop_after", path="/v2.0/oa/message")
    number = three.decide()
    assert [state for state, _ in states(three.publisher.run(number))] == ["unsure", "sent", "sent"]
    three.publisher.run(number)
    assert three.received() == {account: [1, 1] for account in PAGES}
    with three.database.transaction() as session:
        publications.settle(session, OFFICER, number, FIRST, True, three.clock())
    assert states(three.publisher.run(number)) == [("sent", None)] * 3
    assert three.received() == {account: [1, 1] for account in PAGES}


def test_one_that_was_not_sent_after_all_is_sent_when_a_person_says_so(three: ThreePages) -> None:
    three.fault(kind="drop_before", path="/v2.0/oa/message")
    number = three.decide()
    assert [state for state, _ in states(three.publisher.run(number))] == ["unsure", "sent", "sent"]
    assert three.received()[FIRST] == [0, 0]
    with three.database.transaction() as session:
        publications.settle(session, OFFICER, number, FIRST, False, three.clock())
    assert states(three.publisher.run(number)) == [("sent", None)] * 3
    assert three.received() == {account: [1, 1] for account in PAGES}


def test_an_article_whose_answer_was_lost_is_found_and_not_made_twice(three: ThreePages) -> None:
    three.fault(kind="drop_after", path="/v2.0/article/create")
    # What Zalo took is among the newest articles.
    assert states(three.publisher.run(three.decide())) == [("sent", None)] * 3
    assert len(three.simulator.articles.kept) == 3
    assert three.received() == {account: [1, 1] for account in PAGES}


def test_an_article_whose_answer_was_lost_and_that_is_not_listed_waits_for_a_person(
    three: ThreePages,
) -> None:
    three.fault(kind="drop_before", path="/v2.0/article/create")
    number = three.decide()
    assert [state for state, _ in states(three.publisher.run(number))] == ["unsure", "sent", "sent"]
    with three.database.transaction() as session:
        with pytest.raises(NewsError, match="gỡ bài đó"):
            publications.settle(session, OFFICER, number, FIRST, True, three.clock())
        publications.settle(session, OFFICER, number, FIRST, False, three.clock())
    assert states(three.publisher.run(number)) == [("sent", None)] * 3
    assert len(three.simulator.articles.kept) == 3


def test_a_program_that_died_in_a_call_leaves_an_unsure_page(three: ThreePages) -> None:
    number = three.decide()
    with three.database.transaction() as session:
        first = publications.get(session, number).outcomes[0]
        publications.advance(session, first.id, ("waiting",), "published", three.clock(), article_id="a1")
        publications.advance(session, first.id, ("published",), "broadcasting", three.clock())
    assert [state for state, _ in states(three.publisher.run(number))] == ["unsure", "sent", "sent"]


def test_two_programs_at_once_make_one_call(three: ThreePages) -> None:
    number = three.decide()
    with three.database.transaction() as session:
        first = publications.get(session, number).outcomes[0]
        publications.advance(session, first.id, ("waiting",), "creating", three.clock())
    with pytest.raises(ClaimLost), three.database.transaction() as session:
        publications.advance(session, first.id, ("waiting",), "creating", three.clock())


def test_an_article_that_takes_long_is_taken_up_later(three: ThreePages) -> None:
    three.simulator.options.update({"article_wait": 3600})
    number = three.decide(broadcast=False)
    waiting = ("verifying", "Zalo còn đang xử lý bài; chạy lại sau ít phút")
    assert states(three.publisher.run(number)) == [waiting] * 3
    three.simulator.clock.advance(4000)
    assert states(three.publisher.run(number)) == [("published", None)] * 3
    assert three.received() == {account: [0, 0] for account in PAGES}
    assert len(three.simulator.articles.kept) == 3


def test_an_expired_token_is_renewed_and_the_call_made_again(three: ThreePages) -> None:
    three.fault(kind="error", code=-216, path="/v2.0/article/create", oa_id=FIRST)
    assert states(three.publisher.run(three.decide())) == [("sent", None)] * 3
    assert three.rejected == [f"token-{FIRST}"]


def test_a_zalo_that_is_down_sends_nothing_and_says_so(three: ThreePages) -> None:
    three.simulator.faults.outage = True
    ready = three.publisher.check(PAGES, broadcast=True)
    assert [bool(one.problem) for one in ready] == [True] * 3


def test_nothing_goes_out_that_was_not_published_first(three: ThreePages) -> None:
    with three.database.transaction() as session:
        draft = news_desk.add(session, OFFICER, DRAFT, three.clock())
        with pytest.raises(NewsError, match="bản nháp"):
            publications.decide(session, OFFICER, news_desk.get(session, draft), PAGES, True, three.clock())


def test_an_article_needs_a_picture(three: ThreePages) -> None:
    with three.database.transaction() as session:
        bare = Draft(**{**DRAFT.__dict__, "picture": None})
        item = news_desk.get(session, news_desk.add(session, OFFICER, bare, three.clock()))
    with pytest.raises(NewsError, match="hình bìa"):
        publications.article_of(item, "Trang")


@pytest.mark.parametrize(("hour", "night"), [(5, True), (6, False), (21, False), (22, True)])
def test_zalo_takes_no_broadcasts_at_night(clock: Any, hour: int, night: bool) -> None:
    assert is_night(clock().replace(hour=(hour - 7) % 24)) is night


def test_what_zalo_says_of_a_wrong_article_is_an_answer_and_no_guess(three: ThreePages) -> None:
    three.fault(kind="error", code=-200, path="/v2.0/article/verify", oa_id=THIRD)
    done = three.publisher.run(three.decide())
    assert states(done)[2] == ("refused", "Zalo không tải được hình bìa (Zalo -200)")
    assert done.outcomes[2].article_token is None
