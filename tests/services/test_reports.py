"""A confirmed report is stored once, whole, and unreadable without the keys."""

from __future__ import annotations

import itertools
import json
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services import inbox, media, report_drafts, report_marks, reports
from services.db.engine import Database
from services.db.models import Base
from services.db.report_tables import Report, ReportFact
from services.inbox import NewEvent
from services.media import WantedItem
from services.report_identity import preview
from services.reports import CONTACT_PURPOSE, Receipt, submit
from services.return_address import Address, open_address
from services.secrets import Cipher
from tests.services.report_samples import AT_NINE, BAY, LAN, OA, STORY, theft

STREET = {"duong": "Lũy Bán Bích", "hem": "12"}
SHARED_BY_ALL = {
    "account_id", "category", "group_id", "unit_id", "ward_id", "identity", "questionnaire_version",
}  # fmt: skip


def rows(database: Database, table: str) -> list[dict[str, Any]]:
    """All rows of a table, oldest first."""
    with database.transaction() as session:
        found = session.execute(sa.select(Base.metadata.tables[table]).order_by(sa.text("id")))
        return [dict(row._mapping) for row in found]


def put(database: Database, cipher: Cipher, now: datetime, **changes: Any) -> Receipt:
    with database.transaction() as session:
        return submit(session, cipher, theft(**changes), now)


def send_pictures(database: Database, cipher: Cipher, now: datetime, number: int = 2) -> None:
    """The citizen sent pictures in one message."""
    with database.transaction() as session:
        inbox.store(session, cipher, [NewEvent(OA, LAN, "m1", "user_send_image", "{}", now)], now)
        event_id = media.event_id(session, OA, "m1")
        assert event_id is not None
        wanted = [WantedItem("image", f"https://zalo.example/{one}") for one in range(number)]
        media.want(session, cipher, event_id, OA, LAN, wanted, now)


def test_a_report_is_stored_field_by_field(each_database: Database, cipher: Cipher, clock: Any) -> None:
    send_pictures(each_database, cipher, clock())
    receipt = put(each_database, cipher, clock())
    (row,) = rows(each_database, "report")
    sealed = {name: row.pop(name) for name in list(row) if name.startswith("sealed_") or "digest" in name}
    assert row == {
        "id": receipt.report_id,
        "code": receipt.code,
        "account_id": OA,
        "identity": "named",
        "category": "trom_cap",
        "group_id": "toi_pham",
        "unit_id": "ca-phuong-tan-phu",
        "ward_id": "tan-phu",
        "emergency": False,
        "discreet": False,
        "questionnaire_version": "2026-11-21",
        "occurred_from": AT_NINE,
        "occurred_to": AT_NINE,
        "amount": 30_000_000,
        "case_state": "moi",
        "news_state": "none",
        "assigned_to": None,
        "file_number": None,
        "complex_case": False,
        "version": 1,
        "received_at": clock(),
        "state_since": clock(),
        "taken_up_at": None,
        "closed_at": None,
        "erased_at": None,
    }
    assert cipher.open(sealed["sealed_story"]) == STORY
    assert json.loads(cipher.open(sealed["sealed_place"])) == {
        "text": "hẻm 12 Lũy Bán Bích", "latitude": 10.7769, "longitude": 106.6361,
    }  # fmt: skip
    assert json.loads(cipher.for_purpose(CONTACT_PURPOSE).open(sealed["sealed_contact"])) == {
        "name": "Nguyễn Thị Lan", "phone": "0912.345.678", "address": "34/5 Lũy Bán Bích",
    }  # fmt: skip
    assert open_address(cipher, sealed["sealed_reporter"]) == Address(OA, LAN)
    facts = [
        (row["fact_id"], json.loads(cipher.open(row["sealed_fact"])))
        for row in rows(each_database, "report_fact")
    ]
    assert facts == [
        ("thoi_gian", {"said": "tối qua", "value": {"start": "2026-11-20T21:00:00+07:00"}, "doubt": ""}),
        ("dia_diem", {"said": "hẻm 12 Lũy Bán Bích", "value": STREET, "doubt": ""}),
        ("bien_so", {"said": "59x1 12345", "value": "59X1-123.45", "doubt": "no_such_plate"}),
    ]  # fmt: skip
    pictures = [row["id"] for row in rows(each_database, "media_item")]
    evidence = [
        json.loads(cipher.open(row["sealed_source"])) for row in rows(each_database, "report_evidence")
    ]
    assert evidence == [["m1", 0, pictures[0]], ["m1", 1, pictures[1]]]
    marks = [(row["kind"], cipher.open(row["sealed_value"])) for row in rows(each_database, "report_mark")]
    assert marks == [
        ("phone", "0987654321"),
        ("plate", "59X112345"),
        ("cell", "10777|106636"),
        ("street", "luy ban bich|tan-phu"),
        ("reporter_phone", "0912345678"),
    ]
    history = [(row["kind"], row["actor"], row["new_state"]) for row in rows(each_database, "report_event")]
    assert history == [("received", "citizen", "moi")]
    trail = [(row["actor"], row["action"], row["report_id"]) for row in rows(each_database, "audit_entry")]
    assert trail == [("citizen", "report.submitted", receipt.report_id)]


