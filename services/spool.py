"""A folder that takes what the database does not take in time, so that a yes given outside stays true.

Each text is a file of its own, encrypted, and appears whole or not at all, so that several
processes may share the folder. A crash while texts are read back repeats them rather than losing
them: whoever reads must not mind a repetition.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from services.errors import StorageError
from services.secrets import Cipher

log = structlog.get_logger()

_WHOLE = "*.sealed"


class Spool:
    """Texts that wait on disk, oldest first."""

    def __init__(self, folder: Path, cipher: Cipher) -> None:
        self._folder = folder
        self._cipher = cipher

    def append(self, text: str) -> None:
        """Keep one text on disk. Raises StorageError when the disk does not take it either."""
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        part = self._folder / f"{name}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(self._cipher.seal(text).encode("ascii"))
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self._folder / f"{name}.sealed")
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise StorageError(f"spool: {type(error).__name__}") from error

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waits here."""
        return next(self._folder.glob(_WHOLE), None) is None

    @contextmanager
    def taken(self) -> Iterator[list[str]]:
        """Give all waiting texts; they are forgotten when the block ends well, and kept when not."""
        files = sorted(self._folder.glob(_WHOLE))
        yield [text for file in files if (text := self._read(file)) is not None]
        for file in files:
            file.unlink(missing_ok=True)

    def _read(self, file: Path) -> str | None:
        try:
            return self._cipher.open(file.read_text(encoding="ascii"))
        except FileNotFoundError:
            # Another process was quicker.
            return None
        except (StorageError, UnicodeDecodeError):
            # Kept under another name for somebody to look at: it was written with a key we lack.
            log.error("spool.text.unreadable", file=file.name)
            os.replace(file, file.with_suffix(".unreadable"))
            return None
