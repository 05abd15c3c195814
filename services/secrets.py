"""Encryption of what citizens wrote, at rest: Fernet keys, newest first, so that keys can rotate."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from services.errors import StorageError
from services.settings import Settings

KEY_FILE = "data.key"


class Cipher:
    """Encrypts text for the database and reads it back with any of the keys it was given."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, text: str) -> str:
        """Encrypt text with the newest key; half of a surrogate pair, which no text holds, becomes "?"."""
        return self._fernet.encrypt(text.encode("utf-8", "replace")).decode("ascii")

    def open(self, sealed: str) -> str:
        """Decrypt what `seal` gave. Raises StorageError when none of the keys fits."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode("utf-8")
        except (InvalidToken, UnicodeError) as error:
            raise StorageError("a stored text cannot be read with the present DATA_KEYS") from error


def cipher_for(settings: Settings) -> Cipher:
    """Give the cipher of this deployment: `DATA_KEYS`, or a key file made on first use (0600)."""
    return Cipher(settings.data_keys or (_key_from_file(settings.data_dir / KEY_FILE),))


def _key_from_file(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii"
        ) as file:
            file.write(Fernet.generate_key().decode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link appears whole or not at all: of two processes that start together, one wins.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
