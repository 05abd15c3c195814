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
from sqlalchemy.orm import Session

from connectors.zalo import events, signature
from connectors.zalo.client import ZaloClient
from connectors.zalo.download import Downloader
from connectors.zalo.events import Decision, MalformedEvent, ZaloEvent
from connectors.zalo.media import MediaFetcher, wanted_items
from connectors.zalo.oauth import ZaloOAuth
from connectors.zalo.output import NAME, ZaloOutput
from connectors.zalo.sender import OutboxSender
from connectors.zalo.tokens import TokenKeeper
from connectors.zalo.uploads import Uploads
from connectors.zalo.worker import InboxWorker
from services import inbox, media, outbox, report_news
from services.accounts import Account, load_accounts
from services.clock import Clock, utc_now
from services.db import Database, open_database
from services.db.group_commit import shared_commit
from services.db.migrate import upgrade
from services.errors import StorageError
from services.evidence_store import EvidenceStore
from services.inbox import NewEvent
from services.logging import guard_logging
from services.secrets import Cipher, cipher_for
from services.settings import load_settings
from services.spool import Spool

log = structlog.get_logger()

MAX_BODY_BYTES = 256 * 1024
# Within Zalo's two seconds, with room for the way there and back.
STORE_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 5.0
TOKEN_CHECK_EVERY = 60
RESTART_SECONDS = 1.0
# From so many unanswered deliveries on, answering Zalo goes before answering citizens.
BUSY_FROM = 3
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
        """
        if not oa_secret_key:
            raise InvalidConfigException("The Zalo channel refuses to start without ZALO_OA_SECRET_KEY.")
        self.app_id = app_id
        self._accounts = accounts or {
            oa_id: Account(oa_id, oa_id, access_token=access_token, refresh_token=refresh_token)
        }
        self.oa_ids = frozenset(self._accounts)
        self._oa_secret_key = oa_secret_key
        self._database = database
        self._cipher = cipher
        self._clock = clock
        self._commit = shared_commit(database)
        self._worker_name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.rejected: dict[str, int] = {}
        self._client = ZaloClient(openapi_url)
        self._keeper = TokenKeeper(
            self._commit, cipher, ZaloOAuth(oauth_url, app_id, app_secret), self._worker_name, clock
        )
        data_dir = data_dir or load_settings().data_dir
        self._spool = Spool(data_dir / "spool", cipher)
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
        # Whether files may wait; the folder itself is only asked when they may.
        self._spooled = True
        # Deliveries that wait for the database before Zalo gets its answer.
        self._answering = 0
        self._inbox_worker: InboxWorker | None = None
        self._tasks: list[asyncio.Task[None]] = []

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
            try:
                await self.receive(request.body, request.headers.get(signature.HEADER))
            except StorageError as error:
                # The one answer that is not 200: Zalo may send the event again, and it is not ours yet.
                log.error("zalo.webhook.unstored", reason=str(error))
                return response.text("try again", status=503)
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
            await self.start(on_new_message, lambda: app.ctx.agent is not None and app.ctx.agent.is_ready())

        @routes.listener("before_server_stop")
        async def stop(_: Sanic, __: asyncio.AbstractEventLoop) -> None:
            await self.stop()

        return routes

    async def receive(self, body: bytes, signed: str | None) -> bool:
        """Verify and store one delivery; True when it was stored for work.

        Raises StorageError when neither the database nor the disk takes it. Everything else that is wrong is
        counted by reason, logged without the body, and passed over.
        """
        if body.strip() in (b"", b"{}") and signed is None:
            log.info("zalo.webhook.probed")
            return False
        if len(body) > MAX_BODY_BYTES:
            return self._reject("too large", len(body))
        try:
            raw = events.load_object(body)
            timestamp = events.timestamp_of(raw)
            if not signature.is_valid(signed, self.app_id, body, timestamp, self._oa_secret_key):
                return self._reject("wrong signature" if signed else "no signature", len(body))
            event = events.parse(raw, self.app_id, self.oa_ids)
        except MalformedEvent as error:
            return self._reject(str(error), len(body))
        if not events.is_fresh(event, self._clock()):
            return self._reject("too old", len(body))
        if event.decision is Decision.PASS:
            return False
        text = body.decode("utf-8")
        if self._spooled and not self._spool.is_empty:
            # What came before waits in files; what comes now must not overtake it.
            await self._keep_in_file(text)
            return True
        self._answering += 1
        storing = asyncio.ensure_future(self._commit.run(lambda session: self._store(session, event, text)))
        try:
            await asyncio.wait_for(asyncio.shield(storing), STORE_SECONDS)
        except (asyncio.TimeoutError, StorageError) as error:
            # Zalo waits two seconds and may never repeat: what the database does not take now is kept
            # in a file first. Should both take it, the event's key makes it one.
            storing.add_done_callback(lambda task: task.cancelled() or task.exception())
            await self._keep_in_file(text)
            log.error("zalo.webhook.spooled", reason=type(error).__name__)
            return True
        finally:
            self._answering -= 1
        self._wake_workers()
        return True

    async def start(
        self, on_new_message: Callable[[UserMessage], Awaitable[Any]], is_ready: Callable[[], bool]
    ) -> None:
        """Start the work behind the webhook."""
        upgrade(self._database)
        now = self._clock()
        if not self._database.is_postgres:
            # SQLite belongs to one process: whatever is still claimed was claimed by a dead one.
            await self._commit.run(lambda session: inbox.release_expired(session, now, everything=True))
            await self._commit.run(lambda session: outbox.release_expired(session, now, now, everything=True))
            await self._commit.run(lambda session: media.release_expired(session, now, everything=True))
        self._evidence.remove_abandoned()
        for account in self._accounts.values():
            if account.access_token and account.refresh_token:
                await self._keeper.seed(account.id, account.access_token, account.refresh_token)
        self._inbox_worker = InboxWorker(
            commit=self._commit,
            cipher=self._cipher,
            handler=on_new_message,
            is_ready=is_ready,
            app_id=self.app_id,
            account_ids=self.oa_ids,
            worker=self._worker_name,
            wake_sender=self._sender.wake,
            clock=self._clock,
            is_busy=lambda: self._answering >= BUSY_FROM,
        )
        worker = self._inbox_worker
        self._tasks = [
            asyncio.create_task(_keep_running("inbox", worker.run)),
            asyncio.create_task(_keep_running("outbox", self._sender.run)),
            asyncio.create_task(_keep_running("media", self._fetcher.run)),
            asyncio.create_task(_keep_running("housekeeping", lambda: self._housekeeping(worker))),
        ]
        log.info("zalo.channel.started", accounts=len(self.oa_ids))

    async def stop(self) -> None:
        """Stop taking new work, let what runs end, and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._keeper.close()
        await self._client.close()
        await self._fetcher.close()

    async def _housekeeping(self, worker: InboxWorker) -> None:
        for round_number in range(2**62):
            try:
                await self._empty_spool()
                await worker.keep_alive()
                await self._sender.keep_alive()
                await self._fetcher.keep_alive()
                # Officers see whether what they wrote about a report has arrived.
                await self._commit.run(lambda session: report_news.refresh(session, self._cipher))
                if round_number % TOKEN_CHECK_EVERY == 0:
                    for oa_id in self.oa_ids:
                        await self._keeper.renew_early(oa_id)
            except StorageError as error:
                log.error("zalo.housekeeping.failed", reason=str(error))
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    def _store(self, session: Session, event: ZaloEvent, body: str) -> None:
        now = self._clock()
        stored = NewEvent(
            account_id=event.oa_id,
            citizen_id=event.user_id,
            event_key=event.key,
            kind=event.kind,
            body=body,
            sent_at=event.sent_at,
        )
        items = wanted_items(event)
        inbox.store(session, self._cipher, [stored], now)
        event_id = media.event_id(session, event.oa_id, event.key) if items else None
        if event_id is not None:
            media.want(session, self._cipher, event_id, event.oa_id, event.user_id, items, now)

    async def _empty_spool(self) -> None:
        """Store what was kept in files while the database did not answer."""
        if self._spool.is_empty:
            self._spooled = False
            return
        with self._spool.taken() as bodies:
            for body in bodies:
                try:
                    event = events.parse(events.load_object(body.encode("utf-8")), self.app_id, self.oa_ids)
                except MalformedEvent as error:
                    # An account that was taken out of the settings meanwhile.
                    self._reject(str(error), len(body))
                    continue
                await self._commit.run(
                    lambda session: self._store(session, event, body)  # noqa: B023
                )
        log.info("zalo.spool.emptied", events=len(bodies))
        self._wake_workers()

    async def _keep_in_file(self, body: str) -> None:
        await asyncio.to_thread(self._spool.append, body)
        # Said afterwards: housekeeping may have found the folder empty while the file was written.
        self._spooled = True

    def _wake_workers(self) -> None:
        if self._inbox_worker is not None:
            self._inbox_worker.wake()
        self._fetcher.wake()

    def _reject(self, reason: str, size: int) -> bool:
        self.rejected[reason] = self.rejected.get(reason, 0) + 1
        log.warning("zalo.webhook.rejected", reason=reason, bytes=size, count=self.rejected[reason])
        return False


async def _keep_running(name: str, loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop that must not end; a mistake in it is logged and it starts again."""
    while True:
        try:
            await loop()
        except Exception as error:
            log.error("zalo.loop.crashed", loop=name, error=f"{type(error).__name__}: {error}"[:300])
            await asyncio.sleep(RESTART_SECONDS)
