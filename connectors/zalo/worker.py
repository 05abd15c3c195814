"""From the inbox into Rasa: one citizen's events in order, several citizens side by side.

The turn's result is stored by the tracker store (see connectors.turn). What cannot be worked is
tried again after a pause, and after the last try the citizen gets one apology and an officer finds
the event among the dead ones.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog
from rasa.core.channels.channel import UserMessage

from connectors.turn import Turn, current_turn
from connectors.zalo import events, understanding
from connectors.zalo.output import ZaloOutput, text_replies
from services import choices, conversations, inbox, outbox
from services.clock import Clock, utc_now
from services.db import Database
from services.db.group_commit import GroupCommit
from services.errors import ClaimLost, StorageError
from services.inbox import ClaimedEvent
from services.secrets import Cipher

log = structlog.get_logger()

CONCURRENCY = 4
IDLE_SECONDS = 0.5
TURN_SECONDS = 45.0
# After each failed try; there is one try more than pauses.
PAUSES = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=60))
APOLOGY = (
    "Xin lỗi anh/chị, hệ thống đang trục trặc nên chưa trả lời được tin nhắn vừa rồi. "
    "Tin nhắn đã được lưu lại. Anh/chị vui lòng nhắn lại sau ít phút. "
    "Nếu đang nguy hiểm, xin gọi ngay 113."
)

Handler = Callable[[UserMessage], Awaitable[Any]]


def conversation_id(account_id: str, citizen_id: str) -> str:
    """Name the conversation of one citizen with one OA."""
    return f"zalo-{account_id}-{citizen_id}"


class InboxWorker:
    """Takes events from the inbox and gives them to Rasa."""

    def __init__(
        self,
        database: Database,
        commit: GroupCommit,
        cipher: Cipher,
        handler: Handler,
        is_ready: Callable[[], bool],
        app_id: str,
        account_ids: frozenset[str],
        worker: str,
        wake_sender: Callable[[], None],
        clock: Clock = utc_now,
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._database = database
        self._commit = commit
        self._cipher = cipher
        self._handler = handler
        self._is_ready = is_ready
        self._app_id = app_id
        self._account_ids = account_ids
        self._worker = worker
        self._wake_sender = wake_sender
        self._clock = clock
        self._concurrency = concurrency
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], int] = {}

    def wake(self) -> None:
        """Say that an event was stored."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; then let the turns that run come to their end."""
        try:
            while True:
                self._wake.clear()
                if await self._start_some() == 0:
                    waits: list[Any] = [asyncio.create_task(self._wake.wait()), *self._running]
                    await asyncio.wait(waits, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                    waits[0].cancel()
        finally:
            if self._running:
                await asyncio.wait(self._running, timeout=TURN_SECONDS)

    async def _start_some(self) -> int:
        free = self._concurrency - len(self._running)
        if free <= 0 or not self._is_ready():
            return 0
        try:
            claimed = await self._commit.run(
                lambda session: inbox.claim(session, self._cipher, self._worker, free, self._clock())
            )
        except StorageError as error:
            log.error("inbox.claim.failed", reason=str(error))
            await asyncio.sleep(IDLE_SECONDS)
            return 0
        for event in claimed:
            task = asyncio.create_task(self._work(event))
            self._running[task] = event.id
            task.add_done_callback(self._finished)
        return len(claimed)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("inbox.work.crashed", error=type(task.exception()).__name__)

    async def _work(self, event: ClaimedEvent) -> None:
        started = self._clock()
        try:
            stored = await self._turn(event)
        except Exception as error:
            # The edge of a turn: whatever broke, the event stays and is tried again.
            await self._failed(event, type(error).__name__)
            return
        if not stored:
            await self._failed(event, "the turn was not stored")
            return
        self._wake_sender()
        seconds = (self._clock() - started).total_seconds()
        log.debug("inbox.event.done", event_id=event.id, seconds=round(seconds, 3))

    async def _turn(self, event: ClaimedEvent) -> bool:
        zalo_event = events.parse(json.loads(event.body), self._app_id, self._account_ids)
        sender_id = conversation_id(event.account_id, event.citizen_id)
        command = None
        if zalo_event.text or event.attempts > 1:
            command, known = await asyncio.to_thread(self._look_up, event, sender_id, zalo_event.text)
            if known:
                await self._commit.run(
                    lambda session: inbox.settle(session, event.id, self._worker, "done", self._clock())
                )
                return True
        text, parse_data = understanding.interpret(zalo_event, command)
        turn = Turn(event=event, worker=self._worker, conversation_id=sender_id)
        message = UserMessage(
            text=text,
            output_channel=ZaloOutput(),
            sender_id=sender_id,
            parse_data=parse_data,
            input_channel=ZaloOutput.name(),
            message_id=event.event_key,
            metadata=understanding.metadata(zalo_event),
        )
        token = current_turn.set(turn)
        try:
            await asyncio.wait_for(self._handler(message), TURN_SECONDS)
        finally:
            current_turn.reset(token)
        return turn.stored

    def _look_up(self, event: ClaimedEvent, sender_id: str, text: str) -> tuple[dict[str, Any] | None, bool]:
        with self._database.transaction() as session:
            known = event.attempts > 1 and conversations.has_message(session, sender_id, event.event_key)
            command = choices.chosen(session, event.account_id, event.citizen_id, text) if text else None
        return command, known

    async def _failed(self, event: ClaimedEvent, reason: str) -> None:
        now = self._clock()
        log.warning("inbox.event.failed", event_id=event.id, attempts=event.attempts, reason=reason)
        try:
            if event.attempts <= len(PAUSES):
                at = now + PAUSES[event.attempts - 1]
                await self._commit.run(
                    lambda session: inbox.retry(session, event.id, self._worker, at, reason)
                )
                return
            await self._commit.run(lambda session: self._bury(session, event, reason))
            self._wake_sender()
            log.error("inbox.event.dead", event_id=event.id, reason=reason)
        except ClaimLost:
            log.warning("inbox.event.taken_over", event_id=event.id)
        except StorageError as error:
            # The lease runs out by itself and the event is worked again.
            log.error("inbox.event.unsettled", event_id=event.id, reason=str(error))

    def _bury(self, session: Any, event: ClaimedEvent, reason: str) -> None:
        now = self._clock()
        inbox.settle(session, event.id, self._worker, "dead", now, reason)
        outbox.add(
            session, self._cipher, event.account_id, event.citizen_id, text_replies(APOLOGY), now, event.id
        )

    async def keep_alive(self) -> None:
        """Extend the leases of what runs, and give back what dead workers held."""
        now = self._clock()
        ids = list(self._running.values())
        await self._commit.run(lambda session: inbox.extend_leases(session, self._worker, ids, now))
        released = await self._commit.run(lambda session: inbox.release_expired(session, now))
        if released:
            log.warning("inbox.leases.expired", events=released)
            self.wake()
