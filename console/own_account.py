"""One's own account: password, the phone's code, signing out everywhere."""

from __future__ import annotations

import segno
from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.permissions import EVERYBODY
from console.visit import OWN_PASSWORD, SIGN_IN, Page, Visit
from services import console_sessions, sign_in, staff
from services.sign_in import Attempt

WRONG_PASSWORD = "Mật khẩu hiện tại chưa đúng."
NOT_TWICE = "Hai lần nhập mật khẩu mới không giống nhau."
WRONG_CODE = "Mã chưa đúng. Anh/chị nhập mã đang hiện trong ứng dụng."


def account(visit: Visit) -> Response:
    """Show the account."""
    return _account(visit)


def password_form(visit: Visit) -> Response:
    """Show the form for a new password."""
    return visit.page("own_password.html", problem="")


def change_password(visit: Visit) -> Response:
    """Set a new password and sign out everywhere."""
    new = visit.form.get("new")
    new = new if isinstance(new, str) else ""
    problem = "" if _knows_password(visit) else WRONG_PASSWORD
    if not problem and new != visit.form.get("again"):
        problem = NOT_TWICE
    if not problem:
        try:
            with visit.write() as session:
                staff.set_own_password(session, visit.console.passwords, visit.viewer.user_id, new, visit.now)
        except staff.StaffError as error:
            problem = str(error)
    if problem:
        return visit.page("own_password.html", 422, problem=problem)
    return visit.go(SIGN_IN, "mat-khau")


def phone_form(visit: Visit) -> Response:
    """Show the code to scan with the phone; another only after the first is off."""
    if visit.person is not None and visit.person.has_totp:
        return visit.go("/tai-khoan")
    return _phone(visit, "")


def confirm_phone(visit: Visit) -> Response:
    """Switch the phone's code on after its first code."""
    if visit.person is not None and visit.person.has_totp:
        return visit.go("/tai-khoan")
    with visit.write() as session:
        right = sign_in.confirm_totp(
            session, visit.console.cipher, visit.viewer.user_id, visit.sent("code", 20), visit.now
        )
    return visit.go("/tai-khoan", "bat-ma") if right else _phone(visit, WRONG_CODE)


def drop_phone(visit: Visit) -> Response:
    """Switch the phone's code off, for who knows the password."""
    if not _knows_password(visit):
        return _account(visit, WRONG_PASSWORD)
    with visit.write() as session:
        sign_in.drop_totp(session, visit.viewer.user_id, visit.now)
    return visit.go("/tai-khoan", "tat-ma")


def leave_everywhere(visit: Visit) -> Response:
    """Sign out of every browser."""
    with visit.write() as session:
        sign_in.sign_out_everywhere(session, visit.viewer.user_id, visit.now)
    return visit.go(SIGN_IN, "moi-noi")


def _account(visit: Visit, problem: str = "") -> Response:
    with visit.read() as session:
        browsers = console_sessions.count(session, visit.viewer.user_id, visit.now)
    return visit.page("own_account.html", 422 if problem else 200, browsers=browsers, problem=problem)


def _phone(visit: Visit, problem: str) -> Response:
    with visit.write() as session:
        address = sign_in.offer_totp(session, visit.console.cipher, visit.viewer.user_id)
    picture = segno.make(address, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff")
    secret = address.split("secret=")[1].split("&")[0]
    groups = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return visit.page(
        "own_phone.html", 422 if problem else 200, picture=Markup(picture), secret=groups, problem=problem
    )


def _knows_password(visit: Visit) -> bool:
    """Check the present password as a sign-in would, with the same waits."""
    with visit.read() as session:
        secret = sign_in.look_up(session, visit.console.cipher, visit.viewer.user_id, visit.now)
    if isinstance(secret, Attempt):
        return False
    given = visit.form.get("password")
    fits = visit.console.passwords.fits(secret.password_hash, given if isinstance(given, str) else "")
    if not fits:
        with visit.write() as session:
            _count_failure(session, visit, secret)
    return fits


def _count_failure(session: Session, visit: Visit, secret: sign_in.Secret) -> None:
    sign_in.settle(session, visit.console.cipher, secret, False, visit.now)


PAGES = (
    Page("/tai-khoan", account, EVERYBODY),
    Page(OWN_PASSWORD, password_form, EVERYBODY),
    Page(OWN_PASSWORD, change_password, EVERYBODY, posts=True),
    Page("/tai-khoan/dien-thoai", phone_form, EVERYBODY),
    Page("/tai-khoan/dien-thoai", confirm_phone, EVERYBODY, posts=True),
    Page("/tai-khoan/tat-dien-thoai", drop_phone, EVERYBODY, posts=True),
    Page("/tai-khoan/dang-xuat-moi-noi", leave_everywhere, EVERYBODY, posts=True),
)
