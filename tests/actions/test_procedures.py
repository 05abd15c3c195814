"""What a citizen hears about procedures: the right one, the right side, the right case."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import content
from actions.fallback import ActionNotUnderstood, likely
from actions.menu import ActionMenu
from actions.procedures import ASK_WHICH, ActionAnswerProcedure


def tracker(
    text: str,
    intent: str,
    entities: list[dict[str, Any]] | None = None,
    ranking: list[dict[str, Any]] | None = None,
    **slots: str | None,
) -> Tracker:
    """Make a tracker as Rasa sends it after one message."""
    message = {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "entities": entities or [],
        "intent_ranking": ranking or [],
    }
    return Tracker(
        "citizen",
        {"thu_tuc": None, "truong_hop": None, "khia_canh_truoc": None, **slots},
        message,
        [],
        False,
        None,
        {},
        None,
    )


def aspect(name: str, text: str = "", said: str = "") -> dict[str, Any]:
    """Make the entity that the aspect extractor gives for words in a text."""
    start = text.find(said) if said else 0
    return {
        "entity": "khia_canh",
        "value": name,
        "start": start,
        "end": start + len(said),
        "extractor": "AspectExtractor",
    }


def chosen(**values: str) -> list[dict[str, Any]]:
    """Make the entities that a tapped button gives."""
    return [{"entity": name, "value": value, "extractor": "choice"} for name, value in values.items()]


async def answer(asked: Tracker) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Run the action; give its messages and the slots it sets."""
    dispatcher = CollectingDispatcher()
    events = await ActionAnswerProcedure().run(dispatcher, asked, {})
    return dispatcher.messages, {event["name"]: event["value"] for event in events}


async def test_one_side_of_a_named_procedure() -> None:
    messages, slots = await answer(
        tracker("lệ phí đăng ký tạm trú", "hoi_dang_ky_tam_tru", [aspect("le_phi")])
    )
    assert len(messages) == 1
    assert messages[0]["text"].startswith("Lệ phí đăng ký tạm trú")
    assert "15.000 đồng" in messages[0]["text"]
    assert slots == {"thu_tuc": "dang_ky_tam_tru", "truong_hop": None, "khia_canh_truoc": "le_phi"}


async def test_a_follow_up_is_about_the_last_procedure() -> None:
    messages, slots = await answer(
        tracker(
            "còn lệ phí?", "hoi_khia_canh", [aspect("le_phi", "còn lệ phí?", "lệ phí")], thu_tuc="sang_ten_xe"
        )
    )
    assert messages[0]["text"].startswith("Lệ phí sang tên xe")
    assert slots["thu_tuc"] == "sang_ten_xe"


@pytest.mark.parametrize(
    ("text", "said"),
    [("có bị phạt không", "bị phạt"), ("vậy có bị phạt hông", "bị phạt"), ("co bi phat ko", "bi phat")],
)
async def test_a_bare_question_is_about_the_last_procedure_whatever_it_looked_like(
    text: str, said: str
) -> None:
    messages, slots = await answer(
        tracker(
            text,
            "hoi_phat_nguoi_muc_phat",
            [aspect("muc_phat", text, said)],
            thu_tuc="dang_ky_tam_tru",
        )
    )
    assert messages[0]["text"].startswith("Mức phạt về đăng ký tạm trú")
    assert slots["thu_tuc"] == "dang_ky_tam_tru"


async def test_a_follow_up_without_a_procedure_asks_which_one() -> None:
    messages, slots = await answer(
        tracker("còn lệ phí?", "hoi_khia_canh", [aspect("le_phi", "còn lệ phí?", "lệ phí")])
    )
    assert messages[0]["text"] == ASK_WHICH
    assert "Đăng ký tạm trú" in [button["title"] for button in messages[0]["buttons"]]
    assert slots == {}


async def test_two_questions_in_one_message_get_two_answers_and_buttons_once() -> None:
    messages, _ = await answer(
        tracker(
            "tạm trú cần giấy gì, mất bao lâu",
            "hoi_dang_ky_tam_tru",
            [aspect("giay_to"), aspect("thoi_han")],
        )
    )
    assert [message["text"].splitlines()[0] for message in messages] == [
        "Giấy tờ đăng ký tạm trú",
        "Bao lâu thì đăng ký tạm trú xong",
    ]
    assert messages[0]["buttons"] == []
    assert messages[1]["buttons"]


