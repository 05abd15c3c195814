"""Case codes such as TP-26-7K4M-9QXD and the secret that goes with one: made, and read as people type them.

Seven characters are drawn at random from 29 (34 bits), the eighth checks them, so that a slip of one
character or of two neighbours is told at once and is no guess. The characters are those that nobody
mixes up and that Telex leaves alone: no vowels, and O, I, L are read as the digits they look like.
"""

from __future__ import annotations

import re
import secrets
from itertools import product

from services.text import fold

ALPHABET = "0123456789BCDFGHJKMNPQRSTVWXZ"
RANDOM_LENGTH = 7
SECRET_DIGITS = 6
REPORT, ERASURE = "TP", "XD"

_VALUES = {char: value for value, char in enumerate(ALPHABET)}
# Telex turns a single w into ư and dd into đ; VNI turns d9 into đ.
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "W"})
_D_STROKE = ("DD", "D9")
_NOT_TYPED = re.compile(r"[^0-9A-Z]")
_CODE = re.compile(rf"[0-9]{{2}}[{ALPHABET}]{{{RANDOM_LENGTH + 1}}}")
_LONGEST_TYPED = 60


def new_code(year: int, kind: str = REPORT) -> str:
    """Make a code of a kind for a year."""
    body = f"{year % 100:02}" + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return _shown(kind, body + _check(body))


def new_secret() -> str:
    """Make a secret: six digits, as people know them from their bank."""
    return f"{secrets.randbelow(10**SECRET_DIGITS):0{SECRET_DIGITS}}"


def read_code(typed: str, kind: str = REPORT) -> str | None:
    """Read a code as somebody typed it, with or without its prefix; None when it cannot be one.

    Blanks, dashes, capitals and look-alikes do not matter. None means a slip of the finger: no code
    was looked up.
    """
    if len(typed) > _LONGEST_TYPED:
        return None
    upper = typed.upper()
    for strokes in product(_D_STROKE, repeat=min(upper.count("Đ"), RANDOM_LENGTH // 2)):
        text = upper
        for letters in strokes:
            text = text.replace("Đ", letters, 1)
        plain = _NOT_TYPED.sub("", fold(text).upper()).removeprefix(kind).translate(_LOOK_ALIKES)
        if _CODE.fullmatch(plain) and _check(plain[:-1]) == plain[-1]:
            return _shown(kind, plain)
    return None


def read_secret(typed: str) -> str | None:
    """Read a secret as somebody typed it; None when it is not six digits."""
    if len(typed) > _LONGEST_TYPED:
        return None
    digits = re.sub(r"[\s.\-]", "", fold(typed).upper().translate(_LOOK_ALIKES))
    return digits if re.fullmatch(rf"[0-9]{{{SECRET_DIGITS}}}", digits, re.ASCII) else None


def _check(body: str) -> str:
    # Weights that differ by one, modulo a prime: any single slip and any swap of neighbours shows.
    total = sum(weight * _VALUES[char] for weight, char in enumerate(body, start=2))
    return ALPHABET[-total % len(ALPHABET)]


def _shown(kind: str, plain: str) -> str:
    return f"{kind}-{plain[:2]}-{plain[2:6]}-{plain[6:]}"
