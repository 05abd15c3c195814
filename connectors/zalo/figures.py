"""What one process of the channel measures of itself, in a Prometheus registry of its own.

No label holds an id of a citizen or a text: labels are names of ours, reasons from a fixed list, Zalo's
error numbers, and the accounts (which are public).
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connectors.turn import current_turn
from connectors.zalo.client import ZaloClient, ZaloError
from services.clock import Clock, utc_now
from services.health import Health

FALLBACK = "action_khong_hieu"
# Zalo cuts off at two seconds: the last limits show how near we come to it.
ANSWER_LIMITS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0)
STAGE_LIMITS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
# Method of Rasa's processor → what of a turn it is. Timed from outside: nothing of Rasa is replaced.
STAGES = {
    "fetch_tracker_and_update_session": "load",
    "parse_message": "understand",
    "run_action_extract_slots": "slots",
    "predict_next_with_tracker_if_should": "decide",
    "_run_action": "act",
    "save_tracker": "store",
}
# Zalo has about forty error numbers; more than this many is not Zalo's list any more.
MOST_CODES = 60
WATCHED = "an_ninh_watched"

Handler = Callable[[Any], Awaitable[Any]]


class Answer:
    """With which HTTP status a delivery was answered; 500 until somebody says so."""

    status = 500


class Figures:
    """Counters and times of one process."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._answers = Histogram(
            "an_ninh_webhook_answer_seconds",
            "How long Zalo waited for the webhook's answer.",
            ["status"],
            buckets=ANSWER_LIMITS,
            registry=self.registry,
        )
        self._stages = Histogram(
            "an_ninh_turn_stage_seconds",
            "Time of a turn by stage; `wait` is from the event's arrival, `rasa` the turn as a whole.",
            ["stage"],
            buckets=STAGE_LIMITS,
            registry=self.registry,
        )
        self._turns = Counter(
            "an_ninh_turns", "Turns by what became of them.", ["outcome"], registry=self.registry
        )
        self._fallbacks = Counter(
            "an_ninh_fallbacks", "Turns in which the assistant did not understand.", registry=self.registry
        )
        self._calls = Histogram(
            "an_ninh_zalo_call_seconds",
            "Calls of Zalo's OpenAPI.",
            ["call"],
            buckets=STAGE_LIMITS,
            registry=self.registry,
        )
        self._errors = Counter(
            "an_ninh_zalo_errors", "Failed calls of Zalo's OpenAPI.", ["kind", "code"], registry=self.registry
        )
        self._codes: set[int] = set()
        for outcome in ("stored", "not_stored", "failed"):
            self._turns.labels(outcome)
        for stage in ("wait", "rasa", *STAGES.values()):
            self._stages.labels(stage)

    @contextmanager
    def answering(self) -> Iterator[Answer]:
        """Time one delivery; the block says with which status it was answered."""
        answer, started = Answer(), time.perf_counter()
        try:
            yield answer
        finally:
            self._answers.labels(str(answer.status)).observe(time.perf_counter() - started)

    def watched(self, handler: Handler) -> Handler:
        """Give a handler of Rasa's messages that does the same and is timed."""

        async def handle(message: Any) -> Any:
            turn, started = current_turn.get(), time.perf_counter()
            if turn is not None:
                waited = (self._clock() - turn.event.received_at).total_seconds()
                self._stages.labels("wait").observe(max(0.0, waited))
            outcome = "failed"
            try:
                result = await handler(message)
                outcome = "stored" if turn is not None and turn.stored else "not_stored"
                return result
            finally:
                self._turns.labels(outcome).inc()
                self._stages.labels("rasa").observe(time.perf_counter() - started)

        return handle

    def watch_stages(self, processor: Any) -> None:
        """Time the stages of Rasa's processor; a method that this Rasa does not have is left out."""
        for method, stage in STAGES.items():
            inner = getattr(processor, method, None)
            if inner is not None and not hasattr(inner, WATCHED):
                setattr(processor, method, self._timed(inner, stage))

    def _timed(self, inner: Callable[..., Any], stage: str) -> Callable[..., Any]:
        times = self._stages.labels(stage)

        async def timed(*args: Any, **kwargs: Any) -> Any:
            if stage == "act" and getattr(args[0] if args else None, "name", str)() == FALLBACK:
                self._fallbacks.inc()
            with times.time():
                return await inner(*args, **kwargs)

        def timed_at_once(*args: Any, **kwargs: Any) -> Any:
            with times.time():
                return inner(*args, **kwargs)

        watched: Callable[..., Any] = timed if inspect.iscoroutinefunction(inner) else timed_at_once
        setattr(watched, WATCHED, True)
        return watched

    def called(self, call: str, seconds: float, error: ZaloError | None) -> None:
        """Note one call of Zalo's OpenAPI."""
        self._calls.labels(call).observe(seconds)
        if error is not None:
            known = error.code in self._codes or len(self._codes) < MOST_CODES
            if known:
                self._codes.add(error.code)
            self._errors.labels(type(error).__name__, str(error.code) if known else "other").inc()


