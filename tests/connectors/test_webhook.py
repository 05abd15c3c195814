"""The webhook over real HTTP: Zalo always gets its answer, and nothing is stored that should not be."""

from __future__ import annotations

import asyncio
import errno
import json
import random
import time
import unicodedata
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from aiohttp.test_utils import unused_port
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import InvalidConfigException, RasaException
from sanic import Sanic

from connectors.zalo import events
from connectors.zalo.channel import ZaloInput
from connectors.zalo.events import MalformedEvent
from connectors.zalo.intake import MAX_BODY_BYTES
from connectors.zalo.output import ZaloOutput
from services import inbox
from services.clock import utc_now
from services.db import Database, engine
from services.secrets import Cipher

APP, OA, LAN = "1234567890123456789", "9990001112223334445", "5550001112223334445"
SIGNATURE = "X-ZEvent-Signature"


@pytest.fixture
def clock() -> Any:
    """The real one: the tracker store keeps real time."""
    return utc_now


class Served:
    """A channel behind a real Sanic server on a loopback port."""

    def __init__(self, channel: ZaloInput, http: aiohttp.ClientSession, port: int) -> None:
        self.channel, self.http, self.port = channel, http, port
        self.url = f"http://127.0.0.1:{port}/webhooks/zalo"

    async def post(self, body: bytes, signature: str | None = None, **headers: str) -> tuple[int, str]:
        if signature is not None:
            headers[SIGNATURE] = signature
        async with self.http.post(self.url + "/webhook", data=body, headers=headers) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def serve(make_channel: Any) -> AsyncIterator[Callable[..., Any]]:
    stops = []

    async def start(handler: Any = None, **changes: Any) -> Served:
        async def nobody(_: UserMessage) -> None:
            raise AssertionError("no turn was expected")

        channel = make_channel(**changes)
        app = Sanic(f"zalo-{uuid.uuid4().hex}")
        app.ctx.agent = SimpleNamespace(is_ready=lambda: handler is not None)
        app.blueprint(channel.blueprint(handler or nobody), url_prefix="/webhooks/zalo")
        port = unused_port()
        server = await app.create_server("127.0.0.1", port, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.after_start()
        http = aiohttp.ClientSession()

        async def stop() -> None:
            await http.close()
            await server.before_stop()
            await server.close()
            await server.after_stop()

        stops.append(stop)
        return Served(channel, http, port)

    yield start
    for stop in stops:
        await stop()


@pytest.fixture
async def served(serve: Any) -> Served:
    made: Served = await serve()
    return made


@pytest.fixture
def stored(database: Database, cipher: Cipher) -> Callable[[], list[tuple[str, str, dict[str, Any]]]]:
    """What stands in the inbox: key, kind and the whole event."""

    def read() -> list[tuple[str, str, dict[str, Any]]]:
        with database.transaction() as session:
            rows = session.execute(inbox.InboundEvent.__table__.select()).all()
        return [(row.event_key, row.kind, json.loads(cipher.open(row.sealed_body))) for row in rows]

    return read


async def test_a_signed_message_is_stored_as_it_came_and_answered(
    served: Served, stored: Any, message_event: Any, signed: Any
) -> None:
    event = message_event("Mất xe 🙂")
    body, signature = signed(event)
    assert await served.post(body, signature) == (200, "ok")
    assert stored() == [("m1", "user_send_text", event)]


@pytest.mark.parametrize("encoding", ["utf-8", "escaped", "spaced", "slashes", "other order"])
async def test_every_spelling_of_the_same_event_is_accepted(
    encoding: str, served: Served, stored: Any, message_event: Any, signed: Any
) -> None:
    event = message_event("Làm căn cước ở đâu? 1/2 🙂")
    compact = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    body = {
        "utf-8": compact,
        "escaped": json.dumps(event, separators=(",", ":")),
        "spaced": json.dumps(event, ensure_ascii=False),
        "slashes": compact.replace("/", "\\/"),
        "other order": json.dumps(dict(reversed(event.items())), ensure_ascii=False, indent=2),
    }[encoding].encode()
    _, signature = signed(body)
    assert await served.post(body, signature) == (200, "ok")
    assert stored() == [("m1", "user_send_text", event)]


@pytest.mark.parametrize("signature", ["bare", "upper case", "lower-case header"])
async def test_spellings_of_the_signature(
    signature: str, served: Served, stored: Any, message_event: Any, signed: Any
) -> None:
    body, right = signed(message_event())
    if signature == "lower-case header":
        assert await served.post(body, None, **{SIGNATURE.lower(): right}) == (200, "ok")
    else:
        digest = right.removeprefix("mac=")
        assert await served.post(body, digest.upper() if signature == "upper case" else digest) == (200, "ok")
    assert len(stored()) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"  {} \n"], ids=["empty", "an empty object", "with blanks"])
