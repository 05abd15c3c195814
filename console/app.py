"""The console's app: every page behind its guard, our own static files, strict headers around all."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from console import (
    annotation,
    audit_pages,
    conversation_list,
    conversation_page,
    evidence_pages,
    export_pages,
    figure_pages,
    message_inbox,
    own_account,
    report_list,
    report_page,
    sign_in_pages,
    staff_pages,
    start,
    wording,
)
from console.background import Upkeep
from console.headers import StrictHeaders
from console.menu import menu
from console.visit import Console, Page
from services.accounts import load_accounts
from services.clock import Clock, utc_now
from services.db import Database, open_database
from services.passwords import Passwords
from services.report_categories import load_categories
from services.report_clocks import load_clocks
from services.secrets import cipher_for
from services.settings import ROOT, Settings
from services.training_names import load_names

HERE = Path(__file__).resolve().parent
PAGES: tuple[Page, ...] = (
    *sign_in_pages.PAGES,
    *own_account.PAGES,
    *start.PAGES,
    *report_list.PAGES,
    *report_page.PAGES,
    *evidence_pages.PAGES,
    *conversation_list.PAGES,
    *conversation_page.PAGES,
    *message_inbox.PAGES,
    *annotation.PAGES,
    *figure_pages.PAGES,
    *export_pages.PAGES,
    *staff_pages.PAGES,
    *audit_pages.PAGES,
)


def build_console(
    settings: Settings,
    database: Database | None = None,
    clock: Clock = utc_now,
    passwords: Passwords | None = None,
) -> Console:
    """Give what the pages share."""
    return Console(
        settings=settings,
        database=database or open_database(settings.database_url),
        cipher=cipher_for(settings),
        clock=clock,
        passwords=passwords or Passwords(),
        templates=_templates(),
        accounts={account.id: account.name for account in load_accounts(settings).values()},
        catalogue=load_categories(ROOT / "content"),
        clocks=load_clocks(ROOT / "content"),
        names=load_names(ROOT),
    )


def build_app(console: Console) -> Starlette:
    """Give the ASGI app; a server that speaks the lifespan protocol also has the upkeep done."""
    hosts = {"127.0.0.1", "localhost", console.settings.console_host}
    if console.settings.console_url:
        hosts.add(urlsplit(console.settings.console_url).hostname or "")
    return Starlette(
        routes=[
            Route("/healthz", _health, methods=["GET"]),
            Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
            *(page.route(console) for page in PAGES),
        ],
        middleware=[
            Middleware(StrictHeaders, secure=console.secure),
            # Another name for this address would let a stranger's page speak with us as its own.
            Middleware(TrustedHostMiddleware, allowed_hosts=sorted(hosts)),
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=Upkeep(console).lifespan,
    )


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok")


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    text = {404: "Không có trang này.", 405: "Trang này không nhận cách gửi đó."}.get(status, "Có lỗi.")
    return PlainTextResponse(text, status)


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        # Pages and their code change together, at a start.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        moment=wording.moment,
        day=wording.day,
        span=wording.span,
        clock=wording.clock,
        number=wording.number,
        percent=wording.percent,
    )
    environment.globals.update(menu=menu, ROLES=wording.ROLES, ROLE_HELP=wording.ROLE_HELP)
    return environment
