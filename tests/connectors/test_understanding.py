"""What an event means: a citizen's text is never a command, and pictures and places need no guessing."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.channels.channel import UserMessage

from connectors.zalo.events import Attachment, ZaloEvent
from connectors.zalo.understanding import MAX_TEXT, clean, interpret, metadata, parse_data

AT = datetime(2026, 11, 21, tzinfo=timezone.utc)


def event(text: str = "", *attachments: Attachment, kind: str = "user_send_text") -> ZaloEvent:
    return ZaloEvent(kind, "app", "oa", "lan", "m1", text, attachments, None, None, False, AT)


def known(text: str, intent: str, *entities: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    parsed = {
        "text": text,
        "intent": {"name": intent, "confidence": 1.0},
        "intent_ranking": [{"name": intent, "confidence": 1.0}],
        "entities": list(entities),
    }
    return text, parsed


def entity(name: str, value: Any) -> dict[str, Any]:
    return {
        "entity": name, "value": value, "start": 0, "end": 0, "confidence_entity": 1.0, "extractor": "choice",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("Mất xe rồi", "Mất xe rồi"),
        ("  Mất\txe \n", "Mất\txe"),
        (unicodedata.normalize("NFD", "Mất xe ở ngõ"), "Mất xe ở ngõ"),
        ("\u200bMất\u200d xe\ufeff", "Mất xe"),
        ("M\u00adất\u202e xe\x00\r\n", "Mất xe"),
        ("🙂", "🙂"),
        ("1/2 lượng", "1/2 lượng"),
        ("/ở đâu vậy", "ở đâu vậy"),
        ("x" * (MAX_TEXT + 5), "x" * MAX_TEXT),
    ],
)
def test_plain_text_goes_to_the_language_model(typed: str, text: str) -> None:
    assert interpret(event(typed), None) == (text, None)


@pytest.mark.parametrize(
    "typed",
    [
        "/restart", "/chao_hoi", '/hoi_le_phi{"thu_tuc": "x"}', "//restart", "/ restart", '/a{"b":\n"c"}',
        "  /restart  ",
    ],
)  # fmt: skip
def test_a_typed_command_is_a_text_that_nobody_understands(typed: str) -> None:
    text, parsed = interpret(event(typed), None)
    assert parsed == parse_data(text, "nlu_fallback", {})
    assert not text.startswith("/")


@pytest.mark.parametrize(
    "typed",
    [
        "/ /restart", "/\n/restart", "\u200b/restart", "/\u200b/ \u2060/restart", "/\u00a0/restart",
        "\x1f/restart", "/ / /chao_hoi", "/\u2028/restart", "/restart@now", "\ufeff/ /restart",
    ],
)  # fmt: skip
def test_no_trick_makes_a_command_of_a_text(typed: str) -> None:
    text, _ = interpret(event(typed), None)
    assert not UserMessage(text).text.startswith("/")


SLASHED = st.lists(st.sampled_from("/ \t\n\u200b\u00a0\u2028\x1c\x85\ufeff\u0338a{}"), max_size=10).map(
    "".join
)


@given(SLASHED)
def test_no_text_at_all_reaches_rasa_as_a_command(typed: str) -> None:
    text, parsed = interpret(event(typed), None)
    assert text
    assert not UserMessage(text).text.startswith("/")
    assert UserMessage(text).text or parsed is not None
    assert clean(clean(typed)) == clean(typed)


@pytest.mark.parametrize("typed", ["", "   ", "\u200b", "/", "///", "/ / /"])
def test_a_message_without_words_is_not_understood_and_not_empty(typed: str) -> None:
    assert interpret(event(typed), None) == known("…", "nlu_fallback")


def test_a_tap_means_exactly_what_was_offered() -> None:
    command = {"intent": "hoi_tiep", "entities": {"khia_canh": "le_phi", "thu_tuc": "doi_the_can_cuoc"}}
    assert interpret(event("Lệ phí bao nhiêu?"), command) == known(
        "Lệ phí bao nhiêu?", "hoi_tiep", entity("khia_canh", "le_phi"), entity("thu_tuc", "doi_the_can_cuoc")
    )


@pytest.mark.parametrize(
    ("kind", "shown", "intent"),
    [
        ("follow", "[Quan tâm]", "chao_hoi"),
        ("user_click_chatnow", "[Mở trò chuyện]", "chao_hoi"),
        ("user_submit_info", "[Thông tin liên hệ]", "cung_cap_thong_tin"),
    ],
)
def test_events_without_words_have_a_known_meaning(kind: str, shown: str, intent: str) -> None:
    assert interpret(event(kind=kind), None) == known(shown, intent)


@pytest.mark.parametrize(
    ("kind", "shown", "intent"),
    [
        ("image", "[Hình ảnh]", "gui_tep"),
        ("photo", "[Hình ảnh]", "gui_tep"),
        ("gif", "[Ảnh động]", "gui_tep"),
        ("video", "[Đoạn phim]", "gui_tep"),
        ("audio", "[Tin nhắn thoại]", "gui_tep"),
        ("file", "[Tệp]", "gui_tep"),
        ("link", "[Liên kết]", "gui_tep"),
        ("hologram", "[Tệp]", "gui_tep"),
        ("sticker", "[Nhãn dán]", "gui_nhan_dan"),
    ],
)
def test_media_have_intents_of_their_own(kind: str, shown: str, intent: str) -> None:
    assert interpret(event("", Attachment(kind, {})), None) == known(shown, intent)


def test_a_caption_stays_with_its_picture_and_is_no_command() -> None:
    assert interpret(event("/restart\nnày", Attachment("image", {})), None) == known(
        "[Hình ảnh] restart này", "gui_tep"
    )


@pytest.mark.parametrize(
    ("coordinates", "place"),
    [
        (
            {"latitude": "21.028511", "longitude": "105.804817"},
            {"latitude": 21.028511, "longitude": 105.804817},
        ),
        ({"latitude": 21, "longitude": 105.5}, {"latitude": 21.0, "longitude": 105.5}),
        ({"latitude": "21.0"}, None),
        ({"latitude": "x", "longitude": "105"}, None),
        ({"latitude": "nan", "longitude": "105"}, None),
        ({"latitude": "inf", "longitude": "105"}, None),
        ({"latitude": "21", "longitude": "181"}, None),
        ({"latitude": "91", "longitude": "105"}, None),
        ({"latitude": 10**400, "longitude": 105}, None),
        ({"latitude": [21], "longitude": None}, None),
        ([21, 105], None),
        (None, None),
    ],
)
def test_a_place_is_taken_only_when_it_is_on_earth(coordinates: Any, place: Any) -> None:
    sent = event("", Attachment("location", {"coordinates": coordinates}))
    entities = [entity("vi_tri", place)] if place else []
    assert interpret(sent, None) == known("[Vị trí]", "gui_vi_tri", *entities)


def test_later_steps_get_what_belongs_to_the_event() -> None:
    sent = event("x", Attachment("image", {"url": "https://a"}), kind="user_send_image")
    assert metadata(sent) == {
        "oa_id": "oa",
        "user_id": "lan",
        "kind": "user_send_image",
        "sent_at": "2026-11-21T00:00:00+00:00",
        "quoted_id": None,
        "contact": None,
        "attachments": [{"type": "image", "payload": {"url": "https://a"}}],
    }


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("call the police please they are beating him", "khan_cap"),
        ("Help me! someone is following me with a knife", "khan_cap"),
        ("someone stole my motorbike yesterday near Ben Thanh market", "to_giac_toi_pham"),
        ("I was robbed last night, what can I do", "to_giac_toi_pham"),
    ],
)
def test_a_cry_and_a_crime_in_english_are_known_without_the_model(typed: str, intent: str) -> None:
    assert interpret(event(typed), None) == known(typed, intent)


@pytest.mark.parametrize(
    "typed", ["where can I renew my visa", "thẻ visa của tôi", "hello, help", "mất thẻ ATM"]
)
def test_other_english_words_go_to_the_language_model(typed: str) -> None:
    assert interpret(event(typed), None) == (typed, None)
