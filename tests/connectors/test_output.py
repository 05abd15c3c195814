"""Rasa's messages as Zalo messages, collected for the turn that made them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from connectors.turn import Turn, current_turn
from connectors.zalo.output import MORE, ZaloOutput, button_replies, text_replies
from services.inbox import ClaimedEvent
from services.outbox import Reply

AT = datetime(2026, 11, 21, tzinfo=timezone.utc)


@pytest.fixture
def turn() -> Iterator[Turn]:
    event = ClaimedEvent(1, "oa", "lan", "m1", "user_send_text", "{}", 1, AT, AT)
    made = Turn(event=event, worker="w1", conversation_id="zalo-oa-lan")
    token = current_turn.set(made)
    yield made
    current_turn.reset(token)


def with_buttons(text: str, *buttons: dict[str, Any]) -> Reply:
    return Reply(
        "text",
        {"text": text, "attachment": {"type": "template", "payload": {"buttons": list(buttons)}}},
    )


def query(title: str, say: str = "") -> dict[str, Any]:
    return {"title": title, "type": "oa.query.show", "payload": say or title}


async def test_a_text_is_collected_and_not_sent(turn: Turn) -> None:
    await ZaloOutput().send_response("zalo-oa-lan", {"text": "**Chào** bà con\n\nHẹn gặp lại"})
    assert turn.replies == [Reply("text", {"text": "Chào bà con\n\nHẹn gặp lại"})]


async def test_a_long_text_becomes_several_messages(turn: Turn) -> None:
    await ZaloOutput().send_text_message("zalo-oa-lan", "một hai ba. " * 300)
    assert [len(reply.payload["text"]) <= 2000 for reply in turn.replies] == [True, True]


async def test_choices_are_remembered_under_the_sentence_that_a_tap_says(turn: Turn) -> None:
    await ZaloOutput().send_response(
        "zalo-oa-lan",
        {
            "text": "Anh/chị hỏi về mục nào?",
            "buttons": [
                {
                    "title": "Lệ phí",
                    "payload": '/hoi_tiep{"khia_canh": "le_phi"}',
                    "say": "Lệ phí bao nhiêu?",
                },
                {"title": "Nơi nộp", "payload": "/hoi_noi_nop"},
            ],
        },
    )
    assert turn.replies == [
        with_buttons("Anh/chị hỏi về mục nào?", query("Lệ phí", "Lệ phí bao nhiêu?"), query("Nơi nộp"))
    ]
    assert turn.offers == {
        "Lệ phí bao nhiêu?": {"intent": "hoi_tiep", "entities": {"khia_canh": "le_phi"}},
        "Nơi nộp": {"intent": "hoi_noi_nop", "entities": {}},
    }


@pytest.mark.parametrize(
    ("button", "drawn"),
    [
        (
            {"title": "Mở trang", "payload": "https://dichvucong.gov.vn"},
            {"title": "Mở trang", "type": "oa.open.url", "payload": {"url": "https://dichvucong.gov.vn"}},
        ),
        (
            {"title": "Gọi 113", "payload": "tel:113"},
            {"title": "Gọi 113", "type": "oa.open.phone", "payload": {"phone_code": "113"}},
        ),
        (
            {"title": "Gọi trực ban", "payload": "tel:+84 24 0000-0000"},
            {"title": "Gọi trực ban", "type": "oa.open.phone", "payload": {"phone_code": "842400000000"}},
        ),
        (
            {"title": "Nhắn tin", "payload": "sms:024 0000 0000?HO TRO"},
            {
                "title": "Nhắn tin",
                "type": "oa.open.sms",
                "payload": {"content": "HO TRO", "phone_code": "02400000000"},
            },
        ),
        (
            {"title": "Nhắn tin", "payload": "sms:113"},
            {"title": "Nhắn tin", "type": "oa.open.sms", "payload": {"content": "", "phone_code": "113"}},
        ),
        ({"title": "Tạm trú", "payload": "đăng ký **tạm trú**"}, query("Tạm trú", "đăng ký tạm trú")),
        ({"title": "Tạm trú"}, query("Tạm trú")),
        ({"title": "Tạm trú", "payload": "dài " * 400}, query("Tạm trú", ("dài " * 400)[:1000].strip())),
    ],
    ids=["url", "short number", "written number", "sms", "sms without text", "said", "no payload", "long"],
)
def test_the_payload_decides_what_a_button_does(button: dict[str, Any], drawn: dict[str, Any]) -> None:
    assert button_replies("Chọn", [button]) == ([with_buttons("Chọn", drawn)], {})


def test_more_than_five_choices_go_on_in_further_messages() -> None:
    buttons = [{"title": f"Mục {n}", "payload": f"/muc_{n}"} for n in range(12)]
    replies, offers = button_replies("Chọn", buttons)
    drawn = [query(f"Mục {n}") for n in range(12)]
    assert replies == [
        with_buttons("Chọn", *drawn[:5]),
        with_buttons(MORE, *drawn[5:10]),
        with_buttons(MORE, *drawn[10:]),
    ]
    assert offers == {f"Mục {n}": {"intent": f"muc_{n}", "entities": {}} for n in range(12)}


def test_buttons_stand_under_the_last_part_of_a_long_text() -> None:
    replies, _ = button_replies("một hai ba. " * 300, [{"title": "Tiếp", "payload": "/tiep"}])
    assert ["attachment" in reply.payload for reply in replies] == [False, True]


@pytest.mark.parametrize("text", ["", "  "])
def test_buttons_without_a_text_get_one_because_zalo_wants_it(text: str) -> None:
    replies, _ = button_replies(text, [{"title": "Tiếp", "payload": "/tiep"}])
    assert replies == [with_buttons(MORE, query("Tiếp"))]


def test_a_long_title_is_cut_and_still_understood_when_tapped() -> None:
    title = "Đăng ký tạm trú cho người thuê nhà trọ " * 4
    replies, offers = button_replies("Chọn", [{"title": title, "payload": "/tam_tru"}])
    [button] = replies[0].payload["attachment"]["payload"]["buttons"]
    assert len(button["title"]) <= 100
    assert offers == {button["payload"]: {"intent": "tam_tru", "entities": {}}}


async def test_pictures_files_and_zalos_own_objects(turn: Turn) -> None:
    output = ZaloOutput()
    await output.send_response("x", {"image": "https://x.example/so-do.png"})
    await output.send_response("x", {"attachment": "https://x.example/don.pdf"})
    await output.send_response("x", {"custom": {"attachment": {"type": "file", "payload": {"token": "t"}}}})
    element = {"media_type": "image", "url": "https://x.example/so-do.png"}
    assert turn.replies == [
        Reply(
            "image",
            {
                "attachment": {
                    "type": "template",
                    "payload": {"template_type": "media", "elements": [element]},
                }
            },
        ),
        Reply("text", {"text": "https://x.example/don.pdf"}),
        Reply("custom", {"attachment": {"type": "file", "payload": {"token": "t"}}}),
    ]


async def test_outside_a_turn_the_channel_says_nothing_at_all() -> None:
    with pytest.raises(RuntimeError, match="only inside a turn"):
        await ZaloOutput().send_text_message("zalo-oa-lan", "Chào")


def test_an_empty_answer_is_no_message() -> None:
    assert text_replies("") == []
