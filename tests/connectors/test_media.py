"""Pictures, clips and files of citizens, fetched from a server that misbehaves in every way it can."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.test_utils import TestServer, unused_port

from connectors.zalo import download, events
from connectors.zalo import media as media_module
from connectors.zalo.download import Downloader, NeverFetched, NotFetched, PublicResolver, is_public
from connectors.zalo.events import Attachment, ZaloEvent
from connectors.zalo.media import PAUSES, MediaFetcher, wanted_items
from services import evidence_store, inbox, media
from services.db import Database
from services.db.group_commit import GroupCommit
from services.evidence_store import EvidenceStore
from services.inbox import NewEvent
from services.media import NO_ADDRESS, SeenItem, WantedItem
from services.secrets import Cipher

OA, LAN = "9990001112223334445", "5550001112223334445"
JPEG = b"\xff\xd8\xff\xe0" + b"a motorbike without a number plate" * 500
PDF = b"%PDF-1.7\n" + bytes(300)
PAGE = b"<!DOCTYPE html><html><body>404</body></html>"
NO_SPACE = "evidence: No space left on device"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Host:
    """A media host on the loopback; each test says what it answers, and reads what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: list[Answer] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        # The last answer goes on for ever.
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)

    def says(self, *answers: Answer | bytes | int) -> None:
        self.answers = [answer if callable(answer) else plain(answer) for answer in answers]


def plain(what: bytes | int) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=what) if isinstance(what, int) else web.Response(body=what)

    return answer


def moved(to: str, status: int = 302) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": to})

    return answer


def headed(body: bytes, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={name.replace("_", "-"): v for name, v in headers.items()})

    return answer


async def cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(JPEG))})
    await response.prepare(request)
    await response.write(JPEG[:5000])
    assert request.transport is not None
    request.transport.close()
    return response


async def cut_chunk(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(JPEG[:5000])
    assert request.transport is not None
    request.transport.close()
    return response


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(JPEG)
    except (ConnectionError, asyncio.CancelledError):
        pass
    return response


async def boast(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "200000"})
    await response.prepare(request)
    await asyncio.sleep(1)
    return response