async def test_the_consoles_probe_is_answered_and_counts_as_nothing_wrong(
    body: bytes, served: Served, stored: Any
) -> None:
    assert await served.post(body) == (200, "ok")
    assert (stored(), served.channel.rejected) == ([], {})


async def test_a_browser_and_a_health_check_are_answered(served: Served) -> None:
    answers = []
    for method, path in (("GET", "/webhook?hub.challenge=<x>"), ("HEAD", "/webhook"), ("GET", "/")):
        async with served.http.request(method, served.url + path) as answer:
            answers.append((answer.status, await answer.text()))
    assert answers == [(200, "ok"), (200, ""), (200, '{"status":"ok"}')]


SECRET_WORDS = "Cháu bị bạo hành"
WRONG: dict[str, tuple[dict[str, Any] | bytes, str]] = {
    "not JSON": (SECRET_WORDS.encode(), "not JSON"),
    "not UTF-8": (b"\xff\xfe\x00", "not UTF-8"),
    "an array": (json.dumps([SECRET_WORDS]).encode(), "a JSON list, not an object"),
    "a text": (json.dumps(SECRET_WORDS).encode(), "a JSON str, not an object"),
    "null": (b"null", "a JSON NoneType, not an object"),
    "an empty signed object": (b"{}", "no usable timestamp"),
    "deeper than anybody reads": (b"[" * 50_000, "not JSON"),
    "a number of 100,000 digits": (b'{"timestamp": ' + b"9" * 100_000 + b"}", "no usable timestamp"),
    "no timestamp": ({"timestamp": None}, "no usable timestamp"),
    "no event_name": ({"event_name": None}, "no event_name"),
    "event_name is a number": ({"event_name": 5}, "no event_name"),
    "no app_id": ({"app_id": None}, "no usable app_id"),
    "another app": ({"app_id": "42"}, "another app's event"),
    "no sender": ({"sender": None}, "no usable oa_id"),
    "no recipient": ({"recipient": None}, "no usable oa_id"),
    "another account": ({"recipient": {"id": "42"}}, "an OA that is not configured"),
    "no message": ({"message": None}, "a message without msg_id"),
    "no msg_id": ({"message": {"text": SECRET_WORDS}}, "a message without msg_id"),
    "no moment": ({"timestamp": "hom nay"}, "a timestamp that is no moment"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_body_is_answered_counted_and_forgotten(
    case: str, served: Served, stored: Any, message_event: Any, signed: Any, log_lines: Any
) -> None:
    wrong, reason = WRONG[case]
    if isinstance(wrong, bytes):
        body, signature = signed(wrong)
    else:
        event = message_event(SECRET_WORDS)
        event.update(wrong)
        body, signature = signed({name: value for name, value in event.items() if value is not None})
    assert await served.post(body, signature) == (200, "ok")
    assert stored() == []
    rejected = [line for line in log_lines() if line["event"] == "zalo.webhook.rejected"]
    if case == "a number of 100,000 digits":
        # Later Pythons refuse to read such a number at all.
        assert [line["reason"] for line in rejected] in ([reason], ["not JSON"])
        return
    assert rejected == [
        {
            "event": "zalo.webhook.rejected", "log_level": "warning", "reason": reason, "bytes": len(body),
            "count": 1,
        }
    ]  # fmt: skip
    assert served.channel.rejected == {reason: 1}


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (None, "no signature"),
        ("", "no signature"),
        ("mac=", "wrong signature"),
        ("mac=" + "0" * 64, "wrong signature"),
        ("another secret", "wrong signature"),
        ("another body", "wrong signature"),
    ],
)
async def test_a_forged_message_is_answered_and_forgotten(
    signature: str | None,
    reason: str,
    served: Served,
    stored: Any,
    message_event: Any,
    signed: Any,
    log_lines: Any,
) -> None:
    body, _ = signed(message_event(SECRET_WORDS))
    if signature == "another secret":
        _, signature = signed(body, "TestAppSecret")
    elif signature == "another body":
        _, signature = signed(body.replace(b"m1", b"m2"))
    assert await served.post(body, signature) == (200, "ok")
    assert (stored(), served.channel.rejected) == ([], {reason: 1})
    assert SECRET_WORDS not in json.dumps(log_lines(), ensure_ascii=False)


