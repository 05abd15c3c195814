"""What the console does by itself: conversations come to the list, deliveries are learnt of."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from console.app import build_app
from console.background import Upkeep
from console.visit import Console
from services import outbox, review_index
from services.errors import StorageError
from tests.console.conftest import SECRET, WARD, Browser
from tests.console.test_report_pages import Town, sends
from tests.console.test_review_pages import openings
from tests.services.review_samples import START, conversation_id, opened, store, turn


def test_a_round_brings_conversations_and_deliveries_up_to_date(
    console: Console, clock: Any, signed_in: Callable[..., Browser]
) -> None:
    town, officer = Town(console, clock), signed_in("officer")
    receipt = town.gets()
    path = f"/tin-bao/{receipt.report_id}"
    sends(officer, f"{path}/nhan-tin", officer.get(path).text, words="Xe màu gì ạ?", how="ask")
    with console.database.transaction() as session:
        for message in outbox.claim(session, console.cipher, "w", 9, clock()):
            outbox.mark_sent(session, message.id, "w", "z1", clock())
    events = opened(START) + turn("đăng ký tạm trú", "hoi_dang_ky_tam_tru", START + 5, "Cần CT01 ạ.")
    store(console.database, console.cipher, conversation_id("c1", WARD), events)
    assert "Đang gửi" in officer.get(path).text
    assert openings(officer.get("/hoi-thoai").text) == []
    Upkeep(console).round()
    assert "Đã gửi qua Zalo" in officer.get(path).text
    assert openings(officer.get("/hoi-thoai").text) == ["đăng ký tạm trú"]


def test_a_round_that_the_database_refuses_is_made_up_for_by_the_next(
    console: Console, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = []

    def refuses(*_: Any) -> int:
        rounds.append(1)
        raise StorageError("database: OperationalError")

    upkeep = Upkeep(console)
    with monkeypatch.context() as broken:
        broken.setattr(review_index, "bring_up_to_date", refuses)
        upkeep.round()
        upkeep.round()
    upkeep.round()
    assert rounds == [1, 1]


def test_it_runs_while_the_server_runs(console: Console, hire: Callable[..., None]) -> None:
    events = opened(START) + turn("đăng ký tạm trú", "hoi_dang_ky_tam_tru", START + 5, "Cần CT01 ạ.")
    store(console.database, console.cipher, conversation_id("c1", WARD), events)
    hire("lan")
    with Browser(build_app(console)) as browser:
        browser.sign_in("lan", SECRET)
        deadline = time.monotonic() + 10
        while not openings(browser.get("/hoi-thoai").text) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert openings(browser.get("/hoi-thoai").text) == ["đăng ký tạm trú"]
