"""Zalo's token endpoint (OAuth v4): a code or a refresh token for a new pair of tokens.

A refresh token works once. Anything without both tokens is a failure, whatever the HTTP status,
because Zalo reports errors with status 200 and under several field names.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

import aiohttp

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 20.0


class RefreshRefused(Exception):
    """Zalo said no: the refresh token (or code) is spent, expired or wrong; the text is its code."""


class RefreshUnsure(Exception):
    """No clear answer came back: the token may be spent."""


class RefreshUnreachable(Exception):
    """The request never left: the token is as good as before."""


@dataclass(frozen=True)
class IssuedTokens:
    """A new pair and how long the access token lives, in seconds."""

    access: str
    refresh: str
    expires_in: int

    def __repr__(self) -> str:
        return f"IssuedTokens(expires_in={self.expires_in})"


class ZaloOAuth:
    """The token endpoint of one app."""

    def __init__(self, oauth_url: str, app_id: str, app_secret: str) -> None:
        self._url = oauth_url.rstrip("/") + "/v4/oa/access_token"
        self._app_id = app_id
        self._app_secret = app_secret

    async def refresh(self, refresh_token: str) -> IssuedTokens:
        """Spend a refresh token. Raises RefreshRefused, RefreshUnsure, RefreshUnreachable."""
        return await self._request({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def exchange(self, code: str, code_verifier: str) -> IssuedTokens:
        """Spend the code of a consent (ten minutes, once). Raises as `refresh`."""
        return await self._request(
            {"grant_type": "authorization_code", "code": code, "code_verifier": code_verifier}
        )

    async def _request(self, form: dict[str, str]) -> IssuedTokens:
        timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session:
                async with session.post(
                    self._url,
                    data={"app_id": self._app_id, **form},
                    headers={"secret_key": self._app_secret},
                    allow_redirects=False,
                ) as response:
                    status = response.status
                    body = await response.read()
        except aiohttp.ClientConnectorError as error:
            raise RefreshUnreachable(type(error).__name__) from error
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise RefreshUnsure(type(error).__name__) from error
        return _read_tokens(status, body)


def _read_tokens(status: int, body: bytes) -> IssuedTokens:
    try:
        answer = json.loads(body)
    except ValueError:
        raise RefreshUnsure(f"http {status} without JSON") from None
    if not isinstance(answer, dict):
        raise RefreshUnsure(f"http {status} without an object")
    access, refresh = answer.get("access_token"), answer.get("refresh_token")
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        if status >= 500:
            raise RefreshUnsure(f"http {status}")
        raise RefreshRefused(f"zalo error {answer.get('error', 'without number')}")
    try:
        expires_in = int(answer.get("expires_in", 90_000))
    except (TypeError, ValueError):
        expires_in = 90_000
    return IssuedTokens(access, refresh, expires_in)
