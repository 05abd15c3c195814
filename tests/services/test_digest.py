"""The weekly digest: opt-in, a stop word that always works, each issue once, within Zalo's rules."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services import digest
from services.db import Database
from services.db.models import InboundEvent, OutboundMessage
from services.db.news_tables import DigestSubscription
from services.news import load_items
from services.return_address import Address
from services.secrets import Cipher

OA = "9990001112223334445"
ITEMS = load_items(Path(__file__).parents[2] / "content")


class Ward:
    """A page with citizens who wrote at some time."""

    def __init__(self, database: Database, cipher: Cipher, clock: Any) -> None:
        self.database, self.cipher, self.clock = database, cipher, clock
        self.numbers = iter(range(1, 1000))

    def wrote(self, citizen: str, ago: timedelta = timedelta(0)) -> None:
        at = self.clock() - ago
        with self.database.transaction() as session:
            session.add(
                InboundEvent(
                    account_id=OA, citizen_id=citizen, event_key=str(next(self.numbers)),
                    kind="user_send_text", sealed_body="x", state="done",
                    sent_at=at, received_at=at, next_try_at=at,
                )
            )  # fmt: skip

    def takes(self, citizen: str, ago: timedelta = timedelta(0), unit: str | None = "hcm_tay_thanh") -> None:
        self.wrote(citizen, ago)
        with self.database.transaction() as session:
            digest.subscribe(session, self.cipher, Address(OA, citizen), unit, self.clock())

    def stops(self, citizen: str) -> bool:
        with self.database.transaction() as session:
            return digest.unsubscribe(session, self.cipher, Address(OA, citizen), self.clock())

    def sends(self, quota: int = 100, dry_run: bool = False, compose: Any = None) -> digest.Run:
        return digest.send_issue(
            self.database.transaction, self.cipher, OA, compose or (lambda unit: f"Bản tin {unit}"),
            quota, self.clock(), dry_run,
        )  # fmt: skip

    def queued(self) -> list[str]:
        with self.database.transaction() as session:
            return list(
                session.execute(sa.select(OutboundMessage.citizen_id).order_by(OutboundMessage.id)).scalars()
            )


@pytest.fixture
def ward(database: Database, cipher: Cipher, clock: Any) -> Ward:
    return Ward(database, cipher, clock)


def test_each_issue_goes_once_however_often_the_sender_runs(ward: Ward) -> None:
    ward.takes("an")
    ward.takes("binh")
    assert ward.sends(dry_run=True) == digest.Run("2026-W47", queued=2)
    assert ward.queued() == []
    assert ward.sends() == digest.Run("2026-W47", queued=2)
    assert ward.sends() == digest.Run("2026-W47", before=2)
    ward.clock.forward(7 * 86400)
    ward.wrote("an")
    assert ward.sends() == digest.Run("2026-W48", queued=1, silent=1)
    assert ward.queued() == ["an", "binh", "an"]


def test_a_sender_that_dies_in_the_middle_goes_on_with_the_rest(ward: Ward) -> None:
    for citizen in ("an", "binh", "chi"):
        ward.takes(citizen)
    said = iter(["một", "hai"])

    def dies(unit: str | None) -> str:
        return next(said)

    with pytest.raises(RuntimeError):
        try:
            ward.sends(compose=dies)
        except StopIteration as error:  # the third one
            raise RuntimeError from error
    assert ward.queued() == ["an", "binh"]
    assert ward.sends() == digest.Run("2026-W47", queued=1, before=2)
    assert ward.queued() == ["an", "binh", "chi"]


def test_who_was_silent_for_seven_days_gets_it_after_writing_again(ward: Ward) -> None:
    ward.takes("an", ago=timedelta(days=7))
    assert ward.sends() == digest.Run("2026-W47", silent=1)
    ward.wrote("an")
    assert ward.sends() == digest.Run("2026-W47", queued=1)


def test_messages_after_48_hours_stop_at_the_quota_and_free_ones_go_on(ward: Ward) -> None:
    ward.takes("an", ago=timedelta(days=3))
    ward.takes("binh", ago=timedelta(days=3))
    ward.takes("chi", ago=timedelta(hours=1))
    assert ward.sends(quota=1) == digest.Run("2026-W47", queued=2, no_quota=1)
    assert ward.queued() == ["an", "chi"]
    assert ward.sends(quota=1) == digest.Run("2026-W47", queued=1, before=2)


def test_a_citizen_who_stops_gets_nothing_and_leaves_no_address(ward: Ward) -> None:
    ward.takes("an")
    assert (ward.stops("an"), ward.stops("an"), ward.stops("binh")) == (True, False, False)
    assert ward.sends() == digest.Run("2026-W47")
    with ward.database.transaction() as session:
        assert session.execute(sa.select(DigestSubscription.sealed_address)).scalars().all() == [None]
    ward.takes("an", unit="hcm_phu_thanh")
    with ward.database.transaction() as session:
        has = digest.subscription(session, ward.cipher, Address(OA, "an"))
        assert has == digest.Subscription("hcm_phu_thanh", ward.clock())
        assert digest.forget(session, ward.cipher, Address(OA, "an")) == 1
        assert session.execute(sa.select(sa.func.count(DigestSubscription.id))).scalar() == 0


def test_no_row_shows_who_takes_the_digest(ward: Ward) -> None:
    ward.takes("an-nguyen-5550001")
    with ward.database.transaction() as session:
        row = session.execute(sa.select(DigestSubscription.__table__)).one()
    assert "an-nguyen-5550001" not in str(row)


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("HỦY BẢN TIN", True), ("huy ban tin", True), ("Huỷ bản tin!", True), ("dừng bản tin.", True),
        ("“HỦY BẢN TIN”", True), ("thôi nhận bản tin", True),
        ("hủy bản tin là sao", False), ("bản tin", False), ("hủy", False), ("", False),
    ],
)  # fmt: skip
def test_the_stop_word_needs_no_language_model(text: str, stops: bool) -> None:
    assert digest.is_stop_word(text) is stops


def test_an_issue_names_its_ward_and_day_and_ends_with_the_stop_word() -> None:
    text = digest.digest_text(ITEMS, "Công an phường Tây Thạnh", date(2026, 11, 29))
    lines = text.split("\n")
    assert lines[0] == "Bản tin tuần của Công an phường Tây Thạnh, ngày 29/11/2026"
    assert lines[-1] == "Không muốn nhận nữa, anh/chị nhắn: HỦY BẢN TIN"
    assert [line[:3] for line in lines if line[:1].isdigit()] == ["1. ", "2. ", "3. ", "4. ", "5. "]
    assert len(text) < 2000
