"""The chat page and its files; everything is served from this folder and works offline."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
_HEADERS = {
    # Pictures may come from anywhere: citizens and OAs send addresses of pictures.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob: http: https:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


async def index(request: web.Request) -> web.FileResponse:
    """GET /: the chat page."""
    return web.FileResponse(STATIC / "index.html", headers=_HEADERS)


def add_routes(app: web.Application) -> None:
    """Register the page."""
    app.router.add_get("/", index)
    app.router.add_static("/static/", STATIC)
