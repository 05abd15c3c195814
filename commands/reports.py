"""Commands for operators of the reports: keys, retention, deletion on request, the audit trail.

python -m commands.reports retention
python -m commands.reports rotate-keys
python -m commands.reports erase OA-ID ZALO-ID
python -m commands.reports audit --limit 20
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import typer
from dotenv import load_dotenv

from services import audit, erasure, key_rotation, retention
from services.clock import VIETNAM, utc_now
from services.content_schema import ContentError
from services.db import Database, open_database
from services.db.migrate import upgrade
from services.errors import SettingsError, StorageError
from services.evidence_store import EvidenceStore
from services.secrets import Cipher, cipher_for
from services.settings import ROOT, Settings, load_settings

app = typer.Typer(help="Tin báo: hạn lưu, khóa mã hóa, xóa theo yêu cầu, nhật ký.", no_args_is_help=True)
_CONTENT = Path(__file__).resolve().parent.parent / "content"
_FOLDER = typer.Option(_CONTENT, "--content", help="Thư mục nội dung.")


@app.command(name="retention")
def run_retention(content: Path = _FOLDER) -> None:
    """Xóa những gì đã quá hạn lưu trong content/retention.yml. Nên chạy mỗi ngày một lần."""
    settings, database, cipher = _open()
    store = EvidenceStore(settings.data_dir)
    try:
        periods = retention.load_periods(content)
        with database.transaction() as session:
            deleted = retention.run(session, cipher, periods, utc_now())
        files = store.discard(deleted.files)
        # What an earlier run that was cut off left without an owner.
        with database.transaction(read_only=True) as session:
            named = retention.named_files(session)
        files += store.discard(store.kept() - named)
    except (ContentError, StorageError) as error:
        _fail(str(error))
    for kind, number in sorted({**deleted.counts, "files": files}.items()):
        typer.echo(f"{kind}: {number}")


@app.command()
def rotate_keys() -> None:
    """Mã hóa lại mọi dữ liệu bằng khóa đứng đầu DATA_KEYS; xong mới bỏ khóa cũ."""
    _, database, cipher = _open()
    try:
        done = key_rotation.rotate(database, cipher)
    except StorageError as error:
        _fail(str(error))
    for one in done:
        typer.echo(
            f"{one.table}: {one.rows}" + (f", không đọc được {one.unreadable}" if one.unreadable else "")
        )
    if any(one.unreadable for one in done):
        _fail("Còn dòng không khóa nào mở được: chưa được bỏ khóa cũ.")
    typer.echo("Xong: mọi dữ liệu đã theo khóa mới, có thể bỏ khóa cũ khỏi DATA_KEYS.")


@app.command()
def erase(
    account_id: str = typer.Argument(..., help="Mã Official Account."),
    citizen_id: str = typer.Argument(..., help="Mã người dùng Zalo của người yêu cầu."),
) -> None:
    """Xóa dữ liệu của một người theo yêu cầu, trong phạm vi luật cho phép, và in biên nhận."""
    settings, database, cipher = _open()
    try:
        with database.transaction() as session:
            receipt = erasure.erase(
                session,
                cipher,
                account_id,
                citizen_id,
                utc_now(),
                conversation_ids=(f"zalo-{account_id}-{citizen_id}",),
            )
        EvidenceStore(settings.data_dir).discard(receipt.files)
    except StorageError as error:
        _fail(str(error))
    typer.echo(receipt.text)


@app.command(name="audit")
def show_audit(
    report_id: int | None = typer.Option(None, "--report", help="Chỉ một tin (số thứ tự)."),
    actor: str | None = typer.Option(None, help="Chỉ một người, ví dụ officer:7."),
    limit: int = typer.Option(50, help="Bao nhiêu dòng mới nhất."),
) -> None:
    """In nhật ký: ai xem, ai sửa gì, lúc nào (giờ Việt Nam)."""
    _, database, _ = _open()
    with database.transaction(read_only=True) as session:
        found = audit.entries(session, report_id, actor, limit)
    for one in found:
        at = one.at.astimezone(VIETNAM)
        about = f" tin {one.report_id}" if one.report_id is not None else ""
        typer.echo(f"{at:%Y-%m-%d %H:%M:%S} {one.actor} {one.action}{about} {one.detail}".rstrip())


def _open() -> tuple[Settings, Database, Cipher]:
    load_dotenv(ROOT / ".env")
    try:
        settings = load_settings()
    except SettingsError as error:
        _fail(str(error))
    database = open_database(settings.database_url)
    upgrade(database)
    return settings, database, cipher_for(settings)


def _fail(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
