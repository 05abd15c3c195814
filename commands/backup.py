"""One archive that a deployment can be brought back from: database, evidence, what waits in the spool.

python -m commands.backup create /backups        while everything runs
python -m commands.backup check FILE             is the archive whole?
python -m commands.backup restore FILE           into an empty deployment, with Rasa and console stopped

The keys are not in it, so that a lost archive tells nobody anything: keep DATA_KEYS (or data.key) apart.
SQLite is copied by its own online backup, Postgres by pg_dump; every file is named with its SHA-256.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, NoReturn

import sqlalchemy as sa
import typer
from dotenv import load_dotenv

from services.clock import utc_now
from services.db import Database, open_database
from services.db.migrate import upgrade
from services.errors import SettingsError
from services.settings import ROOT, Settings, load_settings

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, POSTGRES = "database.sqlite", "database.dump"
EVIDENCE, SPOOL = FOLDERS = ("evidence", "spool")
BLOCK = 1024 * 1024
MOST_SECONDS = 6 * 3600

app = typer.Typer(add_completion=False, help="Back a deployment up, and bring it back.", no_args_is_help=True)


class BackupFailed(Exception):
    """The archive was not made, is not whole, or was not brought back; the text says why."""


def create(settings: Settings, folder: Path, now: datetime) -> Path:
    """Write an archive of a running deployment and give its file; it appears whole or not at all.

    Raises BackupFailed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / f"an-ninh-{now:%Y%m%d-%H%M%S}.tar.gz"
        if target.exists():
            raise BackupFailed(f"{target} is there already")
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as temporary:
            # In this order nothing is missed: what leaves the spool is in the database copied afterwards,
            # and the pictures that the database names were on disk before it.
            waiting = _copy_spool(settings.data_dir, Path(temporary))
            copy = _copy_database(settings, Path(temporary))
            kept = _files(settings.data_dir, EVIDENCE)
            part = Path(temporary) / "archive"
            # For the owner only: what is sealed in it is sealed, names of states and times are not.
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                _write(file, [(copy.name, copy), *waiting, *kept], now)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, target)
    except OSError as error:
        raise BackupFailed(
            f"the archive cannot be written: {error.strerror or type(error).__name__}"
        ) from error
    return target


def check(archive: Path) -> dict[str, str]:
    """Read an archive through and give SHA-256 by name. Raises BackupFailed for any difference."""
    found: dict[str, str] = {}
    manifest: dict[str, str] = {}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if not member.isfile() or not _is_ours(member.name):
                    raise BackupFailed(f"the archive holds something else: {member.name[:80]}")
                content = tar.extractfile(member)
                assert content is not None
                if member.name == MANIFEST:
                    manifest = dict(json.loads(content.read())["files"])
                else:
                    found[member.name] = _digest(content)
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:
        raise BackupFailed(f"the archive cannot be read: {type(error).__name__}") from error
    if not manifest or found != manifest:
        raise BackupFailed("the archive is not whole: its files are not those of its list")
    return found


def restore(settings: Settings, archive: Path) -> int:
    """Bring an archive back into an empty deployment, and its schema up to date; give how many files.

    Raises BackupFailed when the archive is not whole, of another kind of database, or when there is
    something that it would overwrite.
    """
    files = check(archive)
    postgres = not settings.database_url.startswith("sqlite")
    wanted = POSTGRES if postgres else SQLITE
    if wanted not in files:
        raise BackupFailed(f"the archive is not of {'Postgres' if postgres else 'SQLite'}: see DATABASE_URL")
    _refuse_if_used(settings)
    data_dir = settings.data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data_dir, prefix=".restoring-") as temporary:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if member.name != MANIFEST:
                    _extract(tar, member, Path(temporary))
        _bring_back(settings, Path(temporary) / wanted)
        for name in FOLDERS:
            if (Path(temporary) / name).exists():
                shutil.rmtree(data_dir / name, ignore_errors=True)
                os.replace(Path(temporary) / name, data_dir / name)
    database = open_database(settings.database_url)
    upgrade(database)
    return len(files)


