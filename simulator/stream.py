"""The stream of news for open chat pages (server-sent events)."""

from __future__ import annotations

import asyncio
import json

import structlog
from aiohttp import web

from simulator.state import SIMULATOR
from simulator.store import Message

log = structlog.get_logger(__name__)


async def stream(request: web.Request) -> web.StreamResponse:
    """GET /api/stream: server-sent events of all conversations, for the chat page.

    `message` and `update` carry `{"oa_id", "user_id", "message"}`, `era` the mark of this start or reset.
    """
    store = request.app[SIMULATOR].store
    news: asyncio.Queue[tuple[str, Message | None] | None] = asyncio.Queue(maxsize=2000)

    def listen(kind: str, message: Message | None) -> None:
        if news.full():  # a reader too slow for the traffic loads the page's history anew
            store.listeners.discard(listen)
            news.get_nowait()
            news.put_nowait(None)
        else:
            news.put_nowait((kind, message))

    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    store.listeners.add(listen)
    try:
        await response.write(f"retry: 1000\nevent: era\ndata: {store.era}\n\n".encode())
        while not store.closing:
            try:
                row = await asyncio.wait_for(news.get(), 15)
            except asyncio.TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if row is None:
                break
            kind, message = row
            if message is None:
                await response.write(f"event: era\ndata: {store.era}\n\n".encode())
                continue
            shown = {"oa_id": message.oa_id, "user_id": message.user_id, "message": message.as_json()}
            data = json.dumps(shown, ensure_ascii=False)
            await response.write(f"event: {kind}\ndata: {data}\n\n".encode())
    except ConnectionError:
        log.debug("simulator.stream.left")
    finally:
        store.listeners.discard(listen)
    return response


def add_routes(app: web.Application) -> None:
    """Register the stream."""
    app.router.add_get("/api/stream", stream)
