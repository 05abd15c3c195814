"""Our versions of Rasa's own lines give what stock gives, and can be switched off."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import rasa
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from connectors import fast_rasa
from connectors.fast_rasa import REPLACEMENTS, action_calls, debug_lines, events, graph, rules, trackers

ROOT = Path(rasa.__file__).parent.parent


@pytest.fixture(autouse=True)
def afterwards_as_before() -> Iterator[None]:
    yield
    fast_rasa.install()


def test_each_replaced_line_is_where_we_say() -> None:
    for item in REPLACEMENTS:
        name, _, line = item.where.partition(":")
        found = (ROOT / name).read_text("utf-8").splitlines()[int(line) - 1]
        assert f"def {item.name}(" in found or found == f"import {item.name}", item
        assert len(item.why) > 20


def test_it_can_be_switched_off_and_on_again() -> None:
    fast_rasa.uninstall()

    def present() -> list[Any]:
        return [getattr(item.owner, item.name) for item in REPLACEMENTS]

    stock = present()
    assert fast_rasa.install() is True
    assert fast_rasa.install() is True
    assert [new is old for new, old in zip(present(), stock, strict=True)] == [False] * len(REPLACEMENTS)
    assert fast_rasa.install(wanted=False) is False
    assert present() == stock
    assert "_prediction_states" not in RulePolicy.__dict__


def test_on_another_version_of_rasa_it_steps_aside_with_a_warning(
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    fast_rasa.uninstall()
    resolve = Event.resolve_by_type
    assert fast_rasa.install(version="3.6.22") is False
    assert Event.resolve_by_type is resolve
    assert [line for line in log_lines() if line["event"].startswith("fast_rasa")] == [
        {
            "event": "fast_rasa.stepped_aside",
            "log_level": "warning",
            "version": "3.6.22",
            "written_for": "3.6.21",
        }
    ]


# --- events ---------------------------------------------------------------------------------------


def test_every_event_is_found_by_its_name_as_stock_finds_it() -> None:
    fast_rasa.uninstall()
    names = [kind.type_name for kind in rasa.shared.utils.common.all_subclasses(Event)]
    assert len(names) > 20
    assert [events.resolve_by_type(name) for name in names] == [Event.resolve_by_type(name) for name in names]
    assert events.resolve_by_type("topic") is None
    assert events.resolve_by_type("no such event", Event) is Event
    with pytest.raises(ValueError, match="Unknown event name 'no such event'"):
        events.resolve_by_type("no such event")


# --- answers of the action server -----------------------------------------------------------------

_anything = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
_kinds = st.sampled_from(["slot", "action", "user", "bot", "followup", "active_loop", "entities", "unknown"])
_events = _anything | st.fixed_dictionaries(
    {},
    optional={
        "event": _kinds | _anything,
        "name": st.text(max_size=3) | _anything,
        "value": _anything,
        "timestamp": st.none() | st.floats(allow_nan=False) | _anything,
        "metadata": st.none() | st.dictionaries(st.text(max_size=2), st.none()) | _anything,
        "entities": _anything,
        "confidence": st.none() | st.floats(0, 1) | _anything,
        "policy": st.none() | st.text(max_size=3) | _anything,
    },
)
_answers = _anything | st.fixed_dictionaries(
    {},
    optional={
        "events": _anything | st.lists(_events, max_size=3),
        "responses": _anything | st.lists(st.dictionaries(st.text(max_size=3), _anything), max_size=2),
    },
)


@few(max_examples=30)
@given(_answers)
def test_answers_are_judged_as_stock_judges_them(answer: Any) -> None:
    fast_rasa.uninstall()
    action = RemoteAction("action_x", None)

    def verdict(check: Callable[..., bool]) -> tuple[str, Any]:
        try:
            return "right", check(action, answer)
        except ValidationError as error:
            return "wrong", (error.message, list(error.absolute_path))

    assert verdict(action_calls.validate_action_result) == verdict(RemoteAction._validate_action_result)


def test_an_action_gets_all_that_stock_sends_but_what_was_done_in_older_turns() -> None:
    tracker = DialogueStateTracker.from_events(
        "citizen",
        [
            UserUttered("xin chào", intent={"name": "chao"}),
            ActionExecuted("utter_chao"),
            ActionExecuted("action_listen"),
            UserUttered("em hỏi", intent={"name": "hoi"}),
            SlotSet("noi", "phường"),
        ],
        slots=DOMAIN.slots,
    )
    fast_rasa.uninstall()
    action = RemoteAction("action_tra_loi", EndpointConfig(enable_selective_domain=True))
    stock = action._action_call_format(tracker, DOMAIN)
    fast_rasa.install()
    asked = action._action_call_format(tracker, DOMAIN)
    said, this_turn = stock["tracker"]["events"][:1], stock["tracker"]["events"][-2:]
    stock["tracker"]["events"] = [*said, *this_turn]
    assert asked == stock
    assert [event["event"] for event in asked["tracker"]["events"]] == ["user", "user", "slot"]
    assert len(tracker.events) == 5


def test_no_action_reads_what_was_done_in_the_turns_before() -> None:
    older = {
        "events", "applied_events", "events_after_latest_restart", "get_last_event_for", "slots_to_validate",
        "idx_after_latest_restart", "FormValidationAction", "ValidationAction",
    }  # fmt: skip
    files = sorted((Path(__file__).parents[2] / "actions").glob("*.py"))
    used = {
        (path.name, name)
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (name := getattr(node, "attr", None) or getattr(node, "id", None)) in older
        and not (isinstance(node, ast.Name) and node.id == "events")
    }
    assert len(files) > 10
    # It looks for a place among the messages of the last hour.
    assert used == {("reports.py", "events")}


async def test_the_connection_to_the_action_server_stays_open_and_comes_back() -> None:
    peers: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.json_response({"got": await request.json()})

    application = web.Application()
    application.router.add_post("/webhook", answer)
    server = TestServer(application)
    await server.start_server()
    fast_rasa.install()
    endpoint = EndpointConfig(url=str(server.make_url("/webhook")))
    assert [await endpoint.request(json={"n": n}) for n in range(3)] == [{"got": {"n": n}} for n in range(3)]
    assert len(set(peers)) == 1
    await action_calls.close_sessions()
    assert await endpoint.request(json={"n": 3}) == {"got": {"n": 3}}
    assert len(set(peers)) == 2
    assert action_calls.KEEP_SECONDS < 5, "Sanic closes after five seconds"
    await server.close()
    with pytest.raises(aiohttp.ClientConnectionError):
        await endpoint.request(json={})
    await action_calls.close_sessions()


# --- trackers and rules ---------------------------------------------------------------------------

INTENTS = ["chao", "hoi", "to_cao", "dong_y"]
ACTIONS = ["action_listen", "action_tra_loi", "utter_chao", "form_tin_bao", "action_nop"]
DOMAIN = Domain.from_dict(
    {
        "intents": INTENTS,
        "entities": ["noi"],
        "slots": {
            "noi": {"type": "text", "influence_conversation": True, "mappings": [{"type": "custom"}]},
            "ghi": {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]},
        },
        "forms": {"form_tin_bao": {"required_slots": ["noi"]}},
        "actions": ["action_tra_loi", "action_nop"],
        "responses": {"utter_chao": [{"text": "Chào bà con"}]},
    }
)
_listen = {"prev_action": {"action_name": "action_listen"}}
_no_loop = {"active_loop": {"name": "should_not_be_set"}}
_loop = {"active_loop": {"name": "form_tin_bao"}}


def _key(*states: dict[str, Any]) -> str:
    return json.dumps(list(states), sort_keys=True)


LOOKUP = {
    _key({**_listen, "user": {"intent": "chao"}}): "utter_chao",
    _key(
        {**_listen, "user": {"intent": "chao"}},
        {"prev_action": {"action_name": "utter_chao"}, "user": {"intent": "chao"}},
    ): "action_listen",
    _key({}, {**_listen, "user": {"intent": "hoi"}}): "action_tra_loi",
    _key({**_listen, "user": {"intent": "hoi"}, "slots": {"noi": [1.0]}}): "action_tra_loi",
    _key({**_listen, "user": {"intent": "hoi"}, "slots": {"noi": "should_not_be_set"}}): "utter_chao",
    _key({**_listen, **_no_loop, "user": {"intent": "to_cao"}}): "form_tin_bao",
    _key({**_loop, **_listen, "user": {"intent": "hoi"}}): "action_tra_loi",
    _key(
        {**_loop, **_listen, "user": {"intent": "hoi"}},
        {**_loop, "prev_action": {"action_name": "action_tra_loi"}, "user": {"intent": "hoi"}},
    ): "action_listen",
    _key(
        {**_loop, "prev_action": {"action_name": "form_tin_bao"}},
        {**_no_loop, "prev_action": {"action_name": "form_tin_bao"}},
    ): "action_nop",
    _key({"prev_action": {"action_name": "action_nop"}}): "action_listen",
    _key({**_listen, "user": {"text": "bí mật"}}): "action_nop",
}
UNHAPPY = {
    _key({**_loop, **_listen, "user": {"intent": "hoi"}}): "do_not_predict_loop_action",
    _key(
        {**_loop, **_listen, "user": {"intent": "hoi"}},
        {**_loop, "prev_action": {"action_name": "action_tra_loi"}, "user": {"intent": "hoi"}},
    ): "loop_was_interrupted",
}

_said = st.builds(
    lambda intent, text: {
        "event": "user",
        "text": text,
        "parse_data": {"intent": {"name": intent, "confidence": 0.9}, "entities": [], "text": text},
    },
    st.sampled_from(INTENTS),
    st.sampled_from(["xin chào", "bí mật", "ở đâu"]),
)
_did = st.builds(lambda name: {"event": "action", "name": name, "policy": "R"}, st.sampled_from(ACTIONS))
_rest = st.sampled_from(
    [
        {"event": "slot", "name": "noi", "value": "chợ Bến Thành"},
        {"event": "slot", "name": "noi", "value": None},
        {"event": "slot", "name": "ghi", "value": ["a", 1]},
        {"event": "active_loop", "name": "form_tin_bao"},
        {"event": "active_loop", "name": None},
        {"event": "action_execution_rejected", "name": "form_tin_bao"},
        {"event": "loop_interrupted", "is_interrupted": True},
        {"event": "user_featurization", "use_text_for_featurization": False},
        {"event": "bot", "text": "Dạ"},
        {"event": "session_started"},
        {"event": "restart"},
        {"event": "followup", "name": "action_tra_loi"},
        {"event": "rewind"},
        {"event": "undo"},
        {"event": "reset_slots"},
        {"event": "pause"},
        {"event": "resume"},
    ]
)
# A turn as it is in life, or anything at all.
_turn = st.builds(
    lambda said, did, rest: [
        {"event": "action", "name": "action_listen"}, said,
        {"event": "user_featurization", "use_text_for_featurization": False}, *did, *rest,
    ],
    _said, st.lists(_did, max_size=2), st.lists(_rest, max_size=2),
)  # fmt: skip
_stories = st.lists(_turn | st.lists(_said | _did | _rest, max_size=3), max_size=6).map(
    lambda parts: [dict(event, timestamp=float(n)) for n, event in enumerate(chain(*parts), start=1)]
)


def tracker_of(story: list[dict[str, Any]]) -> DialogueStateTracker:
    return DialogueStateTracker.from_dict("minh", [json.loads(json.dumps(e)) for e in story], DOMAIN.slots)


def state_of(tracker: DialogueStateTracker) -> dict[str, Any]:
    """Everything that a tracker knows; slots by what they hold."""
    known = {name: value for name, value in vars(tracker).items() if name != "slots"}
    known["events"] = [event.as_dict() for event in tracker.events]
    for name in ("latest_message", "latest_bot_utterance"):
        known[name] = known[name] and known[name].as_dict() | {"timestamp": 0}
    return known | {"slots": {name: vars(slot) for name, slot in tracker.slots.items()}}


@given(_stories)
def test_a_copied_tracker_is_the_replayed_one(story: list[dict[str, Any]]) -> None:
    fast_rasa.uninstall()
    tracker = tracker_of(story)
    copied, replayed = trackers.copy_tracker(tracker), tracker.copy()
    assert state_of(copied) == state_of(replayed)
    # What happens to one does not happen to the other.
    before = state_of(tracker)
    for event in tracker_of([{"event": "slot", "name": "noi", "value": "đổi"}, *story]).events:
        copied.update(event)
    copied.reject_action("form_tin_bao")
    assert state_of(tracker) == before


def test_a_follow_up_action_that_was_taken_off_is_back_in_the_copy_as_in_a_replay() -> None:
    fast_rasa.uninstall()
    tracker = tracker_of([{"event": "followup", "name": "action_tra_loi", "timestamp": 1.0}])
    tracker.clear_followup_action()
    assert tracker.copy().followup_action == "action_tra_loi"
    assert trackers.copy_tracker(tracker).followup_action == "action_tra_loi"


@pytest.fixture(scope="module")
def policy() -> RulePolicy:
    made = RulePolicy(
        RulePolicy.get_default_config(), None, Resource("rules"), ExecutionContext(GraphSchema({}))
    )
    made.lookup = {RULES: LOOKUP, RULES_FOR_LOOP_UNHAPPY_PATH: UNHAPPY}
    return made


@given(story=_stories)
def test_rules_find_the_same_action_as_stock(policy: RulePolicy, story: list[dict[str, Any]]) -> None:
    def found(with_text: bool) -> Any:
        action, rule, returning = policy._find_action_from_rules(tracker_of(story), DOMAIN, with_text)
        # Where no rule fits, the name of none is told; it stands nowhere.
        return action, rule if rule in LOOKUP else None, returning

    fast_rasa.uninstall()
    stock = [found(with_text) for with_text in (True, False)]
    predicted = vars(policy.predict_action_probabilities(tracker_of(story), DOMAIN))
    fast_rasa.install()
    assert [found(with_text) for with_text in (True, False)] == stock
    assert vars(policy.predict_action_probabilities(tracker_of(story), DOMAIN)) == predicted


def test_the_cost_of_a_prediction_does_not_grow_with_the_rules_of_other_actions(policy: RulePolicy) -> None:
    index = rules.RuleIndex(LOOKUP)
    assert index.longest == 2
    looked_at = index._by_last[("action_listen", "chao")]
    assert looked_at == [_key({**_listen, "user": {"intent": "chao"}})]
    assert index.possible([]) == set(LOOKUP) == policy._get_possible_keys(LOOKUP, [])


def test_debug_lines_are_written_only_for_a_debug_log(caplog: pytest.LogCaptureFixture) -> None:
    fast_rasa.uninstall()
    states = [{"user": {"intent": "chao"}, "prev_action": {"action_name": "action_listen"}}]
    assert rules.format_tracker_states(states) == ""
    with caplog.at_level("DEBUG", logger="rasa.core.policies.rule_policy"):
        assert rules.format_tracker_states(states) == Policy.format_tracker_states(states)


# --- the graph ------------------------------------------------------------------------------------


class Component:
    """Counts, adds, or fails; stands in for the language model and the policies."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    @classmethod
    def create(cls, *_: Any, **__: Any) -> Component:
        return cls()

    def double(self, given: int) -> int:
        return given * 2

    def add(self, one: int, other: int) -> int:
        return one + other

    def fail(self, given: int) -> int:
        raise RuntimeError("broken")


