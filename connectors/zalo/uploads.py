"""Pictures and files of ours, uploaded to Zalo before a message names them.

An uploaded id lives seven days and uploads are counted by the month, so that the same content is
uploaded once for an account and its id is used again. What may be sent lies in the content folder
or in the evidence store; no other file of this machine can be named.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.zalo import pictures
from connectors.zalo.client import MessageRefused, TryLater, ZaloClient
from connectors.zalo.pictures import PictureRefused
from services.clock import Clock, utc_now
from services.errors import StorageError
from services.evidence_store import EvidenceLost, EvidenceStore
from services.file_types import EXTENSIONS, content_type
from services.outbox import ClaimedMessage
from services.settings import ROOT
from services.text import nfc

IMAGE = "image_file"
FILE = "file"
MAX_FILE_BYTES = 5 * 1024 * 1024
# Zalo keeps what was uploaded for seven days; a message may wait a while after we asked.
ID_LIFE = timedelta(days=6)
MAX_REMEMBERED = 1_000

# What would end the name early in the form it is sent in, or make it a path.
_UNFIT = re.compile(r"[\x00-\x1f\x7f\"\\/]")


class Uploads:
    """Makes of a message that names a picture or file one that names Zalo's id of it."""

    def __init__(
        self,
        client: ZaloClient,
        evidence: EvidenceStore,
        content_dir: Path = ROOT / "content",
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self._evidence = evidence
        self._content_dir = content_dir
        self._clock = clock
        self._ids: OrderedDict[tuple[str, str, str, str], tuple[str, datetime]] = OrderedDict()

    async def prepare(self, message: ClaimedMessage, token: str, afresh: bool = False) -> dict[str, Any]:
        """Give the Zalo message to send, after an upload where it needs one.

        `afresh` uploads again even what was uploaded before (Zalo has forgotten the id). Raises
        ZaloError: MessageRefused for what can never be sent, others as for a message.
        """
        if message.kind not in (IMAGE, FILE):
            return message.payload
        try:
            data, name = await asyncio.to_thread(self._load, message)
        except (EvidenceLost, PictureRefused, ValueError) as error:
            raise MessageRefused(f"{message.kind}: {error}") from error
        except StorageError as error:
            raise TryLater(str(error)) from error
        key = (message.account_id, message.kind, name, hashlib.sha256(data).hexdigest())
        known, until = self._ids.get(key, ("", self._clock()))
        if afresh or until <= self._clock():
            upload = self._client.upload_image if message.kind == IMAGE else self._client.upload_file
            known = await upload(token, data, name)
            self._remember(key, known)
        return _picture_message(known, message.payload) if message.kind == IMAGE else _file_message(known)

    def _remember(self, key: tuple[str, str, str, str], uploaded: str) -> None:
        self._ids[key] = (uploaded, self._clock() + ID_LIFE)
        self._ids.move_to_end(key)
        if len(self._ids) > MAX_REMEMBERED:
            self._ids.popitem(last=False)

    def _load(self, message: ClaimedMessage) -> tuple[bytes, str]:
        sha256 = message.payload.get("sha256")
        path = self._evidence.path(str(sha256)) if sha256 else self._content_path(message.payload.get("path"))
        try:
            data = self._evidence.read(str(sha256)) if sha256 else path.read_bytes()
            extension = EXTENSIONS.get(content_type(path)) if sha256 else None
        except OSError as error:
            raise StorageError(f"it cannot be read: {error.strerror}") from error
        if message.kind == IMAGE:
            return pictures.fit(data)
        if len(data) > MAX_FILE_BYTES:
            raise ValueError("it is larger than 5 MB")
        named = _UNFIT.sub("_", nfc(str(message.payload.get("name") or "")))[:120]
        return data, named or (f"tep.{extension or 'bin'}" if sha256 else path.name)

    def _content_path(self, named: Any) -> Path:
        """Find a content file by its path from the project folder or from the content folder."""
        root = self._content_dir.resolve()
        given = str(named or "")
        relative = given.removeprefix(f"{self._content_dir.name}/")
        # Resolved before it is compared: neither `..` nor a link leads out.
        path = (root / relative).resolve() if "\0" not in given else root
        if root not in path.parents or not path.is_file():
            raise ValueError("there is no such content file")
        return path


def _picture_message(attachment_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    element = {"media_type": "image", "attachment_id": attachment_id}
    attachment = {"type": "template", "payload": {"template_type": "media", "elements": [element]}}
    return {**({"text": payload["text"]} if payload.get("text") else {}), "attachment": attachment}


def _file_message(token: str) -> dict[str, Any]:
    return {"attachment": {"type": "file", "payload": {"token": token}}}
