"""Files are known by their bytes; a name or a sender's word counts for nothing."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from services.file_types import EXTENSIONS, UNKNOWN, content_type, is_web_page

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def brand(name: bytes, *more: bytes) -> bytes:
    rest = name + bytes(4) + b"".join(more)
    return (8 + len(rest)).to_bytes(4, "big") + b"ftyp" + rest + b"\0\0\0\x08mdat" + bytes(40)


def drawn(kind: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(made, kind)
    return made.getvalue()


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, "x" * 9000)
    return made.getvalue()


FILES: dict[str, list[bytes]] = {
    "jpg": [drawn("JPEG")],
    "png": [drawn("PNG")],
    "gif": [drawn("GIF")],
    "webp": [drawn("WEBP")],
    "heic": [brand(b"heic"), brand(b"mif1", b"heic"), brand(b"heix")],
    "mp4": [brand(b"isom", b"mp41"), brand(b"mp42"), brand(b"avc1"), brand(b"M4V ")],
    "mov": [brand(b"qt  ")],
    "3gp": [brand(b"3gp4", b"isom"), brand(b"3gp5")],
    "webm": [b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x84webm" + bytes(40)],
    "amr": [b"#!AMR\n" + bytes(40), b"#!AMR-WB\n" + bytes(40)],
    "m4a": [brand(b"M4A ", b"isom")],
    "mp3": [b"ID3\x03" + bytes(40), b"\xff\xfb\x90" + bytes(40)],
    "aac": [b"\xff\xf1\x50\x80" + bytes(40)],
    "ogg": [b"OggS\0\x02" + bytes(40)],
    "wav": [b"RIFF\x24\0\0\0WAVEfmt " + bytes(40)],
    "pdf": [b"%PDF-1.7\n" + bytes(40)],
    "doc": [OLE + bytes(9000) + "WordDocument".encode("utf-16-le") + bytes(40)],
    "xls": [OLE + bytes(9000) + "Workbook".encode("utf-16-le") + bytes(40)],
    "docx": [zipped("[Content_Types].xml", "docProps/app.xml", "word/document.xml")],
    "xlsx": [zipped("xl/workbook.xml"), zipped("[Content_Types].xml", "a", "b", "c", "d", "xl/workbook.xml")],
}


def test_the_examples_cover_the_table() -> None:
    assert set(FILES) == set(EXTENSIONS.values())


@pytest.mark.parametrize(
    ("extension", "data"), [(extension, data) for extension, all_ in FILES.items() for data in all_]
)
def test_each_kind_is_known_whatever_its_name(extension: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lies.exe"
    path.write_bytes(data)
    assert EXTENSIONS[content_type(path)] == extension


@pytest.mark.parametrize(
    "data",
    [
        b"", b"M", b"MZ\x90\0" + bytes(60), b"\x7fELF" + bytes(60), b"#!/bin/sh\n", b"<svg onload=alert(1)>",
        b"<html></html>", zipped("evil.js"), OLE + bytes(600), bytes(100), brand(b"evil"),
        b"\xff\xff\xff\xffftypmif1" + bytes(20), b"xin ch\xc3\xa0o",
    ],
)  # fmt: skip
def test_anything_else_is_bytes_and_nothing_more(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "xe.jpg"
    path.write_bytes(data)
    assert content_type(path) == UNKNOWN


@pytest.mark.parametrize(
    ("head", "page"),
    [
        (b"<!DOCTYPE html><html>", True),
        (b"\xef\xbb\xbf\n <HTML lang='vi'>", True),
        (b"<?xml version='1.0'?>\n<!-- a --><!-- b -->\n<!doctype  html>", True),
        (b"<script>", True),
        (b"<svg>", False),
        (b"<htmlx>", False),
        (b"<!--" * 2000, False),
        (b"<!---->" * 1170, False),
        (b"\xff\xd8\xff <html>", False),
        (b"", False),
    ],
)
def test_a_web_page_is_known_by_its_first_tag(head: bytes, page: bool) -> None:
    assert is_web_page(head) is page
