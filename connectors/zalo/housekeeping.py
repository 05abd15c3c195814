"""What has to be done every few seconds beside the work: leases, files that wait, tokens near their end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

import structlog

from connectors.zalo.intake import Intake
from connectors.zalo.tokens import TokenKeeper
from services import inbox, media, outbox, report_news
from services.clock import Clock
from services.db.group_commit import GroupCommit
from services.errors import StorageError
from services.secrets import Cipher

log = structlog.get_logger()

EVERY_SECONDS = 5.0
# Of the rounds.
TOKEN_CHECK_EVERY = 60
RESTART_SECONDS = 1.0


class Kept(Protocol):
    """A loop that holds rows under leases."""

    async def keep_alive(self) -> None:
        """Extend its leases, and take back what dead workers held."""


class ReportNews:
    """Lets officers see whether what they wrote about a report has arrived."""

    def __init__(self, commit: GroupCommit, cipher: Cipher) -> None:
        self._commit = commit
        self._cipher = cipher

    async def keep_alive(self) -> None:
        """Bring what officers see up to date."""
        await self._commit.run(lambda session: report_news.refresh(session, self._cipher))


async def take_back_everything(commit: GroupCommit, clock: Clock) -> None:
    """Give back all that is claimed: SQLite belongs to one process, so that it was claimed by a dead one."""
    now = clock()
    await commit.run(lambda session: inbox.release_expired(session, now, everything=True))
    await commit.run(lambda session: outbox.release_expired(session, now, now, everything=True))
    await commit.run(lambda session: media.release_expired(session, now, everything=True))


async def keep_house(
    intake: Intake, loops: Iterable[Kept], keeper: TokenKeeper, account_ids: Iterable[str]
) -> None:
    """Go round until cancelled; what fails is logged and done in the next round."""
    for round_number in range(2**62):
        try:
            await intake.empty_spool()
            for loop in loops:
                await loop.keep_alive()
            if round_number % TOKEN_CHECK_EVERY == 0:
                for account_id in account_ids:
                    await keeper.renew_early(account_id)
        except StorageError as error:
            log.error("zalo.housekeeping.failed", reason=str(error))
        await asyncio.sleep(EVERY_SECONDS)


async def keep_running(name: str, loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop that must not end; a mistake in it is logged and it starts again."""
    while True:
        try:
            await loop()
        except Exception as error:
            log.error("zalo.loop.crashed", loop=name, error=f"{type(error).__name__}: {error}"[:300])
            await asyncio.sleep(RESTART_SECONDS)
