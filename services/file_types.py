"""What a file is, told by its bytes and never by its name or by who sends it.

The table holds what officers can look at. Everything else is `application/octet-stream`: kept,
offered for download, never opened by us.
"""

from __future__ import annotations

import mmap
import re
from pathlib import Path

import filetype

UNKNOWN = "application/octet-stream"
HEAD_BYTES = 8192

EXTENSIONS: dict[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "video/webm": "webm",
    "audio/amr": "amr",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}

# What the library calls otherwise than the table.
_SAME = {"image/apng": "image/png", "audio/x-wav": "audio/wav", "video/x-m4v": "video/mp4"}
# The first brand of an ISO base media file; the library knows a few of them only.
_BRANDS = (
    (re.compile(rb"3g[2gpr]"), "video/3gpp"),
    (re.compile(rb"M4[AB]"), "audio/mp4"),
    (re.compile(rb"hei[cxms]|hev[cxms]"), "image/heic"),
    (re.compile(rb"qt  "), "video/quicktime"),
    (re.compile(rb"isom|iso[2-9]|mp4[12]|avc1|M4V|MSNV|dash|mmp4"), "video/mp4"),
)
# Marks that stand somewhere in the file: the parts of a zip, the streams of an OLE file.
_INSIDE = (
    (b"PK\x03\x04", b"word/document.xml", "docx"),
    (b"PK\x03\x04", b"xl/workbook.xml", "xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "WordDocument".encode("utf-16-le"), "doc"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Workbook".encode("utf-16-le"), "xls"),
)
_WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|title|meta)\b", re.IGNORECASE)
# What may stand before the first tag of a page.
_BEFORE_PAGE = ((b"<?", b"?>"), (b"<!--", b"-->"))


def content_type(path: Path) -> str:
    """Give the media type of a file, or `application/octet-stream`. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        found = _by_head(head)
        if found != UNKNOWN:
            return found
        for start, mark, extension in _INSIDE:
            if head.startswith(start):
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
                    if whole.find(mark) >= 0:
                        return next(name for name, short in EXTENSIONS.items() if short == extension)
    return UNKNOWN


def is_web_page(head: bytes) -> bool:
    """Tell whether bytes begin like an HTML page."""
    rest = head[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    while True:
        for start, end in _BEFORE_PAGE:
            if rest.startswith(start):
                rest = rest.partition(end)[2].lstrip()
                break
        else:
            return bool(_WEB_PAGE.match(rest))


def _by_head(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        for brand, name in _BRANDS:
            if brand.match(head, 8):
                return name
    if head.startswith(b"#!AMR"):
        return "audio/amr"
    try:
        guess = filetype.guess(head)
    except (ValueError, IndexError, TypeError):
        return UNKNOWN
    name = _SAME.get(guess.mime, guess.mime) if guess is not None else UNKNOWN
    return name if name in EXTENSIONS else UNKNOWN
