"""From the inbox into Rasa: one citizen's events in order, several citizens side by side.

The turn's result is stored by the tracker store (see connectors.turn). What cannot be worked is
tried again after a pause, and after the last try the citizen gets one apology and an officer finds
the event among the dead ones.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from rasa.core.channels.channel import UserMessage
from sqlalchemy.orm import Session

from connectors.turn import MOST_EVENTS, Turn, current_turn
from connectors.zalo import events, understanding
from connectors.zalo.claim_loop import ClaimLoop
from connectors.zalo.events import Decision, MalformedEvent, ZaloEvent
from connectors.zalo.output import ZaloOutput, text_replies
from services import choices, conversations, handover, inbox, outbox
from services.clock import Clock, utc_now
from services.db.group_commit import GroupCommit
from services.errors import ClaimLost, StorageError
from services.handover import Speaker
from services.inbox import ClaimedEvent
from services.rate_limit import RateLimit
from services.secrets import Cipher
from services.text import fold, squeeze

log = structlog.get_logger()

# Turns side by side share their commits: 16 work off two thirds more a second than 4.
CONCURRENCY = 16
# While more comes than can be worked off: a turn keeps the loop for some hundredths of a second, and Zalo
# waits for its answer.
CONCURRENCY_WHEN_BUSY = 1
IDLE_SECONDS = 0.5
TURN_SECONDS = 45.0
# After each failed try; there is one try more than pauses.
PAUSES = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=60))
APOLOGY = (
    "Xin lỗi anh/chị, hệ thống đang trục trặc nên chưa trả lời được tin nhắn vừa rồi. "
    "Tin nhắn đã được lưu lại. Anh/chị vui lòng nhắn lại sau ít phút. "
    "Nếu đang nguy hiểm, xin gọi ngay 113."
)

OFFICER_SPEAKS = "Từ bây giờ cán bộ trực tiếp trả lời anh/chị. Trợ lý tự động tạm dừng."
ASSISTANT_SPEAKS = "Trợ lý tự động trả lời tiếp anh/chị đây ạ (không phải cán bộ)."
TOO_FAST = (
    "Anh/chị nhắn nhanh quá, trợ lý theo không kịp. Tin nhắn đã được lưu lại. "
    "Anh/chị chờ một phút rồi nhắn tiếp nhé. Nếu đang nguy hiểm, xin gọi ngay 113."
)
# What an officer writes in the OA's chat tool to give the word back.
RESUME_COMMANDS = frozenset({"#bot", "#troly", "#tro ly"})
# A frightened person may send thirty pictures at once; a flood is more than that.
CITIZEN_BURST = 40
CITIZEN_PER_MINUTE = 20.0
NOTICE_PER_MINUTE = 1.0

Handler = Callable[[UserMessage], Awaitable[Any]]


@dataclass(frozen=True)
class Begun:
    """A claimed event with all that its turn has to know, read in the transaction that claimed it.

    Nobody else works on this citizen meanwhile, so that nothing of it can grow old. `said` is None for
    what cannot be read as an event of ours.
    """

    event: ClaimedEvent
    said: ZaloEvent | None
    command: dict[str, Any] | None = None
    settled_before: bool = False
    speaker: Speaker = Speaker.ASSISTANT
    history: list[dict[str, Any]] | None = None

    @property
    def id(self) -> int:
        """Name the row that is held."""
        return self.event.id


def conversation_id(account_id: str, citizen_id: str) -> str:
    """Name the conversation of one citizen with one OA."""
    return f"zalo-{account_id}-{citizen_id}"


class InboxWorker:
    """Takes events from the inbox and gives them to Rasa."""

    def __init__(
        self,
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
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
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
        self._is_busy = is_busy
        self._limit = RateLimit(CITIZEN_BURST, CITIZEN_PER_MINUTE)
        self._notices = RateLimit(1, NOTICE_PER_MINUTE)
        self._loop = ClaimLoop(
            "inbox",
            commit,
            lambda session, free: [
                self._begin(session, event) for event in inbox.claim(session, cipher, worker, free, clock())
            ],
            inbox.is_any_new,
            self._work,
            self._allowed,
        )

    def wake(self) -> None:
        """Say that an event was stored."""
        self._loop.wake()

    @property
    def went_round(self) -> float:
        """When its loop last went round, by the monotonic clock."""
        return self._loop.went_round

    async def run(self) -> None:
        """Work until cancelled; then let the turns that run come to their end."""
        await self._loop.run(IDLE_SECONDS, TURN_SECONDS)

    def _allowed(self) -> int:
        if not self._is_ready():
            return 0
        return min(self._concurrency, CONCURRENCY_WHEN_BUSY) if self._is_busy() else self._concurrency

    async def _work(self, begun: Begun) -> None:
        started = self._clock()
        event = begun.event
        if event.attempts > len(PAUSES) + 1:
            # Given back by leases that ran out: whatever it does to a process, it does not get another.
            await self._failed(event, "its worker died with it each time")
            return
        try:
            stored = await self._turn(begun)
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

    def _begin(self, session: Session, event: ClaimedEvent) -> Begun:
        """Read what the turn of a claimed event has to know."""
        try:
            said = events.parse(json.loads(event.body), self._app_id, self._account_ids)
        except (ValueError, MalformedEvent):
            # Of an account that was taken out of the settings, for example.
            return Begun(event, None)
        if said.decision is not Decision.DIALOGUE:
            return Begun(event, said)
        account_id, citizen_id = event.account_id, event.citizen_id
        sender_id = conversation_id(account_id, citizen_id)
        return Begun(
            event,
            said,
            command=choices.chosen(session, account_id, citizen_id, said.text) if said.text else None,
            settled_before=event.attempts > 1
            and conversations.has_message(session, sender_id, event.event_key),
            speaker=handover.speaker(session, account_id, citizen_id, self._clock()),
            history=conversations.load_recent(session, self._cipher, sender_id, MOST_EVENTS),
        )

    async def _turn(self, begun: Begun) -> bool:
        event, said = begun.event, begun.said
        if said is None:
            raise MalformedEvent("not an event of ours")
        if said.decision is not Decision.DIALOGUE:
            await self._commit.run(lambda session: self._note(session, event, said))
            return True
        sender_id = conversation_id(event.account_id, event.citizen_id)
        if begun.settled_before:
            await self._settle(event, "done")
            return True
        if begun.speaker is Speaker.OFFICER:
            await self._settle(event, "held")
            return True
        # A second try is not the citizen's doing.
        if event.attempts == 1 and not self._limit.allow(sender_id, self._clock()):
            await self._commit.run(lambda session: self._hold_back(session, event, sender_id))
            return True
        text, parse_data = understanding.interpret(said, begun.command)
        turn = Turn(event=event, worker=self._worker, conversation_id=sender_id, history=begun.history)
        if begun.speaker is Speaker.ASSISTANT_AGAIN:
            turn.preface.extend(text_replies(ASSISTANT_SPEAKS))
        message = UserMessage(
            text=text,
            output_channel=ZaloOutput(),
            sender_id=sender_id,
            parse_data=parse_data,
            input_channel=ZaloOutput.name(),
            message_id=event.event_key,
            metadata=understanding.metadata(said),
        )
        token = current_turn.set(turn)
        try:
            await asyncio.wait_for(self._handler(message), TURN_SECONDS)
        finally:
            current_turn.reset(token)
        if turn.stored and begun.speaker is Speaker.ASSISTANT_AGAIN:
            await self._commit.run(
                lambda session: handover.assistant_resumes(session, event.account_id, event.citizen_id)
            )
        return turn.stored

    def _note(self, session: Session, event: ClaimedEvent, zalo_event: ZaloEvent) -> None:
        """Take note of what the dialogue does not answer: an officer's message, a legal request."""
        now = self._clock()
        said: str | None = None
        if zalo_event.admin_id:
            if squeeze(fold(zalo_event.text)) in RESUME_COMMANDS:
                if handover.assistant_resumes(session, event.account_id, event.citizen_id):
                    said = ASSISTANT_SPEAKS
            elif handover.officer_wrote(session, event.account_id, event.citizen_id, now):
                said = OFFICER_SPEAKS
            state = "done"
        else:
            log.warning("zalo.event.for_officers", event_id=event.id, kind=event.kind)
            state = "held"
        inbox.settle(session, event.id, self._worker, state, now)
        if said:
            self._say(session, event, said)

    def _hold_back(self, session: Session, event: ClaimedEvent, sender_id: str) -> None:
        """Keep a message of somebody who writes faster than anybody can read; say so once a minute."""
        now = self._clock()
        log.warning("zalo.citizen.too_fast", event_id=event.id)
        inbox.settle(session, event.id, self._worker, "held", now, "too fast")
        if self._notices.allow(sender_id, now):
            self._say(session, event, TOO_FAST)

    def _say(self, session: Session, event: ClaimedEvent, text: str) -> None:
        outbox.add(
            session,
            self._cipher,
            event.account_id,
            event.citizen_id,
            text_replies(text),
            self._clock(),
            event.id,
        )

    async def _settle(self, event: ClaimedEvent, state: str) -> None:
        await self._commit.run(
            lambda session: inbox.settle(session, event.id, self._worker, state, self._clock())
        )

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

    def _bury(self, session: Session, event: ClaimedEvent, reason: str) -> None:
        inbox.settle(session, event.id, self._worker, "dead", self._clock(), reason)
        self._say(session, event, APOLOGY)

    async def keep_alive(self) -> None:
        """Extend the leases of what runs, and give back what dead workers held."""
        now = self._clock()
        ids = self._loop.at_work
        await self._commit.run(lambda session: inbox.extend_leases(session, self._worker, ids, now))
        released = await self._commit.run(lambda session: inbox.release_expired(session, now))
        if released:
            log.warning("inbox.leases.expired", events=released)
            self.wake()