async def drop(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def slow(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        for _ in range(1000):
            await response.write(b"\xff\xd8\xff")
            await asyncio.sleep(0.02)
    except (ConnectionError, asyncio.CancelledError):
        pass
    return response


class Names(AbstractResolver):
    """The DNS of the tests: what it is told, and nothing else."""

    def __init__(self, **addresses: str) -> None:
        self.addresses = {name.replace("_", "."): address for name, address in addresses.items()}
        self.asked: list[tuple[str, int]] = []

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[dict[str, Any]]:
        self.asked.append((host, port))
        if host not in self.addresses:
            raise OSError(None, "Name or service not known")
        return [
            {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}
            for address in self.addresses[host].split(",")
        ]

    async def close(self) -> None:
        pass


class Desk:
    """A fetcher, what it is told to fetch and what became of it."""

    def __init__(self, database: Database, cipher: Cipher, clock: Any, folder: Path) -> None:
        self.database, self.cipher, self.clock, self.folder = database, cipher, clock, folder
        self.store = EvidenceStore(folder)
        self.names = Names(photo_zdn_vn="10.0.0.7", f1_zadn_vn="169.254.169.254,8.8.8.8")
        self.fetcher: MediaFetcher

    def want(self, *items: WantedItem, key: str = "m1") -> None:
        event = NewEvent(OA, LAN, key, "user_send_image", "{}", self.clock())
        with self.database.transaction() as session:
            inbox.store(session, self.cipher, [event], self.clock())
            event_id = media.event_id(session, OA, key)
            assert event_id is not None
            media.want(session, self.cipher, event_id, OA, LAN, items, self.clock())
        self.fetcher.wake()

    def picture(self, url: str) -> None:
        self.want(WantedItem("image", url))

    def seen(self, event_id: int = 1) -> list[SeenItem]:
        with self.database.transaction() as session:
            return media.for_event(session, event_id)

    def states(self, event_id: int = 1) -> list[tuple[str, str | None]]:
        return [(item.state, item.reason) for item in self.seen(event_id)]

    def forward(self, pause: timedelta | float) -> None:
        self.clock.forward(pause.total_seconds() if isinstance(pause, timedelta) else pause)
        self.fetcher.wake()

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    made = Host()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.handle)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    made.url = str(server.make_url("")).rstrip("/")
    made.says(JPEG)
    yield made
    await server.close()


@pytest.fixture
def idle_desk(
    database: Database, commit: GroupCommit, cipher: Cipher, clock: Any, host: Host, tmp_path: Path
) -> Desk:
    made = Desk(database, cipher, clock, tmp_path / "var")
    downloader = Downloader(host.url, made.names)
    made.fetcher = MediaFetcher(commit, cipher, made.store, downloader, "w1", clock)
    return made


@pytest.fixture
async def desk(idle_desk: Desk, background: Any) -> AsyncIterator[Desk]:
    async with background(idle_desk.fetcher.run):
        yield idle_desk
    await idle_desk.fetcher.close()


@pytest.fixture
def become(desk: Desk, until: Any) -> Callable[..., Awaitable[None]]:
    """Waits until the first event's items stand as expected; shows how they stand when they do not."""

    async def wait(*expected: tuple[str, str | None]) -> None:
        try:
            await until(lambda: desk.states() == list(expected), 3)
        except AssertionError:
            assert desk.states() == list(expected)

    return wait


# -- what comes ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body", "mime_type"),
    [
        ("image", JPEG, "image/jpeg"),
        ("file", PDF, "application/pdf"),
        ("image", PDF, "application/pdf"),
        ("file", b"MZ\x90\0 a program", "application/octet-stream"),
        ("image", b"{}", "application/octet-stream"),
    ],
    ids=["picture", "file", "file as picture", "program", "something else"],
)
async def test_bytes_are_kept_as_they_came_and_known_by_their_content(
    kind: str, body: bytes, mime_type: str, desk: Desk, host: Host, become: Any
) -> None:
    host.says(headed(body, Content_Type="text/html"))
    desk.want(WantedItem(kind, f"{host.url}/lies.jpg"))
    await become(("stored", None))
    sha256 = hashlib.sha256(body).hexdigest()
    assert desk.seen() == [SeenItem(0, kind, "stored", sha256, len(body), mime_type, None)]
    assert (desk.store.read(sha256), len(desk.files())) == (body, 1)


async def test_several_pictures_of_one_message_keep_their_order(desk: Desk, host: Host, become: Any) -> None:
    async def by_path(request: web.Request) -> web.Response:
        return web.Response(body=JPEG + request.path.encode())

    host.says(by_path)
    desk.want(*[WantedItem("image", f"{host.url}/{number}") for number in range(6)])
    await become(*[("stored", None)] * 6)
    assert [item.sha256 for item in desk.seen()] == [
        hashlib.sha256(JPEG + f"/{number}".encode()).hexdigest() for number in range(6)
    ]


async def test_a_page_that_a_citizen_sends_as_a_file_is_kept(desk: Desk, host: Host, become: Any) -> None:
    host.says(PAGE)
    checksum = hashlib.md5(PAGE).hexdigest().upper()
    desk.want(WantedItem("file", f"{host.url}/a", checksum), WantedItem("image", f"{host.url}/a", checksum))
    await become(("stored", None), ("wanted", "a web page came in its place"))
    assert desk.seen()[0].mime_type == "application/octet-stream"


async def test_never_more_than_four_at_once(desk: Desk, host: Host, become: Any) -> None:
    running, most, gate = 0, 0, asyncio.Event()

    async def count(_: web.Request) -> web.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 4:
            asyncio.get_running_loop().call_later(0.1, gate.set)
        await gate.wait()
        running -= 1
        return web.Response(body=JPEG)

    host.says(count)
    desk.want(*[WantedItem("image", f"{host.url}/{number}") for number in range(9)])
    await become(*[("stored", None)] * 9)
    assert most == 4


