"""Whole turns of the trained assistant, with our versions of Rasa's lines and without: the same words."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig
from rich.console import Console

from commands.model import ensure_model, quiet_environment
from connectors import fast_rasa
from connectors.fast_rasa import action_calls
from tests.journeys.conftest import ROOT, free_port

pytestmark = [pytest.mark.journey, pytest.mark.timeout(360)]

SAID = [
    "xin chào",
    "đổi căn cước hết hạn cần giấy tờ gì",
    "vay le phi bao nhieu",
    "mua xe máy cũ sang tên cần giấy tờ gì",
    "còn lệ phí?",
    "tôi muốn báo mất trộm xe máy",
    "không",
    "cứu tôi với có người đang cầm dao đập cửa",
    "gặp cán bộ",
    "asdf qwer zxcv",
    "/hoi_chuc_nang",
    '/hoi_dang_ky_tam_tru{"khia_canh": "le_phi"}',
    "cảm ơn nhé",
]
# What differs from one run to the next: moments.
_MOMENTS = ("timestamp", "latest_event_time")


@pytest.fixture(scope="module")
def action_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, folder = free_port(), tmp_path_factory.mktemp("actions")
    process = subprocess.Popen(
        [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)],
        cwd=ROOT,
        env={**quiet_environment(), "DATA_DIR": str(folder), "SANIC_HOST": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if requests.get(f"http://127.0.0.1:{port}/health", timeout=2).ok:
                break
        except requests.ConnectionError:
            time.sleep(0.2)
    yield f"http://127.0.0.1:{port}/webhook"
    process.terminate()
    process.wait(15)


async def chat(agent: Agent, citizen: str) -> tuple[list[Any], list[dict[str, Any]]]:
    """Say everything; give what was answered and what the tracker holds."""
    answers = []
    for text in SAID:
        out = CollectingOutputChannel()
        await agent.handle_message(UserMessage(text, out, citizen))
        answers.append([{k: v for k, v in said.items() if k != "recipient_id"} for said in out.messages])
    assert agent.tracker_store is not None
    tracker = await agent.tracker_store.retrieve(citizen)
    assert tracker is not None
    return answers, [_lasting(event.as_dict()) for event in tracker.events]


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        left = {key: _lasting(item) for key, item in value.items() if key not in _MOMENTS}
        return {key: "…" if key in ("message_id",) else item for key, item in left.items()}
    return [_lasting(item) for item in value] if isinstance(value, list) else value


async def test_a_chat_reads_the_same_with_and_without_our_versions(action_server: str) -> None:
    model: Path = ensure_model(Console())
    endpoints = AvailableEndpoints(action=EndpointConfig(action_server, enable_selective_domain=True))
    agent = await load_agent(str(model), endpoints=endpoints)
    fast_rasa.uninstall()
    stock_answers, stock_events = await chat(agent, "stock")
    assert fast_rasa.install()
    answers, events = await chat(agent, "fast")
    await action_calls.close_sessions()
    assert answers == stock_answers
    assert [said for said in answers if not said] == [], "every message is answered"
    assert events == stock_events
