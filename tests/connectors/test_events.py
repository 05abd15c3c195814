"""Zalo's JSON as events: every kind has a decision, every wrong body a reason without its words."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.zalo import events
from connectors.zalo.events import DECISIONS, Attachment, Decision, MalformedEvent, ZaloEvent, parse

APP, OA, USER = "1234567890123456789", "9990001112223334445", "5550001112223334445"
STAMP = "1763700000123"
SENT_AT = datetime(2025, 11, 21, 4, 40, 0, 123000, tzinfo=timezone.utc)
ANSWERED = [
    "user_send_text", "user_send_image", "user_send_gif", "user_send_link", "user_send_audio",
    "user_send_video", "user_send_sticker", "user_send_location", "user_send_file",
    "user_send_business_card", "user_submit_info", "user_click_chatnow", "follow",
]  # fmt: skip
NOTED = [
    "user_withdraw", "anonymous_send_text", "anonymous_send_image", "anonymous_send_file",
    "anonymous_send_sticker",
]  # fmt: skip
PASSED = [
    "unfollow", "user_received_message", "user_seen_message", "user_reacted_message", "oa_reacted_message",
    "oa_send_text", "oa_send_image", "oa_send_gif", "oa_send_list", "oa_send_file", "oa_send_sticker",
    "oa_send_template", "oa_send_anonymous_text", "add_user_to_tag", "remove_user_from_tag",
    "update_user_info", "user_call_oa", "oa_call_user", "user_send_group_text", "create_group",
    "shop_has_order", "something_new",
]  # fmt: skip
TABLE = {
    **dict.fromkeys(ANSWERED, Decision.DIALOGUE),
    **dict.fromkeys(NOTED, Decision.NOTE),
    **dict.fromkeys(PASSED, Decision.PASS),
}


def message(kind: str = "user_send_text", **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "app_id": APP,
        "sender": {"id": USER},
        "recipient": {"id": OA},
        "event_name": kind,
        "message": {"text": "Mất xe", "msg_id": "a1b2"},
        "timestamp": STAMP,
    }
    event.update(changes)
    return {name: value for name, value in event.items() if value is not None}


def read(event: dict[str, Any], *oa_ids: str) -> ZaloEvent:
    return parse(event, APP, oa_ids or (OA,))


def test_a_text_message() -> None:
    given_event = message(message={"text": "Mất xe", "msg_id": "a1b2", "quote_msg_id": "0f9e"})
    assert read(given_event) == ZaloEvent(
        kind="user_send_text",
        app_id=APP,
        oa_id=OA,
        user_id=USER,
        message_id="a1b2",
        text="Mất xe",
        attachments=(),
        quoted_id="0f9e",
        admin_id=None,
        from_oa=False,
        sent_at=SENT_AT,
        contact=None,
    )


@pytest.mark.parametrize(("kind", "decision"), TABLE.items())
def test_every_kind_has_its_decision(kind: str, decision: Decision) -> None:
    assert read(message(kind)).decision is decision


def test_the_table_holds_no_kind_that_this_test_does_not_know() -> None:
    assert sorted(DECISIONS) == sorted(ANSWERED + NOTED)


@pytest.mark.parametrize(
    ("sender", "decision"),
    [
        ({"id": OA, "admin_id": "333"}, Decision.NOTE),
        ({"id": OA}, Decision.PASS),
        ({"id": OA, "admin_id": ""}, Decision.PASS),
        ({"id": OA, "admin_id": {"x": 1}}, Decision.PASS),
        ({"id": USER, "admin_id": "333"}, Decision.PASS),
    ],
    ids=["an officer", "our own echo", "an empty admin", "a strange admin", "a citizen"],
)
def test_only_an_officers_message_is_noted_and_never_our_own_echo(
    sender: dict[str, Any], decision: Decision
) -> None:
    recipient = {"id": OA if sender["id"] == USER else USER}
    assert read(message("oa_send_text", sender=sender, recipient=recipient)).decision is decision


def test_ids_and_the_timestamp_may_be_numbers() -> None:
    numbers = message(
        app_id=int(APP),
        sender={"id": int(USER)},
        recipient={"id": int(OA)},
        message={"text": "Mất xe", "msg_id": 77},
        timestamp=int(STAMP),
    )
    event = read(json.loads(json.dumps(numbers)))
    assert (event.user_id, event.oa_id, event.message_id, event.sent_at) == (USER, OA, "77", SENT_AT)


@pytest.mark.parametrize(
    ("sender", "recipient"), [(OA, USER), (USER, OA)], ids=["from the OA", "from the user"]
)
def test_receipts_are_understood_in_both_directions(sender: str, recipient: str) -> None:
    receipt = message(
        "user_seen_message",
        sender={"id": sender},
        recipient={"id": recipient},
        message={"msg_ids": ["d4e5"]},
    )
    event = read(receipt)
    assert (event.oa_id, event.user_id, event.from_oa, event.message_id) == (OA, USER, sender == OA, None)


def test_an_officers_message_carries_who_wrote_it() -> None:
    written = message("oa_send_text", sender={"id": OA, "admin_id": "333"}, recipient={"id": USER})
    event = read(written)
    assert (event.admin_id, event.from_oa, event.user_id) == ("333", True, USER)


@pytest.mark.parametrize(
    "person", [{"follower": {"id": USER}}, {"user_id": USER}], ids=["follower", "user_id"]
)
def test_management_events_name_the_citizen_in_two_ways(person: dict[str, Any]) -> None:
    follow = message("follow", sender=None, recipient=None, message=None, oa_id=OA, **person)
    event = read(follow)
    expected = "event-" + hashlib.sha256(f"follow|{USER}|{STAMP}".encode()).hexdigest()
    assert (event.user_id, event.oa_id, event.message_id, event.key) == (USER, OA, None, expected)


def test_the_key_of_a_message_is_its_id() -> None:
    assert read(message()).key == "a1b2"


def test_an_event_belongs_to_one_of_several_accounts() -> None:
    other = message(recipient={"id": "222"})
    assert read(other, OA, "222").oa_id == "222"
    with pytest.raises(MalformedEvent, match="not configured"):
        read(other, OA)


@pytest.mark.parametrize(
    ("attachments", "kept"),
    [
        ([{"type": "image", "payload": {"url": "https://a"}}], (Attachment("image", {"url": "https://a"}),)),
        ([], ()),
        (None, ()),
        ("image", ()),
        ({"type": "image"}, ()),
        ([None, 5, "x", {"type": "image"}, {"payload": {}}, {"type": 1, "payload": {}}], ()),
        ([{"type": "file", "payload": {}}] * 30, (Attachment("file", {}),) * 20),
    ],
    ids=["one", "none", "null", "text", "an object", "nothing usable", "too many"],
)
def test_attachments_are_taken_as_far_as_they_make_sense(attachments: Any, kept: Any) -> None:
    event = read(message("user_send_image", message={"msg_id": "a1", "attachments": attachments}))
    assert event.attachments == kept


@pytest.mark.parametrize(
    ("info", "contact"), [({"phone": "849"}, {"phone": "849"}), (None, None), ("849", None), ([1], None)]
)
def test_contact_details_are_taken_when_they_are_an_object(info: Any, contact: Any) -> None:
    assert read(message("user_submit_info", message=None, info=info)).contact == contact


@pytest.mark.parametrize("text", [None, 5, ["x"], {"a": 1}, True])
def test_a_text_that_is_no_text_is_empty(text: Any) -> None:
    assert read(message(message={"text": text, "msg_id": "a1"})).text == ""


def test_half_an_emoji_becomes_a_question_mark() -> None:
    body = json.dumps(message(message={"text": "cứu \ud83d với", "msg_id": "a1"})).encode()
    assert read(events.load_object(body)).text == "cứu ? với"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event_name": None}, "no event_name"),
        ({"event_name": ""}, "no event_name"),
        ({"event_name": 5}, "no event_name"),
        ({"event_name": "x" * 65}, "no event_name"),
        ({"event_name": "tin_nhắn"}, "no event_name"),
        ({"app_id": None}, "no usable app_id"),
        ({"app_id": "42"}, "another app's event"),
        ({"app_id": True}, "no usable app_id"),
        ({"sender": None}, "no usable oa_id"),
        ({"sender": "Lan"}, "no usable oa_id"),
        ({"sender": {"id": ""}}, "no usable oa_id"),
        ({"sender": {"id": "x" * 65}}, "no usable oa_id"),
        ({"sender": {"id": "a\nb"}}, "no usable oa_id"),
        ({"sender": {"id": ["a"]}}, "no usable oa_id"),
        ({"recipient": {}}, "no usable oa_id"),
        ({"recipient": {"id": "111"}}, "an OA that is not configured"),
        ({"message": None}, "a message without msg_id"),
        ({"message": "Mất xe"}, "a message without msg_id"),
        ({"message": {"text": "Mất xe"}}, "a message without msg_id"),
        ({"message": {"text": "Mất xe", "msg_id": False}}, "a message without msg_id"),
        ({"timestamp": None}, "no usable timestamp"),
        ({"timestamp": "hôm nay"}, "no usable timestamp"),
        ({"timestamp": "today"}, "a timestamp that is no moment"),
        ({"timestamp": 1.5}, "no usable timestamp"),
        ({"timestamp": "9" * 60}, "a timestamp that is no moment"),
        ({"timestamp": "-" + "9" * 20}, "a timestamp that is no moment"),
    ],
)
def test_a_wrong_event_has_a_reason_without_its_words(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedEvent) as error:
        read(message(**changes))
    assert str(error.value) == reason


def test_a_management_event_without_a_citizen_is_refused() -> None:
    with pytest.raises(MalformedEvent, match="no usable user_id"):
        read(message("follow", sender=None, recipient=None, message=None, oa_id=OA))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"Chao", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"[1]", "a JSON list, not an object"),
        (b'"x"', "a JSON str, not an object"),
        (b"null", "a JSON NoneType, not an object"),
        (b"1", "a JSON int, not an object"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 100_000, "not JSON"),
        (b'{"a":1', "not JSON"),
    ],
)
def test_a_body_that_is_no_object(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedEvent) as error:
        events.load_object(body)
    assert str(error.value) == reason


@pytest.mark.parametrize(
    ("age", "fresh"),
    [
        (timedelta(0), True),
        (timedelta(hours=2), True),
        (timedelta(hours=24), True),
        (timedelta(hours=24, seconds=1), False),
        (timedelta(minutes=-10), True),
        (timedelta(minutes=-10, seconds=-1), False),
    ],
)
def test_repeats_of_two_hours_are_fresh_and_yesterday_is_not(age: timedelta, fresh: bool) -> None:
    assert events.is_fresh(read(message()), SENT_AT + age) is fresh


# Drawn from few characters: to load all of Unicode takes longer than all these tests.
TEXT = st.lists(st.sampled_from('ab1 \n\x00"\\/{}đỗ\u0323\u200b\ufeff🙂\ud83d\udc00'), max_size=12).map(
    "".join
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
MUTATED = st.fixed_dictionaries(
    {},
    optional={
        "app_id": st.just(APP) | JSON,
        "sender": st.fixed_dictionaries({"id": st.just(USER) | JSON}) | JSON,
        "recipient": st.fixed_dictionaries({"id": st.just(OA) | JSON}) | JSON,
        "event_name": st.sampled_from(list(TABLE)) | JSON,
        "message": st.fixed_dictionaries(
            {"msg_id": st.just("a1") | JSON}, optional={"text": TEXT | JSON, "attachments": JSON}
        )
        | JSON,
        "timestamp": st.just(STAMP) | JSON,
        "oa_id": st.just(OA) | JSON,
        "follower": st.fixed_dictionaries({"id": st.just(USER) | JSON}) | JSON,
        "user_id": JSON,
    },
)


@given(MUTATED)
def test_any_object_is_an_event_or_malformed(event: dict[str, Any]) -> None:
    try:
        found = read(json.loads(json.dumps(event)))
    except MalformedEvent as error:
        assert 0 < len(str(error)) < 60
        return
    assert (found.app_id, found.oa_id) == (APP, OA)
    assert 0 < len(found.user_id) <= 64
    assert 0 < len(found.key) <= 128
    found.text.encode("utf-8")


@given(st.binary(max_size=60) | JSON.map(json.dumps).map(str.encode))
def test_any_bytes_are_an_object_or_malformed(body: bytes) -> None:
    try:
        assert isinstance(events.load_object(body), dict)
    except MalformedEvent:
        pass