class WatchedClient(ZaloClient):
    """Zalo's client, with every call timed and every failure counted by its number."""

    def __init__(self, openapi_url: str, figures: Figures) -> None:
        super().__init__(openapi_url)
        self._figures = figures

    async def _call(self, method: str, path: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        started, failed = time.perf_counter(), None
        try:
            return await super()._call(method, path, *args, **kwargs)
        except ZaloError as error:
            failed = error
            raise
        finally:
            # The path is ours, from a handful: the citizen's id is in the body or in the query.
            self._figures.called(path.rsplit("/", 1)[-1], time.perf_counter() - started, failed)


class Snapshot(Collector):
    """Figures that are read, not counted: the queues and tokens of the database, and refused deliveries."""

    def __init__(self, rejected: Callable[[], Mapping[str, int]], ready: Callable[[], bool]) -> None:
        self._rejected = rejected
        self._ready = ready
        self.health: Health | None = None

    def collect(self) -> Iterable[Metric]:
        """Give the newest figures; those of the database are missing while it does not answer."""
        refused = CounterMetricFamily(
            "an_ninh_webhook_refused", "Deliveries that were not accepted, by reason.", labels=["reason"]
        )
        for reason, number in self._rejected().items():
            refused.add_metric([reason], number)
        yield refused
        yield GaugeMetricFamily("an_ninh_ready", "1 when /readyz says yes.", value=float(self._ready()))
        answered = float(self.health is not None)
        yield GaugeMetricFamily("an_ninh_database_up", "1 when the database answered.", value=answered)
        if self.health is not None:
            yield from _queues(self.health)
            yield from _tokens(self.health)


def _queues(health: Health) -> Iterable[Metric]:
    rows = GaugeMetricFamily("an_ninh_queue_rows", "Open and dead rows.", labels=["queue", "state"])
    oldest = GaugeMetricFamily(
        "an_ninh_queue_oldest_seconds", "Age of the oldest open row, 0 without one.", labels=["queue"]
    )
    for name, queue in (("inbox", health.inbox), ("outbox", health.outbox), ("media", health.media)):
        for state, number in queue.counts.items():
            rows.add_metric([name, state], number)
        oldest.add_metric([name], queue.oldest_seconds)
    return (rows, oldest)


def _tokens(health: Health) -> Iterable[Metric]:
    age = GaugeMetricFamily("an_ninh_token_age_seconds", "Since the token was issued.", labels=["account"])
    left = GaugeMetricFamily("an_ninh_token_left_seconds", "Until the token ends.", labels=["account"])
    broken = GaugeMetricFamily(
        "an_ninh_token_broken", "1 when the account has to be authorised again.", labels=["account"]
    )
    for token in health.tokens:
        age.add_metric([token.account_id], token.age_seconds)
        left.add_metric([token.account_id], token.seconds_left)
        broken.add_metric([token.account_id], float(token.broken))
    return (age, left, broken)
