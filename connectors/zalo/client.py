"""Zalo's OpenAPI v3 over aiohttp, with every failure turned into what the caller has to decide.

    ZaloError
    ├── TokenRejected     renew the access token once, then send again
    ├── TryLater          send the same again after a pause
    ├── Unsure            it may have arrived: look before sending again
    ├── CitizenUnreachable   this citizen cannot be written to now; an officer is told
    ├── MessageRefused    the message itself is wrong: our mistake, never sent again
    └── NeedsOperator     the account or app is not in order: nothing goes out until somebody acts

Zalo answers failures with HTTP 200 and an `error` number; the table is in the notes on Zalo's API.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 20.0
# Zalo lists no more messages at once.
PAGE = 10
_UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=60.0, sock_connect=CONNECT_SECONDS)

_TOKEN = frozenset({-216, -220})
_LATER = frozenset({-32, -200, -218})
_CITIZEN = frozenset({-213, -217, -227, -230, -232, -244})
_MESSAGE = frozenset({-100, -201, -210, -233, -234, -240, -249})


class ZaloError(Exception):
    """A call to Zalo failed; `code` is Zalo's error number, 0 when there was none."""

    def __init__(self, reason: str, code: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class TokenRejected(ZaloError):
    """The access token is expired, replaced or wrong."""


class TryLater(ZaloError):
    """Zalo or the network cannot take it now, and surely did not."""


class Unsure(ZaloError):
    """The request left us and no clear answer came back."""


class CitizenUnreachable(ZaloError):
    """Blocked, gone, or outside the seven days in which an OA may write."""


class MessageRefused(ZaloError):
    """Zalo will never take this message."""


class NeedsOperator(ZaloError):
    """The OA, the app, its package or its rights are not in order."""


def error_for(code: int) -> ZaloError:
    """Give the exception for one of Zalo's error numbers."""
    reason = f"zalo error {code}"
    if code in _TOKEN:
        return TokenRejected(reason, code)
    if code in _LATER:
        return TryLater(reason, code)
    if code in _CITIZEN:
        return CitizenUnreachable(reason, code)
    if code in _MESSAGE:
        return MessageRefused(reason, code)
    return NeedsOperator(reason, code)


class ZaloClient:
    """Calls of one app. The session is made on first use, inside the running loop."""

    def __init__(self, openapi_url: str, session: aiohttp.ClientSession | None = None) -> None:
        self._base = openapi_url.rstrip("/")
        self._session = session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(self, access_token: str, user_id: str, message: dict[str, Any]) -> str:
        """Send a consultation message and give Zalo's message id. Raises ZaloError."""
        data = await self._call(
            "POST",
            "/v3.0/oa/message/cs",
            access_token,
            json_body={"recipient": {"user_id": user_id}, "message": message},
        )
        found = data.get("data")
        # The id is a help for later; a message that Zalo took is not sent again for want of it.
        return str(found.get("message_id") or "") if isinstance(found, dict) else ""

    async def upload_image(self, access_token: str, data: bytes, name: str) -> str:
        """Upload a JPEG or PNG of at most 1 MB and give its `attachment_id`. Raises ZaloError."""
        return await self._upload("/v2.0/oa/upload/image", access_token, data, name, "attachment_id")

    async def upload_file(self, access_token: str, data: bytes, name: str) -> str:
        """Upload a PDF, Word or CSV file of at most 5 MB and give its `token`. Raises ZaloError."""
        return await self._upload("/v2.0/oa/upload/file", access_token, data, name, "token")

    async def recent_messages(
        self, access_token: str, user_id: str, offset: int = 0, count: int = PAGE
    ) -> list[dict[str, Any]]:
        """Read a page of a conversation's messages (Zalo's own objects), newest first. Raises ZaloError."""
        query = json.dumps({"user_id": user_id, "offset": offset, "count": count}, separators=(",", ":"))
        data = await self._call("GET", "/v2.0/oa/conversation", access_token, params={"data": query})
        found = data.get("data")
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    async def account(self, access_token: str) -> dict[str, Any]:
        """Read the Official Account that the token belongs to. Raises ZaloError."""
        data = (await self._call("GET", "/v2.0/oa/getoa", access_token)).get("data")
        return data if isinstance(data, dict) else {}

    async def _upload(self, path: str, access_token: str, data: bytes, name: str, field: str) -> str:
        # Names are sent as they are: Zalo shows them to the citizen.
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", data, filename=name, content_type="application/octet-stream")
        try:
            answer = await self._call("POST", path, access_token, form=form)
        except Unsure as error:
            # Nobody has seen it yet: to upload once more doubles nothing.
            raise TryLater(error.reason, error.code) from error
        found = answer.get("data")
        uploaded = found.get(field) if isinstance(found, dict) else None
        if not isinstance(uploaded, str) or not uploaded:
            raise TryLater(f"an upload without {field}")
        return uploaded

    async def _call(
        self,
        method: str,
        path: str,
        access_token: str,
        json_body: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
        form: aiohttp.FormData | None = None,
    ) -> dict[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS)
            )
        try:
            async with self._session.request(
                method,
                self._base + path,
                json=json_body,
                params=params,
                data=form,
                headers={"access_token": access_token},
                allow_redirects=False,
                timeout=_UPLOAD_TIMEOUT if form is not None else self._session.timeout,
            ) as response:
                status = response.status
                body = await response.read()
        except aiohttp.ClientConnectorError as error:
            raise TryLater(f"no connection: {type(error).__name__}") from error
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise Unsure(f"connection broke: {type(error).__name__}") from error
        return _read_answer(status, body)


def _read_answer(status: int, body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    code = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(code, str) and code.lstrip("-").isdigit():
        code = int(code)
    if isinstance(code, int) and not isinstance(code, bool):
        if code == 0 and status < 400:
            assert isinstance(answer, dict)
            return answer
        if code != 0:
            raise error_for(code)
    if status == 429:
        raise TryLater("http 429", -32)
    if 400 <= status < 500:
        raise NeedsOperator(f"http {status}")
    raise Unsure(f"http {status} without a readable answer")
