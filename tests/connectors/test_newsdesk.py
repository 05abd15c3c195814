"""The operator's news commands, from a seed to a broadcast, against a local Zalo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from connectors.zalo import newsdesk, operator, publishing
from services import digest
from services.clock import utc_now
from services.db import Database, open_database
from services.db.migrate import upgrade
from services.db.models import InboundEvent, OutboundMessage
from services.db.news_tables import Publication
from services.db.staff_tables import StaffAccount
from services.return_address import Address
from services.secrets import cipher_for
from services.settings import Settings, load_settings
from tests.connectors.test_operator import zalo_url as zalo_url

OA = "9990001112223334445"
PICTURE = "https://example.vn/bia.jpg"


@pytest.fixture
def settings(
    environ: dict[str, str], zalo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    values = {
        **environ, "ZALO_OPENAPI_URL": zalo_url, "ZALO_OAUTH_URL": zalo_url,
        "ZALO_OA_NAME": "Công an phường Tây Thạnh", "DATABASE_URL": f"sqlite:///{tmp_path / 'news.db'}",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(operator, "load_dotenv", lambda *_: None)
    monkeypatch.setattr(publishing, "is_night", lambda now: False)
    monkeypatch.setattr(publishing, "VERIFY_PAUSE", 0.3)
    return load_settings(values)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings.database_url)
    upgrade(database)
    now = utc_now()
    with database.transaction() as session:
        session.add(
            StaffAccount(
                login="lan", display_name="Lan", role="officer", units="*", password_hash="x",
                must_change=False, totp_step=0, created_at=now, password_set_at=now,
            )
        )  # fmt: skip
    yield database
    database.close()


def run(*arguments: str, typed: str = "") -> tuple[int, str]:
    newsdesk.console.width = 220
    result = CliRunner().invoke(operator.app, list(arguments), input=typed)
    return result.exit_code, result.output


def count(database: Database, table: Any) -> int:
    with database.transaction(read_only=True) as session:
        return int(session.execute(sa.select(sa.func.count(table.id))).scalar_one())


def test_from_a_seed_to_a_broadcast_that_is_written_down(database: Database) -> None:
    seed = ("--seed", "canh_bao_phat_nguoi_gia", "--picture", PICTURE)
    assert run("news", "add", *seed, "--by", "ai-do") == (
        1, "Không có tài khoản đang mở tên “ai-do”. Xem: python -m commands.staff list\n",
    )  # fmt: skip
    code, printed = run("news", "add", *seed, "--by", "lan")
    assert (code, "Đã lưu bản nháp số 1." in printed) == (0, True), printed
    code, printed = run("news", "preview", "1")
    assert code == 0, printed
    assert "Tin nhắn, cuộc gọi báo “phạt nguội” kèm đường link là giả" in printed
    assert "Nguồn: Thông tư 73/2024/TT-BCA, qua CafeF 8/2025 · Kiểm tra ngày 21/11/2026" in printed
    code, printed = run("news", "broadcast", "1", "--all", "--yes", "--by", "lan")
    assert (code, "duyệt đăng tin trước" in printed) == (1, True), printed
    assert run("news", "publish", "1", "--by", "lan")[0] == 0
    code, printed = run("news", "broadcast", "1", "--all", "--dry-run", "--by", "lan")
    assert code == 0, printed
    assert "Chạy thử: chưa gửi gì, chưa lưu gì." in printed
    assert count(database, Publication) == 0
    code, printed = run("news", "broadcast", "1", "--all", "--by", "lan", typed="n\n")
    assert (code, "Đã dừng, chưa gửi gì." in printed, count(database, Publication)) == (1, True, 0)
    code, printed = run("news", "broadcast", "1", "--all", "--yes", "--by", "lan")
    assert (code, "đã gửi" in printed) == (0, True), printed
    code, printed = run("news", "outcome", "1")
    assert (code, "Công an phường Tây Thạnh" in printed, "officer:lan" in printed) == (0, True, True)
    assert run("news", "resume", "1")[0] == 0
    code, printed = run("news", "settle", "1", "--oa", OA, "--sent", "--by", "lan")
    assert (code, "không có gì để xác nhận" in printed) == (1, True), printed


def test_a_page_without_quota_stops_the_broadcast_before_anything_is_sent(
    database: Database, zalo_url: str
) -> None:
    import requests

    requests.post(f"{zalo_url}/api/control/broadcasts", json={"oa_id": OA, "remain": 0}, timeout=5)
    run("news", "add", "--seed", "so_khan_cap", "--picture", PICTURE, "--by", "lan")
    run("news", "publish", "1", "--by", "lan")
    code, printed = run("news", "broadcast", "1", "--oa", OA, "--yes", "--by", "lan")
    assert code == 1
    assert "hết hạn mức gửi của tháng" in printed
    assert "Chưa gửi trang nào" in printed
    assert count(database, Publication) == 0


def test_what_cannot_be_done_is_said_in_a_sentence(database: Database, tmp_path: Path) -> None:
    wrong = tmp_path / "tin.yml"
    wrong.write_text("id: tin\nkind: khac\n", encoding="utf-8")
    code, printed = run("news", "add", str(wrong), "--by", "lan")
    assert (code, "tin.yml · kind" in printed) == (1, True), printed
    assert run("news", "preview", "9") == (1, "Không có tin số 9.\n")
    run("news", "add", "--seed", "so_khan_cap", "--by", "lan")
    code, printed = run("news", "preview", "1")
    assert (code, "phải có hình bìa" in printed) == (1, True), printed
    code, printed = run("news", "broadcast", "1", "--oa", "123", "--by", "lan")
    assert (code, "Không có trang Zalo với mã: 123" in printed) == (1, True), printed


def test_the_digest_is_sent_by_cron_once_to_each(settings: Settings, database: Database) -> None:
    now, cipher = utc_now(), cipher_for(settings)
    with database.transaction() as session:
        for number, (citizen, ago) in enumerate((("an", 1), ("binh", 72), ("chi", 200))):
            at = now - timedelta(hours=ago)
            session.add(
                InboundEvent(
                    account_id=OA, citizen_id=citizen, event_key=str(number), kind="user_send_text",
                    sealed_body="x", state="done", sent_at=at, received_at=at, next_try_at=at,
                )
            )  # fmt: skip
            digest.subscribe(session, cipher, Address(OA, citizen), "hcm_tay_thanh", now)
    assert "Chạy thử" in run("digest", "send", "--dry-run")[1]
    assert count(database, OutboundMessage) == 0
    for _ in range(2):
        code, printed = run("digest", "send")
        assert code == 0, printed
    assert count(database, OutboundMessage) == 2
    with database.transaction(read_only=True) as session:
        sealed = session.execute(sa.select(OutboundMessage.sealed_payload)).scalars().first()
    text = cipher.open(sealed)
    assert "Bản tin tuần của Công an phường Tây Thạnh" in text
    assert "HỦY BẢN TIN" in text
