"""Rasa's tracker store over our database: a turn is stored whole or not at all.

Differences to Rasa's own SQL store: events are encrypted, a session is found by its number (one
index look-up, whatever the length of the conversation), and a turn that came through the inbox is
settled, with its replies, in the transaction that stores its events. Rasa wraps every store so that
errors end in memory and are forgotten; therefore an error also marks the turn, and the worker that
started it sees that nothing was stored and tries again.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Iterable
from typing import Any

import structlog
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Session

from connectors import fast_rasa
from connectors.turn import MOST_EVENTS, Turn, current_turn
from services import choices, conversations, inbox, outbox
from services.clock import utc_now
from services.db import open_database
from services.db.group_commit import shared_commit
from services.db.migrate import upgrade
from services.secrets import cipher_for
from services.settings import load_settings

log = structlog.get_logger()


class SilentTurn(Exception):
    """A turn that owes the citizen an answer ended without one, as when the action server is down."""


class TurnStore(TrackerStore, SerializedTrackerAsText):
    """Stores conversations in the database that the settings name."""

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Open the database (`host`, a database URL, stands in for the setting in tests)."""
        settings = load_settings({**os.environ, "DATABASE_URL": host} if host else None)
        self.database = open_database(settings.database_url)
        upgrade(self.database)
        self._commit = shared_commit(self.database)
        fast_rasa.install(settings.fast_rasa)
        self.cipher = cipher_for(settings)
        super().__init__(domain, event_broker, **kwargs)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Read the last session of a conversation."""
        return await self._load(sender_id, whole=False)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Read all sessions of a conversation."""
        return await self._load(conversation_id, whole=True)

    async def keys(self) -> Iterable[str]:
        """List all conversations."""
        return await asyncio.to_thread(self._conversation_ids)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new in the tracker and, inside a turn, its replies and its settlement."""
        turn = current_turn.get()
        if turn is not None and not _ends(turn, tracker):
            turn = None
        try:
            await self.stream_events(tracker)
            await self._store(tracker, turn)
        except Exception as error:
            if turn is not None:
                turn.broken = turn.broken or type(error).__name__
            raise

    async def _store(self, tracker: DialogueStateTracker, turn: Turn | None) -> None:
        if turn is None and not tracker.events:
            # A new conversation is stored with its first turn; Rasa also saves it before, empty.
            tracker.stored_events = 0
            return
        if turn is not None and turn.broken:
            raise SilentTurn(f"the conversation could not be read: {turn.broken}")
        if turn is not None and turn.expects_reply and not turn.replies:
            raise SilentTurn("no reply was made")
        if turn is not None and _went_round(tracker):
            log.error("turn.went_round", event_id=turn.event.id)
            _stop(tracker, turn)
        # In the thread of the group commit: the webhook is answered meanwhile, and the writers of this
        # process share a commit. A turn that is given up while it waits settles before its retry is
        # asked for, or finds its claim gone; either way its event is settled once.
        await self._commit.run(lambda session: self._write(session, tracker, turn))
        tracker.stored_events = len(tracker.events)
        if turn is not None:
            turn.stored = True

    def _write(self, session: Session, tracker: DialogueStateTracker, turn: Turn | None) -> None:
        known: int | None = getattr(tracker, "stored_events", None)
        if known is None:
            known = conversations.count_events(session, tracker.sender_id)
        fresh = [event.as_dict() for event in itertools.islice(tracker.events, known, None)]
        conversations.append_events(session, self.cipher, tracker.sender_id, fresh)
        if turn is not None:
            now = utc_now()
            event = turn.event
            said = [*turn.preface, *turn.replies]
            outbox.add(session, self.cipher, event.account_id, event.citizen_id, said, now, event.id)
            choices.offer(session, event.account_id, event.citizen_id, turn.offers, now)
            inbox.settle(session, event.id, turn.worker, "done", now)

    def _conversation_ids(self) -> list[str]:
        with self.database.transaction(read_only=True) as session:
            return conversations.conversation_ids(session)

    def _events(self, sender_id: str, whole: bool) -> list[conversations.Event]:
        with self.database.transaction(read_only=True) as session:
            if whole:
                return conversations.load_events(session, self.cipher, sender_id, whole)
            return conversations.load_recent(session, self.cipher, sender_id, MOST_EVENTS)

    async def _load(self, sender_id: str, whole: bool) -> DialogueStateTracker | None:
        turn = current_turn.get()
        try:
            events = None if whole else _read_before(turn, sender_id)
            if events is None:
                events = await asyncio.to_thread(self._events, sender_id, whole)
        except Exception as error:
            if turn is not None:
                turn.broken = type(error).__name__
            log.error("conversation.load.failed", error=type(error).__name__)
            raise
        if not events or self.domain is None:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        # Remembered on the tracker, because counting rows again would cost a query per turn and
        # would be wrong for a tracker that holds all sessions.
        tracker.stored_events = len(events)
        return tracker


def _went_round(tracker: DialogueStateTracker) -> bool:
    """Tell whether Rasa broke the turn off because one action led to the same again and again."""
    return tracker.latest_action_name != ACTION_LISTEN_NAME and not tracker.is_paused()


def _stop(tracker: DialogueStateTracker, turn: Turn) -> None:
    """Let the citizen's next message begin anew: without this no rule would ever match again."""
    tracker.update(ActiveLoop(None))
    tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
    turn.replies[:] = [one for place, one in enumerate(turn.replies) if one not in turn.replies[:place]]


def _read_before(turn: Turn | None, sender_id: str) -> list[conversations.Event] | None:
    """Give, once, what was read when the turn's event was claimed."""
    if turn is None or turn.conversation_id != sender_id:
        return None
    events, turn.history = turn.history, None
    return events


def _ends(turn: Turn, tracker: DialogueStateTracker) -> bool:
    """Tell whether this save is the end of the turn: Rasa also saves a new, still empty tracker."""
    return turn.conversation_id == tracker.sender_id and any(
        isinstance(event, UserUttered) and event.message_id == turn.event.event_key
        for event in reversed(tracker.events)
    )
