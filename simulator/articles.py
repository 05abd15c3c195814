"""Articles of an OA and their broadcast to its followers.

An article is created under a token; only `verify` gives its id, after `article_wait` simulated seconds.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from simulator.envelope import authorise, json_body, success
from simulator.errors import BadInput, ZaloError
from simulator.jsonapi import oa_of, read_object
from simulator.settings import is_http_url
from simulator.state import SIMULATOR, Simulator
from simulator.store import OA

# Real accounts refused a title of exactly 150 and a description of exactly 300 letters.
TITLE_LIMIT, AUTHOR_LIMIT, DESCRIPTION_LIMIT = 149, 50, 299
PER_PAGE = 10


@dataclass(slots=True)
class Article:
    """One article; `ready_at` is the simulated second from which `verify` gives its id."""

    id: str
    token: str
    oa_id: str
    body: dict[str, Any]
    ready_at: float


@dataclass(slots=True)
class Articles:
    """All articles, and how many broadcasts each OA has left this month."""

    kept: list[Article] = field(default_factory=list)
    broadcasts_left: dict[str, int] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget everything."""
        self.kept.clear()
        self.broadcasts_left.clear()

    def by_id(self, oa_id: str, article_id: object, now: float) -> Article:
        """Give an article of an OA that is ready at a simulated second; -201 when there is none."""
        found = next((one for one in self.kept if one.id == article_id and one.oa_id == oa_id), None)
        if found is None or now < found.ready_at:
            raise ZaloError(-201, "id is invalid")
        return found


async def create(request: web.Request) -> web.Response:
    """POST /v2.0/article/create: a token, not yet an article."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    simulator.faults.strike_message(request.path, oa_id, "")
    body = await json_body(request)
    _check(body)
    token = secrets.token_urlsafe(24)
    ready_at = simulator.clock.now() + simulator.options.article_wait
    simulator.articles.kept.append(Article(secrets.token_hex(10), token, oa_id, body, ready_at))
    return success({"token": token})


async def verify(request: web.Request) -> web.Response:
    """POST /v2.0/article/verify: the id, or -214 while the article is being processed."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    simulator.faults.strike_message(request.path, oa_id, "")
    token = (await json_body(request)).get("token")
    found = next((one for one in simulator.articles.kept if one.token == token and one.oa_id == oa_id), None)
    if found is None:
        raise ZaloError(-201, "token is invalid")
    if simulator.clock.now() < found.ready_at:
        raise ZaloError(-214)
    return success({"id": found.id})


async def update(request: web.Request) -> web.Response:
    """POST /v2.0/article/update: as create, with the id; a new token to verify."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    body = await json_body(request)
    found = simulator.articles.by_id(oa_id, body.get("id"), simulator.clock.now())
    _check(body)
    found.body, found.token = body, secrets.token_urlsafe(24)
    found.ready_at = simulator.clock.now() + simulator.options.article_wait
    return success({"token": found.token})


async def remove(request: web.Request) -> web.Response:
    """POST /v2.0/article/remove."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    found = simulator.articles.by_id(oa_id, (await json_body(request)).get("id"), simulator.clock.now())
    simulator.articles.kept.remove(found)
    return success()


async def detail(request: web.Request) -> web.Response:
    """GET /v2.0/article/getdetail?id=."""
    simulator = request.app[SIMULATOR]
    found = simulator.articles.by_id(authorise(request), request.query.get("id"), simulator.clock.now())
    return success({**found.body, "id": found.id})


async def get_slice(request: web.Request) -> web.Response:
    """GET /v2.0/article/getslice?offset=&limit=&type=: newest first, at most ten."""
    simulator = request.app[SIMULATOR]
    oa_id = authorise(request)
    if request.query.get("type") not in ("normal", "video"):
        raise ZaloError(-201, "type is invalid")
    try:
        offset, limit = int(request.query.get("offset", "0")), int(request.query.get("limit", "10"))
    except ValueError:
        raise ZaloError(-201, "offset or limit is invalid") from None
    if not 0 < limit <= PER_PAGE or offset < 0:
        raise ZaloError(-201, "limit is invalid")
    ready = [
        one
        for one in reversed(simulator.articles.kept)
        if one.oa_id == oa_id and one.ready_at <= simulator.clock.now()
    ]
    medias = [
        {"id": one.id, "title": one.body["title"], "type": "normal", "status": one.body.get("status", "hide")}
        for one in ready[offset : offset + limit]
    ]
    return success({"medias": medias, "total": len(ready)})