async def test_a_signature_of_strange_bytes_is_a_wrong_one(
    served: Served, stored: Any, message_event: Any, signed: Any
) -> None:
    body, _ = signed(message_event())
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    head = (
        f"POST /webhooks/zalo/webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n{SIGNATURE}: mac="
    )
    writer.write(head.encode() + b"\xff\xfe\xc3\x28\r\n\r\n" + body)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert (stored(), served.channel.rejected) == ([], {"wrong signature": 1})


async def test_a_megabyte_is_refused_unread(
    served: Served, stored: Any, message_event: Any, signed: Any
) -> None:
    body, signature = signed(message_event("x" * 1024 * 1024))
    assert await served.post(body, signature) == (200, "ok")
    assert (stored(), served.channel.rejected) == ([], {"too large": 1})
    fits, signature = signed(message_event("x" * (MAX_BODY_BYTES - 1000)))
    assert await served.post(fits, signature) == (200, "ok")
    assert len(stored()) == 1


@pytest.mark.parametrize("kind", ["oa_send_text", "user_seen_message", "user_received_message", "brand_new"])
async def test_what_we_pass_over_is_answered_and_not_stored(
    kind: str, served: Served, stored: Any, message_event: Any, signed: Any
) -> None:
    receipt = message_event(
        event_name=kind, sender={"id": OA}, recipient={"id": LAN}, message={"msg_ids": ["x"], "msg_id": "x"}
    )
    assert await served.post(*signed(receipt)) == (200, "ok")
    assert (stored(), served.channel.rejected) == ([], {})


@pytest.mark.parametrize(
    "text",
    [
        unicodedata.normalize("NFD", "Mất xe ở ngõ"),
        "🙂",
        "",
        '/hoi_tiep{"khia_canh": "le_phi"}',
        "x" * 4000,
        "\x00",
    ],
    ids=["decomposed", "only emoji", "empty", "a command", "long", "a null byte"],
)
async def test_whatever_a_citizen_writes_is_kept(
    text: str, served: Served, stored: Any, message_event: Any, signed: Any
) -> None:
    event = message_event(text)
    assert await served.post(*signed(event)) == (200, "ok")
    assert stored() == [("m1", "user_send_text", event)]


async def test_the_same_event_five_times_is_stored_once(
    served: Served, stored: Any, message_event: Any, signed: Any
) -> None:
    body, signature = signed(message_event())
    answers = await asyncio.gather(*[served.post(body, signature, num_retry=str(n)) for n in range(5)])
    assert (answers, len(stored())) == ([(200, "ok")] * 5, 1)


@pytest.mark.parametrize(
    ("age", "kept"),
    [(timedelta(hours=2), 1), (timedelta(hours=25), 0), (timedelta(minutes=-11), 0)],
    ids=["repeated for two hours", "of yesterday", "of the future"],
)
async def test_a_replayed_event_is_answered_and_forgotten(
    age: timedelta, kept: int, served: Served, stored: Any, message_event: Any, signed: Any
) -> None:
    stamp = str(int((utc_now() - age).timestamp() * 1000))
    assert await served.post(*signed(message_event(timestamp=stamp))) == (200, "ok")
    assert len(stored()) == kept


async def test_ids_and_the_timestamp_as_numbers(
    served: Served, stored: Any, message_event: Any, signed: Any
) -> None:
    event = message_event(app_id=int(APP), sender={"id": int(LAN)}, recipient={"id": int(OA)})
    event["timestamp"] = int(event["timestamp"])
    assert await served.post(*signed(event)) == (200, "ok")
    assert stored() == [("m1", "user_send_text", event)]


