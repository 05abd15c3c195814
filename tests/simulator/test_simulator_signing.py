"""Signatures: the vectors of the reference, and what really goes over the wire."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from simulator.signing import encode_body, signature, signature_headers

if TYPE_CHECKING:
    from conftest import Receiver, World

CITIZEN = "5550001112223334445"
EVENT = {
    "app_id": "1234567890123456789",
    "sender": {"id": "5550001112223334445"},
    "user_id_by_app": "7770001112223334445",
    "recipient": {"id": "9990001112223334445"},
    "event_name": "user_send_text",
    "message": {"text": "Làm căn cước ở đâu? 🙂", "msg_id": "a1b2c3d4e5f60718293a"},
    "timestamp": "1763700000000",
}
VECTORS = [
    ("utf8", 295, "f23c2805c744d9bb60d2bb1d5e16d6d9b010fb089ba4f415cd102a545551f42c"),
    ("escaped", 329, "e5eaa307f8648b74b652cec0c7f8344cf5580dbb2f41bac03926ca982ba86154"),
    ("spaced", 313, "00639fc9bf9e5b220f84b00ceaeca4adf059f852c447285233c1e40f47b1eca0"),
]
APP, SECRET = "1234567890123456789", "TestOaSecretKey0"


@pytest.mark.parametrize(("encoding", "size", "digest"), VECTORS, ids=[row[0] for row in VECTORS])
def test_vector(encoding: str, size: int, digest: str) -> None:
    body = encode_body(EVENT, encoding)
    assert (len(body), signature(APP, body, "1763700000000", SECRET)) == (size, digest)


def test_escaped_slashes_mean_the_same() -> None:
    body = encode_body({"url": "https://a.example/b"}, escape_slashes=True)
    assert body == b'{"url":"https:\\/\\/a.example\\/b"}'
    assert json.loads(body) == {"url": "https://a.example/b"}


def test_header_forms() -> None:
    digest = signature(APP, b"{}", "1", SECRET)
    wrong = signature(APP, b"{}", "1", SECRET + "-wrong")
    assert [
        signature_headers(APP, b"{}", "1", SECRET),
        signature_headers(APP, b"{}", "1", SECRET, mac_prefix=False),
        signature_headers(APP, b"{}", "1", SECRET, "wrong"),
        signature_headers(APP, b"{}", "1", SECRET, "missing"),
    ] == [
        {"X-ZEvent-Signature": f"mac={digest}"},
        {"X-ZEvent-Signature": digest},
        {"X-ZEvent-Signature": f"mac={wrong}"},
        {},
    ]


@pytest.mark.parametrize("encoding", ["utf8", "escaped", "spaced"])
async def test_delivered_bytes_are_the_signed_bytes(world: World, receiver: Receiver, encoding: str) -> None:
    await world.options(encoding=encoding, escape_slashes=True, timestamp_header=True)
    await world.says("Đường 3/2 ở đâu? 🙂")
    (row,) = await receiver.wait(1)
    stamp = row.event["timestamp"]
    expected = hashlib.sha256(APP.encode() + row.body + stamp.encode() + SECRET.encode()).hexdigest()
    assert row.text == "Đường 3/2 ở đâu? 🙂"
    assert row.headers["X-ZEvent-Signature"] == f"mac={expected}"
    assert row.headers["X-ZEvent-Timestamp"] == stamp
    assert row.headers["Content-Type"] == "application/json"
    assert row.body == encode_body(row.event, encoding, escape_slashes=True)


async def test_text_event_has_the_documented_shape(world: World, receiver: Receiver) -> None:
    said = await world.says("Cho tôi hỏi thủ tục tạm trú")
    (row,) = await receiver.wait(1)
    stamp = row.event["timestamp"]
    assert (len(stamp), stamp.isdigit()) == (13, True)
    assert row.event == {
        "app_id": APP,
        "sender": {"id": CITIZEN},
        "user_id_by_app": "7770001112223334445",
        "recipient": {"id": "9990001112223334445"},
        "event_name": "user_send_text",
        "message": {"text": "Cho tôi hỏi thủ tục tạm trú", "msg_id": said["msg_id"]},
        "timestamp": stamp,
    }


async def test_after_a_secret_reset_the_new_key_signs(world: World, receiver: Receiver) -> None:
    await world.post("/api/control/secret", {"secret": "AnotherSecret1"})
    await world.says()
    (row,) = await receiver.wait(1)
    expected = signature(APP, row.body, row.event["timestamp"], "AnotherSecret1")
    assert row.headers["X-ZEvent-Signature"] == f"mac={expected}"
