"""Telling the police over Zalo, all kinds of reports: what is stored in the end, field by field.

All journeys are played at once by one running assistant, each a second time typed without marks.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.clock import VIETNAM
from services.secrets import Cipher
from services.text import fold
from tests.journeys.conftest import Assistant
from tests.journeys.report_player import (
    Chatter,
    Played,
    Player,
    comparable,
    expected_span,
    stored,
)

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

FOLDER = Path(__file__).parent / "reports"
JOURNEYS: list[dict[str, Any]] = [
    journey
    for file in sorted(FOLDER.glob("*.yml"))
    for journey in yaml.safe_load(file.read_text(encoding="utf-8"))
]
TALKING_AT_ONCE = 8
MOST_QUESTIONS = 5

Results = dict[tuple[str, bool], Played | Exception]


@pytest.fixture(scope="module")
def cipher(assistant: Assistant) -> Cipher:
    key = next(assistant.data_dir.glob("*key*")).read_text(encoding="ascii").strip()
    return Cipher((key,))


@pytest.fixture(scope="module")
def results(assistant: Assistant) -> Results:
    """Play everything; what went wrong is told by the test of its journey."""

    def play(number: int, journey: dict[str, Any], bare: bool) -> Played | Exception:
        chat = Chatter(f"{assistant.zalo}/api/citizens/7{number:03d}{int(bare)}")
        picture = f"{assistant.zalo}/static/icon.svg"
        try:
            return Player(chat, journey, picture, bare).play()
        except Exception as error:
            return error

    with ThreadPoolExecutor(TALKING_AT_ONCE) as pool:
        running = {
            (journey["name"], bare): pool.submit(play, number, journey, bare)
            for number, journey in enumerate(JOURNEYS)
            for bare in (False, True)
        }
        return {key: future.result() for key, future in running.items()}


def played(results: Results, journey: dict[str, Any], bare: bool) -> Played:
    found = results[journey["name"], bare]
    if isinstance(found, Exception):
        raise found
    return found


def test_there_are_journeys_over_all_groups() -> None:
    groups = {journey["report"].get("group") for journey in JOURNEYS} - {None}
    assert len(JOURNEYS) >= 30
    assert groups == {
        "toi_pham", "lua_dao_mang", "giao_thong", "trat_tu_cong_cong", "kien_nghi", "khieu_nai_can_bo",
    }  # fmt: skip


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey["name"])
def test_the_record_holds_what_was_told(
    journey: dict[str, Any], results: Results, assistant: Assistant, cipher: Cipher
) -> None:
    told = played(results, journey, bare=False)
    record = stored(assistant.data_dir, cipher, told.code)
    wanted = dict(journey["report"])
    when, place = wanted.pop("when", None), wanted.pop("place", None)
    contact = {name: wanted.pop(name) for name in ("name", "phone", "address") if name in wanted}
    plates = wanted.pop("plates", None)
    assert {name: record[name] for name in wanted} == wanted
    assert (record["state"], record["events"], record["questionnaire"]) == ("moi", ["received"], "2026-11-21")
    assert fold(journey["story"].split("{")[0])[:20] in fold(record["story"])
    if when is not None:
        assert record["occurred"] == expected_span(when, datetime.now(VIETNAM))
    if place is not None:
        assert {name: record["facts"]["dia_diem"]["value"][name] for name in place} == place
    if plates is not None:
        assert [record["facts"]["bien_so"]["value"]] == plates
    if contact:
        assert {name: record["contact"][name] for name in contact} == contact
    if record["identity"] == "anonymous":
        assert record["contact"] is None
    assert told.questions <= MOST_QUESTIONS
    for fragment in journey.get("hears", ()):
        assert any(fragment in said for said in told.heard)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey["name"])
def test_typed_without_marks_it_is_the_same_record(
    journey: dict[str, Any], results: Results, assistant: Assistant, cipher: Cipher
) -> None:
    marked = stored(assistant.data_dir, cipher, played(results, journey, bare=False).code)
    bare = stored(assistant.data_dir, cipher, played(results, journey, bare=True).code)
    assert comparable(bare) == comparable(marked)
