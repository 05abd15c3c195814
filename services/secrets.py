"""Encryption of what citizens wrote, at rest: Fernet keys, newest first, so that keys can rotate.

Beside sealing, a deployment needs to find what it sealed (a phone number, a plate) and to keep some
things from those who may read others (a reporter's address from whoever reads stories). Both rest on
keys derived from `DATA_KEYS` for one purpose each, so that one purpose opens nothing of another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.errors import StorageError
from services.settings import Settings

KEY_FILE = "data.key"


class Cipher:
    """Encrypts text for the database and reads it back with any of the keys it was given."""

    def __init__(self, keys: tuple[str, ...], moment: datetime | None = None) -> None:
        self._keys = keys
        self._moment = moment
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        # Tells ciphers of other keys apart, and nothing of the keys.
        self.fingerprint = hashlib.sha256("|".join(keys).encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"Cipher({len(self._keys)} keys)"

    def seal(self, text: str) -> str:
        """Encrypt text with the newest key; half of a surrogate pair, which no text holds, becomes "?"."""
        data = text.encode("utf-8", "replace")
        if self._moment is not None:
            return self._fernet.encrypt_at_time(data, int(self._moment.timestamp())).decode("ascii")
        return self._fernet.encrypt(data).decode("ascii")

    def open(self, sealed: str) -> str:
        """Decrypt what `seal` gave. Raises StorageError when none of the keys fits."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode("utf-8")
        except (InvalidToken, UnicodeError) as error:
            raise StorageError("a stored text cannot be read with the present DATA_KEYS") from error

    def reseal(self, sealed: str) -> str:
        """Seal with the newest key what any key opens; its moment stays as it was. Raises StorageError."""
        try:
            return self._fernet.rotate(sealed.encode("ascii")).decode("ascii")
        except (InvalidToken, UnicodeError) as error:
            raise StorageError("a stored text cannot be read with the present DATA_KEYS") from error

    def for_purpose(self, purpose: str) -> Cipher:
        """Give the cipher of one purpose, which opens nothing that was sealed for another one."""
        return Cipher(tuple(_derived(key, f"seal {purpose}") for key in self._keys), self._moment)

    def at(self, moment: datetime) -> Cipher:
        """Give the cipher that writes this moment on what it seals: everybody can read a Fernet token's."""
        return Cipher(self._keys, moment)

    def digest(self, purpose: str, value: str) -> str:
        """Give the keyed hash (64 hex digits) by which a value is found; without the key it tells nothing."""
        return _keyed_hash(self._keys[0], purpose, value)

    def digests(self, purpose: str, value: str) -> tuple[str, ...]:
        """Give the keyed hashes of a value under each key, newest first: for looking while keys rotate."""
        return tuple(_keyed_hash(key, purpose, value) for key in self._keys)


@lru_cache(maxsize=256)
def _derived(key: str, purpose: str) -> str:
    kdf = HKDF(SHA256(), 32, None, b"an-ninh " + purpose.encode())
    return base64.urlsafe_b64encode(kdf.derive(base64.urlsafe_b64decode(key))).decode("ascii")


def _keyed_hash(key: str, purpose: str, value: str) -> str:
    secret = base64.urlsafe_b64decode(_derived(key, f"find {purpose}"))
    return hmac.new(secret, value.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


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
