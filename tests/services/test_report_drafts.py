"""A citizen has one open draft, for a set time, and only she finds it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services import report_drafts
from services.db.engine import Database
from services.db.report_tables import ReportDraft
from services.reports import submit
from services.secrets import Cipher
from tests.services.report_samples import BAY, LAN, OA, theft

BODY = {"draft_id": "draft-1", "story": "Tối qua…", "asked": ["thoi_gian"]}


def loaded(database: Database, cipher: Cipher, now: Any, citizen: str = LAN) -> Any:
    with database.transaction() as session:
        return report_drafts.load(session, cipher, OA, citizen, now)


def saved(database: Database, cipher: Cipher, now: Any, body: dict[str, Any] = BODY) -> None:
    with database.transaction() as session:
        report_drafts.save(session, cipher, OA, LAN, body, now)


def test_a_draft_is_kept_for_three_days_from_the_last_word(
    each_database: Database, cipher: Cipher, clock: Any
) -> None:
    began = clock()
    saved(each_database, cipher, began, {"story": "dở"})
    saved(each_database, cipher, clock.forward(3600))
    draft = loaded(each_database, cipher, clock())
    assert (draft.body, draft.started_at, draft.saved_at, draft.submitted) == (BODY, began, clock(), False)
    assert draft.expires_at == clock() + timedelta(days=3)
    assert loaded(each_database, cipher, clock(), BAY) is None
    assert loaded(each_database, cipher, clock.forward(3 * 86400 - 1)) is not None
    assert loaded(each_database, cipher, clock.forward(1)) is None
    with each_database.transaction() as session:
        assert report_drafts.expire(session, clock()) == 1
        assert session.execute(sa.select(ReportDraft.id)).all() == []


def test_a_draft_can_be_dropped(database: Database, cipher: Cipher, clock: Any) -> None:
    saved(database, cipher, clock())
    with database.transaction() as session:
        assert report_drafts.drop(session, cipher, OA, LAN) is True
        assert report_drafts.drop(session, cipher, OA, LAN) is False
    assert loaded(database, cipher, clock()) is None


def test_a_submitted_draft_stays_for_an_hour_for_a_turn_that_runs_again(
    database: Database, cipher: Cipher, clock: Any
) -> None:
    saved(database, cipher, clock())
    with database.transaction() as session:
        submit(session, cipher, theft(), clock())
    assert loaded(database, cipher, clock()).submitted is True
    saved(database, cipher, clock(), {"story": "việc khác"})
    assert loaded(database, cipher, clock()).submitted is False
    with database.transaction() as session:
        submit(session, cipher, theft(draft_id="draft-2"), clock())
    assert loaded(database, cipher, clock.forward(3600)) is None


def test_a_draft_is_found_after_a_change_of_keys(
    database: Database, cipher: Cipher, data_key: str, clock: Any
) -> None:
    saved(database, cipher, clock())
    with_new_key = Cipher(("bmV3IGtleSBuZXcga2V5IG5ldyBrZXkgbmV3IGtleSE=", data_key))
    assert loaded(database, with_new_key, clock()).body == BODY
    saved(database, with_new_key, clock(), {"story": "mới"})
    with database.transaction() as session:
        assert len(session.execute(sa.select(ReportDraft.id)).all()) == 1
