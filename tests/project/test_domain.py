"""The Rasa project holds together: every intent is answered, titled, and trained; traps stay closed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from connectors.zalo import limits, understanding
from services.intent_titles import load_titles

ROOT = Path(__file__).resolve().parents[2]
# Intents that answer a question of ours and are never offered as a guess.
INSIDE_DIALOGUES = {
    "chao_hoi", "cam_on_tam_biet", "hoi_chuc_nang", "hoi_bot", "hoi_khia_canh", "so_sanh_thu_tuc",
    "out_of_scope", "dong_y", "tu_choi", "bo_qua", "khong_biet", "dung_lai", "sua_thong_tin",
    "an_danh", "cung_cap_thong_tin", "gui_tep", "gui_vi_tri", "gui_nhan_dan",
}  # fmt: skip


def read(path: str) -> Any:
    """Read a YAML file of the project."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


DOMAIN = read("domain.yml")
INTENTS = {next(iter(item)) if isinstance(item, dict) else item for item in DOMAIN["intents"]}


def test_every_intent_has_a_title_or_lives_inside_dialogues() -> None:
    titles = load_titles(ROOT / "content")
    assert set(titles) | INSIDE_DIALOGUES == INTENTS
    assert not set(titles) & INSIDE_DIALOGUES


def test_every_intent_is_answered_by_exactly_one_rule() -> None:
    answered: list[str] = []
    for file in sorted((ROOT / "data" / "rules").glob("*.yml")):
        for rule in yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]:
            first = rule["steps"][0]
            answered += [item["intent"] for item in first.get("or", [first])]
    assert sorted(answered) == sorted(INTENTS | {"nlu_fallback"})


def test_the_channels_own_intents_are_in_the_domain() -> None:
    own = {
        understanding.INTENT_FOLLOW, understanding.INTENT_EVIDENCE,
        understanding.INTENT_PLACE, understanding.INTENT_STICKER,
    }  # fmt: skip
    assert own <= INTENTS


def test_from_text_slots_cannot_swallow_interruptions() -> None:
    for name, slot in DOMAIN["slots"].items():
        for mapping in slot["mappings"]:
            if mapping["type"] == "from_text":
                assert mapping.get("not_intent"), name
                assert mapping.get("conditions"), name


def test_every_fixed_response_fits_zalo_and_is_plain() -> None:
    for name, variants in DOMAIN["responses"].items():
        for variant in variants:
            assert limits.plain(variant["text"]) == variant["text"], name
            assert len(variant["text"]) < limits.MAX_TEXT, name
            assert len(variant.get("buttons", [])) <= limits.MAX_BUTTONS, name


def test_training_sentences_are_composed_unicode_with_their_origin_on_top() -> None:
    import unicodedata

    for file in sorted((ROOT / "data" / "nlu").rglob("*.yml")):
        text = file.read_text(encoding="utf-8")
        assert text == unicodedata.normalize("NFC", text), file.name
        for field in ("theme", "written_by", "written_on", "origin"):
            assert re.search(rf"^# {field}: .+", text, re.MULTILINE), f"{file.name}: {field}"


def test_a_session_ends_and_the_circuit_of_files_is_where_rasa_looks() -> None:
    assert DOMAIN["session_config"]["session_expiration_time"] == 60
    for name in ("config.yml", "endpoints.yml", "credentials.yml", "data", "actions", "connectors"):
        assert (ROOT / name).exists()
