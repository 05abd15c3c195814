"""“Xóa dữ liệu của tôi”: what goes, what stays and why, and a receipt that names nobody; deletion by age."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services import (
    audit,
    conversations,
    digest,
    erasure,
    inbox,
    media,
    outbox,
    report_access,
    report_drafts,
    report_news,
    report_work,
    retention,
)
from services.db.engine import Database
from services.db.models import Base
from services.erasure import ErasureReceipt
from services.evidence_store import EvidenceStore
from services.inbox import NewEvent
from services.media import WantedItem
from services.outbox import Reply
from services.report_submission import EvidenceRef
from services.reports import Receipt, submit
from services.retention import Deleted, load_periods
from services.return_address import Address
from services.secrets import Cipher
from tests.services.report_samples import BAY, LAN, OA, STORY, theft
from tests.services.test_report_desk import HUNG

CONTENT = Path(__file__).parents[2] / "content"
TALK = f"zalo-{OA}-{LAN}"


class Office:
    """One office's database and evidence folder."""

    def __init__(self, database: Database, cipher: Cipher, clock: Any, folder: Path) -> None:
        self.database, self.cipher, self.clock = database, cipher, clock
        self.store = EvidenceStore(folder)

    def writes(self, key: str, citizen: str = LAN, pictures: tuple[bytes, ...] = ()) -> None:
        """A citizen wrote; it was worked, answered and its pictures were stored."""
        now = self.clock()
        with self.database.transaction() as session:
            event = NewEvent(OA, citizen, key, "user_send_text", '{"text": "tôi là Lan"}', now)
            inbox.store(session, self.cipher, [event], now)
            (claimed,) = inbox.claim(session, self.cipher, "w", 1, now)
            inbox.settle(session, claimed.id, "w", "done", now)
            outbox.add(session, self.cipher, OA, citizen, [Reply("text", {"text": "Dạ"})], now, claimed.id)
            (message,) = outbox.claim(session, self.cipher, "w", 1, now)
            outbox.mark_sent(session, message.id, "w", f"z{key}", now)
            wanted = [WantedItem("image", "https://zalo.example/1") for _ in pictures]
            media.want(session, self.cipher, claimed.id, OA, citizen, wanted, now)
            for item, data in zip(media.claim(session, self.cipher, "w", 9, now), pictures, strict=True):
                kept = self.store.put(data)
                media.settle(session, item.id, "w", kept.sha256, kept.size, "image/jpeg", now)
            user = {"event": "user", "timestamp": now.timestamp(), "text": "tôi là Lan"}
            conversations.append_events(session, self.cipher, f"zalo-{OA}-{citizen}", [user])

    def reports(self, **changes: Any) -> Receipt:
        with self.database.transaction() as session:
            return submit(session, self.cipher, theft(**changes), self.clock())

    def closes(self, receipt: Receipt, file_number: str = "") -> None:
        report, now = receipt.report_id, self.clock()
        with self.database.transaction() as session:
            if file_number:
                report_work.set_file_number(session, HUNG, report, 1, file_number, now)
            version = 2 if file_number else 1
            args = (session, self.cipher, HUNG, report)
            report_work.change_state(*args, version, "dang_xu_ly", "", now)
            report_work.change_state(*args, version + 1, "da_giai_quyet", "Xong.", now)
            while claimed := outbox.claim(session, self.cipher, "w", 9, now):
                for message in claimed:
                    outbox.mark_sent(session, message.id, "w", f"n{message.id}", now)
            report_news.refresh(session, self.cipher)

    def erases(self, citizen: str = LAN, grants: tuple[str, ...] = ()) -> ErasureReceipt:
        with self.database.transaction() as session:
            receipt = erasure.erase(session, self.cipher, OA, citizen, self.clock(), (TALK,), grants)
        self.store.discard(receipt.files)
        return receipt

    def retains(self) -> Deleted:
        with self.database.transaction() as session:
            deleted = retention.run(session, self.cipher, load_periods(CONTENT), self.clock())
        self.store.discard(deleted.files)
        return deleted

    def rows(self, table: str, **where: Any) -> list[Any]:
        target = Base.metadata.tables[table]
        with self.database.transaction() as session:
            rows = sa.select(target).filter_by(**where).order_by(*target.primary_key)
            return list(session.execute(rows).all())


