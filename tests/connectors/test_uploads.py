"""Pictures and files of ours: made to fit, uploaded once, sent by the id that Zalo gave."""

from __future__ import annotations

import io
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from connectors.turn import Turn, current_turn
from connectors.zalo import client as client_module
from connectors.zalo import pictures
from connectors.zalo.client import TryLater, ZaloClient
from connectors.zalo.oauth import ZaloOAuth
from connectors.zalo.output import ZaloOutput
from connectors.zalo.pictures import PictureRefused, fit
from connectors.zalo.sender import OutboxSender
from connectors.zalo.tokens import TokenKeeper
from connectors.zalo.uploads import Uploads
from services import outbox
from services.db import Database
from services.db.group_commit import GroupCommit
from services.db.models import OutboundMessage
from services.evidence_store import EvidenceStore
from services.inbox import ClaimedEvent
from services.outbox import Reply
from services.secrets import Cipher

APP, OA, LAN = "1234567890123456789", "9990001112223334445", "5550001112223334445"
AT = datetime(2026, 11, 21, tzinfo=timezone.utc)
PDF = b"%PDF-1.7\n" + bytes(300)


def drawn(
    width: int = 40, height: int = 30, kind: str = "PNG", mode: str = "RGB", noise: bool = False
) -> bytes:
    picture = Image.new(mode, (width, height), "red")
    if noise:
        data = random.Random(7).randbytes(width * height * 3)
        picture = Image.frombytes("RGB", (width, height), data)
    made = io.BytesIO()
    picture.save(made, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return made.getvalue()


PNG = drawn()
BIG = drawn(960, 640, "PNG", noise=True)


class Desk:
    """A sender with its uploads, on a content folder of its own."""

    def __init__(
        self, database: Database, cipher: Cipher, clock: Any, zalo: Any, sender: OutboxSender, folder: Path
    ) -> None:
        self.database, self.cipher, self.clock, self.zalo, self.sender = database, cipher, clock, zalo, sender
        self.content, self.evidence = folder / "content", EvidenceStore(folder / "var")

    def add(self, *replies: Reply) -> None:
        with self.database.transaction() as session:
            outbox.add(session, self.cipher, OA, LAN, replies, self.clock())
        self.sender.wake()

    def forward(self, seconds: float) -> None:
        self.clock.forward(seconds)
        self.sender.wake()

    def states(self) -> list[tuple[str, str | None]]:
        table = OutboundMessage.__table__
        with self.database.transaction() as session:
            found = session.execute(sa.select(table).order_by(table.c.id)).all()
        return [(row.state, row.last_error) for row in found]

    def shown(self) -> list[tuple[str, str, str, bytes]]:
        """What the citizen got: kind, text, name of the file, its bytes."""
        messages = self.zalo.simulator.store.conversation(OA, LAN).messages
        return [
            (message.type, message.text, kept.name, kept.data)
            for message in messages
            for attachment in message.attachments
            if (kept := self.zalo.simulator.uploads.get(attachment["payload"]["url"].rpartition("/")[2]))
        ]

    def uploaded(self) -> int:
        return len(self.zalo.simulator.uploads._kept)


@pytest.fixture
async def desk(
    database: Database,
    commit: GroupCommit,
    cipher: Cipher,
    clock: Any,
    zalo: Any,
    background: Any,
    tmp_path: Path,
) -> AsyncIterator[Desk]:
    zalo.knows(LAN)
    client = ZaloClient(zalo.url)
    keeper = TokenKeeper(commit, cipher, ZaloOAuth(zalo.url, APP, "TestAppSecret"), "w1", clock)
    await keeper.seed(OA, "sim-access-token", "sim-refresh-token")
    uploads = Uploads(client, EvidenceStore(tmp_path / "var"), tmp_path / "content", clock)
    sender = OutboxSender(commit, cipher, client, keeper, "w1", clock, uploads=uploads)
    made = Desk(database, cipher, clock, zalo, sender, tmp_path)
    (made.content / "pictures").mkdir(parents=True)
    (made.content / "pictures" / "so-do.png").write_bytes(PNG)
    (made.content / "Đơn xin xác nhận.pdf").write_bytes(PDF)
    async with background(sender.run):
        yield made
    await client.close()


@pytest.fixture
def become(desk: Desk, until: Any) -> Callable[..., Awaitable[None]]:
    async def wait(*expected: tuple[str, str | None]) -> None:
        try:
            await until(lambda: desk.states() == list(expected), 3)
        except AssertionError:
            assert desk.states() == list(expected)

    return wait


@pytest.fixture
def turn() -> Iterator[Turn]:
    event = ClaimedEvent(1, OA, LAN, "m1", "user_send_text", "{}", 1, AT, AT)
    made = Turn(event=event, worker="w1", conversation_id="zalo-oa-lan")
    token = current_turn.set(made)
    yield made
    current_turn.reset(token)


SENT = ("sent", None)
DIAGRAM = Reply("image_file", {"path": "content/pictures/so-do.png"})


# -- what the citizen gets ----------------------------------------------------------


async def test_what_rasa_says_with_files_of_ours_reaches_the_citizen(
    desk: Desk, become: Any, turn: Turn
) -> None:
    sha256 = desk.evidence.put(PDF + b"evidence").sha256
    output = ZaloOutput()
    await output.send_response("x", {"image": "content/pictures/so-do.png"})
    await output.send_response("x", {"image": "file:pictures/so-do.png"})
    await output.send_response("x", {"attachment": "content/Đơn xin xác nhận.pdf"})
    await output.send_response("x", {"attachment": f"evidence:{sha256}"})
    desk.add(*turn.replies)
    await become(*[SENT] * 4)
    assert desk.shown() == [
        ("image", "", "anh.png", PNG),
        ("image", "", "anh.png", PNG),
        ("file", "", "Đơn xin xác nhận.pdf", PDF),
        ("file", "", "tep.pdf", PDF + b"evidence"),
    ]


async def test_a_caption_and_a_name_of_ones_own(desk: Desk, become: Any) -> None:
    sha256 = desk.evidence.put(PNG).sha256
    desk.add(
        Reply("image_file", {"sha256": sha256, "text": "Sơ đồ đường đi"}),
        Reply("file", {"path": "Đơn xin xác nhận.pdf", "name": '../Đơn"\r\n.pdf'}),
    )
    await become(SENT, SENT)
    assert [shown[:3] for shown in desk.shown()] == [
        ("image", "Sơ đồ đường đi", "anh.png"),
        ("file", "", ".._Đơn___.pdf"),
    ]


async def test_a_request_for_contact_details(desk: Desk, become: Any, turn: Turn) -> None:
    asked = {
        "title": "Anh/chị cho biết họ tên và số điện thoại",
        "subtitle": "Để cán bộ gọi lại.",
        "image_url": "https://x.example/a.png",
    }
    await ZaloOutput().send_response("x", {"custom": {"request_user_info": asked}})
    desk.add(*turn.replies)
    await become(SENT)
    [message] = desk.zalo.simulator.store.conversation(OA, LAN).messages
    assert message.attachments == [{"type": "request_user_info", "payload": asked}]


async def test_contact_details_that_are_too_long_are_cut_and_without_a_picture_asked_by_text(
    turn: Turn,
) -> None:
    asked = {"title": "Họ tên " * 40, "subtitle": "Lý do " * 200, "image_url": "https://x.example/a.png"}
    await ZaloOutput().send_custom_json("x", {"request_user_info": asked})
    await ZaloOutput().send_custom_json(
        "x", {"request_user_info": {"title": "Họ tên?", "subtitle": "Để gọi."}}
    )
    [drawn_, text] = turn.replies
    [element] = drawn_.payload["attachment"]["payload"]["elements"]
    assert (len(element["title"]) <= 100, len(element["subtitle"]) <= 500) == (True, True)
    assert text == Reply("text", {"text": "Họ tên?\nĐể gọi."})


# -- uploads are counted by the month -----------------------------------------------


async def test_the_same_picture_is_uploaded_once_and_again_before_its_id_dies(
    desk: Desk, become: Any, zalo: Any
) -> None:
    for number in range(1, 4):
        desk.add(DIAGRAM)
        await become(*[SENT] * number)
    assert (len(desk.shown()), desk.uploaded()) == (3, 1)
    desk.forward(6 * 86_400)
    zalo.knows(LAN)
    desk.add(DIAGRAM)
    await become(*[SENT] * 4)
    assert desk.uploaded() == 2


async def test_an_id_that_zalo_forgot_is_uploaded_again_once(desk: Desk, become: Any, zalo: Any) -> None:
    desk.add(DIAGRAM)
    await become(SENT)
    zalo.fault(code=-100)
    desk.add(DIAGRAM)
    await become(SENT, SENT)
    assert (len(desk.shown()), desk.uploaded()) == (2, 2)


async def test_an_id_that_dies_at_once_every_time_ends_where_an_officer_sees_it(
    desk: Desk, become: Any, zalo: Any
) -> None:
    zalo.fault(code=-100, times=2)
    desk.add(DIAGRAM, Reply("text", {"text": "Chào"}))
    await become(("dead", "zalo error -100"), SENT)
    assert desk.uploaded() == 2


async def test_a_picture_that_zalo_refuses_for_good_is_not_uploaded_again(
    desk: Desk, become: Any, zalo: Any
) -> None:
    zalo.fault(code=-210)
    desk.add(DIAGRAM)
    await become(("dead", "zalo error -210"))
    assert desk.uploaded() == 1


# -- what goes wrong ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        ("image_file", {"path": "content/none.png"}, "image_file: there is no such content file"),
        ("image_file", {"path": "../secret.png"}, "image_file: there is no such content file"),
        ("image_file", {"path": "/etc/passwd"}, "image_file: there is no such content file"),
        ("file", {"path": "content/../../secret.pdf"}, "file: there is no such content file"),
        ("file", {"path": "link.pdf"}, "file: there is no such content file"),
        ("file", {"path": "pictures"}, "file: there is no such content file"),
        ("file", {"path": "a\0b"}, "file: there is no such content file"),
        ("file", {}, "file: there is no such content file"),
        ("file", {"sha256": "../../etc/passwd"}, "file: not a SHA-256 in lower-case hex"),
        ("file", {"sha256": "ab" * 32}, "file: evidence abababababab is gone"),
        ("file", {"path": "large.pdf"}, "file: it is larger than 5 MB"),
        ("file", {"path": "program.pdf"}, "zalo error -201"),
        ("image_file", {"path": "program.pdf"}, "image_file: it cannot be read as a picture"),
    ],
)
async def test_what_can_never_be_sent_is_dead_and_the_next_message_goes_out(
    kind: str, payload: dict[str, Any], reason: str, desk: Desk, become: Any, tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (desk.content / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    (desk.content / "large.pdf").write_bytes(PDF + bytes(5 * 1024 * 1024))
    (desk.content / "program.pdf").write_bytes(b"MZ" + bytes(60))
    desk.add(Reply(kind, payload), Reply("text", {"text": "Chào"}))
    await become(("dead", reason), SENT)
    assert desk.uploaded() == 0


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"code": -32}, "zalo error -32"),
        ({"code": -211}, "zalo error -211"),
        ({"kind": "http", "status": 502}, "http 502 without a readable answer"),
        ({"kind": "drop_after"}, "connection broke: ServerDisconnectedError"),
    ],
    ids=["busy", "no uploads left this month", "down", "broken after the upload"],
)
async def test_an_upload_that_fails_is_tried_again_and_the_picture_comes_once(
    fault: dict[str, Any], reason: str, desk: Desk, become: Any, zalo: Any
) -> None:
    zalo.fault(path="/v2.0/oa/upload/", **fault)
    desk.add(DIAGRAM)
    await become(("queued", reason))
    desk.forward(3)
    await become(SENT)
    assert len(desk.shown()) == 1