# -- what may be asked --------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://photo.zdn.vn/a.jpg?x=1#top", "https://photo.zdn.vn/a.jpg?x=1#top"),
        ("http://photo.zdn.vn:80/a", "https://photo.zdn.vn/a"),
        ("https://PHOTO.ZDN.VN:443/a", "https://photo.zdn.vn/a"),
        ("https://f1.zadn.vn./a", "https://f1.zadn.vn/a"),
        ("https://zalo.me/a", "https://zalo.me/a"),
        ("http://127.0.0.1:8900/media/x", "http://127.0.0.1:8900/media/x"),
        ("http://localhost:8900/media/x", "http://127.0.0.1:8900/media/x"),
    ],
)
async def test_zalos_hosts_are_asked_by_https(address: str, asked: str) -> None:
    assert str(Downloader("http://127.0.0.1:8900").allowed(address)) == asked


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("https://evilzdn.vn/a", "its host is not one of Zalo's"),
        ("https://zdn.vn.evil.example/a", "its host is not one of Zalo's"),
        ("https://evil.example/zdn.vn", "its host is not one of Zalo's"),
        ("https://evil.example#.zdn.vn", "its host is not one of Zalo's"),
        ("https://evil.example\\.zdn.vn/", None),
        ("http://127.0.0.1:8901/", "its host is not one of Zalo's"),
        ("https://127.0.0.1:8900/", "its host is not one of Zalo's"),
        ("http://127.0.0.1/", "its host is not one of Zalo's"),
        ("http://2130706433/", "its host is not one of Zalo's"),
        ("http://[::ffff:127.0.0.1]:8900/", "its host is not one of Zalo's"),
        ("http://169.254.169.254/latest/meta-data/", "its host is not one of Zalo's"),
        ("https://photo.zdn.vn:8443/", "its port is not the one of the web"),
        ("https://photo.zdn.vn:80/", "its port is not the one of the web"),
        ("http://photo.zdn.vn:22/", "its port is not the one of the web"),
        ("https://zdn.vn@evil.example/", "its address holds a user name"),
        ("https://a:b@photo.zdn.vn/", "its address holds a user name"),
        ("file:///etc/passwd", "its address is no web address"),
        ("ftp://photo.zdn.vn/a", "its address is no web address"),
        ("gopher://photo.zdn.vn/", "its address is no web address"),
        ("javascript:alert(1)", "its address is no web address"),
        ("data:text/html,x", "its address is no web address"),
        ("//photo.zdn.vn/a", "its address is no web address"),
        ("photo.zdn.vn/a", "its address is no web address"),
        ("https://", None),
        ("https://photo.zdn.vn/" + "a" * 5000, "its address is no web address"),
        ("http://[::1", "its address cannot be read"),
        ("https://photo.zdn.vn:99999/", None),
        ("\0", "its address is no web address"),
    ],
)
async def test_nothing_else_is_asked(address: str, reason: str | None) -> None:
    with pytest.raises(NeverFetched) as error:
        Downloader("http://127.0.0.1:8900").allowed(address)
    assert reason is None or str(error.value) == reason


async def test_a_refused_address_is_missing_at_once_with_its_reason(desk: Desk, become: Any) -> None:
    desk.want(
        WantedItem("image", f"http://127.0.0.1:{unused_port()}/"),
        WantedItem("image", "file:///etc/passwd"),
        WantedItem("image", ""),
    )
    await become(
        ("missing", "its host is not one of Zalo's"),
        ("missing", "its address is no web address"),
        ("missing", NO_ADDRESS),
    )
    assert (desk.names.asked, desk.files()) == ([], [])


PUBLIC = ("8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808")
INSIDE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "198.18.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "fec0::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:1::",
    "::127.0.0.1",
    "no address",
    "",
)


@pytest.mark.parametrize(("address", "public"), [(a, True) for a in PUBLIC] + [(a, False) for a in INSIDE])
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_a_name_with_one_private_address_is_refused_whole() -> None:
    names = Names(a_zdn_vn="8.8.8.8", b_zdn_vn="8.8.8.8,10.0.0.1", local="127.0.0.1")
    resolver = PublicResolver(names, frozenset({"local"}))
    assert [row["host"] for row in await resolver.resolve("a.zdn.vn", 443)] == ["8.8.8.8"]
    assert [row["host"] for row in await resolver.resolve("local", 80)] == ["127.0.0.1"]
    with pytest.raises(OSError, match="not a public address"):
        await resolver.resolve("b.zdn.vn", 443)


