"""What Zalo delivers, up to its answer: verified, then stored in the database or, failing that, in a file.

Zalo wants its answer within two seconds and may never repeat. What we do not accept is counted by reason and
logged without its body.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from connectors.zalo import events, signature
from connectors.zalo.events import Decision, MalformedEvent, ZaloEvent
from connectors.zalo.media import wanted_items
from services import inbox, media
from services.clock import Clock
from services.db.group_commit import GroupCommit
from services.errors import StorageError
from services.inbox import NewEvent
from services.secrets import Cipher
from services.spool import Spool

log = structlog.get_logger()

MAX_BODY_BYTES = 256 * 1024
# Within Zalo's two seconds, with room for the way there and back.
STORE_SECONDS = 1.0
# From so many deliveries a second on, which is more than one process can work off, answering Zalo goes
# before answering citizens.
BUSY_PER_SECOND = 120.0


class Intake:
    """Takes the deliveries of one Zalo app.

    `stored` is called when there is something to work on, and told whether there may be media to fetch.
    """

    def __init__(
        self,
        app_id: str,
        oa_ids: frozenset[str],
        oa_secret_key: str,
        commit: GroupCommit,
        cipher: Cipher,
        spool: Spool,
        clock: Clock,
        stored: Callable[[bool], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app_id = app_id
        self._oa_ids = oa_ids
        self._oa_secret_key = oa_secret_key
        self._commit = commit
        self._cipher = cipher
        self._spool = spool
        self._clock = clock
        self._stored = stored
        self._monotonic = monotonic
        # What was not accepted, by reason.
        self.rejected: dict[str, int] = {}
        # Whether files may wait; the folder itself is only asked when they may.
        self._spooled = True
        # Deliveries of late, each counting less with every second, and when they were counted.
        self._recent, self._counted_at = 0.0, 0.0

    @property
    def is_busy(self) -> bool:
        """Tell whether deliveries come faster than they can be worked off."""
        return self._faded() >= BUSY_PER_SECOND

    def _faded(self) -> float:
        return self._recent * math.exp(self._counted_at - self._monotonic())

    async def receive(self, body: bytes, signed: str | None) -> bool:
        """Verify and store one delivery; True when it was stored for work.

        Raises StorageError when neither the database nor the disk takes it. Everything else that is wrong is
        counted by reason, logged without the body, and passed over.
        """
        if body.strip() in (b"", b"{}") and signed is None:
            log.info("zalo.webhook.probed")
            return False
        if len(body) > MAX_BODY_BYTES:
            return self._reject("too large", len(body))
        try:
            raw = events.load_object(body)
            timestamp = events.timestamp_of(raw)
            if not signature.is_valid(signed, self._app_id, body, timestamp, self._oa_secret_key):
                return self._reject("wrong signature" if signed else "no signature", len(body))
            event = events.parse(raw, self._app_id, self._oa_ids)
        except MalformedEvent as error:
            return self._reject(str(error), len(body))
        if not events.is_fresh(event, self._clock()):
            return self._reject("too old", len(body))
        if event.decision is Decision.PASS:
            return False
        text = body.decode("utf-8")
        if self._spooled and not self._spool.is_empty:
            # What came before waits in files; what comes now must not overtake it.
            await self._keep_in_file(text)
            return True
        self._recent, self._counted_at = self._faded() + 1.0, self._monotonic()
        storing = asyncio.ensure_future(self._commit.run(lambda session: self._store(session, event, text)))
        try:
            with_media = await asyncio.wait_for(asyncio.shield(storing), STORE_SECONDS)
        except (asyncio.TimeoutError, StorageError) as error:
            # Zalo waits two seconds and may never repeat: what the database does not take now is kept
            # in a file first. Should both take it, the event's key makes it one.
            storing.add_done_callback(lambda task: task.cancelled() or task.exception())
            await self._keep_in_file(text)
            log.error("zalo.webhook.spooled", reason=type(error).__name__)
            return True
        self._stored(with_media)
        return True

    async def empty_spool(self) -> None:
        """Store what was kept in files while the database did not answer. Raises StorageError."""
        if self._spool.is_empty:
            self._spooled = False
            return
        with self._spool.taken() as bodies:
            for body in bodies:
                try:
                    event = events.parse(events.load_object(body.encode("utf-8")), self._app_id, self._oa_ids)
                except MalformedEvent as error:
                    # An account that was taken out of the settings meanwhile.
                    self._reject(str(error), len(body))
                    continue
                await self._commit.run(
                    lambda session: self._store(session, event, body)  # noqa: B023
                )
        log.info("zalo.spool.emptied", events=len(bodies))
        self._stored(True)

    def _store(self, session: Session, event: ZaloEvent, body: str) -> bool:
        """Store an event; tell whether it brings media to fetch."""
        now = self._clock()
        new = NewEvent(
            account_id=event.oa_id,
            citizen_id=event.user_id,
            event_key=event.key,
            kind=event.kind,
            body=body,
            sent_at=event.sent_at,
        )
        items = wanted_items(event)
        inbox.store(session, self._cipher, [new], now)
        event_id = media.event_id(session, event.oa_id, event.key) if items else None
        if event_id is not None:
            media.want(session, self._cipher, event_id, event.oa_id, event.user_id, items, now)
        return bool(items)

    async def _keep_in_file(self, body: str) -> None:
        await asyncio.to_thread(self._spool.append, body)
        # Said afterwards: housekeeping may have found the folder empty while the file was written.
        self._spooled = True

    def _reject(self, reason: str, size: int) -> bool:
        self.rejected[reason] = self.rejected.get(reason, 0) + 1
        log.warning("zalo.webhook.rejected", reason=reason, bytes=size, count=self.rejected[reason])
        return False
