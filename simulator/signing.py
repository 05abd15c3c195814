"""How a webhook body becomes bytes and how those bytes are signed (plain SHA-256, not HMAC)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

ENCODINGS = ("utf8", "escaped", "spaced")

# Encoders are made once: json.dumps with keyword arguments builds a new one on every call.
_UTF8 = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ESCAPED = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
_SPACED = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "))
_ENCODERS = {"utf8": _UTF8, "escaped": _ESCAPED, "spaced": _SPACED}


def encode_body(event: dict[str, Any], encoding: str = "utf8", escape_slashes: bool = False) -> bytes:
    """Write an event as JSON bytes in one of the three spellings Zalo may use.

    `utf8` is compact UTF-8, `escaped` compact with \\uXXXX, `spaced` UTF-8 with blanks after separators;
    `escape_slashes` additionally writes `\\/`. A slash occurs in JSON only inside strings.
    """
    text = _ENCODERS[encoding].encode(event)
    if escape_slashes:
        text = text.replace("/", "\\/")
    return text.encode("utf-8")


def signature(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """Return the lower-case hex digest over app id, raw body, timestamp and OA secret key."""
    digest = hashlib.sha256(app_id.encode("utf-8"))
    digest.update(body)
    digest.update(timestamp.encode("utf-8"))
    digest.update(secret.encode("utf-8"))
    return digest.hexdigest()


def signature_headers(
    app_id: str, body: bytes, timestamp: str, secret: str, mode: str = "right", mac_prefix: bool = True
) -> dict[str, str]:
    """Return the signature header; `mode` is `right`, `wrong` (another secret) or `missing`."""
    if mode == "missing":
        return {}
    if mode == "wrong":
        secret += "-wrong"
    digest = signature(app_id, body, timestamp, secret)
    return {"X-ZEvent-Signature": f"mac={digest}" if mac_prefix else digest}
