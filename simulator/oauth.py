"""Zalo's OAuth v4 for OAs: consent page, one-time codes, rotating refresh tokens, token states."""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web

from simulator.clock import Clock
from simulator.errors import ZaloError
from simulator.settings import OaSettings, Settings, is_http_url
from simulator.state import SIMULATOR

ACCESS_LIFE = 25 * 3600.0  # simulated seconds
REFRESH_LIFE = 90 * 86400.0
CODE_LIFE = 600.0
# No source tells the numbers of these refusals except -14002 (application) and -14003 (callback). -14000
# stands for the unknown ones; a client must treat every answer without both tokens as a failure.
WRONG_APPLICATION = -14002
WRONG_REDIRECT = -14003
UNKNOWN_NUMBER = -14000


class OAuthError(Exception):
    """A refusal of the token endpoint; goes out with HTTP 200."""

    def __init__(self, name: str, reason: str, number: int = UNKNOWN_NUMBER) -> None:
        super().__init__(reason)
        self.name, self.reason, self.number = name, reason, number


@dataclass(slots=True)
class Grant:
    """The current pair of one OA and the access tokens that are no longer good, by error code."""

    oa_id: str
    access_token: str
    refresh_token: str
    access_until: float
    refresh_until: float
    dead: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code from the consent page."""

    oa_id: str
    challenge: str
    until: float


class Tokens:
    """Who may call the OpenAPI, and for which OA."""

    def __init__(self, oas: tuple[OaSettings, ...], clock: Clock) -> None:
        self._oas = oas
        self._clock = clock
        self.refreshes = 0
        self.reset()

    def reset(self) -> None:
        """Give every OA its first pair again."""
        now = self._clock.now()
        self.refreshes = 0
        self._codes: dict[str, Code] = {}
        self._grants = {
            oa.oa_id: Grant(
                oa.oa_id, oa.access_token, oa.refresh_token, now + ACCESS_LIFE, now + REFRESH_LIFE
            )
            for oa in self._oas
        }

    def grant(self, oa_id: str) -> Grant:
        """Return the grant of a configured OA."""
        return self._grants[oa_id]

    def oa_of(self, access_token: str) -> str:
        """Return the OA of an access token; -216 for an unknown or replaced one, -220 for an expired one."""
        for grant in self._grants.values():
            if grant.access_token and grant.access_token == access_token:
                if self._clock.now() >= grant.access_until:
                    raise ZaloError(-220)
                return grant.oa_id
            if access_token in grant.dead:
                raise ZaloError(grant.dead[access_token])
        raise ZaloError(-216)

    def issue(self, oa_id: str) -> Grant:
        """Replace the pair of an OA; the old access token stops working at once."""
        grant, now = self._grants[oa_id], self._clock.now()
        grant.dead[grant.access_token] = -216
        grant.access_token = "sim-a-" + secrets.token_urlsafe(24)
        grant.refresh_token = "sim-r-" + secrets.token_urlsafe(24)
        grant.access_until, grant.refresh_until = now + ACCESS_LIFE, now + REFRESH_LIFE
        return grant

    def expire(self, oa_id: str) -> None:
        """Let the access token run out now; the refresh token stays good."""
        self._grants[oa_id].access_until = 0.0

    def expire_refresh(self, oa_id: str) -> None:
        """Let the refresh token run out now; the access token stays good."""
        self._grants[oa_id].refresh_until = 0.0

    def revoke(self, oa_id: str) -> None:
        """Take the grant back: both tokens are dead, only a new consent helps."""
        grant = self._grants[oa_id]
        grant.dead[grant.access_token] = -220
        grant.access_token = grant.refresh_token = ""

    def new_code(self, oa_id: str, challenge: str) -> str:
        """Make a one-time code."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = Code(oa_id, challenge, self._clock.now() + CODE_LIFE)
        return code

    def exchange(self, code: str, verifier: str) -> Grant:
        """Trade a code for a pair."""
        row = self._codes.pop(code, None)
        if row is None or self._clock.now() >= row.until:
            raise OAuthError("invalid_code", "The authorization code is wrong, used or expired")
        if row.challenge and row.challenge != challenge_of(verifier):
            raise OAuthError("invalid_code_verifier", "code_verifier does not match code_challenge")
        return self.issue(row.oa_id)

    def refresh(self, refresh_token: str) -> Grant:
        """Trade a refresh token for a new pair; each works once."""
        for grant in self._grants.values():
            if grant.refresh_token and grant.refresh_token == refresh_token:
                if self._clock.now() >= grant.refresh_until:
                    break
                self.refreshes += 1
                return self.issue(grant.oa_id)
        raise OAuthError("invalid_refresh_token", "The refresh token is wrong, used or expired")