def node(fn: str, **needs: str) -> SchemaNode:
    return SchemaNode(needs=needs, uses=Component, constructor_name="create", fn=fn, config={}, eager=True)  # type: ignore[arg-type]


@pytest.fixture
def runner() -> DaskGraphRunner:
    schema = GraphSchema(
        {
            "sum": node("add", one="twice", other="four"),
            "four": node("double", given="twice"),
            "twice": node("double", given="__tracker__"),
            "aside": node("fail", given="__tracker__"),
            "lonely": node("double", given="nothing"),
        }
    )
    return DaskGraphRunner(schema, None, ExecutionContext(schema))  # type: ignore[arg-type]


def test_a_graph_gives_what_dask_gives(runner: DaskGraphRunner) -> None:
    fast_rasa.uninstall()
    for number in (3, 5):
        inputs = {"__tracker__": number}
        for targets in (["sum"], ["four", "sum"], ["twice"]):
            assert graph.run(runner, inputs, targets) == runner.run(inputs, targets)
    assert graph.run(runner, {"__tracker__": 3}, ["sum"]) == {"sum": 18}


@pytest.mark.parametrize("targets", [["aside"], ["lonely"]])
def test_a_graph_fails_as_under_dask(runner: DaskGraphRunner, targets: list[str]) -> None:
    fast_rasa.uninstall()
    failures = []
    for run in (lambda *args: graph.run(runner, *args), runner.run):
        with pytest.raises(Exception) as caught:
            run({"__tracker__": 1}, targets)
        failures.append((type(caught.value), str(caught.value)))
    assert failures[0] == failures[1]


