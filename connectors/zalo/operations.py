"""What an operator and their monitoring see of one process: `/healthz`, `/readyz`, `/metrics`.

Served on an address and port of their own (OPERATIONS_HOST, OPERATIONS_PORT), so that the reverse proxy
in front of the webhook cannot show them to the world by mistake.

    /healthz   the process answers: restart it when it does not
    /readyz    it can do its work: database, schema, model, loops, age of the oldest event
    /metrics   Prometheus
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from connectors.zalo.figures import Figures, Snapshot
from services import health
from services.clock import Clock, utc_now
from services.db import Database
from services.errors import StorageError
from services.health import Health

log = structlog.get_logger()

# A monitor that waits longer counts the process as down anyway.
READ_SECONDS = 3.0
# A loop goes round twice a second; claims wait for the database, which has its own check.
LOOP_SECONDS = 30.0
# Retries of one event are over after a minute and a half: older than this, nothing is getting through.
OLDEST_SECONDS = 300.0


@dataclass(frozen=True)
class Check:
    """One thing that has to be in order; `problem` is empty when it is."""

    name: str
    problem: str = ""


class Operations:
    """Reads how the process is, and answers monitors over HTTP."""

    def __init__(
        self,
        database: Database,
        figures: Figures,
        is_ready: Callable[[], bool],
        loops: Callable[[], Mapping[str, float | None]],
        rejected: Callable[[], Mapping[str, int]],
        clock: Clock = utc_now,
    ) -> None:
        """Wire it; `loops` gives for each loop the seconds since it last went round, None when it ended."""
        self._database = database
        self._figures = figures
        self._is_ready = is_ready
        self._loops = loops
        self._clock = clock
        self._snapshot = Snapshot(rejected, lambda: self._was_ready)
        self._was_ready = False
        self._runner: web.AppRunner | None = None
        figures.registry.register(self._snapshot)

    async def start(self, host: str, port: int) -> None:
        """Listen. A port that is taken is logged; citizens are answered all the same."""
        app = web.Application()
        app.router.add_get("/healthz", self._answer_health)
        app.router.add_get("/readyz", self._answer_ready)
        app.router.add_get("/metrics", self._answer_metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            log.warning("operations.port.taken", port=port, reason=type(error).__name__)

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def checks(self) -> list[Check]:
        """Tell of everything that has to be in order whether it is."""
        found = [Check("model", "" if self._is_ready() else "no model is loaded: nobody is answered")]
        for name, seconds in sorted(self._loops().items()):
            if seconds is None:
                found.append(Check(f"loop {name}", "it has ended"))
            elif seconds > LOOP_SECONDS:
                found.append(Check(f"loop {name}", f"it has not gone round for {seconds:.0f} s"))
            else:
                found.append(Check(f"loop {name}"))
        problem, measured = await self._read()
        self._snapshot.health = measured
        found.append(Check("database", problem))
        if measured is not None:
            age = measured.inbox.oldest_seconds
            late = f"the oldest event waits for {age:.0f} s" if age > OLDEST_SECONDS else ""
            found.append(Check("inbox", late))
        self._was_ready = not any(check.problem for check in found)
        return found

    async def _read(self) -> tuple[str, Health | None]:
        try:
            return await asyncio.wait_for(asyncio.to_thread(self._read_now), READ_SECONDS)
        except asyncio.TimeoutError:
            return f"the database does not answer within {READ_SECONDS:g} s", None

    def _read_now(self) -> tuple[str, Health | None]:
        problem = health.database_problem(self._database)
        if problem:
            return problem, None
        try:
            with self._database.transaction(read_only=True) as session:
                return "", health.measure(session, self._clock())
        except StorageError as error:
            return str(error), None

    async def _answer_health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _answer_ready(self, _: web.Request) -> web.Response:
        found = await self.checks()
        ready = not any(check.problem for check in found)
        return web.json_response(
            {"ready": ready, "checks": {check.name: check.problem or "ok" for check in found}},
            status=200 if ready else 503,
        )

    async def _answer_metrics(self, _: web.Request) -> web.Response:
        await self.checks()
        body = generate_latest(self._figures.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