@pytest.fixture
def office(database: Database, cipher: Cipher, clock: Any, tmp_path: Path) -> Office:
    return Office(database, cipher, clock, tmp_path)


@pytest.fixture
def each_office(each_database: Database, cipher: Cipher, clock: Any, tmp_path: Path) -> Office:
    return Office(each_database, cipher, clock, tmp_path)


def test_what_may_go_goes_and_the_rest_is_named_with_its_reason(each_office: Office) -> None:
    office = each_office
    office.writes("m1", pictures=(b"held by the open report", b"of the closed one", b"of none"))
    office.writes("m2", BAY, pictures=(b"of none",))
    opened = office.reports(evidence=(EvidenceRef("m1", 0),))
    closed = office.reports(draft_id="2", evidence=(EvidenceRef("m1", 1),))
    filed = office.reports(draft_id="3", evidence=())
    of_bay = office.reports(draft_id="4", citizen_id=BAY, evidence=())
    office.closes(closed)
    office.closes(filed, "HS-12/2026")
    with office.database.transaction() as session:
        report_drafts.save(session, office.cipher, OA, LAN, {"story": STORY}, office.clock())
        digest.subscribe(session, office.cipher, Address(OA, LAN), "hcm_tay_thanh", office.clock())
        digest.subscribe(session, office.cipher, Address(OA, BAY), None, office.clock())
    receipt = office.erases()
    assert receipt.erased == {"conversation": 7, "reports": 1, "draft": 1, "media": 2, "digest": 1}
    assert len(office.rows("digest_subscription")) == 1
    assert [(one.code, one.reason) for one in receipt.kept] == [(opened.code, "open"), (filed.code, "filed")]
    assert receipt.text == (
        f"Biên nhận xóa dữ liệu {receipt.code}, lúc 12:00 ngày 21/11/2026.\n"
        "Đã xóa: đoạn trò chuyện với trợ lý, 1 tin đã giải quyết xong, tin báo đang viết dở, "
        "2 ảnh, clip, tệp, đăng ký nhận bản tin.\n"
        f"Tin {opened.code}: công an đang giải quyết theo luật nên chưa xóa được; "
        "xong rồi sẽ xóa theo hạn lưu.\n"
        f"Tin {filed.code}: đã vào hồ sơ vụ việc, hồ sơ được lưu theo luật.\n"
        "Tin giấu tên thì anh/chị gửi mã tin và mã riêng để xóa.\n"
        "Đoạn trò chuyện trên máy anh/chị và ở Zalo thì anh/chị tự xóa giúp ạ."
    )
    # The closed report is an empty skeleton; the files of the others are there still.
    (skeleton,) = office.rows("report", id=closed.report_id)
    assert (skeleton.code, skeleton.category, skeleton.case_state) == (
        closed.code,
        "trom_cap",
        "da_giai_quyet",
    )
    left = {
        name: value
        for name, value in skeleton._mapping.items()
        if name.startswith("sealed_") or name in EMPTIED
    }
    assert set(left.values()) == {None}
    for table in ("report_fact", "report_evidence", "report_mark", "report_message"):
        assert office.rows(table, report_id=closed.report_id) == []
    assert len(office.store.kept(0)) == 2
    assert [row.citizen_id for row in office.rows("media_item")] == [LAN, BAY]
    assert office.rows("report", id=of_bay.report_id)[0].sealed_story is not None
    # Of what Zalo delivered today the key stays, so that a repeated delivery is known; its words are gone.
    bodies = [office.cipher.open(row.sealed_body) for row in office.rows("inbound_event")]
    assert bodies == ["{}", '{"text": "tôi là Lan"}']
    assert office.rows("conversation_event", conversation_id=TALK) == []
    (stored,) = office.rows("erasure")
    assert (stored.code, json.loads(stored.erased), json.loads(stored.kept)) == (
        receipt.code, receipt.erased, ["open", "filed"],
    )  # fmt: skip
    assert LAN not in str(stored)


