"""The key that protects what citizens wrote: rotates, is made once, and is readable by its owner only."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet

from services.errors import StorageError
from services.secrets import KEY_FILE, Cipher, cipher_for
from services.settings import Settings

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.mark.parametrize("text", ["", "Mất xe ở ngõ 5 🙂", "a\x00b", "x" * 100_000])
def test_what_is_sealed_can_be_opened(text: str) -> None:
    sealed = Cipher((NEW,)).seal(text)
    assert (Cipher((NEW,)).open(sealed), text != "" and text in sealed) == (text, False)


def test_sealing_twice_looks_different() -> None:
    cipher = Cipher((NEW,))
    assert cipher.seal("một") != cipher.seal("một")


def test_after_a_rotation_old_texts_are_read_and_new_ones_need_the_new_key() -> None:
    before, after = Cipher((OLD,)), Cipher((NEW, OLD))
    assert after.open(before.seal("một")) == "một"
    with pytest.raises(StorageError):
        before.open(after.seal("hai"))


@pytest.mark.parametrize("sealed", ["", "nothing sealed", "gAAAAAB", "chữ Việt"])
def test_what_was_never_sealed_is_a_storage_error(sealed: str) -> None:
    with pytest.raises(StorageError):
        Cipher((NEW,)).open(sealed)


def test_half_an_emoji_becomes_a_question_mark() -> None:
    cipher = Cipher((NEW,))
    assert cipher.open(cipher.seal("cứu \ud83d với")) == "cứu ? với"


def test_the_keys_of_the_settings_are_used_and_no_file_is_made(deployment: Settings) -> None:
    sealed = cipher_for(deployment).seal("một")
    assert Cipher(deployment.data_keys).open(sealed) == "một"
    assert not (deployment.data_dir / KEY_FILE).exists()


def test_without_keys_a_file_is_made_once_for_the_owner_only(deployment: Settings) -> None:
    settings = replace(deployment, data_keys=())
    sealed = cipher_for(settings).seal("một")
    key_file = settings.data_dir / KEY_FILE
    assert cipher_for(settings).open(sealed) == "một"
    assert oct(key_file.stat().st_mode & 0o777) == "0o600"
    assert [path.name for path in settings.data_dir.iterdir()] == [KEY_FILE]


def test_processes_that_start_together_end_up_with_one_key(deployment: Settings, monkeypatch: Any) -> None:
    settings = replace(deployment, data_keys=())
    numbers = iter(range(1000, 2000))
    # Each thread stands for a process of its own.
    monkeypatch.setattr("services.secrets.os.getpid", lambda: next(numbers))
    sealed: list[str] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        sealed.append(cipher_for(settings).seal("một"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [cipher_for(settings).open(text) for text in sealed] == ["một"] * 8