def broadcast(simulator: Simulator, oa_id: str, body: dict[str, Any], path: str) -> web.Response:
    """Send an article to every follower of the OA; ages, places and so on are checked and not simulated."""
    simulator.faults.strike_message(path, oa_id, "")
    if not isinstance(body["recipient"].get("target"), dict):
        raise ZaloError(-201, "recipient.target is invalid")
    article = simulator.articles.by_id(oa_id, _attached(body.get("message")), simulator.clock.now())
    left = broadcasts_left(simulator, oa_id)
    if left < 1:
        raise ZaloError(-211)
    simulator.articles.broadcasts_left[oa_id] = left - 1
    cover = article.body["cover"]["photo_url"]
    row = {
        "title": article.body["title"],
        "subtitle": article.body["description"],
        "image_url": cover,
        "default_action": {"type": "oa.open.url", "url": cover},
    }
    for conversation in list(simulator.store.conversations_of(oa_id)):
        if conversation.follower:
            simulator.store.add(
                conversation, OA, "list", attachments=[{"type": "list", "payload": {"elements": [row]}}]
            )
    simulator.webhook.counters["broadcasts"] += 1
    return success({"message_id": secrets.token_hex(10)})


def broadcasts_left(simulator: Simulator, oa_id: str) -> int:
    """Say how many broadcasts an OA has left this month."""
    return simulator.articles.broadcasts_left.get(oa_id, simulator.options.broadcast_quota)


async def set_broadcasts(request: web.Request) -> web.Response:
    """POST broadcasts {"oa_id", "remain"}: how many broadcasts one OA has left."""
    simulator = request.app[SIMULATOR]
    body = await read_object(request)
    oa_id = oa_of(simulator, body.get("oa_id"))
    remain = body.get("remain")
    if isinstance(remain, bool) or not isinstance(remain, int) or remain < 0:
        raise BadInput("'remain' must be a whole number from 0.")
    simulator.articles.broadcasts_left[oa_id] = remain
    return web.json_response({"oa_id": oa_id, "remain": remain})


def _attached(message: object) -> object:
    try:
        payload = message["attachment"]["payload"]  # type: ignore[index]
        element = payload["elements"][0]
        fits = payload["template_type"] == "media" and element["media_type"] == "article"
    except (KeyError, IndexError, TypeError):
        fits, element = False, {}
    if not fits:
        raise ZaloError(-201, "only an article can be broadcast")
    return element.get("attachment_id")


def _check(body: dict[str, Any]) -> None:
    if body.get("type") != "normal":
        raise ZaloError(-201, "type is invalid")
    limits = {"title": TITLE_LIMIT, "author": AUTHOR_LIMIT, "description": DESCRIPTION_LIMIT}
    for name, limit in limits.items():
        value = body.get(name)
        if not isinstance(value, str) or not value.strip():
            raise ZaloError(-201, f"{name} is invalid")
        if len(value) > limit:
            raise ZaloError(-210, f"{name} exceeds its limit")
    cover = body.get("cover")
    if not isinstance(cover, dict) or not is_http_url(cover.get("photo_url")):
        raise ZaloError(-201, "cover is invalid")
    parts = body.get("body")
    if not isinstance(parts, list) or not parts:
        raise ZaloError(-201, "body is invalid")
    for part in parts:
        fits = isinstance(part, dict) and (
            (part.get("type") == "text" and isinstance(part.get("content"), str))
            or (part.get("type") == "image" and is_http_url(part.get("url")))
        )
        if not fits:
            raise ZaloError(-201, "body is invalid")


def add_routes(app: web.Application) -> None:
    """Register the article endpoints."""
    router = app.router
    for name, handler in (("create", create), ("verify", verify), ("update", update), ("remove", remove)):
        router.add_post(f"/v2.0/article/{name}", handler)
    router.add_get("/v2.0/article/getdetail", detail)
    router.add_get("/v2.0/article/getslice", get_slice)
