"""What the console does by itself while it serves: learn of new conversations and of what was delivered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from console import export_pages
from console.visit import Console
from services import console_sessions, report_news, review_index, sign_in
from services.errors import StorageError

log = structlog.get_logger(__name__)

EVERY_SECONDS = 20.0
CLEAN_UP_EVERY = timedelta(hours=1)


class Upkeep:
    """One round of it, in a thread: the database blocks."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._cleaned_at: datetime | None = None

    def round(self) -> None:
        """Bring everything up to date; what the database refuses is tried in the next round."""
        console, now = self.console, self.console.clock()
        try:
            review_index.bring_up_to_date(console.database, console.cipher, now)
            with console.database.transaction() as session:
                report_news.refresh(session, console.cipher)
            if self._cleaned_at is None or now - self._cleaned_at >= CLEAN_UP_EVERY:
                with console.database.transaction() as session:
                    console_sessions.forget_ended(session, now)
                    sign_in.forget_failures(session, now)
                export_pages.forget_old(console, now)
                self._cleaned_at = now
        except StorageError as error:
            log.warning("console.upkeep_failed", error=str(error))

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Run rounds from the start of the server to its end."""
        task = asyncio.create_task(self._rounds())
        yield
        task.cancel()

    async def _rounds(self) -> None:
        while True:
            try:
                await run_in_threadpool(self.round)
            except Exception as error:
                # One broken conversation must not end the work for all others.
                log.error("console.upkeep_broken", error=type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)