EMPTIED = {"reporter_digest", "occurred_from", "occurred_to", "amount"}


def test_after_an_erasure_code_and_secret_open_nothing(office: Office) -> None:
    receipt = office.reports()
    office.closes(receipt)
    office.erases()
    with office.database.transaction() as session:
        answer = report_access.look_up(
            session, office.cipher, OA, LAN, receipt.code, receipt.secret, office.clock()
        )
        assert answer == report_access.NotFound()
        assert report_access.own_reports(session, office.cipher, OA, LAN, office.clock()) == []
    assert [row.kind for row in office.rows("report_event", report_id=receipt.report_id)] == [
        "received", "state", "state",
    ]  # fmt: skip


def test_an_anonymous_report_goes_with_its_code_only(office: Office) -> None:
    receipt = office.reports(identity="anonymous")
    office.closes(receipt)
    assert office.erases().erased["reports"] == 0
    with office.database.transaction() as session:
        found = report_access.look_up(
            session, office.cipher, OA, LAN, receipt.code, receipt.secret, office.clock()
        )
    assert isinstance(found, report_access.Found)
    assert office.erases(BAY, (found.grant,)).erased["reports"] == 0
    assert office.erases(LAN, (found.grant,)).erased["reports"] == 1


def test_who_is_not_known_gets_a_receipt_too(office: Office) -> None:
    receipt = office.erases("nobody")
    assert "Không còn dữ liệu nào của anh/chị để xóa." in receipt.text
    assert receipt.code.startswith("XD-26-")


def test_a_closed_report_goes_after_a_year_and_its_pictures_with_it(each_office: Office) -> None:
    office = each_office
    office.writes("m1", pictures=(b"of the report", b"of none"))
    closed = office.reports(evidence=(EvidenceRef("m1", 0),))
    filed = office.reports(draft_id="2", evidence=())
    still_open = office.reports(draft_id="3", evidence=())
    office.closes(closed)
    office.closes(filed, "HS-1")
    office.clock.forward(timedelta(days=30, seconds=1).total_seconds())
    assert (office.retains().counts["media"], len(office.store.kept(0))) == (1, 1)
    office.clock.forward(timedelta(days=335).total_seconds() - 2)
    assert office.retains().counts["reports"] == 0
    office.clock.forward(2)
    counts = office.retains().counts
    assert (counts["reports"], counts["media"], office.store.kept(0)) == (1, 1, set())
    emptied = {row.id: row.sealed_story is None for row in office.rows("report")}
    assert emptied == {closed.report_id: True, filed.report_id: False, still_open.report_id: False}


def test_the_address_of_an_anonymous_reporter_goes_thirty_days_after_the_end(office: Office) -> None:
    receipt = office.reports(identity="anonymous")
    named = office.reports(draft_id="2")
    for one in (receipt, named):
        office.closes(one)
    office.clock.forward(timedelta(days=29).total_seconds())
    assert office.retains().counts["addresses"] == 0
    office.clock.forward(timedelta(days=2).total_seconds())
    assert office.retains().counts["addresses"] == 1
    gone = {row.id: row.sealed_reporter is None for row in office.rows("report")}
    assert gone == {receipt.report_id: True, named.report_id: False}


def test_conversations_and_deliveries_go_after_half_a_year(office: Office) -> None:
    office.writes("m1")
    office.clock.forward(timedelta(days=183).total_seconds())
    office.writes("m2")
    office.retains()
    assert len(office.rows("conversation_event")) == 2
    office.clock.forward(1)
    counts = office.retains().counts
    assert (counts["conversation_events"], counts["messages"], counts["events"]) == (1, 1, 1)
    assert [row.event_key for row in office.rows("inbound_event")] == ["m2"]
    with office.database.transaction() as session:
        assert audit.entries(session, actor="system")[0].detail == "conversation_events=1,messages=1,events=1"
