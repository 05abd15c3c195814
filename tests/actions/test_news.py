"""News, menu, digest, figures and a sent place in conversation: what citizens read and can tap."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import digest, directory, greeting, menu, news, statistics
from actions.digest import ActionSubscribe, ActionUnsubscribe
from actions.directory import office_of
from actions.greeting import ActionGreet
from actions.menu import ActionMenu
from actions.news import ActionNews
from actions.procedures import ActionAnswerProcedure
from actions.statistics import ActionOutcomes
from actions.storage import Storage
from services import digest as digest_service
from services import news_desk
from services.accounts import Account
from services.db import Database
from services.errors import StorageError
from services.news_desk import Draft
from services.return_address import Address
from services.secrets import Cipher

OA, CITIZEN = "9990001112223334445", "5550001112223334445"
PAGE = Account(OA, "Công an phường Tây Thạnh")
NOW = datetime(2026, 11, 28, 5, tzinfo=timezone.utc)


@pytest.fixture
def store(database: Database, cipher: Cipher) -> Storage:
    return Storage(database, cipher, {OA: PAGE})


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch, store: Storage) -> None:
    monkeypatch.setenv("ANSWER_AS_OF", "")
    for module in (news, digest, statistics):
        monkeypatch.setattr(module, "storage", lambda: store)
    for module in (news, menu, greeting, statistics, directory):
        monkeypatch.setattr(module, "account_of", lambda tracker: PAGE)
    monkeypatch.setattr(news, "answering_day", lambda: date(2026, 11, 28))
    monkeypatch.setattr(digest, "utc_now", lambda: NOW)
    monkeypatch.setattr(statistics, "utc_now", lambda: NOW)


async def heard(action: Action, text: str, **tapped: Any) -> dict[str, Any]:
    entities = [{"entity": name, "value": value, "extractor": "choice"} for name, value in tapped.items()]
    latest = {"text": text, "entities": entities, "metadata": {"oa_id": OA, "user_id": CITIZEN}}
    dispatcher = CollectingDispatcher()
    assert await action.run(dispatcher, Tracker("s", {}, latest, [], False, None, {}, None), {}) == []
    (message,) = dispatcher.messages
    assert len(message["text"] or "") < 2000
    said: dict[str, Any] = message
    return said


def titles(message: dict[str, Any]) -> list[str]:
    return [button["title"] for button in message["buttons"]]


def part(button: dict[str, str]) -> str:
    return str(json.loads("{" + button["payload"].partition("{")[2])["muc"])


async def test_who_follows_is_greeted_by_the_unit_with_its_menu() -> None:
    said = await heard(ActionGreet(), "[Quan tâm]")
    assert said["text"].startswith("Chào anh/chị! Đây là trợ lý tự động của Công an phường Tây Thạnh")
    assert "“menu”" in said["text"]
    main = ["Tin tức", "Thủ tục hành chính", "Danh bạ", "Tố giác / phản ánh", "Gặp cán bộ"]
    assert titles(said) == main
    assert titles(await heard(ActionMenu(), "menu")) == main


async def test_each_part_of_the_menu_opens() -> None:
    buttons = {button["title"]: button for button in (await heard(ActionMenu(), "menu"))["buttons"]}
    procedures = await heard(ActionMenu(), "", muc=part(buttons["Thủ tục hành chính"]))
    assert {"Đăng ký tạm trú", "Sang tên xe"} <= set(titles(procedures))
    reports = await heard(ActionMenu(), "", muc=part(buttons["Tố giác / phản ánh"]))
    assert titles(reports)[0] == "Gọi 113"
    assert [b["payload"] for b in reports["buttons"]][1] == "/to_giac_toi_pham"
    latest = await heard(ActionNews(), "Tin tức", muc=part(buttons["Tin tức"]))
    assert latest["text"].startswith("Tin tức, cảnh báo của Công an phường Tây Thạnh:\n1. ")
    assert buttons["Danh bạ"]["payload"] == "/hoi_danh_ba"
    assert titles(await heard(ActionMenu(), "tố giác phản ánh"))[0] == "Gọi 113"


async def test_a_row_of_the_list_is_opened_by_its_button() -> None:
    listed = await heard(ActionNews(), "cảnh báo lừa đảo")
    assert len(listed["buttons"]) == 5
    row = listed["buttons"][0]
    opened = await heard(ActionNews(), row["say"], muc=part(row))
    assert opened["text"].split("\n")[0] == row["title"].removeprefix("1. ")
    assert "Nguồn: " in opened["text"]
    assert titles(opened)[-1] == "Nhận bản tin mỗi tuần"


async def test_what_officers_published_stands_first(store: Storage) -> None:
    draft = Draft(
        kind="tin_tuc", title="Lịch làm căn cước lưu động", summary="Thứ Bảy này ở nhà văn hóa khu phố 5.",
        text="Bà con mang theo căn cước cũ, đến nhà văn hóa khu phố 5 trong giờ hành chính.",
        source_title="Thông báo của phường", checked_on=date(2026, 11, 28), valid_from=date(2026, 11, 28),
        units=("hcm_tay_thanh",),
    )  # fmt: skip
    with store.database.transaction() as session:
        number = news_desk.add(session, "officer:lan", draft, NOW)
        news_desk.publish(session, "officer:lan", number, 1, NOW)
    said = await heard(ActionNews(), "có tin gì mới")
    assert said["text"].split("\n")[1] == "1. Lịch làm căn cước lưu động"


async def test_a_message_that_looks_like_a_scam_offers_help_and_113() -> None:
    said = await heard(ActionNews(), 'lừa đảo không: "ngân hàng báo khóa tài khoản, bấm link đọc mã OTP"')
    assert titles(said)[0] == "Tôi bị lừa mất tiền"
    assert titles(said)[-1] == "Gọi 113"


async def test_without_a_database_what_comes_with_the_product_is_still_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> Storage:
        raise StorageError("down")

    monkeypatch.setattr(news, "storage", broken)
    assert (await heard(ActionNews(), "cảnh báo"))["text"].startswith("Cảnh báo của Công an phường")


async def test_as_zalos_list_where_the_office_switched_it_on_and_items_have_pictures(
    monkeypatch: pytest.MonkeyPatch, store: Storage
) -> None:
    monkeypatch.setenv("ZALO_LIST_MESSAGES", "yes")
    assert (await heard(ActionNews(), "cảnh báo"))["text"].startswith("Cảnh báo của")
    with_pictures = [
        news.NewsItem(
            f"n{i}", "canh_bao", f"Tin số {i} có hình", "Tóm tắt", "Nội dung", date(2026, 11, 1), "Nguồn",
            date(2026, 11, 1), picture=f"https://example.vn/{i}.jpg",
        )
        for i in range(3)
    ]  # fmt: skip
    monkeypatch.setattr(news, "_published", lambda: with_pictures)
    latest = {"text": "cảnh báo", "entities": [], "metadata": {"oa_id": OA, "user_id": CITIZEN}}
    dispatcher = CollectingDispatcher()
    await ActionNews().run(dispatcher, Tracker("s", {}, latest, [], False, None, {}, None), {})
    assert [row["title"] for row in dispatcher.messages[0]["elements"]] == [
        "Tin số 0 có hình", "Tin số 1 có hình", "Tin số 2 có hình",
    ]  # fmt: skip


async def test_the_digest_is_agreed_to_after_a_notice_and_ended_by_a_word(store: Storage) -> None:
    def taken() -> Any:
        with store.database.transaction(read_only=True) as session:
            return digest_service.subscription(session, store.cipher, Address(OA, CITIZEN))

    asked = await heard(ActionSubscribe(), "bản tin mỗi tuần")
    assert asked["text"].startswith("Bản tin mỗi tuần của Công an phường Tây Thạnh")
    assert "HỦY BẢN TIN" in asked["text"]
    assert taken() is None
    yes = asked["buttons"][0]
    assert (yes["title"], part(yes)) == ("Đồng ý nhận", "dong_y:hcm_tay_thanh")
    agreed = await heard(ActionSubscribe(), yes["say"], muc=part(yes))
    assert "HỦY BẢN TIN" in agreed["text"]
    assert taken().unit_id == "hcm_tay_thanh"
    again = await heard(ActionSubscribe(), "đăng ký bản tin")
    assert again["text"].startswith("Dạ, anh/chị đang nhận bản tin của Công an phường Tây Thạnh rồi")
    other = await heard(ActionSubscribe(), "đăng ký bản tin phường Phú Thạnh")
    assert part(other["buttons"][0]) == "dong_y:hcm_phu_thanh"
    assert (await heard(ActionUnsubscribe(), "hủy bản tin"))["text"].startswith("Dạ, đã thôi gửi bản tin")
    assert taken() is None
    assert (await heard(ActionUnsubscribe(), "hủy bản tin"))["text"].startswith("Dạ, anh/chị đang không nhận")


async def test_figures_are_given_for_the_page_and_not_for_a_few_cases() -> None:
    said = await heard(ActionOutcomes(), "thống kê")
    assert said["text"].split("\n")[0] == (
        "Kết quả của Công an phường Tây Thạnh, từ 29/10/2026 đến 27/11/2026:"
    )
    assert said["text"].count("chưa đủ 10 trường hợp") == 3


def test_a_sent_place_says_that_no_coordinates_are_known_and_asks_the_ward() -> None:
    said = directory.around(10.79, 106.62)
    assert "Danh bạ chưa có tọa độ của các trụ sở nên trợ lý không chỉ được nơi gần nhất." in said.text
    assert "Anh/chị cho biết tên phường, xã" in said.text
    assert said.choices[0].title == "Công an quận Tân Phú (cũ)"


async def test_where_to_hand_in_names_the_unit_of_the_page() -> None:
    latest = {"text": "nộp ở đâu", "entities": [], "metadata": {"oa_id": OA, "user_id": CITIZEN}}
    office = office_of(Tracker("s", {}, latest, [], False, None, {}, None))
    assert office is not None
    assert (office.name, office.address, office.phone) == ("Công an phường Tây Thạnh", None, None)
    assert office.source.startswith("Dữ liệu gốc của Bản đồ sáp nhập")


@pytest.mark.parametrize(
    "text",
    [
        "tôi nhận tin nhắn báo xe bị phạt nguội, bảo bấm vào link csgt-phatnguoi.com có thật không",
        "toi nhan tin nhan bao xe bi phat nguoi, bao bam vao link csgt-phatnguoi.com co that khong",
        "có số lạ gọi bảo tôi bị phạt nguội, chuyển khoản đi",
        "làm định danh mức 2 có người gọi cho tôi bảo tải app VNeID qua link",
    ],
)
async def test_a_fraud_told_of_in_a_question_about_a_procedure_is_warned_of_first(text: str) -> None:
    said = await heard(ActionAnswerProcedure(), text)
    assert "lừa đảo" in said["text"].splitlines()[0]
    assert "đừng làm theo" in said["text"].splitlines()[0]
    assert said["buttons"][0]["title"] == "Tôi bị lừa mất tiền"
    assert said["buttons"][-1]["payload"] == "tel:113"


@pytest.mark.parametrize(
    "text", ["nộp phạt nguội qua link nào", "phạt nguội nộp ở đâu", "tra phạt nguội trên csgt.vn đúng không"]
)
async def test_a_plain_question_about_fines_warns_of_nothing(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "desk_of", None)  # It is not even asked.
    tracker = Tracker("s", {}, {"text": text, "entities": []}, [], False, None, {}, None)
    assert await news.warned(CollectingDispatcher(), tracker) is False
