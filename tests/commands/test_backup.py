"""A lost deployment comes back from its archive, on SQLite and on Postgres; wrong archives do not."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from commands.backup import MANIFEST, BackupFailed, check, create, restore
from services import health, inbox, media, outbox
from services.db.engine import Database, open_database
from services.db.migrate import is_current, upgrade
from services.evidence_store import EvidenceStore
from services.inbox import NewEvent
from services.media import WantedItem
from services.outbox import Reply
from services.secrets import cipher_for
from services.settings import Settings
from services.spool import Spool
from tests.services.conftest import postgres_url

__all__ = ["postgres_url"]
pytestmark = pytest.mark.timeout(180)
PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 40


@pytest.fixture(params=["sqlite", "postgres"])
def lived(request: pytest.FixtureRequest, deployment: Settings, clock: Any) -> Iterator[Settings]:
    """A deployment with an event at work, a reply in the queue, a picture, and an event in the spool."""
    settings = deployment
    if request.param == "postgres":
        settings = dataclasses.replace(
            settings, database_url=fresh(request.getfixturevalue("postgres_url"), "a")
        )
    database = open_database(settings.database_url)
    upgrade(database)
    cipher, store = cipher_for(settings), EvidenceStore(settings.data_dir)
    kept = store.put(PICTURE)
    with database.transaction() as session:
        event = NewEvent("oa", "c", "m1", "user_send_image", '{"text": "mất xe"}', clock())
        inbox.store(session, cipher, [event], clock())
        [claimed] = inbox.claim(session, cipher, "w", 1, clock())
        outbox.add(session, cipher, "oa", "c", [Reply("text", {"text": "Chào chị"})], clock(), claimed.id)
        media.want(session, cipher, claimed.id, "oa", "c", [WantedItem("image", "https://x.vn/1")], clock())
        [item] = media.claim(session, cipher, "w", 1, clock())
        media.settle(session, item.id, "w", kept.sha256, kept.size, "image/jpeg", clock())
    Spool(settings.data_dir / "spool", cipher).append('{"waits": true}')
    yield settings
    database.close()


def fresh(server: str, name: str) -> str:
    """Make an empty database on the test's server."""
    engine = sa.create_engine(server, future=True, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return f"{server.rpartition('/')[0]}/{name}"


def elsewhere(settings: Settings, tmp_path: Path) -> Settings:
    """An empty machine with the same keys."""
    if settings.database_url.startswith("sqlite"):
        url = f"sqlite:///{tmp_path / 'new' / 'an-ninh.db'}"
    else:
        url = fresh(f"{settings.database_url.rpartition('/')[0]}/postgres", "b")
    return dataclasses.replace(settings, database_url=url, data_dir=tmp_path / "new")


def content(settings: Settings) -> dict[str, Any]:
    """Everything of a deployment that somebody would miss."""
    cipher, database = cipher_for(settings), Database(settings.database_url)
    assert is_current(database)
    with database.transaction(read_only=True) as session:
        rows = {
            table: [
                tuple(map(str, row)) for row in session.execute(sa.text(f"SELECT * FROM {table} ORDER BY 1"))
            ]
            for table in sorted(sa.inspect(database.engine).get_table_names())
        }
        [body] = session.execute(sa.text("SELECT sealed_body FROM inbound_event")).scalars()
        [reply] = session.execute(sa.text("SELECT sealed_payload FROM outbound_message")).scalars()
        [sha256] = session.execute(sa.text("SELECT sha256 FROM media_item")).scalars()
    database.close()
    with Spool(settings.data_dir / "spool", cipher).taken() as waiting:
        texts = list(waiting)
    return {
        "rows": rows,
        "event": cipher.open(body),
        "reply": json.loads(cipher.open(reply)),
        "picture": EvidenceStore(settings.data_dir).path(sha256).read_bytes(),
        "spool": texts,
    }


def test_a_lost_deployment_comes_back_whole(lived: Settings, clock: Any, tmp_path: Path) -> None:
    archive = create(lived, tmp_path / "backups", clock())
    assert archive.name == "an-ninh-20261121-050000.tar.gz"
    assert archive.stat().st_mode & 0o077 == 0
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]
    new = elsewhere(lived, tmp_path)
    before = content(lived)
    assert restore(new, archive) == len(check(archive)) == 3
    assert content(new) == before
    assert before["event"] == '{"text": "mất xe"}'
    assert (before["picture"], before["spool"]) == (PICTURE, ['{"waits": true}'])
    # It goes on where it stood: the next event is numbered on, the lost worker's is given back.
    database = Database(new.database_url)
    with database.transaction() as session:
        assert inbox.release_expired(session, clock.forward(120)) == 1
        event = NewEvent("oa", "d", "m2", "user_send_text", "{}", clock())
        inbox.store(session, cipher_for(new), [event], clock())
        assert len(inbox.claim(session, cipher_for(new), "w", 5, clock())) == 2
        assert health.measure(session, clock()).outbox.open == 1
    database.close()
    open_database(new.database_url).close()


