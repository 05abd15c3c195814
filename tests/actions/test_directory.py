"""The directory in conversation: one turn answers, buttons say sentences that mean the same."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import directory
from actions.directory import ActionDirectory
from services.accounts import Account

SATURDAY_NIGHT = datetime(2026, 11, 21, 15, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def rehearsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWER_AS_OF", "2026-11-21")
    monkeypatch.setattr(directory, "utc_now", lambda: SATURDAY_NIGHT)
    on_page(monkeypatch, None)


def on_page(monkeypatch: pytest.MonkeyPatch, name: str | None) -> None:
    monkeypatch.setattr(directory, "account_of", lambda tracker: Account("1", name) if name else None)


async def heard(text: str, *entities: dict[str, Any]) -> dict[str, Any]:
    latest = {"text": text, "intent": {"name": "hoi_danh_ba"}, "entities": list(entities)}
    dispatcher = CollectingDispatcher()
    events = await ActionDirectory().run(dispatcher, Tracker("s", {}, latest, [], False, None, {}, None), {})
    assert events == []
    message: dict[str, Any] = dispatcher.messages[0]
    assert len(dispatcher.messages) == 1
    assert len(message["buttons"]) <= 5
    return message


async def tap(button: dict[str, str]) -> dict[str, Any]:
    """Tap a button as the channel hands it on: its sentence as text, its entities as sure."""
    intent, _, rest = button["payload"].partition("{")
    assert intent == "/hoi_danh_ba"
    named = json.loads("{" + rest)
    return await heard(
        button["say"],
        *({"entity": key, "value": value, "extractor": "choice"} for key, value in named.items()),
    )


def first_line(message: dict[str, Any]) -> str:
    return re.sub(r"^\[THỬ NGHIỆM[^\n]*\n", "", message["text"]).split("\n")[0]


async def test_a_ward_is_answered_in_one_turn() -> None:
    message = await heard("công an phường Hiệp Tân ở đâu")
    assert first_line(message) == "Công an phường Phú Thạnh, Thành phố Hồ Chí Minh."
    assert "Phường Hiệp Tân cũ nay thuộc đơn vị này." in message["text"]
    assert [(item["title"], item["payload"]) for item in message["buttons"]] == [
        ("Công an Thành phố Hồ Chí Minh", '/hoi_danh_ba{"don_vi": "hcm"}'),
        ("Gặp cán bộ", "/gap_can_bo"),
        ("Gọi 113", "tel:113"),
    ]


async def test_a_split_ward_offers_its_wards_and_an_officer_and_a_tap_answers() -> None:
    message = await heard("ca p tân thành")
    assert [item["title"] for item in message["buttons"]] == [
        "Công an phường Tân Sơn Nhì, Thành phố Hồ Chí Minh",
        "Công an phường Phú Thọ Hòa, Thành phố Hồ Chí Minh",
        "Công an phường Tân Phú, Thành phố Hồ Chí Minh",
        "Gặp cán bộ",
        "Gọi 113",
    ]
    button = message["buttons"][2]
    assert button["say"] == "Công an phường Tân Phú, Thành phố Hồ Chí Minh ở đâu"
    assert first_line(await tap(button)) == "Công an phường Tân Phú, Thành phố Hồ Chí Minh."


@pytest.mark.parametrize("text", ["cong an tan phu o dau", "ca p1", "danh bạ", "công an quận Tân Phú"])
async def test_a_tap_and_its_sentence_typed_by_hand_are_answered_alike(text: str) -> None:
    buttons = [item for item in (await heard(text))["buttons"] if item["payload"].startswith("/hoi_danh_ba")]
    assert buttons
    for button in buttons:
        tapped, typed = await tap(button), await heard(button["say"])
        assert first_line(tapped) == first_line(typed)
        assert tapped["buttons"] == typed["buttons"]


async def test_without_a_name_the_unit_of_the_page_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    on_page(monkeypatch, "Công an phường Tây Thạnh")
    message = await heard("cho xin số trực ban")
    assert first_line(message) == "Công an phường Tây Thạnh, Thành phố Hồ Chí Minh."
    assert "trợ lý chưa có số nào được kiểm tra" in message["text"]


async def test_without_a_name_and_a_page_the_citizen_is_asked_which(monkeypatch: pytest.MonkeyPatch) -> None:
    on_page(monkeypatch, "Công an phường")
    message = await heard("công an phường ở đâu")
    assert "Anh/chị cho biết tên phường, xã" in message["text"]
    assert [item["title"] for item in message["buttons"]][:2] == [
        "Công an quận Tân Phú (cũ)",
        "Công an thành phố Mỹ Tho (cũ)",
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("công an phường Bến Nghé ở đâu", []),
        ("sdt ca p ben nghe", []),
        ("trạm Suối Giữa nằm đường nào", ["trạm Suối Giữa"]),
    ],
)
async def test_a_unit_that_is_not_listed_is_not_answered_with_the_pages_own(
    monkeypatch: pytest.MonkeyPatch, text: str, named: list[str]
) -> None:
    on_page(monkeypatch, "Công an phường Tây Thạnh")
    message = await heard(text, *({"entity": "don_vi", "value": value} for value in named))
    assert first_line(message).startswith("Dạ, danh bạ chưa có thông tin được kiểm tra về đơn vị anh/chị hỏi")


async def test_now_at_night_no_dossier_is_taken() -> None:
    message = await heard("bây giờ còn làm việc không")
    assert "Ban đêm là ngoài giờ hành chính" in message["text"]


async def test_a_rehearsal_says_that_it_is_one() -> None:
    assert (await heard("thứ bảy có làm không"))["text"].startswith("[THỬ NGHIỆM")
