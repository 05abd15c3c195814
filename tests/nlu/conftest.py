"""A small trained classifier and the storage that Rasa's components need."""

from __future__ import annotations

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.intent_classifier import VietnameseIntentClassifier

EXAMPLES = {
    "hoi_dang_ky_tam_tru": [
        "đăng ký tạm trú cần giấy tờ gì", "mới thuê trọ thì khai báo ở đâu", "làm tạm trú cho khách thuê",
        "ở trọ chưa khai báo có bị phạt không", "tạm trú online được không", "chủ trọ phải làm gì",
    ],
    "hoi_can_cuoc_cap_lai": [
        "mất căn cước làm lại ở đâu", "thẻ căn cước bị gãy", "rớt bóp mất giấy tờ tùy thân",
        "làm lại cccd bao nhiêu tiền", "căn cước mờ chữ xin cấp lại", "bị móc túi mất căn cước",
    ],
    "khan_cap": [
        "cứu tôi với", "nhà đang cháy", "có người đang bị chém", "nó đang cầm dao đòi giết tôi",
        "có người nhảy cầu", "trộm đang phá cửa nhà tôi",
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalModelStorage:
    return LocalModelStorage(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}))


@pytest.fixture(scope="session")
def training_data() -> TrainingData:
    messages = [
        Message(data={"text": text, "intent": intent}) for intent, texts in EXAMPLES.items() for text in texts
    ]
    return TrainingData(training_examples=messages)


@pytest.fixture(scope="session")
def settings() -> dict[str, object]:
    # In so few sentences every feature is rare.
    least = {"marked": 1, "plain": 1, "letters": 1, "concepts": 1}
    return {**VietnameseIntentClassifier.get_default_config(), "least": least, "urgent": {"khan_cap": 0.12}}


@pytest.fixture(scope="session")
def trained(
    storage: LocalModelStorage,
    context: ExecutionContext,
    training_data: TrainingData,
    settings: dict[str, object],
) -> VietnameseIntentClassifier:
    classifier = VietnameseIntentClassifier.create(settings, storage, Resource("intents"), context)
    classifier.train(training_data)
    return classifier