class _Hashing:
    """Reads a file, and knows the SHA-256 of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data = self._file.read(size)
        self._digest.update(data)
        return data

    def hexdigest(self) -> str:
        """Give the hash of all that was read."""
        return self._digest.hexdigest()


def _write(file: IO[bytes], sources: Iterable[tuple[str, Path]], now: datetime) -> None:
    digests: dict[str, str] = {}
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
        for name, path in sources:
            try:
                with path.open("rb") as source:
                    content = _Hashing(source)
                    _add(tar, name, os.fstat(source.fileno()).st_size, content)
            except FileNotFoundError:
                # Deleted by age since it was listed.
                continue
            digests[name] = content.hexdigest()
        listed = json.dumps(
            {"format": FORMAT, "made_at": now.isoformat(), "files": digests}, indent=1
        ).encode()
        _add(tar, MANIFEST, len(listed), io.BytesIO(listed))


def _add(tar: tarfile.TarFile, name: str, size: int, content: Any) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)


def _files(data_dir: Path, folder: str) -> Iterable[tuple[str, Path]]:
    for path in sorted((data_dir / folder).rglob("*")):
        name = path.relative_to(data_dir)
        if path.is_file() and not path.is_symlink() and "unfinished" not in name.parts:
            yield name.as_posix(), path


def _copy_spool(data_dir: Path, folder: Path) -> list[tuple[str, Path]]:
    copied = []
    for name, path in _files(data_dir, SPOOL):
        try:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            copied.append((name, Path(shutil.copyfile(path, folder / name))))
        except FileNotFoundError:
            # Stored by Rasa meanwhile, and in the copy of the database that is made next.
            continue
    return copied


def _copy_database(settings: Settings, folder: Path) -> Path:
    url = sa.engine.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        source, target = Path(url.database or ""), folder / SQLITE
        if not source.exists():
            raise BackupFailed("there is no database file")
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as here:
            with closing(sqlite3.connect(target)) as there:
                here.backup(there, pages=1000)
                (verdict,) = there.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise BackupFailed(f"the copy of the database is damaged: {verdict[:100]}")
        return target
    target = folder / POSTGRES
    _run_postgres(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(target)], url)
    return target


def _bring_back(settings: Settings, copy: Path) -> None:
    url = sa.engine.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        target = Path(url.database or "")
        target.parent.mkdir(parents=True, exist_ok=True)
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(copy, target)
        return
    command = ["pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    _run_postgres([*command, "--dbname", str(url.database), str(copy)], url)


def _run_postgres(command: list[str], url: sa.engine.URL) -> None:
    environment = {
        **os.environ,
        "PGHOST": url.host or "",
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username or "",
        "PGDATABASE": url.database or "",
        # By the environment: other users of the machine can read the arguments of a process.
        "PGPASSWORD": str(url.password or ""),
    }
    try:
        subprocess.run(
            command,
            check=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=MOST_SECONDS,
        )
    except FileNotFoundError:
        raise BackupFailed(f"{command[0]} is not installed (Debian: postgresql-client)") from None
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        told = (error.stderr or b"").decode(errors="replace").strip().splitlines()[-3:]
        raise BackupFailed(f"{command[0]} failed: {' '.join(told) or type(error).__name__}") from error


def _refuse_if_used(settings: Settings) -> None:
    url = sa.engine.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        if Path(url.database or "").exists():
            raise BackupFailed(f"there is a database already: move {url.database} away first")
    else:
        database = Database(settings.database_url)
        try:
            if sa.inspect(database.engine).get_table_names():
                raise BackupFailed("the database is not empty: create a new one, and name it in DATABASE_URL")
        except sa.exc.SQLAlchemyError as error:
            raise BackupFailed(f"the database does not answer: {type(error).__name__}") from error
        finally:
            database.close()
    for name in FOLDERS:
        folder = settings.data_dir / name
        if folder.exists() and any(path.is_file() for path in folder.rglob("*")):
            raise BackupFailed(f"there are files already: move {folder} away first")


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    # `check` has seen that every name is one of ours: nothing leads out of the folder.
    target = folder / member.name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = tar.extractfile(member)
    assert content is not None
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file, BLOCK)


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return False
    return name in (MANIFEST, SQLITE, POSTGRES) or (len(path.parts) > 1 and path.parts[0] in FOLDERS)


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := content.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


@app.command(name="create")
def run_create(folder: Path) -> None:
    """Write an archive of this deployment, while it runs, and read it through."""
    try:
        archive = create(_settings(), folder, utc_now())
        files = check(archive)
    except BackupFailed as error:
        _fail(str(error))
    size = archive.stat().st_size / 1024**2
    typer.echo(f"{archive}: {len(files)} files, {size:.1f} MB, read through. The keys are not in it.")


@app.command(name="check")
def run_check(archive: Path) -> None:
    """Read an archive through."""
    try:
        files = check(archive)
    except BackupFailed as error:
        _fail(str(error))
    typer.echo(f"{archive}: whole, {len(files)} files.")


@app.command(name="restore")
def run_restore(archive: Path) -> None:
    """Bring an archive back into an empty deployment. Stop Rasa, action server and console first."""
    try:
        number = restore(_settings(), archive)
    except BackupFailed as error:
        _fail(str(error))
    typer.echo(f"{number} files are back, the schema is the newest. Now: make doctor.")


def _settings() -> Settings:
    load_dotenv(ROOT / ".env")
    try:
        return load_settings()
    except SettingsError as error:
        _fail(str(error))


def _fail(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