@pytest.mark.parametrize(
    ("url", "reason", "asked"),
    [
        ("http://photo.zdn.vn/a", "its host has no public address", [("photo.zdn.vn", 443)]),
        ("https://f1.zadn.vn/a", "its host has no public address", [("f1.zadn.vn", 443)]),
        ("https://gone.zdn.vn/a", "no connection: ClientConnectorError", [("gone.zdn.vn", 443)]),
    ],
)
async def test_a_zalo_name_that_leads_inside_is_not_followed(
    url: str, reason: str, asked: list[tuple[str, int]], desk: Desk, become: Any
) -> None:
    desk.picture(url)
    await become(("wanted", reason))
    assert (desk.names.asked, desk.files()) == (asked, [])


async def test_the_operators_own_host_may_be_inside(
    idle_desk: Desk, host: Host, commit: GroupCommit, cipher: Cipher, clock: Any, background: Any, until: Any
) -> None:
    port = host.url.rpartition(":")[2]
    downloader = Downloader(f"http://zalo.local:{port}", Names(zalo_local="127.0.0.1"))
    idle_desk.fetcher = MediaFetcher(commit, cipher, idle_desk.store, downloader, "w1", clock)
    async with background(idle_desk.fetcher.run):
        idle_desk.picture(f"http://zalo.local:{port}/a")
        await until(lambda: idle_desk.states() == [("stored", None)])
    await idle_desk.fetcher.close()


# -- redirects ----------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 308])
async def test_a_redirect_on_an_allowed_host_is_followed(
    status: int, desk: Desk, host: Host, become: Any
) -> None:
    host.says(moved("/b?x=1", status), moved(f"{host.url}/c", status), moved("d", status), JPEG)
    desk.picture(f"{host.url}/a")
    await become(("stored", None))
    assert host.asked == ["/a", "/b", "/c", "/d"]


@pytest.mark.parametrize(
    ("target", "outcome"),
    [
        ("http://169.254.169.254/", ("missing", "redirected, but its host is not one of Zalo's")),
        ("http://10.0.0.1/", ("missing", "redirected, but its host is not one of Zalo's")),
        ("http://127.0.0.1:1/", ("missing", "redirected, but its host is not one of Zalo's")),
        ("//evil.example/a", ("missing", "redirected, but its host is not one of Zalo's")),
        ("file:///etc/passwd", ("missing", "redirected, but its address is no web address")),
        ("https://photo.zdn.vn/a", ("wanted", "its host has no public address")),
        ("/again", ("wanted", "redirected too often")),
        ("http://[::1", ("wanted", "redirected to what is no address")),
    ],
)
async def test_a_redirect_elsewhere_is_not_followed(
    target: str, outcome: tuple[str, str], desk: Desk, host: Host, become: Any
) -> None:
    host.says(moved(target))
    desk.picture(f"{host.url}/a")
    await become(outcome)
    assert len(host.asked) == (4 if target == "/again" else 1)
    assert desk.files() == []


# -- what goes wrong ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (404, "http 404"),
        (403, "http 403"),
        (500, "http 500"),
        (204, "http 204"),
        (206, "http 206"),
        (PAGE, "a web page came in its place"),
        (headed(b"\xef\xbb\xbf  <HTML>", Content_Type="image/jpeg"), "a web page came in its place"),
        (b"", "empty"),
        (headed(b"\x1f\x8b\x08" + bytes(60), Content_Encoding="gzip"), "compressed, though asked not to be"),
        (cut, "connection broke: ClientPayloadError"),
        (cut_chunk, "connection broke: ClientPayloadError"),
        (drop, "connection broke: ServerDisconnectedError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_failure_is_tried_again_and_leaves_no_file(
    answer: Any, reason: str, desk: Desk, host: Host, become: Any
) -> None:
    host.says(answer, JPEG)
    desk.picture(f"{host.url}/a")
    await become(("wanted", reason))
    assert desk.files() == []
    desk.forward(4.9)
    await asyncio.sleep(0.05)
    assert len(host.asked) == 1
    desk.forward(0.1)
    await become(("stored", None))
    assert [item.sha256 for item in desk.seen()] == [hashlib.sha256(JPEG).hexdigest()]