def challenge_of(verifier: str) -> str:
    """Return the PKCE challenge: unpadded base64url of the raw SHA-256 of the verifier."""
    digest = hashlib.sha256(verifier.encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


async def access_token(request: web.Request) -> web.Response:
    """POST /v4/oa/access_token: exchange a code or refresh; refusals come with HTTP 200."""
    simulator = request.app[SIMULATOR]
    try:
        fields = await _form(request)
        grant = _trade(simulator.settings, simulator.tokens, request.headers.get("secret_key", ""), fields)
    except OAuthError as error:
        simulator.webhook.counters["oauth_refused"] += 1
        body: dict[str, object] = {
            "error_name": error.name,
            "error_reason": error.reason,
            "error_description": error.reason,
        }
        if simulator.options.oauth_errors == "numbered":
            body = {"error": error.number, **body}
        return web.json_response(body)
    return web.json_response(
        {"access_token": grant.access_token, "refresh_token": grant.refresh_token, "expires_in": "90000"}
    )


async def _form(request: web.Request) -> dict[str, str]:
    """Read the text fields of a form; a form that cannot be read has none."""
    try:
        form = await request.post()
    except (ValueError, LookupError, AssertionError, RuntimeError):
        return {}
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _trade(settings: Settings, tokens: Tokens, secret: str, fields: dict[str, str]) -> Grant:
    if secret != settings.app_secret:
        raise OAuthError("invalid_secret_key", "The secret_key header is wrong", WRONG_APPLICATION)
    if fields.get("app_id") != settings.app_id:
        raise OAuthError("invalid_app_id", "app_id is wrong", WRONG_APPLICATION)
    kind = fields.get("grant_type")
    if kind == "authorization_code":
        return tokens.exchange(fields.get("code", ""), fields.get("code_verifier", ""))
    if kind == "refresh_token":
        return tokens.refresh(fields.get("refresh_token", ""))
    raise OAuthError("invalid_grant_type", "grant_type must be authorization_code or refresh_token")


_CONSENT = """<!doctype html><html lang="vi"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Cấp quyền – Zalo mô phỏng</title>
<link rel="stylesheet" href="/static/chat.css"></head><body class="consent"><main class="consent-card">
<h1>Cấp quyền cho ứng dụng</h1>
<p>Ứng dụng <b>{app}</b> xin quyền gửi tin nhắn, nhận tin nhắn và xem thông tin của Official Account.
Đây là trang mô phỏng trên máy này, không phải Zalo thật.</p>
<form method="post"><fieldset><legend>Chọn Official Account</legend>{rows}</fieldset>
<button type="submit" class="primary">Cho phép</button></form></main></body></html>"""


async def permission(request: web.Request) -> web.Response:
    """GET shows the consent page, POST grants and redirects back with `code`, `oa_id` and `state`."""
    simulator = request.app[SIMULATOR]
    query = request.query
    redirect = query.get("redirect_uri", "")
    if query.get("app_id") != simulator.settings.app_id:
        return _refusal("app_id không đúng với ứng dụng đã cấu hình.", WRONG_APPLICATION)
    if not is_http_url(redirect):
        return _refusal("redirect_uri phải là một địa chỉ http:// hoặc https:// đầy đủ.", WRONG_REDIRECT)
    if request.method == "GET":
        rows = "".join(
            f'<label><input type="radio" name="oa_id" value="{html.escape(oa.oa_id)}"'
            f"{' checked' if oa.oa_id == simulator.store.default_oa else ''}> {html.escape(oa.name)}</label>"
            for oa in simulator.store.oas.values()
        )
        page = _CONSENT.format(app=html.escape(simulator.settings.app_id), rows=rows)
        return web.Response(text=page, content_type="text/html")
    oa_id = (await _form(request)).get("oa_id") or simulator.store.default_oa
    if oa_id not in simulator.store.oas:
        return _refusal("Không có Official Account này.", WRONG_APPLICATION)
    answer = {"code": simulator.tokens.new_code(oa_id, query.get("code_challenge", "")), "oa_id": oa_id}
    if "state" in query:
        answer["state"] = query["state"]
    target = redirect + ("&" if "?" in redirect else "?") + urlencode(answer)
    return web.Response(status=302, headers={"Location": target})


def _refusal(sentence: str, number: int) -> web.Response:
    head = '<!doctype html><html lang="vi"><meta charset="utf-8"><title>Lỗi</title>'
    page = f"{head}<p>{sentence} ({number})</p></html>"
    return web.Response(text=page, content_type="text/html", status=400)


def add_routes(app: web.Application) -> None:
    """Register the OAuth routes."""
    app.router.add_post("/v4/oa/access_token", access_token)
    app.router.add_get("/v4/oa/permission", permission)
    app.router.add_post("/v4/oa/permission", permission)