def test_nothing_is_overwritten(lived: Settings, clock: Any, tmp_path: Path) -> None:
    archive = create(lived, tmp_path / "backups", clock())
    with pytest.raises(BackupFailed, match=r"is there already|there is a database already|is not empty"):
        restore(lived, archive)
    new = elsewhere(lived, tmp_path)
    (new.data_dir / "evidence" / "ab").mkdir(parents=True)
    (new.data_dir / "evidence" / "ab" / "file").write_text("x")
    with pytest.raises(BackupFailed, match="there are files already"):
        restore(new, archive)
    with pytest.raises(BackupFailed, match="is there already"):
        create(lived, tmp_path / "backups", clock())


@pytest.fixture
def archive(deployment: Settings, clock: Any, tmp_path: Path) -> Path:
    database = open_database(deployment.database_url)
    upgrade(database)
    EvidenceStore(deployment.data_dir).put(PICTURE)
    made = create(deployment, tmp_path / "backups", clock())
    database.close()
    return made


def test_an_archive_that_is_cut_or_changed_is_refused(archive: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(BackupFailed, match="cannot be read"):
        check(cut)
    with pytest.raises(BackupFailed, match="not whole"):
        check(
            rewritten(archive, tmp_path, lambda name, data: data[:-1] + b"?" if "evidence" in name else data)
        )
    with pytest.raises(BackupFailed, match="not whole"):
        check(rewritten(archive, tmp_path, lambda name, data: None if "evidence" in name else data))


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "evidence/../../outside", "other"])
def test_an_archive_leads_nowhere_else(
    archive: Path, tmp_path: Path, deployment: Settings, name: str
) -> None:
    hostile = rewritten(archive, tmp_path, lambda _, data: data, more={name: b"x"})
    new = elsewhere(deployment, tmp_path)
    with pytest.raises(BackupFailed, match="something else"):
        restore(new, hostile)
    assert not new.data_dir.exists()


def test_the_other_kind_of_database_is_refused(
    archive: Path, deployment: Settings, clock: Any, tmp_path: Path
) -> None:
    other = dataclasses.replace(deployment, database_url="postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(BackupFailed, match="not of Postgres"):
        restore(other, archive)
    with pytest.raises(BackupFailed, match="pg_dump failed"):
        create(other, tmp_path / "backups", clock.forward(1))
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [archive.name]


def test_without_a_database_there_is_no_archive(deployment: Settings, clock: Any, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="there is no database file"):
        create(deployment, tmp_path / "backups", clock())
    assert os.listdir(tmp_path / "backups") == []
    shutil.rmtree(tmp_path / "backups")


def rewritten(archive: Path, folder: Path, change: Any, more: dict[str, bytes] | None = None) -> Path:
    """An archive with other contents (None leaves a file out) and more files."""
    target = folder / "rewritten.tar.gz"
    with tarfile.open(archive) as source, tarfile.open(target, "w:gz") as made:
        for member in source:
            file = source.extractfile(member)
            assert file is not None
            data = change(member.name, file.read()) if member.name != MANIFEST else file.read()
            if data is not None:
                add(made, member.name, data)
        for name, data in (more or {}).items():
            add(made, name, data)
    return target


def add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))
