"""Posting events to the webhook: a queue per citizen, Zalo's time limit, retries, and the figures about it.

First tries of one citizen go out strictly one after the other. A failed event is tried again on its own
clock and does not hold back later ones unless the option `hold_order` says so.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from typing import Any

import aiohttp
import structlog

from simulator.clock import Clock
from simulator.deliveries import Delivery, Try
from simulator.options import Options
from simulator.signing import encode_body, signature_headers
from simulator.store import Message, Store

TIME_LIMIT = 2.0  # real seconds, as the webhook on the other side lives in real time
RETRY_GAPS = (30.0, 300.0, 900.0, 1800.0, 3600.0)  # simulated seconds since the previous try
KEPT_DELIVERIES = 2000
CONNECTIONS = 256
OK = "ok"

log = structlog.get_logger(__name__)


class Webhook:
    """The one webhook of the app and everything that waits to be posted to it."""

    def __init__(
        self, url: str, app_id: str, secret: str, clock: Clock, options: Options, store: Store
    ) -> None:
        self.url = url
        self.app_id = app_id
        self.secret = secret
        self.enabled = True
        self.counters: Counter[str] = Counter()
        self.recent: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)
        self._clock = clock
        self._options = options
        self._store = store
        self._queues: dict[tuple[str, str], deque[Delivery]] = {}
        self._arrivals: dict[tuple[str, str], asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._number = 0
        self._session: aiohttp.ClientSession | None = None

    # -- life -----------------------------------------------------------------

    async def open(self) -> None:
        """Make the HTTP session; idle connections are dropped before common servers drop them (5 s)."""
        # Waiting for a free connection must not eat into the time limit of a try, hence the semaphore.
        self._free = asyncio.Semaphore(CONNECTIONS)
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2.5)
        self._session = aiohttp.ClientSession(
            connector=connector,
            # A connection that cannot be opened must fail as such, before the limit on the answer strikes.
            timeout=aiohttp.ClientTimeout(total=TIME_LIMIT, sock_connect=TIME_LIMIT * 0.95),
            headers={"User-Agent": "ZaloWebhook-simulator"},
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Give up everything under way and close the session."""
        await self.abandon()
        if self._session is not None:
            await self._session.close()

    async def abandon(self) -> None:
        """Forget queued events and pending retries."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._queues.clear()
        self._arrivals.clear()

    async def reset(self, url: str, secret: str) -> None:
        """Go back to the first state with empty figures."""
        await self.abandon()
        self.url, self.secret, self.enabled = url, secret, True
        self.counters.clear()
        self.recent.clear()

    @property
    def waiting(self) -> int:
        """Number of events queued for a first try or under way."""
        return sum(len(queue) for queue in self._queues.values()) + len(self._tasks)

    # -- sending --------------------------------------------------------------

    def timestamp(self) -> str:
        """The stamp for a new event, text in milliseconds."""
        wall = self._options.timestamps == "wall"
        return str(self._clock.wall_ms() if wall else self._clock.now_ms())

    def enqueue(
        self, event: dict[str, Any], oa_id: str, user_id: str, message: Message | None = None
    ) -> Delivery | None:
        """Queue one event; None when a console switch keeps it from being sent."""
        options = self._options
        name = str(event.get("event_name", ""))
        if name in options.events_off:
            self.counters["switched_off"] += 1
            return None
        if (
            options.syntax_filter
            and name == "user_send_text"
            and message
            and not message.text.startswith("#")
        ):
            self.counters["filtered"] += 1
            return None
        self._number += 1
        body = encode_body(event, options.encoding, options.escape_slashes)
        delivery = Delivery(
            self._number,
            name,
            body,
            str(event.get("timestamp", "")),
            oa_id,
            user_id,
            self._clock.now(),
            message,
        )
        self.recent.append(delivery)
        self.counters["events"] += 1
        if not self.enabled:
            self._settle(delivery, "disabled")
            return delivery
        self._settle(delivery, "queued")
        key = (oa_id, user_id)
        queue = self._queues.get(key)
        if queue is None:
            self._queues[key] = deque([delivery])
            self._spawn(self._drain(key))
        else:
            queue.append(delivery)
            if (arrival := self._arrivals.get(key)) is not None:
                arrival.set()
        return delivery

    def later(self, seconds: float, event: dict[str, Any], oa_id: str, user_id: str) -> None:
        """Queue an event after some simulated seconds, stamped when it goes."""

        async def wait() -> None:
            await self._clock.sleep(seconds)
            event["timestamp"] = self.timestamp()
            self.enqueue(event, oa_id, user_id)

        self._spawn(wait())

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Try:
        """POST bytes once within the time limit and say what came of it; never raises for network faults."""
        async with self._free:
            return await self._post_now(url, body, headers)

    async def _post_now(self, url: str, body: bytes, headers: dict[str, str]) -> Try:
        assert self._session is not None
        started = time.perf_counter()
        status = 0
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
                await answer.content.read(65536)
            result = OK if status == 200 else "http"
        except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
            result = "no_connection"
        except asyncio.TimeoutError:
            result = "slow"
        except (aiohttp.ClientError, OSError, ValueError):
            result = "dropped"
        return Try(0, result, status, round((time.perf_counter() - started) * 1000, 2))

    async def fetch(self, url: str) -> tuple[int, str]:
        """GET a page within the time limit: status and start of its text; (0, "") without an answer."""
        assert self._session is not None
        try:
            async with self._session.get(url, allow_redirects=False) as answer:
                return answer.status, (await answer.content.read(65536)).decode("utf-8", "replace")
        except (aiohttp.ClientError, OSError, ValueError, asyncio.TimeoutError):
            return 0, ""

    def headers(self, body: bytes, timestamp: str, signature: str = "") -> dict[str, str]:
        """The headers of a delivery; `signature` overrides the option of that name."""
        options = self._options
        headers = {"Content-Type": "application/json"}
        headers.update(
            signature_headers(
                self.app_id, body, timestamp, self.secret, signature or options.signature, options.mac_prefix
            )
        )
        if options.timestamp_header:
            headers["X-ZEvent-Timestamp"] = timestamp
        return headers

    async def _drain(self, key: tuple[str, str]) -> None:
        queue = self._queues[key]
        try:
            while queue:
                if self._options.reorder and not queue[0].held:
                    await self._swap_with_next(key, queue)
                delivery = queue.popleft()
                if self._options.delay:
                    await self._clock.sleep(delivery.queued + self._options.delay - self._clock.now())
                if await self._try(delivery, 0):
                    for _ in range(self._options.duplicate):
                        await self._try(delivery, 0, copy=True)
                elif self._options.hold_order:
                    await self._retry(delivery)
                else:
                    self._spawn(self._retry(delivery))
        finally:
            # No await since the last check, so no event slips into a queue nobody drains.
            self._queues.pop(key, None)

    async def _swap_with_next(self, key: tuple[str, str], queue: deque[Delivery]) -> None:
        if len(queue) < 2:
            arrival = self._arrivals[key] = asyncio.Event()
            try:
                await asyncio.wait_for(arrival.wait(), self._options.reorder_wait)
            except asyncio.TimeoutError:
                return
            finally:
                self._arrivals.pop(key, None)
        first, second = queue.popleft(), queue.popleft()
        first.held = True
        queue.extendleft((first, second))
        self.counters["reordered"] += 1

    async def _try(self, delivery: Delivery, num_retry: int, copy: bool = False) -> bool:
        """Post once; False when Zalo would come again."""
        if not self.enabled:
            self._settle(delivery, "disabled")
            return True
        headers = self.headers(delivery.body, delivery.timestamp)
        if num_retry:
            headers["num_retry"] = str(num_retry)
        outcome = await self.post(self.url, delivery.body, headers)
        outcome.num_retry = num_retry
        delivery.tries.append(outcome)
        counters = self.counters
        counters["tries"] += 1
        counters[outcome.result] += 1
        if num_retry:
            counters["retries"] += 1
        if copy:
            counters["duplicates"] += 1
            return True
        if outcome.result == OK:
            self._settle(delivery, "delivered")
            return True
        log.info(
            "simulator.delivery.failed",
            number=delivery.number,
            result=outcome.result,
            status=outcome.status,
            num_retry=num_retry,
        )
        if outcome.result in ("slow", "http") and not self._options.strict:
            # Officially only a failed connection is tried again: this event is gone.
            self._settle(delivery, "refused")
            return True
        return False

    async def _retry(self, delivery: Delivery) -> None:
        for num_retry, gap in enumerate(RETRY_GAPS, 1):
            if not self._options.retry:
                break
            self._settle(delivery, "retrying")
            await self._clock.sleep(gap)
            if await self._try(delivery, num_retry):
                return
        self._settle(delivery, "lost")
        if self._options.retry:
            self.enabled = False
            self.counters["times_disabled"] += 1
            log.warning("simulator.webhook.disabled", after=delivery.number)

    def _settle(self, delivery: Delivery, state: str) -> None:
        delivery.state = state
        if state not in ("queued", "retrying"):
            self.counters[state] += 1
        message = delivery.message
        if message is not None and message.sender == "citizen" and message.delivery != state:
            message.delivery = state
            if state != "queued":
                self._store.announce("update", message)

    def _spawn(self, coroutine: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
