"""The evidence folder: what was stored is there, whole and unchanged, or somebody is told."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services import evidence_store
from services.errors import StorageError
from services.evidence_store import EvidenceLost, EvidenceStore, Kept

PHOTO = b"\xff\xd8\xff" + b"the number plate" * 1000
SHA256 = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "var", keep_free=0)


def files(store: EvidenceStore) -> list[str]:
    root = store.path(SHA256).parents[2]
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


class FullFile:
    """A file on a disk without room."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, _: Any) -> int:
        self._file.write(b"half")
        full()
        return 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_a_picture_is_kept_under_its_hash_for_us_alone(store: EvidenceStore) -> None:
    assert store.put(PHOTO) == Kept(SHA256, len(PHOTO))
    assert files(store) == [f"{SHA256[:2]}/{SHA256[2:4]}/{SHA256}"]
    path = store.path(SHA256)
    modes = [oct(place.stat().st_mode & 0o777) for place in (path, *path.parents[:3])]
    assert modes == ["0o600", "0o700", "0o700", "0o700"]
    assert store.read(SHA256) == PHOTO


def test_what_comes_in_pieces_is_the_same_content(store: EvidenceStore) -> None:
    with store.draft() as draft:
        for start in range(0, len(PHOTO), 1000):
            draft.write(PHOTO[start : start + 1000])
        assert (draft.size, draft.md5) == (len(PHOTO), hashlib.md5(PHOTO).hexdigest())
        assert draft.keep() == Kept(SHA256, len(PHOTO))
    assert store.read(SHA256) == PHOTO


def test_the_same_content_is_stored_once(store: EvidenceStore) -> None:
    store.put(PHOTO)
    first = store.path(SHA256).stat().st_ino
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(store.put, [PHOTO] * 8)) == {Kept(SHA256, len(PHOTO))}
    assert (len(files(store)), store.path(SHA256).stat().st_ino) == (1, first)


def test_an_empty_file_is_a_content_too(store: EvidenceStore) -> None:
    assert store.read(store.put(b"").sha256) == b""


def test_a_file_that_is_not_finished_leaves_nothing(store: EvidenceStore) -> None:
    with pytest.raises(RuntimeError), store.draft() as draft:
        draft.write(PHOTO)
        raise RuntimeError("the connection broke")
    assert files(store) == []


@pytest.mark.parametrize("where", ["write", "sync", "place", "folder", "open"])
def test_a_full_disk_leaves_nothing_and_the_next_try_stores_it(
    where: str, store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "write":
        fdopen: Callable[..., Any] = os.fdopen
        monkeypatch.setattr(evidence_store.os, "fdopen", lambda *args: FullFile(fdopen(*args)))
    else:
        name = {"sync": "fsync", "place": "replace", "folder": "mkdir", "open": "open"}[where]
        monkeypatch.setattr(evidence_store.os, name, full)
    if where == "folder":
        monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(StorageError, match="^evidence: No space left on device$"):
        store.put(PHOTO)
    assert files(store) == []
    monkeypatch.undo()
    assert store.put(PHOTO) == Kept(SHA256, len(PHOTO))


def test_room_is_kept_for_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = EvidenceStore(tmp_path, keep_free=1000)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(evidence_store.shutil, "disk_usage", lambda _: usage._replace(free=999))
    with pytest.raises(StorageError, match="too little room"):
        store.put(PHOTO)
    assert files(store) == []


@pytest.mark.parametrize("harm", ["changed", "cut", "gone"])
def test_harm_to_a_stored_file_is_told_and_healed_by_the_same_content(
    harm: str, store: EvidenceStore
) -> None:
    store.put(PHOTO)
    path = store.path(SHA256)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(PHOTO[:-1] + b"X" if harm == "changed" else PHOTO[:100])
    with pytest.raises(EvidenceLost, match="is gone" if harm == "gone" else "was changed"):
        store.read(SHA256)
    store.put(PHOTO)
    assert store.read(SHA256) == PHOTO


def test_a_disk_that_cannot_be_read_is_tried_later(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    store.put(PHOTO)
    monkeypatch.setattr(Path, "read_bytes", broken)
    with pytest.raises(StorageError, match="Input/output error"):
        store.read(SHA256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", SHA256[:-1], SHA256.upper(), SHA256 + "\n"])
def test_only_a_hash_names_a_file(name: str, store: EvidenceStore) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.read(name)


def test_unfinished_files_of_dead_processes_are_removed_and_live_ones_stay(store: EvidenceStore) -> None:
    assert store.remove_abandoned() == 0
    store.put(PHOTO)
    with store.draft() as old, store.draft() as young:
        os.utime(old.path, (time.time() - 4000,) * 2)
        assert store.remove_abandoned() == 1
        assert (old.path.exists(), young.path.exists()) == (False, True)
    assert store.read(SHA256) == PHOTO
