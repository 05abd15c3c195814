"""Pictures, clips and files of citizens, fetched in the background as soon as their event is stored.

Zalo's addresses expire within the hour, so nobody waits for the dialogue. A fetch that fails is
tried again after growing pauses and then shown as missing with its reason; trouble with our own
disk costs no try.
"""

from __future__ import annotations

import asyncio
import hmac
from datetime import timedelta
from typing import Any

import structlog

from connectors.zalo.claim_loop import ClaimLoop
from connectors.zalo.download import Downloader, NeverFetched, NotFetched
from connectors.zalo.events import ZaloEvent
from services import media
from services.clock import Clock, utc_now
from services.db.group_commit import GroupCommit
from services.errors import ClaimLost, StorageError
from services.evidence_store import Draft, EvidenceStore, Kept
from services.file_types import HEAD_BYTES, content_type, is_web_page
from services.media import ClaimedItem, WantedItem
from services.secrets import Cipher

log = structlog.get_logger()

CONCURRENCY = 4
IDLE_SECONDS = 2.0
STOP_SECONDS = 5.0
# After each failed try; there is one try more than pauses.
PAUSES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
)
STORAGE_PAUSE = timedelta(seconds=30)

# By the event's name, because the type of an attachment is seen to differ.
_KINDS = {
    "user_send_image": "image",
    "user_send_gif": "gif",
    "user_send_video": "video",
    "user_send_audio": "audio",
    "user_send_file": "file",
}


def wanted_items(event: ZaloEvent) -> list[WantedItem]:
    """List what an event brings that has to be fetched; links, stickers and places hold nothing to keep."""
    kind = _KINDS.get(event.kind)
    if kind is None:
        return []
    return [
        WantedItem(kind, _text(item.payload.get("url")), _text(item.payload.get("checksum"))[:32])
        for item in event.attachments
    ]


class MediaFetcher:
    """Takes wanted items and brings their bytes into the evidence store."""

    def __init__(
        self,
        commit: GroupCommit,
        cipher: Cipher,
        store: EvidenceStore,
        downloader: Downloader,
        worker: str,
        clock: Clock = utc_now,
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._commit = commit
        self._cipher = cipher
        self._store = store
        self._downloader = downloader
        self._worker = worker
        self._clock = clock
        self._loop = ClaimLoop(
            "media",
            commit,
            lambda session, free: media.claim(session, cipher, worker, free, clock()),
            media.is_any_wanted,
            self._work,
            lambda: concurrency,
        )

    def wake(self) -> None:
        """Say that an item is wanted."""
        self._loop.wake()

    @property
    def went_round(self) -> float:
        """When its loop last went round, by the monotonic clock."""
        return self._loop.went_round

    async def run(self) -> None:
        """Fetch until cancelled; then let what is nearly done end, and drop the rest to be fetched anew."""
        await self._loop.run(IDLE_SECONDS, STOP_SECONDS, drop_late=True)

    async def keep_alive(self) -> None:
        """Extend the leases of what is being fetched, and take back what dead workers held."""
        now = self._clock()
        ids = self._loop.at_work
        await self._commit.run(lambda session: media.extend_leases(session, self._worker, ids, now))
        if await self._commit.run(lambda session: media.release_expired(session, now)):
            self.wake()

    async def close(self) -> None:
        """Close the connections."""
        await self._downloader.close()

    async def _work(self, item: ClaimedItem) -> None:
        try:
            await self._attempt(item)
        except ClaimLost:
            log.warning("media.item.taken_over", item_id=item.id)
        except StorageError as error:
            # The lease runs out and the item is fetched again.
            log.error("media.item.unsettled", item_id=item.id, reason=str(error))

    async def _attempt(self, item: ClaimedItem) -> None:
        started = self._clock()
        try:
            kept, mime_type = await self._fetch(item)
        except NeverFetched as error:
            await self._give_up(item, str(error))
        except NotFetched as error:
            await self._later(item, str(error))
        except StorageError as error:
            await self._put_off(item, str(error))
        except Exception as error:
            # The edge of a fetch: whatever a stranger's bytes broke, the item is tried again and then told.
            await self._later(item, type(error).__name__)
        else:
            await self._commit.run(
                lambda session: media.settle(
                    session, item.id, self._worker, kept.sha256, kept.size, mime_type, self._clock()
                )
            )
            seconds = round((self._clock() - started).total_seconds(), 3)
            log.info("media.item.stored", item_id=item.id, bytes=kept.size, type=mime_type, seconds=seconds)

    async def _fetch(self, item: ClaimedItem) -> tuple[Kept, str]:
        # Before a file is begun: an address that is refused costs nothing.
        self._downloader.allowed(item.url)
        with await asyncio.to_thread(self._store.draft) as draft:
            await self._downloader.fetch(item.url, draft)
            return await asyncio.to_thread(_keep, draft, item)

    async def _later(self, item: ClaimedItem, reason: str) -> None:
        if item.attempts > len(PAUSES):
            await self._give_up(item, f"{reason}; tried {item.attempts} times")
            return
        at = self._clock() + PAUSES[item.attempts - 1]
        await self._commit.run(lambda session: media.retry(session, item.id, self._worker, at, reason))
        log.warning("media.item.delayed", item_id=item.id, attempts=item.attempts, reason=reason)

    async def _put_off(self, item: ClaimedItem, reason: str) -> None:
        at = self._clock() + STORAGE_PAUSE
        await self._commit.run(
            lambda session: media.retry(session, item.id, self._worker, at, reason, counts=False)
        )
        log.error("media.item.unstored", item_id=item.id, reason=reason)

    async def _give_up(self, item: ClaimedItem, reason: str) -> None:
        await self._commit.run(
            lambda session: media.mark_missing(session, item.id, self._worker, reason, self._clock())
        )
        log.error("media.item.missing", item_id=item.id, attempts=item.attempts, reason=reason)


def _keep(draft: Draft, item: ClaimedItem) -> tuple[Kept, str]:
    try:
        with draft.path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        mime_type = content_type(draft.path)
    except OSError as error:
        raise StorageError(f"evidence: {error.strerror}") from error
    # A page in place of a picture is an error page; only a file that Zalo names so may be one.
    named = item.kind == "file" and hmac.compare_digest(item.checksum.lower().encode(), draft.md5.encode())
    if is_web_page(head) and not named:
        raise NotFetched("a web page came in its place")
    return draft.keep(), mime_type


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