@pytest.mark.parametrize("answer", [endless, boast], ids=["no length and no end", "told beforehand"])
async def test_what_is_too_large_is_not_fetched_to_its_end(
    answer: Answer, desk: Desk, host: Host, become: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_BYTES", 100_000)
    host.says(answer)
    desk.picture(f"{host.url}/a")
    await become(("missing", "larger than 25 MB"))
    assert (len(host.asked), desk.files()) == (1, [])


async def test_the_largest_that_is_taken(
    desk: Desk, host: Host, become: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_BYTES", len(JPEG))
    host.says(JPEG)
    desk.picture(f"{host.url}/a")
    await become(("stored", None))


async def test_a_trickle_is_given_up_in_time(
    desk: Desk, host: Host, become: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TOTAL_SECONDS", 0.2)
    host.says(slow)
    desk.picture(f"{host.url}/a")
    await become(("wanted", "took too long"))
    assert desk.files() == []


async def test_nobody_listening(desk: Desk, host: Host, become: Any) -> None:
    desk.fetcher._downloader = Downloader(f"http://127.0.0.1:{unused_port()}")
    base = desk.fetcher._downloader._extra
    desk.picture(f"{base}/a")
    await become(("wanted", "no connection: ClientConnectorError"))


async def test_after_the_last_try_the_officer_sees_it_is_missing(
    desk: Desk, host: Host, become: Any, until: Any
) -> None:
    host.says(404)
    desk.picture(f"{host.url}/a")
    for number, pause in enumerate(PAUSES, start=1):
        await become(("wanted", "http 404"))
        assert len(host.asked) == number
        desk.forward(pause)
        await until(lambda: len(host.asked) > number)  # noqa: B023
    await become(("missing", "http 404; tried 6 times"))
    assert sum(PAUSES, timedelta()) == timedelta(minutes=42, seconds=35)


async def test_strange_bytes_that_break_our_code_are_tried_again(
    desk: Desk, host: Host, become: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> str:
        raise RecursionError

    monkeypatch.setattr(media_module, "content_type", broken)
    desk.picture(f"{host.url}/a")
    await become(("wanted", "RecursionError"))
    assert desk.files() == []


# -- our own disk, our own end ------------------------------------------------------


@pytest.mark.parametrize("where", ["fsync", "replace", "open"])
async def test_a_full_disk_loses_nothing_and_costs_no_try(
    where: str, desk: Desk, host: Host, become: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def full(*_: Any, **__: Any) -> Any:
        nonlocal tries
        tries += 1
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(evidence_store.os, where, full)
        desk.picture(f"{host.url}/a")
        for number in range(1, 9):
            await until(lambda: tries == number)  # noqa: B023
            await become(("wanted", NO_SPACE))
            desk.forward(media_module.STORAGE_PAUSE)
        await until(lambda: tries == 9)
        await become(("wanted", NO_SPACE))
    assert desk.files() == []
    # Nine tries failed on our side; Zalo's first failure is still the first of six.
    host.says(404, JPEG)
    desk.forward(media_module.STORAGE_PAUSE)
    await become(("wanted", "http 404"))
    desk.forward(PAUSES[0])
    await become(("stored", None))
    assert desk.store.read(hashlib.sha256(JPEG).hexdigest()) == JPEG


async def test_what_a_dead_process_was_fetching_is_fetched_by_the_next(
    desk: Desk, host: Host, become: Any, cipher: Cipher, clock: Any
) -> None:
    desk.fetcher._concurrency = 0
    desk.picture(f"{host.url}/a")
    with desk.database.transaction() as session:
        assert len(media.claim(session, cipher, "dead", 1, clock())) == 1
    desk.fetcher._concurrency = 4
    desk.forward(61)
    await desk.fetcher.keep_alive()
    await become(("stored", None))


async def test_a_stop_in_the_middle_leaves_no_part_of_a_file(
    idle_desk: Desk, host: Host, background: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_module, "STOP_SECONDS", 0.05)
    host.says(slow, JPEG)
    async with background(idle_desk.fetcher.run):
        idle_desk.picture(f"{host.url}/a")
        await until(lambda: idle_desk.files())
    assert (idle_desk.states(), idle_desk.files()) == ([("fetching", None)], [])
    with idle_desk.database.transaction() as session:
        assert media.release_expired(session, idle_desk.clock(), everything=True) == 1
    async with background(idle_desk.fetcher.run):
        await until(lambda: idle_desk.states() == [("stored", None)])
    await idle_desk.fetcher.close()


async def test_a_download_without_a_store_in_reach(host: Host, tmp_path: Path) -> None:
    downloader = Downloader(host.url)
    host.says(404)
    with EvidenceStore(tmp_path).draft() as draft, pytest.raises(NotFetched, match="http 404"):
        await downloader.fetch(f"{host.url}/a", draft)
    await downloader.close()


# -- from Zalo's event --------------------------------------------------------------


def event(kind: str, *attachments: Attachment) -> ZaloEvent:
    body = {
        "app_id": "1", "event_name": kind, "timestamp": "1763700000000", "sender": {"id": LAN},
        "recipient": {"id": OA},
        "message": {
            "msg_id": "m1",
            "attachments": [{"type": item.type, "payload": item.payload} for item in attachments],
        },
    }  # fmt: skip
    return events.parse(body, "1", {OA})


@pytest.mark.parametrize(
    ("kind", "attachment", "wanted"),
    [
        ("user_send_image", Attachment("photo", {"url": " https://a "}), [WantedItem("image", "https://a")]),
        ("user_send_gif", Attachment("gif", {"url": "https://a"}), [WantedItem("gif", "https://a")]),
        ("user_send_video", Attachment("video", {"url": "https://a"}), [WantedItem("video", "https://a")]),
        ("user_send_audio", Attachment("audio", {"url": "https://a"}), [WantedItem("audio", "https://a")]),
        (
            "user_send_file",
            Attachment("file", {"url": "https://a", "name": "don.pdf", "checksum": "9e10"}),
            [WantedItem("file", "https://a", "9e10")],
        ),
        ("user_send_image", Attachment("image", {"url": 7, "checksum": {}}), [WantedItem("image", "")]),
        ("user_send_image", Attachment("image", {}), [WantedItem("image", "")]),
        ("user_send_link", Attachment("link", {"url": "https://a"}), []),
        ("user_send_sticker", Attachment("sticker", {"id": "1", "url": "https://a"}), []),
        ("user_send_location", Attachment("location", {"coordinates": {}}), []),
        ("user_send_business_card", Attachment("link", {"url": "https://a"}), []),
        ("user_send_text", Attachment("image", {"url": "https://a"}), []),
    ],
)
def test_what_is_wanted_of_each_kind(kind: str, attachment: Attachment, wanted: list[WantedItem]) -> None:
    assert wanted_items(event(kind, attachment)) == wanted


async def test_a_picture_sent_in_the_local_zalo_is_kept_before_anybody_answers(
    make_channel: Any,
    zalo: Any,
    message_event: Any,
    signed: Any,
    until: Any,
    tmp_path: Path,
    database: Database,
) -> None:
    channel = make_channel(data_dir=tmp_path / "data", media_base_url=zalo.url)
    await channel.start(None, lambda: False)
    form = aiohttp.FormData()
    form.add_field("file", JPEG, filename="xe.jpg")
    async with aiohttp.ClientSession() as http, http.post(f"{zalo.url}/api/media", data=form) as answer:
        url = (await answer.json())["url"]
    attachments = [{"type": "image", "payload": {"url": url, "thumbnail": url}}]
    sent = message_event(event_name="user_send_image", message={"msg_id": "p1", "attachments": attachments})
    for _ in range(3):
        assert await channel.receive(*signed(sent)) is True

    def seen() -> list[SeenItem]:
        with database.transaction() as session:
            return media.for_event(session, 1)

    await until(lambda: [item.state for item in seen()] == ["stored"])
    sha256 = hashlib.sha256(JPEG).hexdigest()
    assert seen() == [SeenItem(0, "image", "stored", sha256, len(JPEG), "image/jpeg", None)]
    assert EvidenceStore(tmp_path / "data").read(sha256) == JPEG
    await channel.stop()
