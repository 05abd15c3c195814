"""RulePolicy: rules by an index, and only as many past states as the longest rule is long.

Stock makes a state of every action of the session and holds every rule against every state, twice for
each prediction. A rule looks at as many states as it has; what came before cannot change its answer.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from rasa.core.policies.policy import Policy, SupportedData
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.shared.core.constants import PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

State = dict[str, Any]

_prediction_states = Policy._prediction_states
_format_tracker_states = Policy.format_tracker_states
_debug = logging.getLogger("rasa.core.policies.rule_policy")


class RuleIndex:
    """The rules of one lookup table, found by the last action and intent that they ask for."""

    def __init__(self, lookup: dict[str, Any]) -> None:
        self.lookup = lookup
        self.size = len(lookup)
        # Newest state first, as the rules are checked.
        self._states: dict[str, list[State]] = {key: json.loads(key)[::-1] for key in lookup}
        self.longest = max(map(len, self._states.values()), default=0)
        self._by_last: dict[tuple[str | None, str | None], list[str]] = {}
        for key, states in self._states.items():
            self._by_last.setdefault(_asks_for(states[0]), []).append(key)

    def possible(self, states: list[State]) -> set[str]:
        """Give the keys of the rules that fit a conversation's states, oldest first."""
        if not states:
            return set(self.lookup)
        last = states[-1]
        action = (last.get(PREVIOUS_ACTION) or {}).get(ACTION_NAME)
        intent = (last.get(USER) or {}).get(INTENT)
        # Those that ask for nothing in the last state are always looked at.
        wanted = {(a, i) for a in (action, None) for i in (intent, None)}
        found = [key for asked in wanted for key in self._by_last.get(asked, ())]
        backwards = states[::-1]
        return {key for key in found if _fits(self._states[key], backwards)}


def prediction_states(
    self: RulePolicy,
    tracker: DialogueStateTracker,
    domain: Any,
    use_text_for_last_user_input: bool = False,
    rule_only_data: dict[str, Any] | None = None,
) -> list[State]:
    """Give the last states of a conversation, as many as the longest rule has."""
    if self.supported_data() is SupportedData.ML_DATA:
        return list(_prediction_states(self, tracker, domain, use_text_for_last_user_input, rule_only_data))
    # Asked for twice in a prediction, once with the text and once with the intent of the last message.
    key = (len(tracker.events), id(tracker.events[-1]) if tracker.events else 0, id(self), id(domain))
    known: tuple[Any, list[State]] | None = tracker.__dict__.get("_last_states")
    if known is None or known[0] != key:
        known = tracker.__dict__["_last_states"] = (key, _last_states(tracker, domain, _longest(self)))
    states = [_changeable(state) for state in known[1]]
    states = self.featurizer.slice_state_history(states, self.featurizer.max_history)
    self.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
    return list(states)


def possible_keys(self: RulePolicy, lookup: dict[str, Any], states: list[State]) -> set[str]:
    """Give the keys of the rules that fit the states."""
    return _index(self, lookup).possible(states)


def format_tracker_states(states: list[State]) -> Any:
    """Write states out for the debug log, if there is one."""
    return _format_tracker_states(states) if _debug.isEnabledFor(logging.DEBUG) else ""


def _index(policy: RulePolicy, lookup: dict[str, Any]) -> RuleIndex:
    kept: dict[int, RuleIndex] = policy.__dict__.setdefault("_rule_indexes", {})
    found = kept.get(id(lookup))
    if found is None or found.lookup is not lookup or found.size != len(lookup):
        found = kept[id(lookup)] = RuleIndex(lookup)
    return found


def _longest(policy: RulePolicy) -> int:
    tables = [policy.lookup.get(name) for name in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH)]
    return max((_index(policy, table).longest for table in tables if table is not None), default=1) or 1


def _last_states(tracker: DialogueStateTracker, domain: Any, depth: int) -> list[State]:
    """Make the states before the last actions, and the present one: at most `depth`."""
    events = tracker.applied_events()
    # One state before each action, and one at the end.
    skipped = sum(isinstance(event, ActionExecuted) for event in events) + 1 - depth
    past = tracker.init_copy()
    states = []
    for event in events:
        if isinstance(event, ActionExecuted):
            if skipped <= 0:
                states.append(domain.get_active_state(past))
            skipped -= 1
        event.apply_to(past)
    states.append(domain.get_active_state(past))
    return states


def _changeable(state: State) -> State:
    """Copy what is going to be changed: the featurizer takes the text or the intent out of the message."""
    return {**state, USER: dict(state[USER])} if USER in state else dict(state)


def _asks_for(state: State) -> tuple[str | None, str | None]:
    """Give the action and the intent without which a state cannot fit; None where there is none such."""
    action = (state.get(PREVIOUS_ACTION) or {}).get(ACTION_NAME)
    if not action:
        # The beginning of a conversation, or an action that is asked for by its text.
        return None, None
    intent = (state.get(USER) or {}).get(INTENT)
    return _named(action), _named(intent)


def _named(value: Any) -> str | None:
    return value if isinstance(value, str) and value and value != SHOULD_NOT_BE_SET else None


def _fits(rule: list[State], conversation: list[State]) -> bool:
    """Hold a rule against a conversation, both newest state first, as stock does state by state."""
    for asked, given in zip(rule, conversation, strict=False):
        asked_action, given_action = asked.get(PREVIOUS_ACTION), given.get(PREVIOUS_ACTION)
        if not asked_action and not given_action:
            # Both begin here: initial values of slots are in both.
            continue
        if not asked_action or not given_action or not RulePolicy._does_rule_match_state(asked, given):
            return False
    return True
