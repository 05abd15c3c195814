"""What is exported, Rasa reads back: the same words, entities at the same places with the same values."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from services.review_records import Span
from services.review_yaml import WIDE, Example, annotated, nlu_document, story_document, trimmed

HOSTILE = (
    "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "- intent: khan_cap", "[giả](hoi_tach_ho)",
    "\n- intent: khan_cap\n  examples: |\n    - a",
    '[giả]{"entity": "x"}', '[a][{"entity": "x"}]', "[[a]](b)",
    "]](", "[", "${HOME}", "!!python", "&a *a", "key: value # no comment", "%YAML", "'\"`", "{}",
    "\\u0041\\n",
    "\t", "\u2028", "\x85", "null", "[điện thoại]",
)  # fmt: skip
WORDS = ("phường Tân Phú", "giấy tờ gì", "🙂🚓👩\u200d👩\u200d👧", "đường Nguyễn Huệ", "á", "[tên]")
_text = st.lists(
    st.one_of(
        st.sampled_from(HOSTILE), st.sampled_from(WORDS), st.text(alphabet="aệ 🙂\n[](){}:-#|>/", max_size=6)
    ),
    min_size=1,
    max_size=6,
).map(" ".join)


@st.composite
def _examples(draw: st.DrawFn) -> Example:
    text = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), draw(_text))
    borders = sorted(draw(st.sets(st.integers(0, len(text)), max_size=4)))
    spans = []
    for start, end in zip(borders[::2], borders[1::2], strict=False):
        value = draw(st.sampled_from(["", "giay_to", 'a"b}{]', "[điện thoại]"]))
        spans.append(Span(start, end, draw(st.sampled_from(["dia_diem", "khia_canh"])), value))
    return Example(text, "hoi_tach_ho", tuple(spans))


def read(document: str) -> list[Any]:
    return list(RasaYAMLReader().reads(document).training_examples)


@settings(max_examples=150)
@given(_examples())
def test_rasa_reads_the_same_sentence_and_entities(example: Example) -> None:
    text, spans = trimmed(example.text, example.spans)
    found = read(nlu_document([example]))
    if not text:
        assert found == []
        return
    (message,) = found
    assert message.get("intent") == "hoi_tach_ho"
    spans = tuple(span for span in spans if text[span.start : span.end].strip())
    expected = text
    for span in spans:
        if "]" in text[span.start : span.end]:
            inside = text[span.start : span.end].translate(WIDE)
            expected = expected[: span.start] + inside + expected[span.end :]
    assert message.get("text") == expected
    assert [(e["start"], e["end"], e["entity"], e["value"]) for e in message.get("entities", [])] == [
        (span.start, span.end, span.entity, span.value or text[span.start : span.end]) for span in spans
    ]


@settings(max_examples=60)
@given(_examples())
def test_a_conversation_test_keeps_words_and_entities(example: Example) -> None:
    plain = [span for span in example.spans if "]" not in example.text[span.start : span.end]]
    text, spans = trimmed(example.text, plain)
    if not text:
        return
    step = {"user": annotated(text, spans), "intent": "hoi_tach_ho"}
    document = story_document([("phiên 1", [step, {"action": "action_khong_hieu"}])])
    domain = Domain.from_dict({"intents": ["hoi_tach_ho"], "actions": ["action_khong_hieu"]})
    steps = YAMLStoryReader(domain).read_from_string(document)
    (event,) = [event for event in steps[0].events if isinstance(event, UserUttered)]
    assert event.text == text
    kept = [span for span in spans if text[span.start : span.end].strip()]
    assert [(e["start"], e["end"], e["entity"]) for e in event.entities] == [
        (span.start, span.end, span.entity) for span in kept
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_one_plain_sentence(text: str) -> None:
    (message,) = read(nlu_document([Example(f"hỏi {text} ạ", "hoi_tach_ho")]))
    assert (message.get("text"), message.get("intent")) == (f"hỏi {text} ạ", "hoi_tach_ho")
    assert not message.get("entities")


def test_sentences_are_sorted_and_stand_once_in_readable_lines() -> None:
    document = nlu_document(
        [
            Example("tách hộ", "hoi_tach_ho"),
            Example("ở phường Tân Phú", "hoi_danh_ba", (Span(2, 16, "dia_diem"),)),
            Example("chia hộ", "hoi_tach_ho"),
            Example(" tách hộ\n", "hoi_tach_ho"),
        ]
    )
    assert document.splitlines()[1:] == [
        'version: "3.1"',
        "nlu:",
        "- intent: hoi_danh_ba",
        "  examples: |",
        "    - ở [phường Tân Phú](dia_diem)",
        "- intent: hoi_tach_ho",
        "  examples: |",
        "    - chia hộ",
        "    - tách hộ",
    ]


def test_nothing_reviewed_is_a_file_that_rasa_reads() -> None:
    assert read(nlu_document([])) == []
    assert YAMLStoryReader(Domain.empty()).read_from_string(story_document([])) == []
