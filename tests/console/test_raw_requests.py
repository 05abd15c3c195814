"""Requests that no browser makes: paths that climb, names with line ends, sent as they are over a socket."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from console.app import PAGES
from console.visit import Console
from services.staff import ADMIN, LEADER, TRAINER
from tests.console.conftest import TOKEN, Browser
from tests.console.live import served

pytestmark = pytest.mark.timeout(120)
LINE_END = "1%0d%0aX-Evil:%20yes%0d%0a%0d%0a<script>"


@pytest.fixture
def address(console: Console) -> Iterator[str]:
    with served(console) as found:
        yield found


def asked(
    address: str, browser: Browser, path: str, method: str = "GET", body: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """Send a request line as it is; gives status, headers, body."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.putrequest(method, path, skip_accept_encoding=True)
    connection.putheader("Cookie", f"phien={browser.cookies['phien']}")
    connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body.encode())
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def test_no_path_climbs_out_of_its_folder(
    address: str, console: Console, signed_in: Callable[..., Browser]
) -> None:
    theirs, mine = signed_in(TRAINER, ("*",), "hai"), signed_in(TRAINER, ("*",), "mot")
    theirs.submit("/xuat-du-lieu", den="2020-01-01")
    made = theirs.get("/xuat-du-lieu").text.split('href="/xuat-du-lieu/')[1].split('"')[0]
    assert asked(address, theirs, f"/xuat-du-lieu/{made}")[0] == 200
    assert asked(address, mine, "/static/console.css")[0] == 200
    climbing = [
        *(
            f"/static/{path}"
            for path in (
                "../app.py", "..%2fapp.py", "%2e%2e/app.py", "%2e%2e%2fapp.py", "..%5capp.py", "....//app.py",
                "%252e%252e%252fapp.py", "/etc/passwd", "%2fetc%2fpasswd", "console.css/../../app.py",
                "..%c0%afapp.py", "../templates/base.html", ".", "", "console.css%00.png",
            )
        ),
        *(
            f"/xuat-du-lieu/{path}"
            for path in (
                made, f"../hai/{made}", f"..%2fhai%2f{made}", f"%2e%2e%2fhai%2f{made}", f"..%5chai%5c{made}",
                "..", "%2e%2e", ".", "..%2f..", "..%2f..%2fan-ninh.db", "%2fetc%2fpasswd", f"{made}%2f..",
                f".{made}", f"{made}%00", f"{made}%0a", f"{made}/manifest.json",
            )
        ),
    ]  # fmt: skip
    opened = {path: asked(address, mine, path)[0] for path in climbing}
    assert {path: status for path, status in opened.items() if status not in (400, 404)} == {}


def test_evidence_is_asked_for_by_numbers_only(address: str, signed_in: Callable[..., Browser]) -> None:
    leader = signed_in(LEADER, ("*",))
    ends = ("..%2f..%2fan-ninh.db", "0%2f..", "%2e%2e", "-1", "0x0", "%d9%a3", "9" * 40, "0%00", "1e0")
    paths = [f"/tin-bao/{end}/bang-chung/0" for end in ends] + [
        f"/tin-bao/1/bang-chung/{end}" for end in ends
    ]
    statuses = {path: asked(address, leader, path)[0] for path in paths}
    assert {path: status for path, status in statuses.items() if status != 404} == {}


@pytest.mark.parametrize("role", [LEADER, ADMIN])
def test_line_ends_in_an_address_or_a_form_add_no_header(
    address: str, signed_in: Callable[..., Browser], role: str
) -> None:
    browser = signed_in(role, ("*",))
    token = TOKEN.search(browser.get("/tai-khoan").text).group(1)  # type: ignore[union-attr]
    fields = ("to", "login", "display_name", "role", "units", "state", "words", "how", "number", "message",
              "link", "tag", "remove", "text", "reason", "intent", "tu", "den", "don_vi", "code")  # fmt: skip
    body = "&".join([f"form_token={token}", *(f"{name}={LINE_END}" for name in fields)])
    query = "&".join(
        f"{name}={LINE_END}" for name in ("xem", "toi", "xong", "truoc", "trang", "tai", *fields)
    )
    broken = {}
    for page in PAGES:
        if page.roles is not None and role not in page.roles:
            continue
        path = re.sub(r"\{\w+\}", LINE_END, page.path) + f"?{query}"
        status, headers, shown = asked(address, browser, path, page.method, body if page.posts else "")
        to = headers.get("location", "")
        if status >= 500 or "x-evil" in headers or "\n" in to or b"%0d%0a<script>" in shown:
            broken[page.method, page.path] = status
        if status == 303 and to.startswith("/dang-nhap"):
            browser.sign_in(f"mot-{role}")
            token_now = TOKEN.search(browser.get("/tai-khoan").text).group(1)  # type: ignore[union-attr]
            body = body.replace(token, token_now)
            token = token_now
        for name, value in headers.items():
            assert "\r" not in value, name
    assert broken == {}
