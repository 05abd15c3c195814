"""Signing in and out in a browser, and what guards every page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from starlette.applications import Starlette

from console.app import PAGES, build_app
from console.visit import Console, own_path
from services import sign_in
from services.staff import ROLES
from tests.console.conftest import SECRET, TOKEN, WARD, Browser


def concrete(path: str) -> str:
    """An address that fits a page's path."""
    return re.sub(r"\{\w+\}", "1", path.replace("{login}", "nobody"))


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_shows_what_the_role_may_open(signed_in: Callable[..., Browser], role: str) -> None:
    browser = signed_in(role)
    menu = browser.get("/").text.split('<nav class="menu"')[1].split("</nav>")[0]
    paths = [part.split('"')[0] for part in menu.split('href="')[1:]]
    roles = {page.path: page.roles or () for page in PAGES if not page.posts}
    assert [role in roles[path] for path in paths] == [True] * len(paths)
    assert len(paths) >= 2


@pytest.mark.parametrize("page", [page for page in PAGES if page.posts], ids=lambda page: page.path)
def test_a_form_from_elsewhere_changes_nothing(
    signed_in: Callable[..., Browser], app: Starlette, page: Any
) -> None:
    role = next(iter(page.roles)) if page.roles else None
    browser = signed_in(role) if role else Browser(app)
    shown = browser.get("/tai-khoan" if role else "/dang-nhap")
    token = TOKEN.search(shown.text).group(1)  # type: ignore[union-attr]
    path = concrete(page.path)
    tries = [
        browser.post(path),
        browser.post(path, data={"form_token": "0" * 64}),
        browser.post(path, data={"form_token": token}, headers={"Origin": "https://evil.example"}),
        browser.post(path, data={"form_token": token}, headers={"Origin": "null"}),
    ]
    assert [answer.status_code for answer in tries] == [403] * 4
    assert all("Biểu mẫu đã cũ" in answer.text for answer in tries)


def test_the_token_of_another_browser_does_not_count(app: Starlette, hire: Callable[..., None]) -> None:
    hire("lan")
    mine, theirs = Browser(app), Browser(app)
    stolen = TOKEN.search(theirs.get("/dang-nhap").text).group(1)  # type: ignore[union-attr]
    mine.get("/dang-nhap")
    answer = mine.post("/dang-nhap", data={"form_token": stolen, "login": "lan", "password": SECRET})
    assert answer.status_code == 403


def test_signing_in_gives_another_cookie_and_ends_with_signing_out(
    app: Starlette, hire: Callable[..., None]
) -> None:
    hire("lan")
    browser = Browser(app)
    browser.get("/dang-nhap")
    before = browser.cookies["phien"]
    browser.sign_in("lan")
    after = browser.cookies["phien"]
    assert before != after
    assert "Chào Cán bộ lan" in browser.get("/").text
    answer = browser.submit("/dang-xuat", form_on="/tai-khoan")
    assert answer.headers["location"] == "/dang-nhap?xong=dang-xuat"
    browser.cookies.set("phien", after, domain="127.0.0.1")
    assert browser.get("/").status_code == 303


def test_a_wrong_name_and_a_wrong_password_look_the_same(browser: Browser, hire: Callable[..., None]) -> None:
    hire("lan")
    answers = [browser.sign_in("lan", "wrong"), browser.sign_in("mai", "wrong")]
    shown = [TOKEN.sub("", answer.text).replace("mai", "lan") for answer in answers]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert shown[0] == shown[1]
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in shown[0]


def test_guessing_is_slowed_down_and_said(browser: Browser, hire: Callable[..., None], clock: Any) -> None:
    hire("lan")
    answers = [browser.sign_in("lan", f"wrong {number}") for number in range(5)]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 429]
    assert "Anh/chị đợi 30 giây" in answers[-1].text
    assert browser.sign_in("lan").status_code == 429
    clock.forward(31)
    assert browser.sign_in("lan").status_code == 303


def test_one_address_that_tries_many_names_is_slowed_down(browser: Browser) -> None:
    answers = [browser.sign_in(f"name-{number}", "wrong").status_code for number in range(61)]
    assert answers == [403] * 60 + [429]


def test_a_session_that_ended_leads_to_the_sign_in_and_back(
    signed_in: Callable[..., Browser], clock: Any
) -> None:
    browser = signed_in("admin")
    clock.forward(1801)
    answer = browser.get("/nhat-ky?ai=lan&viec=")
    assert answer.headers["location"] == "/dang-nhap?toi=/nhat-ky%3Fai%3Dlan%26viec%3D&xong=het-phien"
    shown = browser.get(answer.headers["location"])
    assert "Phiên làm việc đã hết" in shown.text
    token = TOKEN.search(shown.text).group(1)  # type: ignore[union-attr]
    entered = browser.post(
        "/dang-nhap",
        data={"form_token": token, "login": "mot-admin", "password": SECRET, "to": "/nhat-ky?ai=lan&viec="},
    )
    assert (entered.status_code, entered.headers["location"]) == (303, "/nhat-ky?ai=lan&viec=")


