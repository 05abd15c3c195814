"""Zalo's webhook signature: plain SHA-256 over app id, raw body, timestamp and the OA secret key.

Pure: bytes and strings in, an answer out; no web server, no clock of its own. The key is the OA
Secret Key of the app's webhook page, not the App Secret.
"""

from __future__ import annotations

import hashlib
import hmac
import re

HEADER = "X-ZEvent-Signature"
_PREFIX = re.compile(r"^\s*mac\s*=\s*", re.IGNORECASE)


def sign(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """Give the lower-case hex digest that Zalo sends for these bytes."""
    digest = hashlib.sha256()
    digest.update(app_id.encode("utf-8"))
    digest.update(body)
    digest.update(timestamp.encode("utf-8"))
    digest.update(secret.encode("utf-8"))
    return digest.hexdigest()


def is_valid(header: str | None, app_id: str, body: bytes, timestamp: str, secret: str) -> bool:
    """Tell whether the header signs exactly these bytes; `mac=` before the digest is optional.

    Raises ValueError when the secret is empty, because everybody could sign with that.
    """
    if not secret:
        raise ValueError("the OA secret key is empty")
    if not header:
        return False
    claimed = _PREFIX.sub("", header).strip().lower()
    expected = sign(app_id, body, timestamp, secret)
    # Web servers hand over stray bytes of a header as surrogates, which UTF-8 alone refuses.
    return hmac.compare_digest(claimed.encode("utf-8", "replace"), expected.encode("ascii"))
