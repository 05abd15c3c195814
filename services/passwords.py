"""Passwords of the staff: argon2id hashes, what a new one must be like, and ones made to be read aloud."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.text import fold

SHORTEST, LONGEST = 12, 200
# Letters and figures that nobody confuses when reading them to somebody.
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"
_OBVIOUS = ("matkhau", "password", "congan", "zaloanninh", "123456", "abcdef", "qwerty")


class Passwords:
    """Hashes and checks. The costs are argon2-cffi's own (RFC 9106, low memory) unless a test asks less."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        # Checked when nobody has the name, so that the answer takes as long.
        self._nobody = self._hasher.hash(secrets.token_urlsafe(24))

    def hash(self, password: str) -> str:
        """Give the hash to store."""
        return self._hasher.hash(password)

    def fits(self, stored: str | None, password: str) -> bool:
        """Tell whether a password is the one; takes as long for somebody who is not there (None)."""
        try:
            return self._hasher.verify(stored or self._nobody, password[:LONGEST]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    def is_old(self, stored: str) -> bool:
        """Tell whether a stored hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(stored)


def weakness(password: str, login: str, display_name: str = "") -> str | None:
    """Say in Vietnamese why a new password will not do, or None: length counts, not signs (NIST 800-63B)."""
    if len(password) < SHORTEST:
        return f"Mật khẩu cần ít nhất {SHORTEST} ký tự. Anh/chị có thể dùng một câu dễ nhớ."
    if len(password) > LONGEST:
        return f"Mật khẩu dài nhất {LONGEST} ký tự."
    plain = "".join(fold(password).split())
    if len(set(plain)) < 5:
        return "Mật khẩu lặp lại quá ít ký tự, rất dễ đoán."
    rest = plain
    for word in (*_OBVIOUS, fold(login), "".join(fold(display_name).split())):
        rest = rest.replace(word, "") if len(word) >= 3 else rest
    if len(rest) < 6:
        return "Mật khẩu này dễ đoán. Anh/chị chọn một câu khác giúp."
    return None


def readable() -> str:
    """Make a password of 16 clear signs in four groups (79 bits), for a first sign-in, told by mouth."""
    return "-".join("".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(4))
