"""Places and police units, learnt from sentences in which they are marked."""

from __future__ import annotations

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.place_words import tokens
from nlu.places import PlaceExtractor

MARKED = [
    ("đánh nhau ở chợ Bà Chiểu", "chợ Bà Chiểu", "dia_diem"),
    ("cháy ở chợ Lớn", "chợ Lớn", "dia_diem"),
    ("kẹt xe ở ngã tư Hàng Xanh", "ngã tư Hàng Xanh", "dia_diem"),
    ("tai nạn ở ngã tư Bốn Xã", "ngã tư Bốn Xã", "dia_diem"),
    ("trộm ở hẻm 12/5 đường Lê Lợi", "hẻm 12/5 đường Lê Lợi", "dia_diem"),
    ("đua xe ở đường Lê Lợi", "đường Lê Lợi", "dia_diem"),
    ("số của công an phường Tân Lập", "công an phường Tân Lập", "don_vi"),
    ("gọi công an phường Vĩnh Hải", "công an phường Vĩnh Hải", "don_vi"),
    ("địa chỉ đội cảnh sát giao thông", "đội cảnh sát giao thông", "don_vi"),
]
NONE = ["đăng ký tạm trú cần gì", "mất căn cước làm lại sao", "lệ phí đổi bằng lái bao nhiêu", "chào em"]


@pytest.fixture(scope="module")
def training() -> TrainingData:
    examples = [
        Message(
            data={
                "text": text,
                "intent": "to_giac_toi_pham",
                "entities": [
                    {
                        "entity": kind,
                        "start": text.index(said),
                        "end": text.index(said) + len(said),
                        "value": said,
                    }
                ],
            }
        )
        for text, said, kind in MARKED * 4
    ]
    return TrainingData([*examples, *(Message(data={"text": t, "intent": "hoi_thue"}) for t in NONE * 4)])


@pytest.fixture(scope="module")
def resource() -> Resource:
    return Resource("places")


@pytest.fixture(scope="module")
def extractor(
    storage: LocalModelStorage, context: ExecutionContext, training: TrainingData, resource: Resource
) -> PlaceExtractor:
    made = PlaceExtractor.create(PlaceExtractor.get_default_config(), storage, resource, context)
    made.train(training)
    return made


def said(extractor: PlaceExtractor, text: str) -> list[tuple[str, str]]:
    message = Message(data={"text": text})
    extractor.process([message])
    return [(item["entity"], text[item["start"] : item["end"]]) for item in message.get("entities") or []]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cướp ở chợ Vườn Chuối", [("dia_diem", "chợ Vườn Chuối")]),
        ("danh nhau o nga tu hang xanh", [("dia_diem", "nga tu hang xanh")]),
        ("số của công an phường Tân Lập", [("don_vi", "công an phường Tân Lập")]),
        ("đăng ký tạm trú cần gì", []),
        ("", []),
        ("🙂🙂", []),
    ],
)
def test_places_never_seen_are_found_by_the_words_around_them(
    extractor: PlaceExtractor, text: str, found: list[tuple[str, str]]
) -> None:
    assert said(extractor, text) == found


def test_a_stored_extractor_answers_the_same(
    extractor: PlaceExtractor, storage: LocalModelStorage, context: ExecutionContext, resource: Resource
) -> None:
    loaded = PlaceExtractor.load(PlaceExtractor.get_default_config(), storage, resource, context)
    text = "tai nạn ở ngã tư Phú Nhuận"
    assert said(loaded, text) == said(extractor, text) == [("dia_diem", "ngã tư Phú Nhuận")]


def test_data_without_places_gives_an_extractor_that_finds_none(
    storage: LocalModelStorage, context: ExecutionContext
) -> None:
    made = PlaceExtractor.create(PlaceExtractor.get_default_config(), storage, Resource("none"), context)
    made.train(TrainingData([Message(data={"text": text, "intent": "hoi_thue"}) for text in NONE]))
    assert said(made, "cháy ở chợ Lớn") == []


def test_offsets_point_into_the_text_as_written() -> None:
    text = "ở  12/5 đường Lê-Lợi, q.1!"
    assert [text[word.start : word.end] for word in tokens(text)] == [
        "ở", "12/5", "đường", "Lê-Lợi", ",", "q.1", "!",
    ]  # fmt: skip
