"""Where news about a report go: the only place that opens a reporter's Zalo address.

The address is sealed under a key of its own. Whoever may read stories cannot open it by mistake, and
nothing here gives it to a screen: callers hand it on to the outbox.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from services.errors import StorageError
from services.secrets import Cipher

_PURPOSE = "return address"
# One hash each: who has a draft cannot be recognised among those who reported by name.
REPORTER, DRAFTING, ASKING = "reporter", "drafting", "asking"


@dataclass(frozen=True)
class Address:
    """One citizen on one Official Account. Never shown, never logged."""

    account_id: str
    citizen_id: str

    def __repr__(self) -> str:
        return "Address(…)"


def seal_address(cipher: Cipher, address: Address) -> str:
    """Seal an address for the outbox."""
    return cipher.for_purpose(_PURPOSE).seal(json.dumps([address.account_id, address.citizen_id]))


def open_address(cipher: Cipher, sealed: str) -> Address:
    """Open an address, to send to it or to compare it with who writes now. Raises StorageError."""
    account_id, citizen_id = json.loads(cipher.for_purpose(_PURPOSE).open(sealed))
    return Address(account_id, citizen_id)


def is_address(cipher: Cipher, sealed: str, address: Address) -> bool:
    """Tell whether a sealed address is this one; what no key opens is nobody's."""
    try:
        return open_address(cipher, sealed) == address
    except StorageError:
        return False


def reseal_address(cipher: Cipher, sealed: str) -> str:
    """Seal an address with the newest key. Raises StorageError."""
    return cipher.for_purpose(_PURPOSE).reseal(sealed)


def owner_digest(cipher: Cipher, role: str, address: Address) -> str:
    """Give the keyed hash by which what a citizen did in a role is found."""
    return cipher.digest(role, _joined(address))


def owner_digests(cipher: Cipher, role: str, address: Address) -> tuple[str, ...]:
    """Give it under each key, newest first, for looking while keys rotate."""
    return cipher.digests(role, _joined(address))


def _joined(address: Address) -> str:
    # Ids hold no line breaks: no two pairs give the same text.
    return f"{address.account_id}\n{address.citizen_id}"