def test_working_keeps_a_session_open(signed_in: Callable[..., Browser], clock: Any) -> None:
    browser = signed_in()
    for _ in range(5):
        clock.forward(1500)
        assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        ("/tin-bao?trang=2", "/tin-bao?trang=2"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\nb", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_stays_here(path: str, goes: str) -> None:
    assert own_path(path) == goes


def test_a_first_password_opens_nothing_but_its_change(
    signed_in: Callable[..., Browser], app: Starlette
) -> None:
    admin = signed_in("admin")
    shown = admin.submit("/nhan-su/them", login="mai", display_name="Lê Mai", role="officer", units=WARD)
    password = shown.text.split('class="big-code">')[1].split("<")[0]
    mai = Browser(app)
    mai.sign_in("mai", password)
    assert [mai.get(path).headers["location"] for path in ("/", "/tai-khoan")] == ["/tai-khoan/mat-khau"] * 2
    new = "sáng nay trời mưa to quá"
    wrong = mai.submit("/tai-khoan/mat-khau", password=password, new="ngắn", again="ngắn")
    assert (wrong.status_code, "ít nhất 12 ký tự" in wrong.text) == (422, True)
    right = mai.submit("/tai-khoan/mat-khau", password=password, new=new, again=new)
    assert right.headers["location"] == "/dang-nhap?xong=mat-khau"
    assert mai.get("/").status_code == 303
    assert mai.sign_in("mai", new).headers["location"] == "/"


def test_a_phone_is_switched_on_asked_for_and_switched_off(
    signed_in: Callable[..., Browser], app: Starlette, clock: Any
) -> None:
    lan = signed_in(login="lan")
    shown = lan.get("/tai-khoan/dien-thoai").text
    assert "<svg" in shown
    totp = pyotp.TOTP(shown.split("<code>")[1].split("</code>")[0].replace(" ", ""))
    assert lan.submit("/tai-khoan/dien-thoai", code="000000").status_code == 422
    assert lan.submit("/tai-khoan/dien-thoai", code=totp.at(clock())).headers["location"].endswith("bat-ma")
    clock.forward(60)
    other = Browser(app)
    assert other.sign_in("lan").headers["location"] == "/ma-xac-thuc"
    assert other.get("/").headers["location"] == "/ma-xac-thuc"
    assert other.submit("/ma-xac-thuc", code="123456", to="/").status_code == 403
    assert other.submit("/ma-xac-thuc", code=totp.at(clock()), to="/").headers["location"] == "/"
    assert other.get("/").status_code == 200
    refused = other.submit("/tai-khoan/tat-dien-thoai", form_on="/tai-khoan", password="wrong")
    assert (refused.status_code, "Mật khẩu hiện tại chưa đúng" in refused.text) == (422, True)
    done = other.submit("/tai-khoan/tat-dien-thoai", form_on="/tai-khoan", password=SECRET)
    assert done.headers["location"].endswith("tat-ma")


def test_who_finds_an_open_browser_cannot_put_their_own_phone_in_place_of_the_officers(
    signed_in: Callable[..., Browser], app: Starlette, clock: Any
) -> None:
    lan = signed_in(login="lan")
    secret = lan.get("/tai-khoan/dien-thoai").text.split("<code>")[1].split("</code>")[0]
    totp = pyotp.TOTP(secret.replace(" ", ""))
    lan.submit("/tai-khoan/dien-thoai", code=totp.at(clock()))
    again = lan.get("/tai-khoan/dien-thoai")
    assert (again.status_code, again.headers.get("location")) == (303, "/tai-khoan")
    token = TOKEN.search(lan.get("/tai-khoan").text).group(1)  # type: ignore[union-attr]
    sent = lan.post("/tai-khoan/dien-thoai", data={"form_token": token, "code": "123456"})
    assert (sent.status_code, sent.headers.get("location")) == (303, "/tai-khoan")
    clock.forward(60)
    other = Browser(app)
    other.sign_in("lan")
    assert other.submit("/ma-xac-thuc", code=totp.at(clock()), to="/").headers["location"] == "/"


def test_signing_out_everywhere(signed_in: Callable[..., Browser], app: Starlette) -> None:
    one = signed_in(login="lan")
    two = Browser(app)
    two.sign_in("lan")
    one.submit("/tai-khoan/dang-xuat-moi-noi", form_on="/tai-khoan")
    assert [browser.get("/").status_code for browser in (one, two)] == [303, 303]


def test_every_answer_has_the_strict_headers(signed_in: Callable[..., Browser], app: Starlette) -> None:
    browser = signed_in("admin")
    answers = [
        browser.get(path) for path in ("/", "/nhat-ky", "/no-such-page", "/healthz", "/static/console.css")
    ]
    answers += [Browser(app).get("/dang-nhap"), browser.post("/"), browser.get("/tai-khoan/dien-thoai")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        assert " onclick=" not in answer.text
    kept = [answer.headers["cache-control"] for answer in answers]
    assert kept == ["no-store"] * 4 + ["max-age=3600"] + ["no-store"] * 3


def test_the_cookie_cannot_be_read_by_scripts_or_sent_from_elsewhere(
    browser: Browser, https_console: Console
) -> None:
    cookie = browser.get("/dang-nhap").headers["set-cookie"]
    assert cookie.startswith("phien=")
    assert cookie.split("; ")[1:] == ["HttpOnly", "Path=/", "SameSite=strict"]
    secure = Browser(build_app(https_console), "https://canbo.example.vn").get("/dang-nhap")
    assert secure.headers["set-cookie"].startswith("__Host-phien=")
    assert "Secure" in secure.headers["set-cookie"].split("; ")
    assert secure.headers["strict-transport-security"] == "max-age=31536000"


def test_another_name_for_our_address_is_refused(app: Starlette) -> None:
    assert Browser(app, "http://evil.example").get("/dang-nhap").status_code == 400


def test_a_huge_form_is_refused(browser: Browser) -> None:
    assert browser.post("/dang-nhap", data={"login": "x" * 1_100_000}).status_code == 413


def test_a_broken_page_tells_nothing_and_keeps_its_headers(
    signed_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("officer")
    monkeypatch.setattr(sign_in, "signed_in", lambda *_: 1 / 0)
    answer = browser.get("/")
    assert (answer.status_code, "Trang này gặp lỗi" in answer.text) == (500, True)
    assert "ZeroDivision" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
