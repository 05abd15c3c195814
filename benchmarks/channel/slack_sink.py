"""`python -m benchmarks.channel.slack_sink PORT`: takes what a bot says to Slack, and tells it again."""

from __future__ import annotations

import sys
from collections import defaultdict

from aiohttp import web


def make_app() -> web.Application:
    """Make the sink: `POST /api/chat.postMessage` keeps, `GET /said` gives all texts by channel."""
    said: dict[str, list[str]] = defaultdict(list)

    async def post_message(request: web.Request) -> web.Response:
        message = await request.json() if request.content_type == "application/json" else await request.post()
        said[str(message["channel"])].append(str(message["text"]))
        return web.json_response({"ok": True, "channel": message["channel"], "ts": "1.0"})

    async def read(_: web.Request) -> web.Response:
        return web.json_response(said)

    app = web.Application()
    app.router.add_post("/api/chat.postMessage", post_message)
    app.router.add_get("/said", read)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
