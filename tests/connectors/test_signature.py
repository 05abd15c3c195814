"""Zalo's signature: the vectors of the notes on Zalo's API, and everything that is not one."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from connectors.zalo.signature import is_valid, sign

APP, SECRET, STAMP = "1234567890123456789", "TestOaSecretKey0", "1763700000000"
EVENT = {
    "app_id": APP,
    "sender": {"id": "5550001112223334445"},
    "user_id_by_app": "7770001112223334445",
    "recipient": {"id": "9990001112223334445"},
    "event_name": "user_send_text",
    "message": {"text": "Làm căn cước ở đâu? 🙂", "msg_id": "a1b2c3d4e5f60718293a"},
    "timestamp": STAMP,
}
COMPACT = json.dumps(EVENT, ensure_ascii=False, separators=(",", ":")).encode()
VECTORS = {
    "utf-8": (COMPACT, 295, "f23c2805c744d9bb60d2bb1d5e16d6d9b010fb089ba4f415cd102a545551f42c"),
    "escaped": (
        json.dumps(EVENT, separators=(",", ":")).encode(),
        329,
        "e5eaa307f8648b74b652cec0c7f8344cf5580dbb2f41bac03926ca982ba86154",
    ),
    "spaced": (
        json.dumps(EVENT, ensure_ascii=False).encode(),
        313,
        "00639fc9bf9e5b220f84b00ceaeca4adf059f852c447285233c1e40f47b1eca0",
    ),
}
DIGEST = VECTORS["utf-8"][2]


@pytest.mark.parametrize("encoding", VECTORS)
def test_the_vectors_of_the_notes(encoding: str) -> None:
    body, size, digest = VECTORS[encoding]
    assert (len(body), sign(APP, body, STAMP, SECRET)) == (size, digest)
    assert is_valid(f"mac={digest}", APP, body, STAMP, SECRET)


@pytest.mark.parametrize(
    "header",
    [DIGEST, f"mac={DIGEST}", f"MAC = {DIGEST}", f"  mac={DIGEST}  ", f"mac={DIGEST.upper()}"],
    ids=["bare", "with mac=", "with blanks", "padded", "upper case"],
)
def test_spellings_of_the_header(header: str) -> None:
    assert is_valid(header, APP, COMPACT, STAMP, SECRET)


def _hmac() -> str:
    return hmac.new(SECRET.encode(), COMPACT, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "header",
    [
        None, "", "mac=", "mac", DIGEST[:-1], DIGEST + "0", "mac=mac=" + DIGEST, "0" * 64, _hmac(),
        sign(APP, COMPACT, STAMP, SECRET + "x"), sign("1", COMPACT, STAMP, SECRET),
        sign(APP, COMPACT, "1763700000001", SECRET), sign(APP, COMPACT + b" ", STAMP, SECRET),
        "mac=\udcff\udcfe", "mac=ký tự lạ", "mac=\x00",
    ],
)  # fmt: skip
def test_anything_else_is_refused(header: Any) -> None:
    assert is_valid(header, APP, COMPACT, STAMP, SECRET) is False


@pytest.mark.parametrize(
    "other",
    [COMPACT + b"\n", VECTORS["spaced"][0], VECTORS["escaped"][0], b""],
    ids=["a line break", "spaced again", "escaped again", "nothing"],
)
def test_a_signature_covers_the_raw_bytes(other: bytes) -> None:
    assert is_valid(DIGEST, APP, other, STAMP, SECRET) is (other == COMPACT)


def test_an_empty_secret_is_a_mistake_and_not_an_open_door() -> None:
    with pytest.raises(ValueError, match="empty"):
        is_valid(sign(APP, COMPACT, STAMP, ""), APP, COMPACT, STAMP, "")
