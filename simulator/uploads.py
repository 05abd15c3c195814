"""Files: what the OA uploads to Zalo (checked, living seven simulated days) and what citizens send."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from aiohttp import BodyPartReader, web

from simulator.clock import Clock
from simulator.errors import BadInput, ZaloError
from simulator.state import SIMULATOR, Simulator
from simulator.store import HANOI

IMAGE_LIMIT = 1024 * 1024
GIF_LIMIT = 1024 * 1024
FILE_LIMIT = 5 * 1024 * 1024
MEDIA_LIMIT = 25 * 1024 * 1024
MEDIA_TOTAL = 256 * 1024 * 1024
LIFE = 7 * 86400.0  # simulated seconds
PER_MONTH = 5000


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in memory; `kind` is image, gif, file or media, `until` simulated seconds."""

    id: str
    kind: str
    content_type: str
    name: str
    data: bytes
    oa_id: str = ""
    until: float = 0.0


def sniff(data: bytes, name: str = "") -> str:
    """Tell the content type from the bytes, never from what the sender says; "" when unknown.

    CSV has no signature: it is text in UTF-8 whose name ends in .csv.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") and name.lower().endswith(".doc"):
        return "application/msword"
    if data.startswith(b"PK\x03\x04") and b"word/" in data:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return "video/mp4"
    if name.lower().endswith(".csv") and data and b"\0" not in data:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return ""
        return "text/csv"
    return ""


_TYPES = {
    "image": ({"image/jpeg", "image/png"}, IMAGE_LIMIT, "only png and jpeg up to 1 MB"),
    "gif": ({"image/gif"}, GIF_LIMIT, "only gif up to 1 MB"),
    "file": (
        {
            "application/pdf",
            "application/msword",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "text/csv",
        },
        FILE_LIMIT,
        "only pdf, doc, docx and csv up to 5 MB",
    ),
}


class Uploads:
    """All files of the process; the oldest go when 256 MB are reached."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0
        self._month: dict[tuple[str, str], int] = {}

    def reset(self) -> None:
        """Forget all files."""
        self._kept.clear()
        self._month.clear()
        self._bytes = 0

    def keep(self, kind: str, data: bytes, content_type: str, name: str, oa_id: str = "") -> Kept:
        """Keep a file and give it an id."""
        kept = Kept(
            secrets.token_urlsafe(18), kind, content_type, name, data, oa_id, self._clock.now() + LIFE
        )
        self._kept[kept.id] = kept
        self._bytes += len(data)
        while self._bytes > MEDIA_TOTAL:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.data)
        return kept

    def upload(self, oa_id: str, kind: str, data: bytes, name: str) -> Kept:
        """Take an OA's upload as Zalo would; raises ZaloError -201 (type, size) or -211 (5,000 a month)."""
        types, limit, rule = _TYPES[kind]
        content_type = sniff(data, name)
        if content_type not in types or len(data) > limit:
            raise ZaloError(-201, f"file is invalid: {rule}")
        month = (oa_id, datetime.fromtimestamp(self._clock.now(), HANOI).strftime("%Y-%m"))
        if self._month.get(month, 0) >= PER_MONTH:
            raise ZaloError(-211, "Out of quota: 5000 uploads per month")
        self._month[month] = self._month.get(month, 0) + 1
        return self.keep(kind, data, content_type, name, oa_id)

    def usable(self, oa_id: str, kind: str, file_id: str, field: str) -> Kept:
        """Find an upload of this OA; -201 when unknown, -100 when older than seven days."""
        kept = self._kept.get(file_id)
        if kept is None or kept.kind != kind or kept.oa_id != oa_id:
            raise ZaloError(-201, f"{field} is invalid")
        if self._clock.now() >= kept.until:
            raise ZaloError(-100, f"{field} is expired")
        return kept

    def get(self, file_id: str) -> Kept | None:
        """Return a file for the chat page or for who follows a media URL."""
        return self._kept.get(file_id)


def media_url(simulator: Simulator, request: web.Request, file_id: str) -> str:
    """Return the address of a kept file, on the public address or on the host the caller used."""
    base = simulator.settings.public_url or f"http://{request.host}"
    return f"{base}/media/{file_id}"


async def read_part(request: web.Request, field: str, limit: int) -> tuple[bytes, str] | None:
    """Read the first file part of a multipart body: its bytes (at most limit + 1) and its name."""
    if not request.content_type.startswith("multipart/"):
        return None
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or part.name != field:
                continue
            data = bytearray()
            while len(data) <= limit and (chunk := await part.read_chunk(65536)):
                data += chunk
            return bytes(data[: limit + 1]), str(part.filename or "")[:200]
    except (ValueError, AssertionError, RuntimeError):
        return None
    return None


async def store_media(request: web.Request) -> web.Response:
    """POST /api/media: keep what a citizen sends (multipart part `file`) and return its URL."""
    simulator = request.app[SIMULATOR]
    found = await read_part(request, "file", MEDIA_LIMIT)
    if found is None:
        raise BadInput("Send a multipart form with a part named 'file'.")
    data, name = found
    if not data:
        raise BadInput("The file is empty.")
    if len(data) > MEDIA_LIMIT:
        raise BadInput("The file is larger than 25 MB.", 413)
    content_type = sniff(data, name) or "application/octet-stream"
    kept = simulator.uploads.keep("media", data, content_type, name)
    shown = {"id": kept.id, "url": media_url(simulator, request, kept.id), "name": name}
    return web.json_response({**shown, "size": len(data), "content_type": content_type})


async def serve_media(request: web.Request) -> web.Response:
    """GET /media/<id>: the bytes; only pictures and videos may open in the page."""
    kept = request.app[SIMULATOR].uploads.get(request.match_info["file_id"])
    if kept is None:
        raise BadInput("There is no such file.", 404)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    if not kept.content_type.startswith(("image/", "video/")):
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=kept.data, content_type=kept.content_type, headers=headers)


def add_routes(app: web.Application) -> None:
    """Register the media routes; the Zalo upload routes stand with the other OpenAPI routes."""
    app.router.add_post("/api/media", store_media)
    app.router.add_get("/media/{file_id}", serve_media)