async def test_what_a_locked_database_does_not_take_is_kept_and_stored_once_later(
    serve: Any,
    stored: Any,
    database: Database,
    database_file: Path,
    message_event: Any,
    signed: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "SQLITE_BUSY_MS", 50)
    served = await serve(database=Database(f"sqlite:///{database_file}"))
    event = message_event()
    body, signature = signed(event)
    with database.transaction() as other:
        inbox.release_expired(other, utc_now())
        while_locked = await asyncio.gather(*[served.post(body, signature) for _ in range(10)])
    assert (while_locked, stored()) == ([(200, "ok")] * 10, [])
    await served.channel._intake.empty_spool()
    assert await served.post(body, signature) == (200, "ok")
    assert stored() == [("m1", "user_send_text", event)]


@pytest.mark.parametrize("kept", [True, False], ids=["the file takes it", "the file takes nothing either"])
async def test_a_full_database_loses_nothing(
    kept: bool,
    serve: Any,
    stored: Any,
    database_file: Path,
    message_event: Any,
    signed: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_space(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    full = Database(f"sqlite:///{database_file}")
    served = await serve(database=full)
    if not kept:
        monkeypatch.setattr("services.spool.os.fsync", no_space)
    most = {"pages": 0}

    def limit(connection: Any, *_: Any) -> None:
        # The limit belongs to a connection, and the pool may hand out any.
        pages = most["pages"] or connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    sa.event.listen(full.engine, "checkout", limit)
    body, signature = signed(message_event("x" * 50_000))
    while_full = await served.post(body, signature)
    most["pages"] = 1_000_000
    # Without a yes from us Zalo may send it again.
    assert (while_full, stored()) == ((200, "ok") if kept else (503, "try again"), [])
    if kept:
        await served.channel._intake.empty_spool()
    else:
        assert await served.post(body, signature) == (200, "ok")
    assert len(stored()) == 1


async def test_zalo_is_answered_at_once_however_long_the_dialogue_takes(
    serve: Any, assistant: Any, message_event: Any, signed: Any, until: Any, said: Any
) -> None:
    release = asyncio.Event()

    async def slow(message: UserMessage) -> None:
        await release.wait()
        await assistant.echo(message)

    assistant.answer = slow
    served = await serve(assistant)
    seconds = []
    for _ in range(10):
        started = time.monotonic()
        assert await served.post(*signed(message_event())) == (200, "ok")
        seconds.append(time.monotonic() - started)
    # Zalo's limit is two seconds; no turn has ended yet, and this machine may be busy.
    assert max(seconds) < 1.0
    await until(lambda: assistant.heard)
    assert said() == []
    release.set()
    await until(lambda: len(said()) == 10)


async def test_a_citizen_writes_on_zalo_and_reads_the_answer_there(
    serve: Any, assistant: Any, zalo: Any, until: Any, table: Any
) -> None:
    served = await serve(
        assistant,
        openapi_url=zalo.url,
        oauth_url=zalo.url,
        access_token="sim-access-token",
        refresh_token="sim-refresh-token",
    )
    zalo.simulator.webhook.url = served.url + "/webhook"
    zalo.simulator.options.update({"duplicate": 4, "echo": True, "receipts": True, "received_after": 0.0})
    for encoding, text in (("utf8", "Mất xe 🙂"), ("escaped", "Ở đâu?"), ("spaced", "/restart")):
        zalo.simulator.options.update({"encoding": encoding})
        async with served.http.post(f"{zalo.url}/api/citizens/{LAN}/messages", json={"text": text}) as answer:
            assert answer.status == 200
    await until(lambda: len(zalo.shown()) == 3)
    await until(lambda: set(table("outbound_message", "state")) == {("sent",)})
    assert zalo.shown() == ["Nghe: Mất xe 🙂", "Nghe: Ở đâu?", "Nghe: restart"]
    assert table("inbound_event", "state") == [("done",)] * 3
    assert served.channel.rejected == {}


# Few characters: to load all of Unicode takes longer than all these tests.
TEXT = st.lists(st.sampled_from('ab1 \n\x00"\\/{}đỗ\u0323\u200b🙂\ud83d'), max_size=8).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
PEOPLE = st.fixed_dictionaries({"id": st.sampled_from([LAN, OA, int(LAN)]) | JSON}) | JSON
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "app_id": st.sampled_from([APP, int(APP)]) | JSON,
        "sender": PEOPLE,
        "recipient": PEOPLE,
        "follower": PEOPLE,
        "event_name": st.sampled_from(["user_send_text", "user_send_image", "follow", "user_submit_info"])
        | JSON,
        "message": st.fixed_dictionaries(
            {"msg_id": st.sampled_from(["a", "b"]) | JSON}, optional={"text": TEXT, "attachments": JSON}
        )
        | JSON,
        "oa_id": st.sampled_from([OA]) | JSON,
        "timestamp": st.integers(0, 10).map(lambda n: str(int(utc_now().timestamp() * 1000) - n)) | JSON,
        "info": JSON,
    },
)