async def test_a_token_that_expired_is_renewed_for_an_upload_too(desk: Desk, become: Any, zalo: Any) -> None:
    zalo.simulator.tokens.expire(OA)
    desk.add(DIAGRAM)
    await become(SENT)


async def test_a_disk_that_cannot_be_read_now_is_tried_later(
    desk: Desk, become: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", broken)
        desk.add(DIAGRAM)
        await become(("queued", "it cannot be read: Input/output error"))
    desk.forward(3)
    await become(SENT)


@pytest.mark.parametrize(
    "answer", [{}, {"data": None}, {"data": {"attachment_id": ""}}, {"data": {"token": 7}}]
)
async def test_an_upload_without_an_id_is_no_success(
    answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def call(*_: Any, **__: Any) -> dict[str, Any]:
        return {"error": 0, **answer}

    monkeypatch.setattr(client_module.ZaloClient, "_call", call)
    with pytest.raises(TryLater, match="an upload without attachment_id"):
        await ZaloClient("http://127.0.0.1:1").upload_image("t", PNG, "a.png")


# -- pictures made to fit -----------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name"), [(PNG, "anh.png"), (drawn(kind="JPEG"), "anh.jpg")], ids=["png", "jpeg"]
)
def test_a_small_picture_stays_as_it_is(data: bytes, name: str) -> None:
    assert fit(data) == (data, name)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (BIG, (960, 640)),
        (drawn(2400, 1200, "JPEG", noise=True), None),
        (drawn(kind="GIF"), (40, 30)),
        (drawn(kind="WEBP"), (40, 30)),
        (drawn(kind="BMP"), (40, 30)),
        (drawn(kind="TIFF", mode="CMYK"), (40, 30)),
    ],
    ids=["large png", "large jpeg", "gif", "webp", "bmp", "cmyk"],
)
def test_other_pictures_become_a_jpeg_that_zalo_takes(data: bytes, size: tuple[int, int] | None) -> None:
    made, name = fit(data)
    picture = Image.open(io.BytesIO(made))
    assert (picture.format, name, len(made) <= pictures.MAX_BYTES) == ("JPEG", "anh.jpg", True)
    assert picture.size == size if size else picture.width == 2 * picture.height


def test_transparent_parts_become_white_and_a_turned_photo_stands_upright() -> None:
    clear = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(clear, "WEBP", lossless=True)
    white = Image.open(io.BytesIO(fit(clear.getvalue())[0]))
    assert white.getpixel((5, 5)) == (255, 255, 255)
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30), "red").save(turned, "WEBP", exif=exif)
    assert Image.open(io.BytesIO(fit(turned.getvalue())[0])).size == (30, 40)


@pytest.mark.parametrize(
    "data",
    [b"", PDF, BIG[:5000], PNG[:-30], b"<svg/>"],
    ids=["empty", "pdf", "cut", "small and cut", "svg"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureRefused, match="cannot be read as a picture"):
        fit(data)


def test_a_picture_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    with pytest.raises(PictureRefused, match="too many pixels"):
        fit(PNG)
    # One row of 64,000 by 64,000 pixels said in the head, and nothing behind it.
    bomb = PNG.replace((40).to_bytes(4, "big") + (30).to_bytes(4, "big"), (64_000).to_bytes(4, "big") * 2)
    with pytest.raises(PictureRefused):
        fit(bomb)
