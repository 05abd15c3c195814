"""A matter of another agency: the citizen hears who deals with it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.content import CONTENT
from actions.out_of_scope import NOT_OURS, ActionOutOfScope


async def heard(text: str) -> dict[str, Any]:
    dispatcher = CollectingDispatcher()
    tracker = Tracker("s", {}, {"text": text, "entities": []}, [], False, None, {}, None)
    await ActionOutOfScope().run(dispatcher, tracker, {})
    return dispatcher.messages[0]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("làm khai sinh cho con ở đâu", "Ủy ban nhân dân xã, phường"),
        ("lam so do o dau", "Văn phòng đăng ký đất đai"),
        ("xin giấy xác nhận độc thân", "hộ tịch"),
        ("rút bảo hiểm xã hội một lần", "Bảo hiểm xã hội"),
        ("quyet toan thue thu nhap", "cơ quan thuế"),
        ("ly dị thì nộp đơn chỗ nào", "Tòa án nhân dân"),
        ("xe tôi hết hạn đăng kiểm", "đăng kiểm"),
        ("giấy gọi khám nghĩa vụ quân sự", "Ban Chỉ huy quân sự"),
    ],
)
async def test_other_agencies_are_named(text: str, where: str) -> None:
    message = await heard(text)
    assert where in message["text"]
    assert "Cổng Dịch vụ công" in [button["title"] for button in message["buttons"]]


async def test_what_is_nobodys_matter_gets_the_menu() -> None:
    message = await heard("hôm nay trời đẹp ghê")
    assert message["text"] == NOT_OURS
    assert [button["title"] for button in message["buttons"]] == ["Trợ lý giúp được gì?"]


def test_the_list_holds_no_phone_number_but_the_emergency_one() -> None:
    import re

    data = yaml.safe_load((CONTENT / "other_agencies.yml").read_text(encoding="utf-8"))
    for agency in data["agencies"]:
        assert set(re.findall(r"\d{3,}", agency["where"])) <= {"115"}, agency["id"]
