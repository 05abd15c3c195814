"""What the database does not take in time is kept in a file, and nothing of it is readable there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from services.errors import StorageError
from services.secrets import Cipher
from services.spool import Spool


def test_texts_come_back_once_in_their_order(tmp_path: Path, cipher: Cipher) -> None:
    spool = Spool(tmp_path / "spool", cipher)
    assert spool.is_empty
    for text in ("một", "hai\nba", "bốn"):
        spool.append(text)
    with spool.taken() as texts:
        assert texts == ["một", "hai\nba", "bốn"]
        spool.append("năm")
    assert not spool.is_empty
    with spool.taken() as texts:
        assert texts == ["năm"]
    assert spool.is_empty


def test_a_failure_while_they_are_stored_keeps_them(tmp_path: Path, cipher: Cipher) -> None:
    spool = Spool(tmp_path / "spool", cipher)
    spool.append("tin báo")
    with pytest.raises(StorageError), spool.taken():
        raise StorageError("still locked")
    with Spool(tmp_path / "spool", cipher).taken() as texts:
        assert texts == ["tin báo"]


def test_a_text_of_another_key_is_set_aside_and_loses_nobody_elses(tmp_path: Path, cipher: Cipher) -> None:
    spool = Spool(tmp_path / "spool", cipher)
    Spool(tmp_path / "spool", Cipher((Fernet.generate_key().decode(),))).append("khóa khác")
    spool.append("tin báo")
    with spool.taken() as texts:
        assert texts == ["tin báo"]
    assert spool.is_empty
    assert [file.suffix for file in (tmp_path / "spool").iterdir()] == [".unreadable"]


def test_a_text_cut_by_a_crash_was_never_promised(tmp_path: Path, cipher: Cipher) -> None:
    spool = Spool(tmp_path / "spool", cipher)
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "1-ab.part").write_text("gAAA", encoding="ascii")
    assert spool.is_empty


def test_the_file_is_unreadable_to_others_and_in_itself(tmp_path: Path, cipher: Cipher) -> None:
    Spool(tmp_path / "spool", cipher).append("Nguyễn Văn Mật")
    (file,) = (tmp_path / "spool").iterdir()
    assert "Nguyễn".encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_is_said(tmp_path: Path, cipher: Cipher, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError):
        Spool(tmp_path / "spool", cipher).append("tin báo")
