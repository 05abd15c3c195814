"""One download from Zalo's media hosts into the evidence store, with nothing trusted on the way.

A citizen's message decides the address, so that it could be any: only Zalo's hosts are asked, by
HTTPS, at public addresses; each redirect is checked like the first address; size and time are
limited while the bytes come. The one exception is a base address that the operator names, for the
local Zalo.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from services.evidence_store import Draft

HOSTS = ("zdn.vn", "zadn.vn", "zalo.me")
MAX_BYTES = 25 * 1024 * 1024
TOTAL_SECONDS = 60.0
CONNECT_SECONDS = 10.0
MAX_REDIRECTS = 3
MAX_URL = 4_000
BLOCK_BYTES = 256 * 1024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# Addresses that carry an IPv4 address in their last four bytes: mapped, and translated by NAT64.
_CARRIERS = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96"))


class NotFetched(Exception):
    """It did not come this time; the text is a reason without the address."""


class NeverFetched(Exception):
    """It cannot be had, or we refuse to ask for it; the text is a reason without the address."""


class ForbiddenAddress(OSError):
    """A host's name stands for an address inside a network, where no media host of Zalo is."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet (not private, loopback, link-local …)."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in network for network in _CARRIERS):
            return is_public(str(ipaddress.IPv4Address(ip.packed[-4:])))
        if ip.sixtofour or ip.teredo or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class PublicResolver(AbstractResolver):
    """Resolves names and refuses those of which any address is not public; `exempt` hosts may be."""

    def __init__(self, inner: AbstractResolver, exempt: frozenset[str] = frozenset()) -> None:
        self._inner = inner
        self._exempt = exempt

    async def resolve(self, host: str, port: int, family: int = socket.AF_INET) -> list[dict[str, Any]]:
        """Give the addresses of a host. Raises ForbiddenAddress, OSError."""
        found = await self._inner.resolve(host, port, family)
        if host not in self._exempt and not all(is_public(str(row["host"])) for row in found):
            raise ForbiddenAddress("not a public address")
        return found

    async def close(self) -> None:
        """Close what resolves."""
        await self._inner.close()


class Downloader:
    """Downloads of one process. The session is made on first use, inside the running loop."""

    def __init__(self, extra_base: str = "", resolver: AbstractResolver | None = None) -> None:
        self._extra = URL(extra_base).origin() if extra_base else None
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def fetch(self, address: str, draft: Draft) -> None:
        """Write what lies at an address into a draft. Raises NotFetched, NeverFetched, StorageError."""
        try:
            await asyncio.wait_for(self._fetch(self.allowed(address), draft), TOTAL_SECONDS)
        except asyncio.TimeoutError:
            raise NotFetched("took too long") from None
        except aiohttp.ClientConnectorError as error:
            # An error of a certificate has no `os_error`, though its class promises one.
            if isinstance(getattr(error, "os_error", None), ForbiddenAddress):
                raise NotFetched("its host has no public address") from error
            raise NotFetched(f"no connection: {type(error).__name__}") from error
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise NotFetched(f"connection broke: {type(error).__name__}") from error

    def allowed(self, address: str) -> URL:
        """Give the address to ask, by HTTPS. Raises NeverFetched for any that is not Zalo's."""
        try:
            url = URL(address)
            host, port = (url.host or "").lower().rstrip("."), url.port
        except ValueError:
            raise NeverFetched("its address cannot be read") from None
        if len(address) > MAX_URL or not host or url.scheme not in ("http", "https"):
            raise NeverFetched("its address is no web address")
        if url.user is not None or url.password is not None:
            raise NeverFetched("its address holds a user name")
        if self._extra is not None and _origin(url) == _origin(self._extra):
            # The loopback has several names; the one that the operator gave is asked.
            return url.with_host(str(self._extra.host))
        if not any(host == name or host.endswith("." + name) for name in HOSTS):
            raise NeverFetched("its host is not one of Zalo's")
        if port not in (80, 443) or (url.scheme, port) == ("https", 80):
            raise NeverFetched("its port is not the one of the web")
        return url.with_scheme("https").with_port(None).with_host(host)

    async def _fetch(self, url: URL, draft: Draft) -> None:
        for _ in range(MAX_REDIRECTS + 1):
            async with self._open().get(url, allow_redirects=False) as response:
                if response.status in _REDIRECTS:
                    url = self._next(url, response.headers.get("Location", ""))
                    continue
                if response.status != 200:
                    raise NotFetched(f"http {response.status}")
                await _copy(response, draft)
                return
        raise NotFetched("redirected too often")

    def _next(self, url: URL, location: str) -> URL:
        try:
            target = str(url.join(URL(location)))
        except ValueError:
            raise NotFetched("redirected to what is no address") from None
        try:
            return self.allowed(target)
        except NeverFetched as error:
            raise NeverFetched(f"redirected, but {error}") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            exempt = frozenset({str(self._extra.host)}) if self._extra is not None else frozenset()
            resolver = PublicResolver(self._resolver or aiohttp.ThreadedResolver(), exempt)
            self._session = aiohttp.ClientSession(
                # No cache of names: the address that was checked is the one that is asked.
                connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=8),
                timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Accept-Encoding": "identity"},
                # A small compressed body could become a huge one.
                auto_decompress=False,
            )
        return self._session


async def _copy(response: aiohttp.ClientResponse, draft: Draft) -> None:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NotFetched("compressed, though asked not to be")
    if (response.content_length or 0) > MAX_BYTES:
        raise NeverFetched("larger than 25 MB")
    async for block in response.content.iter_chunked(BLOCK_BYTES):
        if draft.size + len(block) > MAX_BYTES:
            raise NeverFetched("larger than 25 MB")
        await asyncio.to_thread(draft.write, block)
    if draft.size == 0:
        raise NotFetched("empty")


def _origin(url: URL) -> tuple[str, str, int | None]:
    host = (url.host or "").lower()
    return url.scheme, "loopback" if host in _LOOPBACK_NAMES else host, url.port
