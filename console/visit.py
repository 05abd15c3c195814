"""One request of one member of staff: who it is, what they sent, what they get.

A page declares its path, who may open it, and a plain function from a `Visit` to a response, which runs
in a thread because SQL blocks. Everything that guards a page happens here, before that function: being
signed in, the role, the form's token, the origin. No page can forget it.
"""

from __future__ import annotations

import hmac
import secrets
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from jinja2 import Environment
from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from console.figure_cache import FigureCache
from console.wording import NOTICES
from services import audit, console_sessions, sign_in
from services.clock import Clock
from services.db import Database
from services.errors import StorageError
from services.passwords import Passwords
from services.rate_limit import RateLimit
from services.report_categories import Catalogue
from services.report_clocks import ReportClocks
from services.secrets import Cipher
from services.settings import Settings
from services.staff import StaffMember, Viewer
from services.training_names import TrainingNames

log = structlog.get_logger(__name__)

LARGEST_FORM = 1_000_000
MOST_FIELDS = 4_000
SIGN_IN, CODE, OWN_PASSWORD, SIGN_OUT = "/dang-nhap", "/ma-xac-thuc", "/tai-khoan/mat-khau", "/dang-xuat"


@dataclass(frozen=True)
class Console:
    """What all pages share: one per process."""

    settings: Settings
    database: Database
    cipher: Cipher
    clock: Clock
    passwords: Passwords
    templates: Environment
    # The Official Accounts of the deployment, by id: each of them is a unit here.
    accounts: Mapping[str, str]
    catalogue: Catalogue
    clocks: ReportClocks
    names: TrainingNames
    # An office has one address for all its officers, so this is wide; names are slowed down one by one.
    addresses: RateLimit = field(default_factory=lambda: RateLimit(burst=60, per_minute=30))
    figures: FigureCache = field(default_factory=FigureCache)

    @property
    def secure(self) -> bool:
        """Tell whether browsers reach the console by HTTPS only."""
        return self.settings.console_url.startswith("https://")

    @property
    def cookie(self) -> str:
        """The session cookie's name; the prefix binds it to this host by HTTPS."""
        return "__Host-phien" if self.secure else "phien"


class NotThere(Exception):
    """There is no such page or thing, or this viewer may not know that there is."""


