"""The classifier as a Rasa component: it answers, survives storing, and stands any input."""

from __future__ import annotations

import time

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu import concepts, normalizer
from nlu.intent_classifier import VietnameseIntentClassifier

HOSTILE = [
    "", " ", "\u200b\u200d\ufeff", "😀🎉👍🏽", "???!!!", "\x00\x01", "Привет, как дела", "你好吗", "ضع هنا",
    "x" * 10_000,
    "tạm trú " * 1_250, "khôngg" * 1_700, "a1b2-" * 2_000, "tаm trú", "\u0301" * 500, "ﬁ İ ß ǅ", "1" * 10_000,
    "mất" + "\u0323" * 9_000, "qwrtpsdfg " * 1_000, "/khan_cap{}", "[a](b)", "𝓽ạ𝓶 𝓽𝓻ú",
]  # fmt: skip


def parse(classifier: VietnameseIntentClassifier, text: str) -> Message:
    message = Message(data={"text": text})
    classifier.process([message])
    return message


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("đăng ký tạm trú", "hoi_dang_ky_tam_tru"),
        ("dk tam tru can giay to gi", "hoi_dang_ky_tam_tru"),
        ("mất cccd lm lại đâu z", "hoi_can_cuoc_cap_lai"),
        ("cuu toi voi", "khan_cap"),
    ],
)
def test_intents_are_recognised_however_they_are_typed(
    trained: VietnameseIntentClassifier, text: str, intent: str
) -> None:
    assert parse(trained, text).get("intent")["name"] == intent


def test_confidences_of_a_ranking_add_up_to_one(trained: VietnameseIntentClassifier) -> None:
    ranking = parse(trained, "tạm trú").get("intent_ranking")
    assert sum(item["confidence"] for item in ranking) == pytest.approx(1.0)
    assert ranking == sorted(ranking, key=lambda item: -item["confidence"])


def test_a_stored_classifier_answers_the_same_without_the_lexicons_of_the_project(
    trained: VietnameseIntentClassifier,
    storage: LocalModelStorage,
    context: ExecutionContext,
    settings: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone() -> None:
        raise AssertionError("the model must bring its own lexicons")

    monkeypatch.setattr(normalizer, "load_lexicon", gone)
    monkeypatch.setattr(concepts, "load_concepts", gone)
    loaded = VietnameseIntentClassifier.load(settings, storage, Resource("intents"), context)
    for text in ["mất căn cước", "nhà đang cháy", "thuê trọ", "ko bik nữa"]:
        assert parse(loaded, text).get("intent_ranking") == parse(trained, text).get("intent_ranking")


def test_training_twice_gives_the_same_answers(
    trained: VietnameseIntentClassifier,
    storage: LocalModelStorage,
    context: ExecutionContext,
    training_data: TrainingData,
    settings: dict[str, object],
) -> None:
    again = VietnameseIntentClassifier.create(settings, storage, Resource("again"), context)
    again.train(training_data)
    text = "rớt bóp mất hết giấy tờ"
    assert parse(again, text).get("intent_ranking") == parse(trained, text).get("intent_ranking")


def test_a_possible_emergency_wins_from_its_own_threshold(
    trained: VietnameseIntentClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So unsure that every intent has about a third.
    monkeypatch.setattr(trained._model, "_temperature", 10.0)
    assert parse(trained, "đăng ký tạm trú").get("intent")["name"] == "khan_cap"
    monkeypatch.setitem(trained._model._config, "urgent", {"khan_cap": 0.9})
    assert parse(trained, "đăng ký tạm trú").get("intent")["name"] == "hoi_dang_ky_tam_tru"


@pytest.mark.parametrize("text", ["", "😀🎉", "\u200b", "?!"])
def test_a_text_without_words_has_no_intent(trained: VietnameseIntentClassifier, text: str) -> None:
    message = parse(trained, text)
    assert message.get("intent") == {"name": None, "confidence": 0.0}
    assert message.get("intent_ranking") == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_breaks_it_or_takes_long(trained: VietnameseIntentClassifier, text: str) -> None:
    parse(trained, text)
    # Processor time: other work on the machine does not count.
    started = time.process_time()
    message = parse(trained, text)
    assert time.process_time() - started < 0.05
    assert message.get("text") == text


def test_one_intent_cannot_be_learnt(
    storage: LocalModelStorage, context: ExecutionContext, settings: dict[str, object]
) -> None:
    classifier = VietnameseIntentClassifier.create(settings, storage, Resource("one"), context)
    with pytest.raises(ValueError, match="two intents"):
        classifier.train(TrainingData([Message(data={"text": "chào", "intent": "chao_hoi"})]))


def test_the_cache_notices_a_changed_lexicon(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, settings: dict[str, object]
) -> None:
    before = VietnameseIntentClassifier.fingerprint_addon(settings)
    other = normalizer.LEXICON.with_name("khia_canh.yml")
    monkeypatch.setattr(normalizer, "LEXICON", other)
    assert VietnameseIntentClassifier.fingerprint_addon(settings) != before


def test_a_message_alone_gets_the_chances_that_it_gets_among_many(
    trained: VietnameseIntentClassifier,
) -> None:
    texts = ["đăng ký tạm trú", "dk tam tru can giay to gi", "cuu toi voi cuu toi voi", "zzz", "👍 ok"]
    together = trained._model.chances(texts)
    for text, row in zip(texts, together, strict=True):
        assert trained._model.chances([text])[0] == pytest.approx(row, abs=1e-5)