async def test_the_citizens_case_is_kept_while_the_procedure_stays() -> None:
    _, slots = await answer(
        tracker("tôi thuê trọ đăng ký tạm trú cần gì", "hoi_dang_ky_tam_tru", [aspect("giay_to")])
    )
    case = slots["truong_hop"]
    assert case is not None
    _, kept = await answer(
        tracker(
            "mấy ngày có", "hoi_khia_canh", [aspect("thoi_han")], thu_tuc="dang_ky_tam_tru", truong_hop=case
        )
    )
    assert kept["truong_hop"] == case
    _, other = await answer(
        tracker(
            "sang tên xe thế nào",
            "hoi_sang_ten_xe",
            thu_tuc="dang_ky_tam_tru",
            truong_hop=case,
        )
    )
    assert (other["thu_tuc"], other["truong_hop"]) == ("sang_ten_xe", None)


async def test_a_button_names_procedure_side_and_case_itself() -> None:
    messages, slots = await answer(
        tracker(
            "Giấy tờ sang tên xe",
            "hoi_sang_ten_xe",
            chosen(thu_tuc="sang_ten_xe", khia_canh="giay_to"),
            thu_tuc="dang_ky_tam_tru",
        )
    )
    assert messages[0]["text"].startswith("Giấy tờ sang tên xe")
    assert slots["thu_tuc"] == "sang_ten_xe"


@pytest.mark.parametrize(
    "entities",
    [
        chosen(thu_tuc="khong_co"),
        chosen(thu_tuc="sang_ten_xe", truong_hop="khong_co"),
        [aspect("khong_co")],
    ],
    ids=["unknown procedure", "unknown case", "unknown side"],
)
async def test_unknown_names_in_entities_are_ignored(entities: list[dict[str, Any]]) -> None:
    messages, slots = await answer(tracker("sang tên xe", "hoi_sang_ten_xe", entities))
    assert messages[0]["text"].startswith("Sang tên xe")
    assert slots["thu_tuc"] == "sang_ten_xe"


async def test_every_button_of_every_answer_leads_to_an_intent_and_known_names() -> None:
    for procedure in content.catalogue():
        messages, _ = await answer(
            tracker(procedure.name, procedure.intents[0], chosen(thu_tuc=procedure.id))
        )
        for button in messages[-1]["buttons"]:
            if button["payload"].startswith("https://"):
                continue
            intent, _, rest = button["payload"][1:].partition("{")
            named = json.loads("{" + rest)
            target = content.catalogue().get(named["thu_tuc"])
            assert intent in target.intents
            assert button["say"]


async def test_a_rehearsal_day_is_said_loudly_in_every_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWER_AS_OF", "2027-03-01")
    messages, _ = await answer(tracker("lệ phí đăng ký tạm trú", "hoi_dang_ky_tam_tru", [aspect("le_phi")]))
    assert messages[0]["text"].startswith("[THỬ NGHIỆM: trả lời như ngày 01/03/2027, không phải hôm nay]\n")


async def test_the_list_of_procedures_shows_each_known_one_once() -> None:
    dispatcher = CollectingDispatcher()
    await ActionMenu().run(dispatcher, tracker("các thủ tục hành chính", "hoi_chuc_nang"), {})
    titles = [button["title"] for button in dispatcher.messages[0]["buttons"]]
    assert len(titles) == len(set(titles))
    assert {"Đăng ký tạm trú", "Đổi thẻ căn cước", "Sang tên xe"} <= set(titles)


async def test_not_understood_offers_the_likeliest_meanings() -> None:
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.4},
        {"name": "hoi_tach_ho", "confidence": 0.35},
        {"name": "hoi_dang_ky_thuong_tru", "confidence": 0.3},
        {"name": "dong_y", "confidence": 0.2},
        {"name": "hoi_sang_ten_xe", "confidence": 0.01},
    ]
    dispatcher = CollectingDispatcher()
    await ActionNotUnderstood().run(dispatcher, tracker("ừm", "nlu_fallback", ranking=ranking), {})
    assert [button["title"] for button in dispatcher.messages[0]["buttons"]] == [
        "Tách hộ",
        "Đăng ký thường trú",
        "Trợ lý giúp được gì?",
    ]
    assert likely([]) == []
