"""The demo's citizens: the same seed gives the same talk; its trainer judges by what the sentences mean."""

from __future__ import annotations

import random
from datetime import datetime, timezone

from commands.demo import plan, read_sentences, review
from services import reviews
from services.db.engine import Database
from services.review_index import bring_all
from services.review_records import SessionFilter
from services.secrets import Cipher
from services.staff import Viewer
from tests.services.review_samples import START, conversation_id, opened, store, turn

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=timezone.utc)
LEADER = Viewer("minh", "leader", ("*",))


def test_the_same_seed_gives_the_same_conversations() -> None:
    sentences = list(read_sentences())
    first = [plan(random.Random(f"1 {number}"), sentences) for number in range(200)]
    assert first == [plan(random.Random(f"1 {number}"), sentences) for number in range(200)]
    assert first != [plan(random.Random(f"2 {number}"), sentences) for number in range(200)]
    assert {len(acts) for acts in first} == {1, 2, 3, 4}
    assert not any(acts[0].tap for acts in first)
    assert any(act.tap for acts in first for act in acts)


def test_the_demo_trainer_accepts_what_was_right_and_corrects_what_was_not(
    database: Database, cipher: Cipher
) -> None:
    known = {"tách hộ ạ": "hoi_tach_ho", "gọi số 0912345678 cho em": "gap_can_bo"}
    for number, (text, intent) in enumerate(
        [("tách hộ ạ", "hoi_tach_ho"), ("gọi số 0912345678 cho em", "nlu_fallback"), ("lạ", "chao_hoi")]
    ):
        at = START + 100 * number
        store(
            database, cipher, conversation_id(f"c{number}"), [*opened(at), *turn(text, intent, at + 1, "…")]
        )
    bring_all(database, cipher, NOW)
    assert review(database, cipher, known, 0.67) == 2
    with database.transaction() as session:
        rows = reviews.find_sessions(session, cipher, LEADER, SessionFilter(state="reviewed")).rows
        decided = [
            (message.state, message.corrected_intent)
            for row in reversed(rows)
            for message in reviews.messages_of(session, cipher, LEADER, row.id)
        ]
    assert decided == [("accepted", ""), ("corrected", "gap_can_bo")]