def test_evidence_that_never_arrived_is_noted_all_the_same(
    database: Database, cipher: Cipher, clock: Any
) -> None:
    put(database, cipher, clock())
    sources = [json.loads(cipher.open(row["sealed_source"])) for row in rows(database, "report_evidence")]
    assert sources == [["m1", 0, None], ["m1", 1, None]]


def test_five_deliveries_of_the_confirmation_are_one_report(
    each_database: Database, cipher: Cipher, clock: Any
) -> None:
    receipts = [put(each_database, cipher, clock.forward(60)) for _ in range(5)]
    assert {(one.code, one.secret) for one in receipts} == {(receipts[0].code, receipts[0].secret)}
    assert [one.created for one in receipts] == [True, False, False, False, False]
    counted = {
        table: len(rows(each_database, table))
        for table in ("report", "report_fact", "report_evidence", "report_event")
    }
    assert counted == {"report": 1, "report_fact": 3, "report_evidence": 2, "report_event": 1}


def test_another_citizen_may_name_a_draft_alike(database: Database, cipher: Cipher, clock: Any) -> None:
    codes = {put(database, cipher, clock(), citizen_id=citizen).code for citizen in (LAN, BAY)}
    assert len(codes) == 2


def test_eight_confirmations_at_once_are_one_report(
    each_database: Database, cipher: Cipher, clock: Any
) -> None:
    receipts: list[Receipt] = []
    gate = threading.Barrier(8)

    def confirm() -> None:
        gate.wait(10)
        receipts.append(put(each_database, cipher, clock()))

    threads = [threading.Thread(target=confirm) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len({one.code for one in receipts}) == 1
    assert sorted(one.created for one in receipts) == [False] * 7 + [True]
    assert len(rows(each_database, "report")) == 1


def test_a_code_that_exists_is_drawn_again(
    database: Database, cipher: Cipher, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = put(database, cipher, clock())
    drawn = iter([first.code, first.code, "TP-26-7777-7777"])
    monkeypatch.setattr(reports.report_codes, "new_code", lambda year: next(drawn))
    assert put(database, cipher, clock(), draft_id="draft-2").code == "TP-26-7777-7777"


def test_the_year_of_a_code_is_the_year_in_viet_nam(database: Database, cipher: Cipher) -> None:
    new_year = datetime(2026, 12, 31, 17, 0, tzinfo=timezone.utc)
    assert put(database, cipher, new_year).code.startswith("TP-27-")


def test_after_a_change_of_keys_a_repeated_confirmation_finds_its_report(
    database: Database, cipher: Cipher, data_key: str, clock: Any
) -> None:
    first = put(database, cipher, clock())
    with_new_key = Cipher(("bmV3IGtleSBuZXcga2V5IG5ldyBrZXkgbmV3IGtleSE=", data_key))
    again = put(database, with_new_key, clock())
    assert (again.code, again.secret, again.created) == (first.code, first.secret, False)


@pytest.mark.parametrize("reachable", [True, False])
def test_an_anonymous_report_leads_to_nobody(
    database: Database, cipher: Cipher, clock: Any, reachable: bool
) -> None:
    clock.forward(17 * 60 + 5)
    send_pictures(database, cipher, clock())
    with database.transaction() as session:
        report_drafts.save(session, cipher, OA, LAN, {"story": STORY}, clock())
    put(database, cipher, clock(), draft_id="d0", identity="named")
    put(database, cipher, clock(), identity="anonymous", reachable=reachable)
    anonymous = rows(database, "report")[1]
    assert (anonymous["reporter_digest"], anonymous["sealed_contact"]) == (None, None)
    assert (anonymous["sealed_reporter"] is None) is not reachable
    assert anonymous["news_state"] == ("none" if reachable else "code_only")
    assert anonymous["received_at"] == clock().replace(minute=0, second=0)
    # No value of its rows stands in any row that names the citizen, or in what she did by name.
    mine = {
        value
        for table in (
            "report",
            "report_fact",
            "report_evidence",
            "report_event",
            "report_mark",
            "audit_entry",
        )
        for row in rows(database, table)
        if row.get("report_id", row["id"]) == anonymous["id"]
        or (table == "report" and row["id"] == anonymous["id"])
        for name, value in row.items()
        if isinstance(value, (str, datetime)) and name not in SHARED_BY_ALL
    }
    hers = {
        value
        for table in ("inbound_event", "media_item", "report_draft")
        for row in rows(database, table)
        for value in row.values()
        if isinstance(value, (str, datetime))
    }
    assert mine & hers == set()
    assert LAN not in str(mine)
    # A Fernet token shows when it was sealed: theirs show the full hour.
    sealed = [value for value in mine if isinstance(value, str) and value.startswith("gAAAA")]
    assert len(sealed) >= 9
    assert {fernet_moment(token) for token in sealed} == {anonymous["received_at"]}
    with database.transaction() as session:
        assert report_marks.reports_with(session, cipher, "reporter_phone", ["0912345678"]) == {1}


def fernet_moment(token: str) -> datetime:
    """The moment that everybody can read in a Fernet token."""
    import base64

    seconds = int.from_bytes(base64.urlsafe_b64decode(token)[1:9], "big")
    return datetime.fromtimestamp(seconds, tz=timezone.utc)


def test_a_dump_of_the_file_shows_nothing_a_citizen_said(
    database: Database, database_file: Path, cipher: Cipher, clock: Any
) -> None:
    with database.transaction() as session:
        report_drafts.save(session, cipher, OA, LAN, {"story": STORY, "phone": "0912.345.678"}, clock())
    for number, identity in enumerate(("named", "secret", "anonymous")):
        put(database, cipher, clock(), draft_id=f"d{number}", identity=identity)
    database.close()
    dump = b"".join(path.read_bytes() for path in database_file.parent.glob("an-ninh.db*"))
    said = [
        STORY, "Nguyễn Thị Lan", "Lan", "Lũy Bán Bích", "luy ban bich", "34/5", "hẻm 12", "0912.345.678",
        "0912345678", "0987654321", "0987 654 321", "59X1", "59x1", "10.7769", "106.636", LAN, "draft-1",
    ]  # fmt: skip
    assert [word for word in said if word.encode() in dump] == []
    assert b"trom_cap" in dump


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"draft_id": ""}, "without draft_id"),
        ({"identity": "Giấu tên"}, "identity is one of"),
        ({"occurred_from": datetime(2026, 11, 20)}, "without a time zone"),
        ({"latitude": 91.0}, "latitude"),
        ({"amount": -5}, "neither negative"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        theft(**change)


def test_hostile_words_are_kept_as_words(each_database: Database, cipher: Cipher, clock: Any) -> None:
    hostile = (
        '\'; DROP TABLE report; -- <script>alert(1)</script> =HYPERLINK("x") {{7*7}} \ud800 \x00 '
        + "a" * 5_000
    )
    put(
        each_database,
        cipher,
        clock(),
        story=hostile,
        name=hostile,
        place=hostile,
        plates=(hostile,),
        accounts=(hostile,),
    )
    (row,) = rows(each_database, "report")
    assert cipher.open(row["sealed_story"]) == hostile.replace("\ud800", "?")


def test_the_later_moment_may_come_first(database: Database, cipher: Cipher, clock: Any) -> None:
    put(database, cipher, clock(), occurred_from=clock(), occurred_to=AT_NINE)
    (row,) = rows(database, "report")
    assert (row["occurred_from"], row["occurred_to"]) == (AT_NINE, clock())


def test_every_choice_of_identity_is_explained(database: Database) -> None:
    shown = [preview("named"), preview("secret"), preview("anonymous"), preview("anonymous", reachable=False)]
    assert [one.title for one in shown] == ["Để lại tên", "Giữ kín tên", "Giấu tên", "Giấu tên"]
    for one, other in itertools.combinations(shown, 2):
        assert (one.seen, one.hidden, one.answer) != (other.seen, other.hidden, other.answer)


def test_no_report_is_left_by_a_transaction_that_fails(
    database: Database, cipher: Cipher, clock: Any
) -> None:
    with pytest.raises(KeyError), database.transaction() as session:
        submit(session, cipher, theft(), clock())
        raise KeyError("in the middle")
    with database.transaction() as session:
        assert session.execute(sa.select(Report.id)).all() == []
        assert session.execute(sa.select(ReportFact.id)).all() == []
