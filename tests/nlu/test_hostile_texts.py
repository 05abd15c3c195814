"""No text breaks the pipeline or keeps it long: the components one after another, as Rasa runs them."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.aspects import AspectExtractor
from nlu.extractors import PatternExtractor
from nlu.intent_classifier import VietnameseIntentClassifier
from nlu.places import PlaceExtractor
from nlu.tokenizer import VietnameseTokenizer
from services.clock import VIETNAM

TEXTS = {
    "10,000 letters": "x" * 10_000,
    "10,000 letters of words": "tôi bị mất xe ở chợ lúc 8h " * 370,
    "10,000 letters of times": "từ 8h đến 10h tối qua " * 455,
    "10,000 letters of ranges": "8-" * 5_000,
    "10,000 letters of plates": "59X1-123.45 " * 834,
    "10,000 letters of digits": "0 9 " * 2_500,
    "10,000 letters of money": "hai trăm năm mươi " * 555,
    "10,000 letters of marks": "mất" + "\u0323" * 9_997,
    "only emoji": "😀🎉👍🏽🔥" * 50,
    "one family of emoji": "👨‍👩‍👧‍👦",
    "Russian": "Привет, где находится полиция?",
    "Chinese": "你好,请问派出所在哪里?",
    "Arabic": "أين مركز الشرطة",
    "Thai": "สถานีตำรวจอยู่ที่ไหน",
    "Khmer": "តើប៉ុស្តិ៍ប៉ូលិសនៅឯណា",
    "English": "where is the police station, I lost my passport",
    "zero width": "đ\u200bă\u200dn\ufeffg k\u2060ý tạm\u00ad trú",
    "right to left": "\u202eđăng ký tạm trú\u202c",
    "mixed scripts": "tаm trú đăпg ký ở đâu 登记",
    "other Unicode form": "đăng ký tạm trú hôm qua",
    "letters of mathematics": "𝓽ạ𝓶 𝓽𝓻ú",
    "control signs": "\x00\x01\x1b[31m đỏ",
    "only blanks": " \n\t\u3000 ",
    "nothing": "",
    "an annotation": "[chợ](dia_diem) {{}} {% %} ${x} '; DROP TABLE--",
}


@pytest.fixture(scope="module")
def components(
    trained: VietnameseIntentClassifier, storage: LocalModelStorage, context: ExecutionContext
) -> list[object]:
    aspects = AspectExtractor.create({}, storage, Resource("aspects"), context)
    places = PlaceExtractor.create(PlaceExtractor.get_default_config(), storage, Resource("hostile"), context)
    marked = [
        Message(
            data={
                "text": f"cháy ở chợ {name}",
                "intent": "khan_cap",
                "entities": [{"entity": "dia_diem", "start": 7, "end": 11 + len(name), "value": "x"}],
            }
        )
        for name in ("Lớn", "Nhỏ", "Mới", "Cũ", "Trên")
    ]
    places.train(TrainingData(marked))
    tokenizer = VietnameseTokenizer(VietnameseTokenizer.get_default_config())
    patterns = PatternExtractor(lambda: datetime(2026, 11, 21, 14, 30, tzinfo=VIETNAM))
    return [tokenizer, trained, aspects, places, patterns]


def run(components: list[object], text: str) -> Message:
    message = Message(data={"text": text})
    for component in components:
        component.process([message])  # type: ignore[attr-defined]
    return message


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_breaks_the_pipeline_or_takes_longer_than_50_ms(components: list[object], name: str) -> None:
    text = TEXTS[name]
    run(components, text)
    # Processor time, as other work on the machine does not count; the best of five runs.
    took = []
    for _ in range(5):
        started = time.process_time()
        message = run(components, text)
        took.append(time.process_time() - started)
    assert min(took) < 0.05
    assert message.get("text") == text
    for entity in message.get("entities") or []:
        assert 0 <= entity["start"] < entity["end"] <= len(text)
