"""The kind of report as a Rasa component: read from YAML, trained, stored, told to the tracker."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu import concepts, normalizer
from nlu.report_category import TELLING, ReportCategoryClassifier, kind_of
from services.report_categories import load_categories
from services.text import fold
from tests.nlu.test_intent_classifier import HOSTILE

ROOT = Path(__file__).resolve().parents[2]
TRAINING = textwrap.dedent(
    """
    version: "3.1"
    nlu:
    - intent: to_giac_toi_pham
      metadata:
        loai_tin: trom_cap
      examples: |
        - nhà tôi bị trộm cạy cửa
        - mất xe máy dựng trước quán
        - bị móc túi ngoài chợ
        - kẻ gian lấy cái laptop trong phòng trọ
    - intent: to_giac_toi_pham
      metadata:
        loai_tin: co_bac
      examples: |
        - có sòng đánh bài ăn tiền
        - quán cà phê ghi số đề
        - đá gà cá độ sau vườn
        - mở sòng xóc đĩa mỗi tối
    - intent: chao_hoi
      examples: |
        - xin chào
        - chào bạn
    """
)


@pytest.fixture(scope="module")
def data() -> TrainingData:
    read: TrainingData = RasaYAMLReader().reads(TRAINING)
    return read


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    least = {"marked": 1, "plain": 1, "letters": 1, "concepts": 1}
    return {**ReportCategoryClassifier.get_default_config(), "least": least}


@pytest.fixture(scope="module")
def trained(
    data: TrainingData, settings: dict[str, Any], storage: LocalModelStorage, context: ExecutionContext
) -> ReportCategoryClassifier:
    made = ReportCategoryClassifier.create(settings, storage, Resource("kinds"), context)
    made.train(data)
    return made


def parse(component: ReportCategoryClassifier, text: str, intent: str | None = "to_giac_toi_pham") -> Message:
    message = Message(data={"text": text, "intent": {"name": intent, "confidence": 0.9}})
    component.process([message])
    return message


def test_rasas_own_reader_hands_the_kind_beside_the_intent_to_each_example(data: TrainingData) -> None:
    assert [kind_of(example) for example in data.intent_examples] == ["trom_cap"] * 4 + ["co_bac"] * 4 + [
        None
    ] * 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("trộm vô nhà lấy xe", "trom_cap"),
        ("trom vo nha lay xe may", "trom_cap"),
        ("họ ghi đề, đánh bài suốt", "co_bac"),
        ("ho danh bai an tien", "co_bac"),
    ],
)
def test_a_telling_message_gets_one_entity_with_the_whole_ranking(
    trained: ReportCategoryClassifier, text: str, kind: str
) -> None:
    entities = parse(trained, text).get("entities")
    assert len(entities) == 1
    entity = entities[0]
    ranking = entity["additional_info"]["ranking"]
    assert (entity["entity"], entity["value"], entity["start"], entity["end"], entity["extractor"]) == (
        "loai_tin",
        kind,
        0,
        len(text),
        "ReportCategoryClassifier",
    )
    assert ranking[0]["name"] == kind
    assert ranking == sorted(ranking, key=lambda item: -item["confidence"])
    assert sum(item["confidence"] for item in ranking) == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize("intent", ["chao_hoi", "hoi_dang_ky_tam_tru", "nlu_fallback", None])
def test_other_messages_get_none(trained: ReportCategoryClassifier, intent: str | None) -> None:
    assert parse(trained, "nhà tôi bị trộm", intent).get("entities") is None


def test_entities_of_others_are_kept(trained: ReportCategoryClassifier) -> None:
    message = Message(
        data={
            "text": "trộm xe lúc 5h",
            "intent": {"name": "to_giac_toi_pham"},
            "entities": [{"entity": "thoi_gian"}],
        }
    )
    trained.process([message])
    assert [item["entity"] for item in message.get("entities")] == ["thoi_gian", "loai_tin"]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_input_is_stood_quickly(trained: ReportCategoryClassifier, text: str) -> None:
    started = time.perf_counter()
    parse(trained, text)
    assert time.perf_counter() - started < 1.0


def test_a_stored_model_answers_the_same_without_the_projects_lexicons(
    trained: ReportCategoryClassifier,
    settings: dict[str, Any],
    storage: LocalModelStorage,
    context: ExecutionContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone() -> None:
        raise AssertionError("the model must bring its own lexicons")

    monkeypatch.setattr(normalizer, "load_lexicon", gone)
    monkeypatch.setattr(concepts, "load_concepts", gone)
    loaded = ReportCategoryClassifier.load(settings, storage, Resource("kinds"), context)
    for text in ("mất xe máy", "danh bai", "ko bik nữa"):
        assert parse(loaded, text).get("entities") == parse(trained, text).get("entities")


def test_without_kinds_in_the_data_nothing_is_learnt_and_nothing_breaks(
    settings: dict[str, Any], storage: LocalModelStorage, context: ExecutionContext
) -> None:
    plain = TrainingData([Message(data={"text": "xin chào", "intent": "chao_hoi"})])
    made = ReportCategoryClassifier.create(settings, storage, Resource("none"), context)
    made.train(plain)
    loaded = ReportCategoryClassifier.load(settings, storage, Resource("none"), context)
    assert parse(loaded, "nhà tôi bị trộm").get("entities") is None


def told() -> dict[str, tuple[str, list[str]]]:
    """Each kind of the training data with its intent and sentences."""
    found = {}
    for file in sorted((ROOT / "data" / "nlu" / "tin_bao").glob("loai_*.yml")):
        for block in yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            sentences = [line.removeprefix("- ") for line in block["examples"].splitlines()]
            found[block["metadata"]["loai_tin"]] = (block["intent"], sentences)
    return found


def test_every_kind_that_people_tell_has_40_sentences_under_an_intent_of_its_own() -> None:
    catalogue = load_categories(ROOT / "content")
    kinds = told()
    telling = {one.id for one in catalogue.categories if set(one.intents) & set(TELLING)} - {"khan_cap"}
    assert set(kinds) == telling
    assert {kind for kind, (_, sentences) in kinds.items() if len(sentences) < 40} == set()
    assert {k for k, (intent, _) in kinds.items() if intent not in catalogue.category(k).intents} == set()


def test_no_sentence_is_there_twice_or_in_the_set_that_is_measured_on() -> None:
    sentences = [fold(line) for _, listed in told().values() for line in listed]
    measured = set()
    for name in ("report_sentences.tsv", "report_sentences_heldout.tsv"):
        lines = (ROOT / "tests" / "services" / "data" / name).read_text("utf-8").splitlines()
        measured |= {fold(line.split("\t")[2]) for line in lines}
    assert len(set(sentences)) == len(sentences)
    assert set(sentences) & measured == set()


def test_they_are_typed_as_people_type() -> None:
    sentences = [line for _, listed in told().values() for line in listed]
    bare = sum(fold(line) == line.lower() for line in sentences) / len(sentences)
    assert 0.15 <= bare <= 0.35