@settings(max_examples=80)
@given(event=BODIES)
async def test_no_signed_event_makes_the_webhook_stumble(event: Any, served: Served, signed: Any) -> None:
    body, signature = signed(json.dumps(event).encode())
    assert await served.post(body, signature) == (200, "ok")


@settings(max_examples=60)
@given(body=st.binary(max_size=40), signature=st.none() | st.sampled_from(["mac=", "x", "mac=" + "a" * 64]))
async def test_no_bytes_make_the_webhook_stumble(
    body: bytes, signature: Any, served: Served, stored: Any
) -> None:
    assert await served.post(body, signature) == (200, "ok")
    assert stored() == []


async def test_ten_thousand_damaged_bodies_leave_no_trace(
    make_channel: Any, stored: Any, message_event: Any, signed: Any, log_lines: Any
) -> None:
    channel = make_channel()
    whole, _ = signed(message_event(SECRET_WORDS))
    dice = random.Random(2026)
    tried = 0
    while tried < 10_000:
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(damaged))
            match dice.randrange(4):
                case 0:
                    damaged[at] = dice.randrange(256)
                case 1:
                    del damaged[at:]
                    damaged.extend(b"\xff")
                case 2:
                    damaged[at:at] = dice.choice(
                        [b"{", b"}", b"[", b'"', b"\\u0000", b"\x00", b"null", b"\xc3"]
                    )
                case _:
                    del damaged[at : at + dice.randint(1, 20)]
                    damaged.extend(b"}")
        body, signature = signed(bytes(damaged))
        try:
            events.parse(events.load_object(body), APP, {OA})
        except MalformedEvent:
            tried += 1
            assert await channel.receive(body, signature) is False
    assert stored() == []
    assert sum(channel.rejected.values()) == 10_000
    shown = json.dumps(log_lines(), ensure_ascii=False)
    assert [word for word in SECRET_WORDS.split() if f" {word} " in shown] == []
    assert {line["event"] for line in log_lines()} == {"zalo.webhook.rejected"}


CREDENTIALS = {
    "app_id": f"env:{APP}",
    "app_secret": "env:s1",
    "oa_secret_key": "env:s2",
    "oa_id": f"env:{OA}",
    "openapi_url": "env:http://127.0.0.1:1",
    "oauth_url": "env:http://127.0.0.1:1",
    "access_token": "env:${ZALO_ACCESS_TOKEN}",
}


@pytest.fixture
def in_environment(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("in_environment")
def test_the_credentials_make_a_channel() -> None:
    channel = ZaloInput.from_credentials(CREDENTIALS)
    assert (channel.app_id, channel.oa_ids, channel.name()) == (APP, frozenset({OA}), "zalo")
    assert channel.url_prefix() == "zalo"
    assert isinstance(channel.get_output_channel(), ZaloOutput)


@pytest.mark.usefixtures("in_environment")
def test_all_missing_variables_are_named_in_one_error() -> None:
    given_values = {
        **CREDENTIALS,
        "app_secret": "env:${ZALO_APP_SECRET}",
        "oa_secret_key": "env:",
        "oa_id": "",
    }
    with pytest.raises(InvalidConfigException) as error:
        ZaloInput.from_credentials(given_values)
    assert str(error.value) == (
        "The Zalo channel lacks app_secret, oa_secret_key, oa_id: "
        "set ZALO_APP_SECRET, ZALO_OA_SECRET_KEY, ZALO_OA_ID (see .env.example)."
    )


def test_a_channel_without_a_section_or_a_secret_does_not_start(make_channel: Any) -> None:
    with pytest.raises(RasaException, match="zalo input channel"):
        ZaloInput.from_credentials(None)
    with pytest.raises(InvalidConfigException, match="ZALO_OA_SECRET_KEY"):
        make_channel(oa_secret_key="")
