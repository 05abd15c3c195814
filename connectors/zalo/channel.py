"""Zalo Official Account as a Rasa channel: verify, store, answer 200, work afterwards.

This is the outermost layer: it turns Sanic's request into bytes and headers and wires the parts
together. Zalo wants its answer within two seconds, repeats what it thinks lost, and asks for 200 on
everything, so that what we do not accept is also answered with 200, counted and logged by reason.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from connectors import fast_rasa
from connectors.zalo import signature
from connectors.zalo.download import Downloader
from connectors.zalo.figures import Figures, WatchedClient
from connectors.zalo.housekeeping import ReportNews, keep_house, keep_running, take_back_everything
from connectors.zalo.intake import Intake
from connectors.zalo.media import MediaFetcher
from connectors.zalo.oauth import ZaloOAuth
from connectors.zalo.operations import Operations
from connectors.zalo.output import NAME, ZaloOutput
from connectors.zalo.sender import OutboxSender
from connectors.zalo.tokens import TokenKeeper
from connectors.zalo.uploads import Uploads
from connectors.zalo.worker import InboxWorker
from services.accounts import Account, load_accounts
from services.clock import Clock, utc_now
from services.db import Database, open_database
from services.db.group_commit import shared_commit
from services.db.migrate import upgrade
from services.errors import StorageError
from services.evidence_store import EvidenceStore
from services.logging import guard_logging
from services.secrets import Cipher, cipher_for
from services.settings import load_settings
from services.spool import Spool

log = structlog.get_logger()

SWITCH_SECONDS = 0.001
_UNSET = "${"
_REQUIRED = ("app_id", "app_secret", "oa_secret_key", "oa_id", "openapi_url", "oauth_url")


class ZaloInput(InputChannel):
    """Receives the webhook of one Zalo app and sends through its Official Account."""

    @classmethod
    def name(cls) -> str:
        """Name the channel: it is part of the webhook's address and of every stored event."""
        return NAME

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> ZaloInput:
        """Build the channel from its section of `credentials.yml`.

        Values have the form `env:${NAME}`: an unset variable then reaches this place, where all
        that are missing are told together. Raises InvalidConfigException.
        """
        if not credentials:
            cls.raise_missing_credentials_exception()
        assert credentials is not None
        values = {key: str(value).removeprefix("env:").strip() for key, value in credentials.items()}
        missing = [key for key in _REQUIRED if not values.get(key) or _UNSET in values[key]]
        if missing:
            names = ", ".join(f"ZALO_{key.upper()}" for key in missing)
            raise InvalidConfigException(
                f"The Zalo channel lacks {', '.join(missing)}: set {names} (see .env.example)."
            )
        optional = {
            key: value for key, value in values.items() if key not in _REQUIRED and _UNSET not in value
        }
        guard_logging()
        settings = load_settings()
        return cls(
            app_id=values["app_id"],
            app_secret=values["app_secret"],
            oa_secret_key=values["oa_secret_key"],
            oa_id=values["oa_id"],
            openapi_url=values["openapi_url"],
            oauth_url=values["oauth_url"],
            access_token=optional.get("access_token", ""),
            refresh_token=optional.get("refresh_token", ""),
            database=open_database(settings.database_url),
            cipher=cipher_for(settings),
            data_dir=settings.data_dir,
            media_base_url=settings.media_base_url,
            accounts=load_accounts(settings) if settings.zalo_accounts else None,
            operations=(settings.operations_host, settings.operations_port),
        )

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        oa_secret_key: str,
        oa_id: str,
        openapi_url: str,
        oauth_url: str,
        database: Database,
        cipher: Cipher,
        access_token: str = "",
        refresh_token: str = "",
        clock: Clock = utc_now,
        accounts: dict[str, Account] | None = None,
        data_dir: Path | None = None,
        media_base_url: str = "",
        operations: tuple[str, int] | None = None,
    ) -> None:
        """Wire the channel together; nothing talks to the network before the server runs.

        Args:
            app_id: the Zalo app whose webhook this is.
            app_secret: the App Secret, for renewing tokens.
            oa_secret_key: the OA Secret Key of the app's webhook page, for signatures.
            oa_id: the Official Account.
            openapi_url: base address of Zalo's OpenAPI.
            oauth_url: base address of Zalo's token endpoint.
            database: where events and messages are stored.
            cipher: encrypts what citizens wrote.
            access_token: first access token, used when none is stored yet.
            refresh_token: first refresh token, used when none is stored yet.
            clock: the present moment.
            accounts: several Official Accounts in place of `oa_id` and its tokens.
            data_dir: where pictures and files of citizens are kept; that of the settings unless given.
            media_base_url: one more address they may come from (the local Zalo's).
            operations: address and port of health and metrics; none are served unless given.
        """
        if not oa_secret_key:
            raise InvalidConfigException("The Zalo channel refuses to start without ZALO_OA_SECRET_KEY.")
        self.app_id = app_id
        self._accounts = accounts or {
            oa_id: Account(oa_id, oa_id, access_token=access_token, refresh_token=refresh_token)
        }
        self.oa_ids = frozenset(self._accounts)
        self._database = database
        self._cipher = cipher
        self._clock = clock
        self._commit = shared_commit(database)
        self._worker_name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.figures = Figures(clock)
        self._client = WatchedClient(openapi_url, self.figures)
        self._keeper = TokenKeeper(
            self._commit, cipher, ZaloOAuth(oauth_url, app_id, app_secret), self._worker_name, clock
        )
        data_dir = data_dir or load_settings().data_dir
        self._intake = Intake(
            app_id,
            self.oa_ids,
            oa_secret_key,
            self._commit,
            cipher,
            Spool(data_dir / "spool", cipher),
            clock,
            self._wake_workers,
        )
        self._evidence = EvidenceStore(data_dir)
        self._sender = OutboxSender(
            self._commit,
            cipher,
            self._client,
            self._keeper,
            self._worker_name,
            clock,
            uploads=Uploads(self._client, self._evidence, clock=clock),
        )
        self._fetcher = MediaFetcher(
            self._commit, cipher, self._evidence, Downloader(media_base_url), self._worker_name, clock
        )
        self._inbox_worker: InboxWorker | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_ready: Callable[[], bool] = lambda: False
        self._operations_at = operations
        self.operations = Operations(
            database, self.figures, lambda: self._is_ready(), self._loops, lambda: self.rejected, clock
        )

    def get_output_channel(self) -> OutputChannel:
        """Give the channel's output; it collects for the turn and talks to nobody."""
        return ZaloOutput()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Make the routes `/` (health) and `/webhook`, and the background work behind them."""
        routes = Blueprint("zalo_webhook", __name__)

        @routes.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.route("/webhook", methods=["GET", "HEAD"])
        async def probe(_: Request) -> HTTPResponse:
            return response.text("ok")

        @routes.route("/webhook", methods=["POST"])
        async def webhook(request: Request) -> HTTPResponse:
            with self.figures.answering() as answer:
                try:
                    await self.receive(request.body, request.headers.get(signature.HEADER))
                except StorageError as error:
                    # The one answer that is not 200: Zalo may send the event again, and it is not ours yet.
                    log.error("zalo.webhook.unstored", reason=str(error))
                    answer.status = 503
                    return response.text("try again", status=503)
                answer.status = 200
                return response.text("ok")

        @routes.listener("after_server_start")
        async def start(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
            # Rasa and the model are here to stay: a full collection need not walk through them again,
            # which held up the webhook by a tenth of a second each time.
            gc.collect()
            gc.freeze()
            # The loop gives the interpreter away at each read and write, and gets it back after so long
            # from a thread that calculates: at the usual five milliseconds that is most of an answer.
            sys.setswitchinterval(SWITCH_SECONDS)
            # Sanic makes a line of each request for a log that is not kept (logs carry ids, not addresses).
            app.config.ACCESS_LOG = False
            # Without a model there is no processor, and without an agent no model.
            self.figures.watch_stages(getattr(app.ctx.agent, "processor", None))
            await self.start(on_new_message, lambda: app.ctx.agent is not None and app.ctx.agent.is_ready())
            if self._operations_at is not None:
                await self.operations.start(*self._operations_at)

        @routes.listener("before_server_stop")
        async def stop(_: Sanic, __: asyncio.AbstractEventLoop) -> None:
            await self.operations.stop()
            await self.stop()

        return routes

    async def receive(self, body: bytes, signed: str | None) -> bool:
        """Verify and store one delivery; True when it was stored for work. Raises StorageError."""
        return await self._intake.receive(body, signed)

    @property
    def rejected(self) -> dict[str, int]:
        """How many deliveries were not accepted, by reason."""
        return self._intake.rejected

    async def start(
        self, on_new_message: Callable[[UserMessage], Awaitable[Any]], is_ready: Callable[[], bool]
    ) -> None:
        """Start the work behind the webhook."""
        upgrade(self._database)
        if not self._database.is_postgres:
            await take_back_everything(self._commit, self._clock)
        self._evidence.remove_abandoned()
        for account in self._accounts.values():
            if account.access_token and account.refresh_token:
                await self._keeper.seed(account.id, account.access_token, account.refresh_token)
        self._inbox_worker = InboxWorker(
            commit=self._commit,
            cipher=self._cipher,
            handler=self.figures.watched(on_new_message),
            is_ready=is_ready,
            app_id=self.app_id,
            account_ids=self.oa_ids,
            worker=self._worker_name,
            wake_sender=self._sender.wake,
            clock=self._clock,
            is_busy=lambda: self._intake.is_busy,
        )
        worker = self._inbox_worker
        self._is_ready = is_ready
        loops: dict[str, Callable[[], Awaitable[None]]] = {
            "inbox": worker.run,
            "outbox": self._sender.run,
            "media": self._fetcher.run,
            "housekeeping": lambda: self._keep_house(worker),
        }
        self._tasks = {name: asyncio.create_task(keep_running(name, run)) for name, run in loops.items()}
        log.info("zalo.channel.started", accounts=len(self.oa_ids))

    async def stop(self) -> None:
        """Stop taking new work, let what runs end, and close the connections."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._keeper.close()
        await self._client.close()
        await self._fetcher.close()
        await fast_rasa.close_connections()

    def _loops(self) -> dict[str, float | None]:
        """Tell for each loop how many seconds ago it last went round; None for one that has ended."""
        if self._inbox_worker is None:
            return {"inbox": None}
        now = time.monotonic()
        rounds = {
            "inbox": self._inbox_worker.went_round,
            "outbox": self._sender.went_round,
            "media": self._fetcher.went_round,
            # It waits for the others' transactions: that it lives is all that is asked of it.
            "housekeeping": now,
        }
        return {name: None if self._tasks[name].done() else max(0.0, now - rounds[name]) for name in rounds}

    async def _keep_house(self, worker: InboxWorker) -> None:
        news = ReportNews(self._commit, self._cipher)
        loops = (worker, self._sender, self._fetcher, news)
        await keep_house(self._intake, loops, self._keeper, self.oa_ids)

    def _wake_workers(self, with_media: bool) -> None:
        if self._inbox_worker is not None:
            self._inbox_worker.wake()
        if with_media:
            self._fetcher.wake()
