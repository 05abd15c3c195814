"""`DialogueStateTracker.copy`: the state as it is, instead of all events replayed.

A tracker's state is what its events make of it, so both are the same, but for the follow-up action:
the processor takes it off the tracker before it runs it, and a replay brings it back.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from rasa.shared.constants import DEFAULT_SENDER_ID
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    FollowupAction,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

_copy_by_replay = DialogueStateTracker.copy


def copy_tracker(self: DialogueStateTracker) -> DialogueStateTracker:
    """Give a tracker with the same events and state."""
    if type(self) is not DialogueStateTracker or any(
        isinstance(event, (ActionReverted, UserUtteranceReverted)) for event in self.events
    ):
        return _copy_by_replay(self)
    made: Any = object.__new__(DialogueStateTracker)
    made._max_event_history = self._max_event_history
    made.events = self.events.copy()
    made.sender_id = self.sender_id or DEFAULT_SENDER_ID
    made.slots = {name: copy_slot(slot) for name, slot in self.slots.items()}
    made.sender_source = None
    made.is_rule_tracker = self.is_rule_tracker
    made._paused = self._paused
    made.followup_action = _followup(self)
    made.latest_action = self.latest_action
    made.latest_message = self.latest_message
    made.latest_bot_utterance = self.latest_bot_utterance
    # An object that changes: each tracker has its own.
    made.active_loop = dataclasses.replace(self.active_loop) if self.active_loop else None
    made.model_id = None
    made.assistant_id = None
    return made


def copy_slot(slot: Any) -> Any:
    """Copy a slot as `copy.copy` does, without its detour over pickling."""
    made = object.__new__(type(slot))
    made.__dict__.update(slot.__dict__)
    return made


def _followup(tracker: DialogueStateTracker) -> Any:
    """Tell which follow-up action a replay would end with: the last event that touches it decides."""
    for event in reversed(tracker.events):
        if isinstance(event, (ActionExecuted, UserUttered)):
            return None
        if isinstance(event, FollowupAction):
            return event.action_name
        if isinstance(event, Restarted):
            return ACTION_SESSION_START_NAME
        if isinstance(event, SessionStarted):
            break
    return ACTION_LISTEN_NAME
