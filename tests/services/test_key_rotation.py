"""A key is retired: everything is readable and findable with the new one alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from commands.reports import app
from services import (
    digest,
    inbox,
    key_rotation,
    outbox,
    report_access,
    report_desk,
    report_drafts,
    report_marks,
)
from services.db import Database, open_database
from services.db.models import Base
from services.db.staff_tables import StaffAccount
from services.errors import StorageError
from services.inbox import NewEvent
from services.outbox import Reply
from services.reports import submit
from services.return_address import Address
from services.secrets import Cipher
from services.sign_in import TOTP_PURPOSE
from tests.services.report_samples import LAN, OA, STORY, theft
from tests.services.test_report_desk import CATALOGUE, CLOCKS, HUNG, LEAD

PURPOSES = ("return address", "report receipt", "report contact", "report draft", TOTP_PURPOSE)
NEW_KEY = Fernet.generate_key().decode("ascii")


def fill(database: Database, cipher: Cipher, now: Any) -> list[Any]:
    with database.transaction() as session:
        inbox.store(session, cipher, [NewEvent(OA, LAN, "m1", "user_send_text", "{}", now)], now)
        outbox.add(session, cipher, OA, LAN, [Reply("text", {"text": "Dạ"})], now)
        report_drafts.save(session, cipher, OA, LAN, {"story": STORY}, now)
        digest.subscribe(session, cipher, Address(OA, LAN), "hcm_tay_thanh", now)
        return [
            submit(session, cipher, theft(draft_id=identity, identity=identity), now)
            for identity in ("named", "secret", "anonymous")
        ]


def test_after_a_rotation_the_old_key_is_not_needed(
    each_database: Database, cipher: Cipher, data_key: str, clock: Any
) -> None:
    receipts = fill(each_database, cipher, clock())
    done = key_rotation.rotate(each_database, Cipher((NEW_KEY, data_key)))
    assert {one.table: (one.rows, one.unreadable) for one in done if one.rows} == {
        "inbound_event": (1, 0), "outbound_message": (1, 0), "report": (3, 0), "report_fact": (9, 0),
        "report_evidence": (6, 0), "report_mark": (14, 0), "report_draft": (1, 0),
        "digest_subscription": (1, 0),
    }  # fmt: skip
    new = Cipher((NEW_KEY,))
    with each_database.transaction() as session:
        again = [
            submit(session, new, theft(draft_id=identity, identity=identity), clock())
            for identity in ("named", "secret", "anonymous")
        ]
        assert [(one.code, one.secret, one.created) for one in again] == [
            (one.code, one.secret, False) for one in receipts
        ]
        own = report_access.own_reports(session, new, OA, LAN, clock())
        assert [one.code for one in own] == [receipts[1].code, receipts[0].code]
        draft = report_drafts.load(session, new, OA, LAN, clock())
        assert draft is not None
        assert draft.body == {"story": STORY}
        assert report_marks.reports_with(session, new, "plate", ["59X112345"]) == {1, 2, 3}
        sheet = report_desk.open_report(session, new, CATALOGUE, CLOCKS, HUNG, 3, clock())
        assert sheet is not None
        assert (sheet.story, len(sheet.facts)) == (STORY, 3)
        contact = report_desk.names(session, new, LEAD, 1, "goi_lai", clock())
        assert contact is not None
        assert contact.name == "Nguyễn Thị Lan"
        assert digest.subscription(session, new, Address(OA, LAN)) is not None
        (message,) = outbox.claim(session, new, "w", 5, clock())
        assert message.payload == {"text": "Dạ"}


def test_every_sealed_column_is_sealed_anew(
    database: Database, cipher: Cipher, data_key: str, clock: Any
) -> None:
    fill(database, cipher, clock())
    with database.transaction() as session:
        totp = cipher.for_purpose(TOTP_PURPOSE).seal("JBSWY3DPEHPK3PXP")
        session.add(
            StaffAccount(
                login="hung", display_name="Hùng", role="officer", units="",
                password_hash="x", must_change=False, sealed_totp=totp, totp_step=0,
                created_at=clock(), password_set_at=clock(),
            )
        )  # fmt: skip
    key_rotation.rotate(database, Cipher((NEW_KEY, data_key)))
    with database.transaction() as session:
        moved = session.execute(sa.select(StaffAccount.sealed_totp)).scalar_one()
        assert Cipher((NEW_KEY,)).for_purpose(TOTP_PURPOSE).open(moved) == "JBSWY3DPEHPK3PXP"
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if column.name.startswith("sealed_"):
                    for sealed in session.execute(sa.select(column).where(column.is_not(None))).scalars():
                        for purpose in PURPOSES:
                            with pytest.raises(StorageError):
                                cipher.for_purpose(purpose).open(sealed)
                        with pytest.raises(StorageError):
                            cipher.open(sealed)


def test_what_no_key_opens_is_counted_and_left(database: Database, cipher: Cipher, clock: Any) -> None:
    fill(database, cipher, clock())
    done = key_rotation.rotate(database, Cipher((NEW_KEY,)))
    assert {one.table: one.unreadable for one in done if one.unreadable}["report"] == 3
    with database.transaction() as session:
        assert report_access.own_reports(session, cipher, OA, LAN, clock())


@pytest.fixture
def deployed(
    database: Database, database_file: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator's shell names the test's database."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database_file}")
    open_database.cache_clear()


@pytest.mark.usefixtures("deployed")
def test_operators_rotate_keys_delete_and_read_the_trail(
    database: Database, cipher: Cipher, clock: Any, data_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, cipher, clock())
    run = CliRunner()
    monkeypatch.setenv("DATA_KEYS", NEW_KEY)
    refused = run.invoke(app, ["rotate-keys"])
    assert refused.exit_code == 1
    assert "report: 0, không đọc được 3" in refused.stdout
    monkeypatch.setenv("DATA_KEYS", f"{NEW_KEY},{data_key}")
    rotated = run.invoke(app, ["rotate-keys"])
    assert (rotated.exit_code, rotated.stdout.splitlines()[-1]) == (
        0, "Xong: mọi dữ liệu đã theo khóa mới, có thể bỏ khóa cũ khỏi DATA_KEYS.",
    )  # fmt: skip
    assert run.invoke(app, ["retention"]).stdout.splitlines()[0] == "addresses: 0"
    erased = run.invoke(app, ["erase", OA, LAN])
    assert erased.stdout.startswith("Biên nhận xóa dữ liệu XD-")
    trail = [line.split(" ", 2)[2] for line in run.invoke(app, ["audit", "--limit", "3"]).stdout.splitlines()]
    assert trail[0].startswith("citizen erasure.done XD-")
    assert trail[1].startswith("system retention.ran")
    assert trail[2] == "citizen report.submitted tin 3"
