"""The bytes citizens sent, kept as they came: one file for each content, named by its SHA-256.

Files lie in `<data_dir>/evidence/ab/cd/<sha256>`, outside every web root, for the owner of the
process only. A file appears whole or not at all, and reading checks that nobody changed it. What a
file is about is not known here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from services.errors import StorageError

# The database lies on the same disk: pictures must not take the last of its room.
KEEP_FREE_BYTES = 200 * 1024 * 1024
# Longer than any download: an unfinished file of this age belongs to a process that died.
ABANDONED_SECONDS = 3600.0

_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = "unfinished"


class EvidenceLost(Exception):
    """A file that was stored is gone or was changed: nobody may rely on it, and an officer is told."""


@dataclass(frozen=True)
class Kept:
    """A stored content: its SHA-256 in hex, and its size in bytes."""

    sha256: str
    size: int


class EvidenceStore:
    """The evidence folder of a deployment. The folder is made when the first file comes."""

    def __init__(self, data_dir: Path, keep_free: int = KEEP_FREE_BYTES) -> None:
        self._root = data_dir / "evidence"
        self._keep_free = keep_free

    def draft(self) -> Draft:
        """Begin a file of unknown length; leaving its block without `keep` removes it.

        Raises StorageError when the disk has no room.
        """
        with _storage_errors():
            folder = _private(self._root, _UNFINISHED)
            if shutil.disk_usage(folder).free < self._keep_free:
                raise StorageError("evidence: too little room on the disk")
        return Draft(self._root, folder / uuid.uuid4().hex)

    def put(self, data: bytes) -> Kept:
        """Keep bytes that are in memory. Raises StorageError."""
        with self.draft() as draft:
            draft.write(data)
            return draft.keep()

    def path(self, sha256: str) -> Path:
        """Give where a content lies, or would lie. Raises ValueError for what is no SHA-256 in hex."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def discard(self, hashes: Iterable[str]) -> int:
        """Delete contents for good; give how many there were. Raises StorageError."""
        number = 0
        with _storage_errors():
            for sha256 in hashes:
                try:
                    self.path(sha256).unlink()
                    number += 1
                except FileNotFoundError:
                    continue
        return number

    def kept(self, older_than: float = ABANDONED_SECONDS) -> set[str]:
        """Give the hashes of all contents that lie here for that many seconds. Raises StorageError."""
        with _storage_errors():
            return {
                path.name
                for path in self._root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")
                if _SHA256.fullmatch(path.name) and time.time() - path.stat().st_mtime >= older_than
            }

    def read(self, sha256: str) -> bytes:
        """Read a content back. Raises EvidenceLost when it is gone or no longer the same, StorageError."""
        path = self.path(sha256)
        with _storage_errors():
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                raise EvidenceLost(f"evidence {sha256[:12]} is gone") from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise EvidenceLost(f"evidence {sha256[:12]} was changed")
        return data

    def remove_abandoned(self, older_than: float = ABANDONED_SECONDS) -> int:
        """Remove unfinished files of processes that died, older than so many seconds; give how many."""
        removed = 0
        with _storage_errors():
            for path in (self._root / _UNFINISHED).glob("*"):
                try:
                    if time.time() - path.stat().st_mtime >= older_than:
                        path.unlink()
                        removed += 1
                except FileNotFoundError:
                    # Finished, or removed by another process, in this moment.
                    continue
        return removed


class Draft:
    """A file that is being written. Everything the disk refuses is a StorageError."""

    def __init__(self, root: Path, path: Path) -> None:
        self._root = root
        self.path = path
        self._hash = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0
        with _storage_errors():
            # Unbuffered: a full disk is felt by the write, not by the close.
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", 0)

    @property
    def md5(self) -> str:
        """The MD5 so far, in hex: platforms name it beside a file."""
        return self._md5.hexdigest()

    def write(self, data: bytes) -> None:
        """Append bytes. Raises StorageError."""
        with _storage_errors():
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]
        self._hash.update(data)
        self._md5.update(data)
        self.size += len(data)

    def keep(self) -> Kept:
        """Put the whole file in its place, durably; a content that is there already stays as it is."""
        sha256 = self._hash.hexdigest()
        with _storage_errors():
            os.fsync(self._file.fileno())
            self._file.close()
            folder = _private(self._root, sha256[:2], sha256[2:4])
            place = folder / sha256
            if _digest(place) == sha256:
                self.path.unlink()
            else:
                os.replace(self.path, place)
                _sync_folder(folder)
        return Kept(sha256, self.size)

    def __enter__(self) -> Draft:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        finally:
            self.path.unlink(missing_ok=True)


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"evidence: {error.strerror or type(error).__name__}") from error


def _private(root: Path, *names: str) -> Path:
    """Make a folder and those above it for this user alone; the data folder itself may be wider."""
    root.parent.mkdir(parents=True, exist_ok=True)
    folder = root
    for step in ("", *names):
        folder = folder / step
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        # A new folder has to be in the one above it when the power fails.
        _sync_folder(folder.parent)
    return folder


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except FileNotFoundError:
        return None
    return digest.hexdigest()
