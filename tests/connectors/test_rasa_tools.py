"""Rasa's own tools find the conversations in our store: export to a broker, story of a conversation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from rasa.core.exporter import Exporter
from rasa.core.processor import MessageProcessor
from rasa.server import get_test_stories
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader

from connectors.turn_store import TurnStore
from tests.services.review_samples import START, conversation_id, opened, store, turn

DOMAIN = Domain.from_dict(
    {"intents": ["hoi_tach_ho", "chao_hoi"], "actions": ["action_tra_loi_thu_tuc", "action_chao"]}
)


@pytest.fixture
def turn_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TurnStore:
    """A store with one citizen's two sessions."""
    monkeypatch.setenv("DATA_KEYS", Fernet.generate_key().decode("ascii"))
    found = TurnStore(DOMAIN, host=f"sqlite:///{tmp_path / 'talk.db'}")
    first = [*opened(START), *turn("tách hộ", "hoi_tach_ho", START + 1, "Tách hộ …")]
    later = START + 9_000
    second = [*opened(later), *turn("chào", "chao_hoi", later + 1, "Chào ạ", by="action_chao")]
    store(found.database, found.cipher, conversation_id(), [*first, *second])
    return found


class Broker:
    """Takes what is published; one that fails would stop the export."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []

    def publish(self, event: dict[str, Any], headers: Any = None) -> None:
        self.published.append(event)

    async def close(self) -> None:
        """Nothing is open."""


async def test_rasa_export_publishes_every_session(turn_store: TurnStore) -> None:
    broker = Broker()
    count = await Exporter(turn_store, broker, "endpoints.yml").publish_events()  # type: ignore[arg-type]
    assert count == len(broker.published) == 14
    assert {event["sender_id"] for event in broker.published} == {conversation_id()}
    assert [event["text"] for event in broker.published if event["event"] == "user"] == ["tách hộ", "chào"]


async def test_the_story_route_gives_conversation_tests(turn_store: TurnStore) -> None:
    processor = MessageProcessor.__new__(MessageProcessor)
    processor.tracker_store, processor.domain = turn_store, DOMAIN
    processor.max_number_of_predictions = 10
    told = await get_test_stories(processor, conversation_id(), None, fetch_all_sessions=True)
    steps = YAMLStoryReader(DOMAIN).read_from_string(told)
    assert [event.text for step in steps for event in step.events if event.type_name == "user"] == [
        "tách hộ",
        "chào",
    ]