def test_only_prediction_runs_without_dask(runner: DaskGraphRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(graph, "_run_by_dask", lambda *args: asked.append(args[1:]) or {})
    graph.run(runner, {"importer": 1}, ["sum"])
    graph.run(runner, None, None)
    assert asked == [({"importer": 1}, ["sum"]), (None, None)]


def test_rasa_copies_only_for_debug_lines_what_we_do_not_copy(caplog: pytest.LogCaptureFixture) -> None:
    modules = [item.owner for item in REPLACEMENTS if item.instead is debug_lines.only_for_debug_lines]
    assert len(modules) == 3
    for module in modules:
        tree = ast.parse(Path(module.__file__).read_text("utf-8"))
        uses = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "copy"]
        lines = [
            n
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "debug"
            for n in ast.walk(call)
            if isinstance(n, ast.Name) and n.id == "copy"
        ]
        assert uses
        assert {id(n) for n in uses} == {id(n) for n in lines}, module.__name__
    given = [{"a": 1}]
    assert rasa.core.processor.copy.deepcopy(given) is given
    caplog.set_level("DEBUG", "rasa")
    copied = rasa.core.processor.copy.deepcopy(given)
    assert copied == given
    assert copied[0] is not given[0]


def test_a_slot_copy_is_a_slot_of_its_own() -> None:
    slot = TextSlot("noi", [{"type": "custom"}], initial_value="chợ")
    copied = trackers.copy_slot(slot)
    copied.value = "bến"
    assert (type(copied), copied.name, slot.value, copied.value) == (TextSlot, "noi", "chợ", "bến")
