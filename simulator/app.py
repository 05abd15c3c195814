"""Putting the parts together into one aiohttp application."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from simulator import api, control, jsonapi, oauth, openapi, page, stream, uploads
from simulator.articles import Articles
from simulator.clock import Clock
from simulator.delivery import Webhook
from simulator.faults import Faults, RateLimit, zalo_side
from simulator.oauth import Tokens
from simulator.options import Options
from simulator.settings import Settings
from simulator.state import SIMULATOR, Simulator
from simulator.store import Store
from simulator.uploads import MEDIA_LIMIT, Uploads


def make_app(settings: Settings, clock: Clock | None = None) -> web.Application:
    """Build the application; nothing is sent or listened to before it is started."""
    clock = clock or Clock(settings.clock_factor)
    options = Options()
    store = Store(settings.oas, clock)
    webhook = Webhook(settings.webhook_url, settings.app_id, settings.oa_secret_key, clock, options, store)
    app = web.Application(
        middlewares=[jsonapi.json_errors, zalo_side], client_max_size=MEDIA_LIMIT + 1024 * 1024
    )
    app[SIMULATOR] = Simulator(
        settings=settings,
        clock=clock,
        options=options,
        store=store,
        webhook=webhook,
        tokens=Tokens(settings.oas, clock),
        uploads=Uploads(clock),
        faults=Faults(),
        rate=RateLimit(),
        articles=Articles(),
    )
    for part in (page, api, stream, uploads, oauth, openapi, control):
        part.add_routes(app)
    app.cleanup_ctx.append(_webhook_session)
    # aiohttp types this signal one level too deep.
    app.on_shutdown.append(_release_readers)  # type: ignore[arg-type]
    return app


async def _webhook_session(app: web.Application) -> AsyncIterator[None]:
    webhook = app[SIMULATOR].webhook
    await webhook.open()
    yield
    await webhook.close()


async def _release_readers(app: web.Application) -> None:
    app[SIMULATOR].store.release_waiters()
