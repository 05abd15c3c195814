"""Signing in and out: password, then the phone's code where it is on."""

from __future__ import annotations

import math
import threading
from datetime import timedelta
from urllib.parse import quote

from starlette.responses import Response

from console.permissions import EVERYBODY
from console.visit import CODE, SIGN_IN, SIGN_OUT, Page, Visit, own_path
from services import console_sessions, sign_in
from services.sign_in import Attempt, Outcome

WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng."
WRONG_CODE = "Mã chưa đúng. Anh/chị nhập mã đang hiện trên điện thoại."
# Each check takes 64 MB and a tenth of a second: many at once would take the machine.
_hashing = threading.BoundedSemaphore(2)


def form(visit: Visit) -> Response:
    """Show the form, or go on when somebody is signed in already."""
    if visit.person is not None and visit.stage == "open":
        return visit.go(own_path(visit.asked("toi", 500)))
    return visit.page("sign_in.html", login="", to=own_path(visit.asked("toi", 500)), problem="")


def enter(visit: Visit) -> Response:
    """Check name and password."""
    login, to = visit.sent("login", 64), own_path(visit.sent("to", 500))
    password = visit.form.get("password")
    address = visit.request.client.host if visit.request.client else ""
    if not visit.console.addresses.allow(address, visit.now):
        return _again(visit, login, to, Attempt(Outcome.WAIT, wait=timedelta(minutes=1)))
    with visit.read() as session:
        secret = sign_in.look_up(session, visit.console.cipher, login, visit.now)
    if isinstance(secret, Attempt):
        return _again(visit, login, to, secret)
    with _hashing:
        fits = visit.console.passwords.fits(
            secret.password_hash, password if isinstance(password, str) else ""
        )
    with visit.write() as session:
        attempt = sign_in.settle(session, visit.console.cipher, secret, fits, visit.now)
        if attempt.outcome in (Outcome.OPEN, Outcome.CODE_WANTED):
            console_sessions.end(session, visit.token)
    return _entered(visit, attempt, login, to)


def code_form(visit: Visit) -> Response:
    """Ask for the phone's code."""
    if visit.stage != "code":
        return visit.go("/" if visit.stage == "open" else SIGN_IN)
    return visit.page("code.html", to=own_path(visit.asked("toi", 500)), problem="")


def enter_code(visit: Visit) -> Response:
    """Check the phone's code."""
    to = own_path(visit.sent("to", 500))
    if visit.stage != "code":
        return visit.go(SIGN_IN, "het-phien")
    with visit.write() as session:
        attempt = sign_in.enter_code(
            session, visit.console.cipher, visit.token, visit.sent("code", 20), visit.now
        )
    if attempt.outcome is Outcome.OPEN:
        visit.renew(attempt.token)
        return visit.go(to)
    problem = _wait(attempt) if attempt.outcome is Outcome.WAIT else WRONG_CODE
    return visit.page("code.html", 429 if attempt.outcome is Outcome.WAIT else 403, to=to, problem=problem)


def leave(visit: Visit) -> Response:
    """Sign out of this browser."""
    with visit.write() as session:
        sign_in.sign_out(session, visit.token, visit.viewer.user_id, visit.now)
    return visit.go(SIGN_IN, "dang-xuat")


def _entered(visit: Visit, attempt: Attempt, login: str, to: str) -> Response:
    if attempt.outcome is Outcome.OPEN:
        visit.renew(attempt.token)
        return visit.go(to)
    if attempt.outcome is Outcome.CODE_WANTED:
        visit.renew(attempt.token)
        return visit.go(f"{CODE}?toi={quote(to)}" if to != "/" else CODE)
    return _again(visit, login, to, attempt)


def _again(visit: Visit, login: str, to: str, attempt: Attempt) -> Response:
    waits = attempt.outcome is Outcome.WAIT
    problem = _wait(attempt) if waits else WRONG
    return visit.page("sign_in.html", 429 if waits else 403, login=login, to=to, problem=problem)


def _wait(attempt: Attempt) -> str:
    seconds = math.ceil(attempt.wait.total_seconds())
    told = f"{seconds} giây" if seconds < 90 else f"{math.ceil(seconds / 60)} phút"
    return f"Đã nhập sai nhiều lần. Anh/chị đợi {told} rồi thử lại."


PAGES = (
    Page(SIGN_IN, form, roles=None),
    Page(SIGN_IN, enter, roles=None, posts=True),
    Page(CODE, code_form, roles=None),
    Page(CODE, enter_code, roles=None, posts=True),
    Page(SIGN_OUT, leave, roles=EVERYBODY, posts=True),
)
