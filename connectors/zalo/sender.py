"""From the outbox to Zalo: each citizen's messages one after the other, citizens side by side.

Every failure has its own answer: a rejected token is renewed once for all, a busy Zalo is given
time, a message that may have arrived is looked for before it is sent again, and what can never be
sent ends as dead with a reason that an officer reads.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

import structlog

from connectors.zalo.claim_loop import ClaimLoop
from connectors.zalo.client import (
    PAGE,
    CitizenUnreachable,
    MessageRefused,
    NeedsOperator,
    TokenRejected,
    TryLater,
    Unsure,
    ZaloClient,
)
from connectors.zalo.tokens import TokenKeeper
from connectors.zalo.uploads import Uploads
from services import outbox
from services.clock import Clock, utc_now
from services.db.group_commit import GroupCommit
from services.errors import ClaimLost, StorageError
from services.outbox import ClaimedMessage
from services.secrets import Cipher

log = structlog.get_logger()

CONCURRENCY = 16
IDLE_SECONDS = 0.5
STOP_SECONDS = 30.0
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)
# Zalo's "failed" without a reason: worth two more tries, not a week in which nothing else goes out.
UNSPECIFIED = -200
UNSPECIFIED_TRIES = 3
# Zalo lets an OA answer for seven days; after that a retry can only fail.
GIVE_UP_AFTER = timedelta(days=7)
# How long Zalo may need to show a message that it took, in its list of recent messages.
LOOK_AFTER = timedelta(seconds=10)
# Zalo's clock and ours.
CLOCKS_DIFFER = timedelta(seconds=5)
# As many messages as nobody writes while one is looked for.
MOST_PAGES = 50
# Zalo has forgotten what was uploaded.
EXPIRED_ID = -100


class OutboxSender:
    """Takes messages from the outbox and gives them to Zalo."""

    def __init__(
        self,
        commit: GroupCommit,
        cipher: Cipher,
        client: ZaloClient,
        keeper: TokenKeeper,
        worker: str,
        clock: Clock = utc_now,
        concurrency: int = CONCURRENCY,
        look_after: timedelta = LOOK_AFTER,
        uploads: Uploads | None = None,
    ) -> None:
        self._commit = commit
        self._cipher = cipher
        self._client = client
        self._keeper = keeper
        self._worker = worker
        self._clock = clock
        self._look_after = look_after
        # Without it only words and addresses go out: Zalo refuses a message that names a file of ours.
        self._uploads = uploads
        self._loop = ClaimLoop(
            "outbox",
            commit,
            lambda session, free: outbox.claim(session, cipher, worker, free, clock()),
            outbox.is_any_waiting,
            self._work,
            lambda: concurrency,
        )

    def wake(self) -> None:
        """Say that a message was queued."""
        self._loop.wake()

    @property
    def went_round(self) -> float:
        """When its loop last went round, by the monotonic clock."""
        return self._loop.went_round

    async def run(self) -> None:
        """Send until cancelled; then let the requests under way come to their end."""
        await self._loop.run(IDLE_SECONDS, STOP_SECONDS)

    async def keep_alive(self) -> None:
        """Extend the leases of what is being sent, and take back what dead workers held."""
        now = self._clock()
        ids = self._loop.at_work
        await self._commit.run(lambda session: outbox.extend_leases(session, self._worker, ids, now))
        look_at = now + self._look_after
        if await self._commit.run(lambda session: outbox.release_expired(session, now, look_at)):
            self.wake()

    async def _work(self, message: ClaimedMessage) -> None:
        try:
            await self._attempt(message)
        except ClaimLost:
            log.warning("outbox.message.taken_over", message_id=message.id)
        except StorageError as error:
            # The lease runs out and the message is looked for before it is sent again.
            log.error("outbox.message.unsettled", message_id=message.id, reason=str(error))

    async def _attempt(self, message: ClaimedMessage) -> None:
        token = ""
        try:
            token = await self._keeper.access_token(message.account_id)
            try:
                remote_id = await self._deliver(message, token)
            except TokenRejected:
                token = await self._keeper.renew(message.account_id, token)
                remote_id = await self._deliver(message, token)
        except TokenRejected as error:
            await self._later(message, error.reason)
        except Unsure as error:
            at, reason = self._clock() + self._look_after, error.reason
            await self._commit.run(
                lambda session: outbox.retry(session, message.id, self._worker, at, reason, unsure=True)
            )
            log.warning("outbox.message.unsure", message_id=message.id, reason=reason)
        except (TryLater, NeedsOperator) as error:
            if error.code == UNSPECIFIED and message.attempts >= UNSPECIFIED_TRIES:
                await self._bury(message, error.reason)
            else:
                await self._later(message, error.reason)
        except (CitizenUnreachable, MessageRefused) as error:
            await self._bury(message, error.reason)
        else:
            await self._commit.run(
                lambda session: outbox.mark_sent(session, message.id, self._worker, remote_id, self._clock())
            )
            log.info("outbox.message.sent", message_id=message.id, attempts=message.attempts)

    async def _deliver(self, message: ClaimedMessage, token: str) -> str:
        if message.unsure:
            found = await self._find(message, token)
            if found is not None:
                log.info("outbox.message.found", message_id=message.id)
                return found
        if self._uploads is None:
            return await self._client.send(token, message.citizen_id, message.payload)
        payload = await self._uploads.prepare(message, token)
        try:
            return await self._client.send(token, message.citizen_id, payload)
        except MessageRefused as error:
            if error.code != EXPIRED_ID or payload is message.payload:
                raise
        payload = await self._uploads.prepare(message, token, afresh=True)
        return await self._client.send(token, message.citizen_id, payload)

    async def _find(self, message: ClaimedMessage, token: str) -> str | None:
        """Look among Zalo's messages for one that we sent and got no answer for.

        A page lists ten of them, the citizen's too, and somebody in fear writes more than that in ten
        seconds: pages are read until they are older than our message, or there are no more.
        """
        since = (message.started_at or message.created_at) - CLOCKS_DIFFER
        for page in range(MOST_PAGES):
            items = await self._client.recent_messages(token, message.citizen_id, page * PAGE)
            for item in items:
                if (
                    str(item.get("src")) != "0"
                    or str(item.get("from_id")) != message.account_id
                    or not _same(item, message)
                    or _moment(item) < since
                ):
                    continue
                remote_id = str(item.get("message_id") or "")
                account_id = message.account_id
                if remote_id and not await self._commit.run(
                    lambda session: outbox.is_ours(session, account_id, remote_id)  # noqa: B023
                ):
                    return remote_id
            # What comes meanwhile moves messages on to later pages, never away from them.
            if len(items) < PAGE or all(_moment(item) < since for item in items):
                return None
        log.warning("outbox.message.not_found", message_id=message.id, pages=MOST_PAGES)
        return None

    async def _later(self, message: ClaimedMessage, reason: str) -> None:
        now = self._clock()
        if now - message.created_at > GIVE_UP_AFTER:
            await self._bury(message, f"{reason}; given up after seven days")
            return
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(message.attempts - 1, 10))
        at = now + pause * random.uniform(0.8, 1.2)
        unsure = message.unsure
        await self._commit.run(
            lambda session: outbox.retry(session, message.id, self._worker, at, reason, unsure=unsure)
        )
        log.warning("outbox.message.delayed", message_id=message.id, attempts=message.attempts, reason=reason)

    async def _bury(self, message: ClaimedMessage, reason: str) -> None:
        await self._commit.run(
            lambda session: outbox.mark_dead(session, message.id, self._worker, reason, self._clock())
        )
        log.error("outbox.message.dead", message_id=message.id, reason=reason)


def _same(item: dict[str, Any], message: ClaimedMessage) -> bool:
    text = message.payload.get("text")
    if text:
        return str(item.get("message") or "").strip() == str(text).strip()
    return str(item.get("type")) in {"photo", "image", "file", "GIF", "sticker", "links"}


def _moment(item: dict[str, Any]) -> datetime:
    try:
        return datetime.fromtimestamp(int(item["time"]) / 1000, tz=timezone.utc)
    except (KeyError, TypeError, ValueError):
        return datetime.fromtimestamp(0, tz=timezone.utc)
