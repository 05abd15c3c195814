"""Rasa is killed between the confirmation and the code: one report, and the code is told all the same."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
import requests
from rich.console import Console

from benchmarks.channel.processes import Stack
from commands.model import ensure_model
from services import report_words as words
from tests.journeys.report_player import Chatter
from tests.journeys.test_report_flows import codes, to_confirmation

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def counted(stack: Stack) -> tuple[int, int]:
    """How many reports are stored, and how many events wait for their turn to be stored."""
    connection = sqlite3.connect(f"file:{stack.folder / 'an-ninh.db'}?mode=ro", uri=True)
    try:
        reports = connection.execute("SELECT count(*) FROM report").fetchone()[0]
        query = "SELECT count(*) FROM inbound_event WHERE state IN ('new', 'working')"
        return int(reports), int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


def test_killed_between_confirmation_and_code_it_is_one_report_and_the_code_is_told(tmp_path: Path) -> None:
    stack = Stack(tmp_path, ensure_model(Console(stderr=True)))
    chat = Chatter(f"{stack.zalo}/api/citizens/900001")
    try:
        stack.start()
        to_confirmation(chat)
        message = next(
            one for one in chat.last if words.CONFIRM[0].title in [b["title"] for b in one["buttons"]]
        )
        index = [button["title"] for button in message["buttons"]].index(words.CONFIRM[0].title)
        requests.post(f"{chat.base}/tap", json={"message_id": message["id"], "button": index}, timeout=20)
        deadline = time.monotonic() + 30
        while counted(stack)[0] == 0 and time.monotonic() < deadline:
            time.sleep(0.001)
        stack.rasa.kill()
        at_death = counted(stack)
        assert at_death[0] == 1
        stack.rasa.start()
        stack.rasa.wait_until_ready()
        said = chat.more(120.0)
        code, _ = codes(said)
        again = chat.say("gửi tin")
    finally:
        stack.stop()
    assert counted(stack) == (1, 0)
    assert said.count("Mã tin: ") == 1
    assert code in again
    print(f"killed with {at_death[1]} turn under way")
