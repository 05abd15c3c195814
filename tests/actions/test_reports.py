"""A report through the action server: stored once, told once, whatever is worked twice."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import reports as actions_reports
from actions import session as session_action
from actions.evidence import ActionTakeEvidence
from actions.fallback import ActionNotUnderstood
from actions.privacy import ActionErase
from actions.procedures import ActionGoOn
from actions.report_status import ActionLookUp
from actions.reports import ActionTellPolice
from services import handover, inbox, media, report_drafts, report_history, report_news
from services import report_words as words
from services.clock import utc_now
from services.inbox import NewEvent
from services.media import WantedItem
from tests.actions.report_conversation import OA_ID, Conversation

THEFT = "Tối qua nhà tôi bị trộm mất chiếc xe máy Vision biển số 59X1 123.45 ở hẻm 12 Lê Lợi"


def rows(store: Any, table: str) -> list[Any]:
    """All rows of a table."""
    with store.database.transaction(read_only=True) as session:
        return list(session.execute(sa.text(f"SELECT * FROM {table}")).mappings())


def notices(store: Any) -> list[tuple[str, str]]:
    """What stands in the outbox: to whom, and the text."""
    return [
        (row["citizen_id"], json.loads(store.cipher.open(row["sealed_payload"]))["text"])
        for row in rows(store, "outbound_message")
    ]


async def to_confirmation(talk: Conversation) -> str:
    """Tell of the theft until only the confirmation is missing."""
    await talk.say(THEFT, "to_giac_toi_pham", 0.9)
    await talk.say("không biết")
    return await talk.tap("Giấu tên")


async def test_a_confirmed_report_is_stored_and_its_code_told(report_store: Any) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    assert rows(report_store, "report") == []
    said = await talk.tap("Gửi tin")
    (report,) = rows(report_store, "report")
    assert (report["category"], report["identity"], report["case_state"]) == ("trom_cap", "anonymous", "moi")
    assert report["code"] in said
    assert "Chậm nhất" in said
    assert not talk.telling


async def test_the_confirmation_worked_twice_is_one_report_with_the_same_code(report_store: Any) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    confirmation = talk.tapped("Gửi tin")
    loop = talk.loop
    said = []
    for _ in range(5):
        # The turn was not stored: Rasa stands where it stood, and the same message comes again.
        talk.loop = loop
        said.append(await talk.work(confirmation))
    assert len(set(said)) == 1
    assert len(rows(report_store, "report")) == 1


async def test_send_tapped_again_tells_the_code_and_sends_nothing(report_store: Any) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    send = talk.tapped("Gửi tin")
    await talk.work(send)
    (report,) = rows(report_store, "report")
    for number in range(4):
        again = await talk.work({**send, "message_id": f"again-{number}"})
        assert again == words.ALREADY_SENT.format(code=report["code"])
    assert len(rows(report_store, "report")) == 1


async def test_any_message_worked_twice_gets_the_same_answer_and_changes_nothing(report_store: Any) -> None:
    talk = Conversation()
    for text, intent in ((THEFT, "to_giac_toi_pham"), ("nam, áo đen", "x"), ("ẩn danh", "an_danh")):
        message = talk.message(text, intent, 0.9)
        first = await talk.work(message)
        stored = rows(report_store, "report_draft")
        assert await talk.work(message) == first
        assert len(rows(report_store, "report_draft")) == len(stored) == 1


async def test_danger_tells_the_officers_once_also_when_the_person_leaves(report_store: Any) -> None:
    talk = Conversation()
    message = talk.message("cứu em với nó đang phá cửa", "khan_cap", 0.9)
    said = await talk.work(message)
    assert "Em đã báo cán bộ trực" in said
    assert talk.buttons[0] == "Gọi 113"
    await talk.work(message)
    await talk.say("cứu em với", "khan_cap", 0.95)
    (told,) = notices(report_store)
    assert told[0] == "77"
    assert "cứu em với nó đang phá cửa" in told[1]
    with report_store.database.transaction(read_only=True) as session:
        assert [row[:2] for row in handover.waiting(session, utc_now())] == [(OA_ID, "5")]
    assert rows(report_store, "report") == []


async def test_a_position_sent_after_the_cry_reaches_the_officers(report_store: Any) -> None:
    talk = Conversation()
    await talk.say("cứu em với", "khan_cap", 0.95)
    place = {"vi_tri": {"latitude": 10.79, "longitude": 106.63}}
    await talk.say("[Vị trí]", "gui_vi_tri", 1.0, entities=place, kind="user_send_location")
    assert [to for to, _ in notices(report_store)] == ["77", "77"]
    assert "maps?q=10.790000,106.630000" in notices(report_store)[1][1]


async def test_what_is_none_of_the_reports_is_left_to_the_rules_and_it_goes_on(report_store: Any) -> None:
    talk = Conversation()
    await talk.say(THEFT, "to_giac_toi_pham", 0.9)
    message = talk.message("làm lại căn cước cần giấy tờ gì", "hoi_can_cuoc_cap_lai", 0.8)
    assert await talk.work(message) == "REJECTED"
    # Rasa's rule answers it; then the loop comes again.
    said = await talk.work({**message, "rejected": True})
    assert words.GO_ON in said
    assert talk.telling


async def test_pictures_sent_before_the_report_was_opened_belong_to_it(report_store: Any) -> None:
    now = utc_now()
    with report_store.database.transaction() as session:
        for number, ago in enumerate((5, 30, 120)):
            at = now - timedelta(minutes=ago)
            event = NewEvent(OA_ID, "5", f"pic{number}", "user_send_image", "{}", at)
            inbox.store(session, report_store.cipher, [event], at)
            event_id = media.event_id(session, OA_ID, f"pic{number}")
            assert event_id is not None
            item = WantedItem("image", "http://127.0.0.1/x.jpg")
            media.want(session, report_store.cipher, event_id, OA_ID, "5", [item], at)
    talk = Conversation()
    assert "Em đã kèm 2 ảnh" in await talk.say(THEFT, "to_giac_toi_pham", 0.9)
    await talk.say("không biết")
    await talk.tap("Giấu tên")
    await talk.tap("Gửi tin")
    assert len(rows(report_store, "report_evidence")) == 2


async def test_a_picture_outside_a_report_shows_the_way_to_one(report_store: Any) -> None:
    talk = Conversation()
    picture = talk.message(
        "[Hình ảnh]", "gui_tep", kind="user_send_image", attachments=[{"type": "image", "payload": {}}]
    )
    assert "em đã nhận 1 ảnh" in await talk.work(picture, ActionTakeEvidence())
    assert talk.buttons == ["Báo tin", "Hỏi thủ tục"]
    assert "kể giúp" in await talk.tap("Báo tin")
    assert talk.telling


async def test_a_session_begins_inside_the_report_that_was_left(report_store: Any) -> None:
    talk = Conversation()
    await talk.say(THEFT, "to_giac_toi_pham", 0.9)
    slots = {"session_started_metadata": {"oa_id": OA_ID, "user_id": "5"}}
    tracker = Tracker("s", slots, {}, [], False, None, {}, None)
    events = await session_action.ActionSessionStart().run(CollectingDispatcher(), tracker, {})
    assert [event["event"] for event in events] == ["session_started", "active_loop", "action"]
    other = Tracker(
        "t", {"session_started_metadata": {"oa_id": OA_ID, "user_id": "6"}}, {}, [], False, None, {}, None
    )
    events = await session_action.ActionSessionStart().run(CollectingDispatcher(), other, {})
    assert [event["event"] for event in events] == ["session_started", "action"]


async def test_a_session_begins_while_somebody_else_writes(report_store: Any) -> None:
    slots = {"session_started_metadata": {"oa_id": OA_ID, "user_id": "6"}}
    tracker = Tracker("t", slots, {}, [], False, None, {}, None)
    with report_store.database.transaction():
        started = session_action.ActionSessionStart().run(CollectingDispatcher(), tracker, {})
        events = await asyncio.wait_for(started, 2.0)
    assert [event["event"] for event in events] == ["session_started", "action"]


async def test_dropped_it_is_gone_and_nothing_was_sent(report_store: Any) -> None:
    talk = Conversation()
    await talk.say(THEFT, "to_giac_toi_pham", 0.9)
    await talk.say("thôi")
    assert await talk.tap("Bỏ hẳn tin này") == words.DROPPED.text
    assert rows(report_store, "report_draft") == rows(report_store, "report") == []
    assert not talk.telling


async def test_a_street_light_is_not_stored(report_store: Any) -> None:
    talk = Conversation()
    said = await talk.say("cột đèn tín hiệu ở ngã tư Âu Cơ hỏng rồi", "phan_anh_giao_thong", 0.9)
    assert "1022" in said
    assert rows(report_store, "report_draft") == rows(report_store, "report") == []
    assert not talk.telling


async def test_a_complaint_names_no_unit_and_tells_no_officer_on_duty(report_store: Any) -> None:
    talk = Conversation()
    await talk.say(
        "cán bộ ở công an phường Tân Phú vòi tiền 500 ngàn mới làm giấy hôm qua", "khieu_nai_can_bo", 0.9
    )
    for _ in range(6):
        if "Gửi tin" in talk.buttons:
            break
        await (talk.tap("Giấu tên") if "Giấu tên" in talk.buttons else talk.say("bỏ qua"))
    await talk.tap("Gửi tin")
    (report,) = rows(report_store, "report")
    assert (report["category"], report["unit_id"]) == ("phan_anh_can_bo", None)
    assert notices(report_store) == []


async def test_while_the_database_is_away_nothing_is_lost_and_it_is_said(
    report_store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    send = talk.tapped("Gửi tin")

    def broken(*_: Any, **__: Any) -> None:
        raise actions_reports.StorageError("database: OperationalError")

    with monkeypatch.context() as patch:
        patch.setattr(actions_reports.reports, "submit", broken)
        assert "CHƯA gửi được tin" in await talk.work(send)
    assert talk.telling
    assert rows(report_store, "report") == []
    await talk.work({**send, "message_id": "later"})
    assert len(rows(report_store, "report")) == 1


async def test_a_sentence_torn_between_kinds_of_reports_is_a_report(report_store: Any) -> None:
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.4},
        {"name": "khong_biet", "confidence": 0.34},
        {"name": "to_giac_toi_pham", "confidence": 0.2},
    ]
    talk = Conversation()
    message = {
        **talk.message("Chồng tôi hay đánh tôi mỗi khi say", "nlu_fallback", 0.4),
        "intent_ranking": ranking,
    }
    await talk.work(message, ActionNotUnderstood())
    assert talk.events == [{"event": "followup", "timestamp": None, "name": "action_bao_tin"}]


async def test_a_picture_right_after_sending_is_added_to_that_report(report_store: Any) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    await talk.tap("Gửi tin")
    (report,) = rows(report_store, "report")
    picture = talk.message(
        "[Hình ảnh]", "gui_tep", kind="user_send_image", attachments=[{"type": "image", "payload": {}}]
    )
    assert report["code"] in await talk.work(picture, ActionTakeEvidence())
    assert "Không phải, đây là tin mới" in talk.buttons
    assert len(rows(report_store, "report_evidence")) == 1


async def test_the_button_under_the_code_opens_that_report_without_its_secret(report_store: Any) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    await talk.tap("Gửi tin")
    (report,) = rows(report_store, "report")
    said = await talk.work(talk.tapped("Xem tin đến đâu"), ActionLookUp())
    assert report["code"] in said
    assert "Mới gửi" in said
    await talk.work(talk.tapped("Gửi thêm thông tin"), ActionLookUp())
    more = talk.message("nó có hình xăm ở tay", "cung_cap_thong_tin", 0.5)
    assert report["code"] in await talk.work(more, ActionLookUp())
    (added,) = rows(report_store, "report_message")
    assert report_store.cipher.open(added["sealed_text"]) == "nó có hình xăm ở tay"


async def test_an_officers_question_is_answered_by_the_next_words(report_store: Any) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    await talk.tap("Gửi tin")
    (report,) = rows(report_store, "report")
    now = utc_now()
    with report_store.database.transaction() as session:
        row = report_history.read_row(session, report["id"])
        report_news.tell(session, report_store.cipher, row, "question", "Xe có giấy không?", "officer", now)
    message = talk.message("có, còn giữ cà vẹt", "cung_cap_thong_tin", 0.5)
    assert report["code"] in await talk.work(message, ActionGoOn())
    answers = [row for row in rows(report_store, "report_message") if row["direction"] == "from_citizen"]
    assert [(row["kind"], report_store.cipher.open(row["sealed_text"])) for row in answers] == [
        ("answer", "có, còn giữ cà vẹt")
    ]
    # A new matter is not swallowed: the question is answered, and this is a report of its own.
    await talk.say("hàng xóm hát karaoke ồn quá ở hẻm 3 Lê Lai", "phan_anh_trat_tu_cong_cong", 0.9)
    assert talk.telling


async def test_deleting_is_asked_first_and_gives_a_receipt(
    report_store: Any,
) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    asked = await talk.work(talk.message("xóa dữ liệu của tôi", "xoa_du_lieu", 0.9), ActionErase())
    assert "không lấy lại được" in asked
    assert len(rows(report_store, "report_draft")) == 1
    receipt = await talk.work(talk.tapped("Xóa dữ liệu của tôi"), ActionErase())
    assert "Biên nhận xóa dữ liệu XD-" in receipt
    assert "tin báo đang viết dở" in receipt
    assert rows(report_store, "report_draft") == []


async def test_a_draft_that_cannot_be_read_any_more_keeps_nobody_from_reporting(report_store: Any) -> None:
    with report_store.database.transaction() as session:
        report_drafts.save(session, report_store.cipher, OA_ID, "5", {"stage": "of another age"}, utc_now())
    talk = Conversation()
    assert "mất trộm" in await talk.say(THEFT, "to_giac_toi_pham", 0.9)


async def test_a_kind_that_the_content_knows_no_more_is_found_anew(report_store: Any) -> None:
    talk = Conversation()
    await talk.say(THEFT, "to_giac_toi_pham", 0.9)
    with report_store.database.transaction() as session:
        stored = report_drafts.load(session, report_store.cipher, OA_ID, "5", utc_now())
        assert stored is not None
        body = {**stored.body, "category": "loai_da_bo", "pending": "cau_da_bo"}
        report_drafts.save(session, report_store.cipher, OA_ID, "5", body, utc_now())
    await talk.say("nó bẻ khóa cổng rồi dắt xe đi lúc khuya", "to_giac_toi_pham", 0.9)
    with report_store.database.transaction(read_only=True) as session:
        stored = report_drafts.load(session, report_store.cipher, OA_ID, "5", utc_now())
    assert stored is not None
    assert stored.body["category"] == "trom_cap"
    assert THEFT in stored.body["story"]


async def test_contact_details_sent_through_zalo_fill_name_and_phone(report_store: Any) -> None:
    talk = Conversation()
    await talk.say(THEFT, "to_giac_toi_pham", 0.9)
    await talk.say("không biết")
    await talk.tap("Để lại tên")
    contact = {"name": "Nguyễn Văn An", "phone": "84912345678", "address": "12 Lê Lợi", "city": "TP.HCM"}
    said = await talk.say("[Thông tin liên hệ]", "cung_cap_thong_tin", 1.0, contact=contact)
    assert "Để lại tên (Nguyễn Văn An, 0912345678, 12 Lê Lợi, TP.HCM)" in said


async def test_danger_leaves_the_look_up_at_once(report_store: Any) -> None:
    talk = Conversation()
    assert "mã tin và mã riêng" in await talk.work(
        talk.message("tra cứu", "tra_cuu_tien_do", 0.9), ActionLookUp()
    )
    assert talk.loop == "action_tra_cuu"
    await talk.work(talk.message("cứu em với nó đang phá cửa", "khan_cap", 0.9), ActionLookUp())
    assert [event["name"] for event in talk.events if event["event"] != "slot"] == [None, "action_bao_tin"]


async def test_a_question_about_papers_is_answered_during_the_look_up_and_it_goes_on(
    report_store: Any,
) -> None:
    talk = Conversation()
    await talk.work(talk.message("tra cứu", "tra_cuu_tien_do", 0.9), ActionLookUp())
    question = talk.message("đăng ký tạm trú cần giấy tờ gì", "hoi_dang_ky_tam_tru", 0.9)
    assert await talk.work(question, ActionLookUp()) == "REJECTED"
    assert "mã tin và mã riêng" in await talk.work({**question, "rejected": True}, ActionLookUp())


REPORT_TABLES = (
    "report", "report_fact", "report_evidence", "report_mark", "report_event", "report_message",
    "report_turn", "report_link", "report_draft", "audit_entry", "code_attempt", "outbound_message",
)  # fmt: skip


def record(store: Any) -> dict[str, list[Any]]:
    """All that is stored about reports."""
    return {table: rows(store, table) for table in REPORT_TABLES}


async def asked_about_two_reports(store: Any, talk: Conversation) -> list[str]:
    """Send two reports about each of which an officer then asks; give their codes."""
    for _ in range(2):
        await to_confirmation(talk)
        await talk.tap("Gửi tin")
    reports = rows(store, "report")
    for report in reports:
        with store.database.transaction() as session:
            row = report_history.read_row(session, report["id"])
            report_news.tell(
                session, store.cipher, row, "question", "Xe có giấy không?", "officer", utc_now()
            )
    return [str(report["code"]) for report in reports]


PICTURE = {"kind": "user_send_image", "attachments": [{"type": "image", "payload": {}}]}


@pytest.mark.parametrize(
    ("action", "text", "intent", "more"),
    [
        (ActionGoOn, "có, còn giữ cà vẹt", "cung_cap_thong_tin", {}),
        (ActionNotUnderstood, "có, còn giữ cà vẹt", "nlu_fallback", {}),
        (ActionTakeEvidence, "[Hình ảnh]", "gui_tep", PICTURE),
        (ActionTellPolice, "xe đó bị trộm lúc 9 giờ tối", "to_giac_toi_pham", {}),
    ],
    ids=["go-on", "fallback", "picture", "telling"],
)
async def test_an_answer_whose_turn_broke_is_worked_again_and_stands_once(
    report_store: Any, action: Any, text: str, intent: str, more: dict[str, Any]
) -> None:
    talk = Conversation()
    # The second question must not get the answer to the first one, too.
    first, second = await asked_about_two_reports(report_store, talk)
    message, loop = talk.message(text, intent, 0.5, **more), talk.loop
    said = await talk.work(message, action())
    assert first in said
    assert second not in said
    once = record(report_store)
    for _ in range(3):
        talk.loop = loop
        assert await talk.work(message, action()) == said
        assert record(report_store) == once


async def test_words_added_by_code_whose_turn_broke_stand_once(report_store: Any) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    await talk.tap("Gửi tin")
    await talk.work(talk.tapped("Gửi thêm thông tin"), ActionLookUp())
    steps = [
        talk.message("nó có hình xăm ở tay", "cung_cap_thong_tin", 0.5),
        talk.message("[Hình ảnh]", "gui_tep", **PICTURE),
    ]
    for message in steps:
        loop, slots = talk.loop, dict(talk.slots)
        said = await talk.work(message, ActionLookUp())
        after, once = dict(talk.slots), record(report_store)
        for _ in range(3):
            talk.loop, talk.slots = loop, dict(slots)
            assert await talk.work(message, ActionLookUp()) == said
            assert record(report_store) == once
            assert set(talk.slots) == set(after)
    kinds = [row["kind"] for row in rows(report_store, "report_event")]
    assert kinds == ["received", "addition", "addition"]


@pytest.mark.parametrize("wish", ["Rút tin này", "Chưa xong, xem lại giúp"])
async def test_withdrawing_and_not_done_worked_again_change_the_state_once(
    report_store: Any, wish: str
) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    await talk.tap("Gửi tin")
    (report,) = rows(report_store, "report")
    if wish != "Rút tin này":
        with report_store.database.transaction() as session:
            row = report_history.read_row(session, report["id"])
            report_history.move(session, row, "da_giai_quyet", "state", "officer", utc_now())
    look = talk.tapped("Xem tin đến đâu")
    await talk.work(look, ActionLookUp())
    await talk.work(talk.tapped(wish), ActionLookUp())
    if wish == "Rút tin này":
        message = talk.tapped("Rút tin")
    else:
        message = talk.message("xe vẫn chưa thấy", "cung_cap_thong_tin", 0.5)
    loop, slots = talk.loop, dict(talk.slots)
    said = await talk.work(message, ActionLookUp())
    assert report["code"] in said
    once = record(report_store)
    assert once["report"][0]["case_state"] == ("da_rut" if wish == "Rút tin này" else "dang_xu_ly")
    for _ in range(3):
        talk.loop, talk.slots = loop, dict(slots)
        assert await talk.work(message, ActionLookUp()) == said
        assert record(report_store) == once


@pytest.mark.parametrize("text", ["công an tới chưa", "xử lý tới đâu rồi", "có ai tới chưa em"])
async def test_who_asks_after_a_report_just_sent_begins_no_complaint(report_store: Any, text: str) -> None:
    talk = Conversation()
    await to_confirmation(talk)
    await talk.tap("Gửi tin")
    assert await talk.say(text, "khieu_nai_can_bo", 0.6) == words.SENT_A_MOMENT_AGO.text
    assert not talk.telling
    assert len(rows(report_store, "report")) == 1
    await talk.tap("Tôi báo việc khác")
    assert talk.telling
