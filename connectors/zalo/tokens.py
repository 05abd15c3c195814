"""A working access token for whoever sends: cached, renewed ahead of time, by one renewer at a time.

One task of one process renews; everybody else, here and in other processes, waits for the result.
The new pair is stored before it is given out.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import timedelta

import structlog

from connectors.zalo.client import NeedsOperator, TryLater
from connectors.zalo.oauth import IssuedTokens, RefreshRefused, RefreshUnreachable, RefreshUnsure, ZaloOAuth
from services import tokens
from services.clock import Clock, utc_now
from services.db.group_commit import GroupCommit
from services.errors import StorageError
from services.secrets import Cipher
from services.tokens import TokenPair

log = structlog.get_logger()

# Of the 25 hours that a token lives; a renewal that fails has five hours for the next tries.
RENEW_BEFORE_END = timedelta(hours=5)
WAIT_FOR_OTHER = 0.5
SAVE_TRIES = 20


class TokenKeeper:
    """Keeps the access tokens of all accounts that this process sends for."""

    def __init__(
        self, commit: GroupCommit, cipher: Cipher, oauth: ZaloOAuth, worker: str, clock: Clock = utc_now
    ) -> None:
        self._commit = commit
        self._cipher = cipher
        self._oauth = oauth
        self._worker = worker
        self._clock = clock
        self._cache: dict[str, TokenPair] = {}
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._refreshing: set[asyncio.Task[TokenPair]] = set()

    async def close(self) -> None:
        """Let a refresh under way come to its end, because its refresh token is spent already."""
        if self._refreshing:
            await asyncio.wait(self._refreshing)

    async def seed(self, account_id: str, access: str, refresh: str) -> None:
        """Store the first pair of an account, as an operator got it, unless one is stored already."""
        if await self._stored(account_id) is None:
            await self._save(account_id, IssuedTokens(access, refresh, 90_000))

    async def access_token(self, account_id: str) -> str:
        """Give the present access token. Raises NeedsOperator when there never was one.

        An access token outlives a dead refresh token by up to a day, and is given out as long.
        """
        pair = self._cache.get(account_id) or await self._stored(account_id)
        if pair is None:
            raise NeedsOperator("the account was never authorised")
        self._cache[account_id] = pair
        return pair.access

    async def renew(self, account_id: str, rejected: str) -> str:
        """Give a token newer than the rejected one, refreshing once for all who ask.

        Raises NeedsOperator when the refresh token is dead, TryLater when Zalo cannot be reached.
        """
        async with self._locks[account_id]:
            while True:
                pair = await self._stored(account_id)
                if pair is None or pair.broken:
                    raise NeedsOperator("the account has to be authorised again")
                self._cache[account_id] = pair
                if pair.access != rejected:
                    return pair.access
                if await self._may_refresh(account_id, pair.generation):
                    return (await self._refresh_whole(account_id, pair)).access
                await asyncio.sleep(WAIT_FOR_OTHER)

    async def renew_early(self, account_id: str) -> None:
        """Renew a token that is near its end; a failure is logged and tried again at the next call."""
        pair = await self._stored(account_id)
        if pair is None or pair.broken or pair.expires_at - self._clock() > RENEW_BEFORE_END:
            return
        try:
            await self.renew(account_id, pair.access)
        except (NeedsOperator, TryLater, StorageError) as error:
            log.warning("zalo.token.renewal.failed", account_id=account_id, reason=str(error))

    async def _may_refresh(self, account_id: str, generation: int) -> bool:
        return await self._commit.run(
            lambda session: tokens.begin_refresh(session, account_id, generation, self._worker, self._clock())
        )

    async def _refresh_whole(self, account_id: str, pair: TokenPair) -> TokenPair:
        # A task of its own: a caller that is cancelled must not take the only new pair with it.
        task = asyncio.create_task(self._refresh(account_id, pair))
        self._refreshing.add(task)
        task.add_done_callback(self._refreshed)
        return await asyncio.shield(task)

    def _refreshed(self, task: asyncio.Task[TokenPair]) -> None:
        self._refreshing.discard(task)
        if not task.cancelled():
            # Looked at here as well, for when nobody waits for it any more.
            task.exception()

    async def _refresh(self, account_id: str, pair: TokenPair) -> TokenPair:
        try:
            try:
                issued = await self._oauth.refresh(pair.refresh)
            except RefreshUnsure:
                # The token may be spent; the same one is tried once more, and the answer is final.
                issued = await self._oauth.refresh(pair.refresh)
        except RefreshUnreachable as error:
            await self._give_up(account_id, f"unreachable: {error}", broken=False)
            raise TryLater("the token endpoint cannot be reached") from error
        except RefreshUnsure as error:
            await self._give_up(account_id, f"no clear answer: {error}", broken=False)
            raise TryLater("the token endpoint gives no clear answer") from error
        except RefreshRefused as error:
            await self._give_up(account_id, str(error), broken=True)
            log.error("zalo.token.dead", account_id=account_id, reason=str(error), do="zalo login")
            raise NeedsOperator("the refresh token is dead; run `zalo login`") from error
        return await self._save(account_id, issued)

    async def _save(self, account_id: str, issued: IssuedTokens) -> TokenPair:
        now = self._clock()
        expires_at = now + timedelta(seconds=issued.expires_in)
        for attempt in range(1, SAVE_TRIES + 1):
            try:
                pair = await self._commit.run(
                    lambda session: tokens.save(
                        session, self._cipher, account_id, issued.access, issued.refresh, now, expires_at
                    )
                )
                break
            except StorageError:
                # The former pair is dead already: until this is stored, memory holds the only one.
                log.error("zalo.token.unsaved", account_id=account_id, attempt=attempt)
                if attempt == SAVE_TRIES:
                    raise
                await asyncio.sleep(min(attempt, 5))
        self._cache[account_id] = pair
        log.info("zalo.token.saved", account_id=account_id, generation=pair.generation)
        return pair

    async def _give_up(self, account_id: str, error: str, broken: bool) -> None:
        await self._commit.run(
            lambda session: tokens.end_refresh(
                session, account_id, self._worker, error, self._clock(), broken
            )
        )

    async def _stored(self, account_id: str) -> TokenPair | None:
        return await self._commit.run(lambda session: tokens.read(session, self._cipher, account_id))
