"""The parts of one running simulator, put together once and handed to every handler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from simulator.clock import Clock
from simulator.options import Options
from simulator.settings import Settings
from simulator.store import Store

if TYPE_CHECKING:
    from simulator.articles import Articles
    from simulator.delivery import Webhook
    from simulator.faults import Faults, RateLimit
    from simulator.oauth import Tokens
    from simulator.uploads import Uploads


@dataclass(slots=True)
class Simulator:
    """Everything a request handler may need."""

    settings: Settings
    clock: Clock
    options: Options
    store: Store
    webhook: Webhook
    tokens: Tokens
    uploads: Uploads
    faults: Faults
    rate: RateLimit
    articles: Articles


SIMULATOR: web.AppKey[Simulator] = web.AppKey("simulator", Simulator)