@dataclass
class Visit:
    """One request. `token` is the cookie's, also for somebody who is not signed in yet."""

    console: Console
    request: Request
    form: FormData
    now: datetime
    token: str = ""
    person: StaffMember | None = None
    stage: str = ""
    _fresh: bool = field(default=False, repr=False)

    @property
    def viewer(self) -> Viewer:
        """The rights of who is signed in (pages that are not open to everybody)."""
        assert self.person is not None
        return self.person.viewer

    @property
    def actor(self) -> str:
        """Who is signed in, for the audit trail."""
        return audit.officer(self.viewer.user_id)

    def read(self) -> AbstractContextManager[Session]:
        """Open a transaction that only reads."""
        return self.console.database.transaction(read_only=True)

    def write(self) -> AbstractContextManager[Session]:
        """Open a transaction that may write."""
        return self.console.database.transaction()

    def sent(self, name: str, longest: int = 4_000) -> str:
        """Give a field of the form as text, cut and trimmed; empty when it is not there."""
        value = self.form.get(name)
        return value.strip()[:longest] if isinstance(value, str) else ""

    def sent_all(self, name: str) -> list[str]:
        """Give every value of a field that may stand there often."""
        return [value for value in self.form.getlist(name) if isinstance(value, str)]

    def asked(self, name: str, longest: int = 200) -> str:
        """Give a value of the address's query, cut and trimmed."""
        return self.request.query_params.get(name, "").strip()[:longest]

    def renew(self, token: str) -> None:
        """Give the browser another token with the answer."""
        self.token, self._fresh = token, True

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Answer with a page."""
        shown = self.console.templates.get_template(template).render(
            visit=self,
            person=self.person if self.stage == "open" else None,
            token=self._token_field,
            notice=NOTICES.get(self.asked("xong")),
            path=self.request.url.path,
            now=self.now,
            **values,
        )
        return HTMLResponse(shown, status)

    def _token_field(self) -> Markup:
        token = console_sessions.form_token(self.token)
        return Markup('<input type="hidden" name="form_token" value="{}">').format(token)

    def go(self, path: str, notice: str = "") -> Response:
        """Answer with the address of another page of ours, and a notice by its key."""
        if notice:
            path += ("&" if "?" in path else "?") + f"xong={quote(notice)}"
        return RedirectResponse(path, 303)


@dataclass(frozen=True)
class Page:
    """One address of the console. `roles` None: nobody has to be signed in."""

    path: str
    handler: Callable[[Visit], Response]
    roles: frozenset[str] | None
    posts: bool = False

    @property
    def method(self) -> str:
        """How it is asked for: reading pages by GET, changes by POST only."""
        return "POST" if self.posts else "GET"

    def route(self, console: Console) -> Route:
        """Give the route that guards and serves this page."""

        async def endpoint(request: Request) -> Response:
            form = FormData()
            if self.posts:
                length = request.headers.get("content-length", "")
                if not length.isdigit() or int(length) > LARGEST_FORM:
                    return Response("Biểu mẫu quá lớn.", 413, media_type="text/plain")
                form = await request.form(max_files=0, max_fields=MOST_FIELDS)
            return await run_in_threadpool(self._serve, console, request, form)

        name = f"{self.method} {self.path}"
        return Route(self.path, endpoint, methods=[self.method], name=name)

    def _serve(self, console: Console, request: Request, form: FormData) -> Response:
        visit = Visit(console, request, form, console.clock(), request.cookies.get(console.cookie, "")[:200])
        try:
            _identify(visit)
            response = self._guarded(visit)
        except NotThere:
            response = visit.page("error.html", 404, title="Không tìm thấy", text=NOT_THERE)
        except StorageError as error:
            log.error("console.storage", page=self.path, error=str(error))
            response = visit.page("error.html", 503, title="Kho dữ liệu đang bận", text=BUSY)
        except Exception as error:
            # The message of an exception may hold a citizen's words: its kind and place are logged.
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            log.error("console.broken", page=self.path, error=type(error).__name__, where=where)
            response = visit.page("error.html", 500, title="Có lỗi", text=BROKEN)
        if visit._fresh:
            response.set_cookie(
                console.cookie, visit.token, path="/", secure=console.secure, httponly=True, samesite="strict"
            )
        return response

    def _guarded(self, visit: Visit) -> Response:
        refused = self._refusal(visit)
        if refused is not None:
            return refused
        if self.posts and not _form_is_ours(visit):
            return visit.page("error.html", 403, title="Biểu mẫu đã cũ", text=STALE)
        return self.handler(visit)

    def _refusal(self, visit: Visit) -> Response | None:
        if self.roles is None:
            return None
        if visit.person is None:
            return visit.go(_sign_in_and_back(visit, self.posts))
        if visit.stage == "code":
            return visit.go(CODE)
        if visit.person.must_change and self.path not in (OWN_PASSWORD, SIGN_OUT):
            return visit.go(OWN_PASSWORD)
        if visit.person.role not in self.roles:
            with visit.write() as session:
                audit.record(session, visit.actor, "console.refused", visit.now, detail=self.path)
            return visit.page("error.html", 403, title="Không có quyền", text=FORBIDDEN)
        return None


NOT_THERE = "Trang này không có, hoặc không thuộc đơn vị của anh/chị."
BROKEN = "Trang này gặp lỗi nên việc vừa rồi có thể chưa được lưu. Anh/chị báo người quản trị giúp."
BUSY = "Máy chủ chưa đọc được dữ liệu. Việc anh/chị vừa làm chưa được lưu. Xin thử lại sau ít phút."
STALE = (
    "Biểu mẫu này đã cũ hoặc gửi từ nơi khác nên chưa lưu gì. Anh/chị quay lại, tải lại trang rồi gửi lại."
)
FORBIDDEN = "Vai trò của anh/chị không mở được trang này. Cần thì anh/chị nhờ quản trị viên."


def _identify(visit: Visit) -> None:
    if visit.token:
        with visit.read() as session:
            found = sign_in.signed_in(session, visit.token, visit.now)
        if found is not None:
            visit.person, visit.stage = found.person, found.stage
            if found.wants_noting:
                with visit.write() as session:
                    console_sessions.note(session, visit.token, visit.now)
    else:
        # For the sign-in form, which needs a token of its own before anybody is known.
        visit.renew(secrets.token_urlsafe(32))


def _form_is_ours(visit: Visit) -> bool:
    origin = visit.request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != visit.request.headers.get("host"):
        return False
    wanted = console_sessions.form_token(visit.token)
    return hmac.compare_digest(wanted.encode(), visit.sent("form_token").encode())


def _sign_in_and_back(visit: Visit, posts: bool) -> str:
    ended = "het-phien" if visit.request.cookies.get(visit.console.cookie) else ""
    path = visit.request.url.path
    if visit.request.url.query:
        path += f"?{visit.request.url.query}"
    back = "" if posts or path == "/" else f"?toi={quote(path)}"
    if ended:
        back += ("&" if back else "?") + f"xong={ended}"
    return SIGN_IN + back


def own_path(path: str) -> str:
    """Give a path of ours to go on to after signing in, the start page for anything else."""
    parts = urlsplit(path)
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if plain and not parts.scheme and not parts.netloc and path.isprintable() else "/"
