"""Every address of the console for everybody, as docs/console.md says; other units' things are not there.

The app's own routes are walked, so that a new one has to be documented before it passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pyotp
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from console.app import PAGES
from console.visit import Console
from services import audit, sign_in
from services.db.models import Base
from services.settings import ROOT
from services.staff import LEADER, OFFICER, ROLES, TRAINER
from tests.console.conftest import OTHER, TOKEN, WARD, Browser
from tests.console.test_report_pages import PNG, Town
from tests.console.test_review_pages import Archive

NOBODY = "nobody"
OPENS, KEPT_OUT, LEADS_ON = "✔", "–", "→"
Address = tuple[str, str]


def documented() -> dict[Address, dict[str, str]]:
    """The table of docs/console.md: by method and path, what each role meets."""
    text = (ROOT / "docs" / "console.md").read_text("utf-8").split("## Every address")[1]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "|" in line
    ]
    heads = rows[0][1:]
    table = {}
    for name, *cells in rows[2:]:
        method, path = name.strip("`").split(" ")
        table[method, path] = dict(zip(heads, cells, strict=True))
    return table


def addresses(app: Starlette) -> Iterator[Address]:
    """Every method and path that the app answers."""
    for route in app.routes:
        if isinstance(route, Mount):
            yield "GET", f"{route.path}/{{file}}"
        else:
            assert isinstance(route, Route)
            yield from ((method, route.path) for method in (route.methods or set()) - {"HEAD"})


@pytest.fixture
def ward(console: Console, clock: Any) -> dict[str, str]:
    """What stands in the ward's addresses: a report with a picture, a conversation, a message."""
    receipt = Town(console, clock).gets_files((PNG, "image/png"))
    Archive(console, clock).holds(("gọi 0912345678", "nlu_fallback"), ("tạm trú", "hoi_dang_ky_tam_tru"))
    return {
        "report_id": str(receipt.report_id), "position": "0", "session_id": "1", "message_id": "1",
        "place": "0", "login": "mot-officer", "name": "none-made", "file": "console.css",
    }  # fmt: skip


def concrete(path: str, things: dict[str, str]) -> str:
    """An address of something that there is."""
    return re.sub(r"\{(\w+)\}", lambda found: things[found.group(1)], path)


def met(answer: httpx.Response, role: str) -> str:
    """What somebody meets: opened, kept out, led on."""
    to = answer.headers.get("location", "")
    if answer.status_code == 403 and "Không có quyền" in answer.text:
        return KEPT_OUT
    if role == NOBODY and answer.status_code == 303 and to.split("?")[0] == "/dang-nhap":
        assert answer.text == ""
        return KEPT_OUT
    return LEADS_ON if to in ("/", "/dang-nhap?xong=het-phien") else OPENS


def test_every_address_is_documented(app: Starlette) -> None:
    assert set(documented()) == set(addresses(app))


@pytest.mark.parametrize("role", [NOBODY, *ROLES])
def test_every_address_meets_every_role_as_documented(
    app: Starlette, console: Console, ward: dict[str, str], signed_in: Callable[..., Browser],
    hire: Callable[..., None], role: str,
) -> None:  # fmt: skip
    browser = Browser(app) if role == NOBODY else signed_in(role)
    if role != OFFICER:
        hire(ward["login"])
    if role in (TRAINER, LEADER):
        browser.submit("/xuat-du-lieu", den="2020-01-01")
        ward["name"] = browser.get("/xuat-du-lieu").text.split('href="/xuat-du-lieu/')[1].split('"')[0]
    found, broken, opened = {}, [], []
    for method, path in documented():
        if role != NOBODY and browser.get("/tai-khoan").status_code == 303:
            # The form before signed us out.
            browser.sign_in(f"mot-{role}")
        form_on = "/dang-nhap" if role == NOBODY else "/tai-khoan"
        token = TOKEN.search(browser.get(form_on).text).group(1)  # type: ignore[union-attr]
        sent = {"form_token": token} if method == "POST" else None
        answer = browser.request(method, concrete(path, ward), data=sent)
        found[method, path] = met(answer, role)
        if method == "GET" and found[method, path] == OPENS:
            opened.append(answer.status_code)
        if answer.status_code >= 500 or "Biểu mẫu đã cũ" in answer.text:
            broken.append((method, path, answer.status_code))
    assert found == {address: cells[role] for address, cells in documented().items()}
    assert (broken, set(opened)) == ([], {200})
    with console.database.transaction() as session:
        refused = [one.detail for one in audit.entries(session) if one.action == "console.refused"]
    kept_out = [path for (_, path), how in found.items() if how == KEPT_OUT]
    assert refused == ([] if role == NOBODY else kept_out[::-1])


def test_no_address_listens_to_another_method(app: Starlette, ward: dict[str, str]) -> None:
    browser, known = Browser(app), set(addresses(app))
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
    heard = {
        (method, path): answer.status_code
        for _, path in known
        for method in methods
        if (method, path) not in known
        and (answer := browser.request(method, concrete(path, ward))).status_code != 405
    }
    assert heard == {}


def test_a_head_request_is_guarded_like_the_page(app: Starlette, ward: dict[str, str]) -> None:
    guarded = [page.path for page in PAGES if page.roles is not None and not page.posts]
    assert {
        Browser(app).head(concrete(path, ward)).headers["location"].split("?")[0] for path in guarded
    } == {"/dang-nhap"}


@pytest.mark.parametrize("stage", ["first password", "code wanted"])
def test_who_is_only_half_signed_in_is_led_on_from_every_address(
    app: Starlette, console: Console, ward: dict[str, str], signed_in: Callable[..., Browser],
    clock: Any, stage: str,
) -> None:  # fmt: skip
    browser, lan = Browser(app), signed_in("leader", login="lan")
    if stage == "code wanted":
        shown = lan.get("/tai-khoan/dien-thoai").text.split("<code>")[1].split("</code>")[0]
        lan.submit("/tai-khoan/dien-thoai", code=pyotp.TOTP(shown.replace(" ", "")).at(clock()))
        browser.sign_in("lan")
        only, free = "/ma-xac-thuc", set()
    else:
        admin = signed_in("admin")
        given = admin.submit("/nhan-su/sua/lan/mat-khau", form_on="/nhan-su/sua/lan").text
        browser.sign_in("lan", given.split('class="big-code">')[1].split("<")[0])
        only, free = "/tai-khoan/mat-khau", {"/tai-khoan/mat-khau", "/dang-xuat"}
    token = TOKEN.search(browser.get(only).text).group(1)  # type: ignore[union-attr]
    led = {
        (page.method, page.path): browser.request(
            page.method, concrete(page.path, ward), data={"form_token": token} if page.posts else None
        ).headers.get("location")
        for page in PAGES
        if page.roles is not None and page.path not in free
    }
    assert {address: to for address, to in led.items() if to != only} == {}
    with console.database.transaction() as session:
        assert sign_in.signed_in(session, browser.cookies["phien"], clock()) is not None


def stored(console: Console) -> dict[str, list[Any]]:
    """Every row of every table, but for who looked and who is signed in."""
    with console.database.transaction() as session:
        return {
            table.name: sorted(map(repr, session.execute(sa.select(table))))
            for table in Base.metadata.sorted_tables
            if table.name not in ("audit_entry", "console_session", "staff_account")
        }


# What a form of this end holds, so that it would change something where one may.
SENT: dict[str, dict[str, Any]] = {
    "nguoi-bao": {"reason": "goi_lai"},
    "trang-thai": {"state": "da_tiep_nhan", "words": ""},
    "nhan-tin": {"how": "tell", "words": "Chào bà con"},
    "nhan-viec": {"to": "me"},
    "phuc-tap": {"complex": "yes"},
    "so-ho-so": {"number": "12/2026"},
    "gui-lai": {"message": "1"},
    "trung": {"link": "1", "same": "yes"},
    "nhan": {"tag": "hay hỏi"},
    "ghi-chu": {"text": "Ghi chú"},
    "xem-ro": {"message": "1", "reason": "tin_bao"},
    "{message_id}": {"how": "correct", "intent": "to_giac_toi_pham"},
}


@pytest.mark.parametrize("role", [OFFICER, TRAINER, LEADER])
def test_another_units_things_are_answered_like_ones_that_do_not_exist(
    console: Console, ward: dict[str, str], signed_in: Callable[..., Browser], role: str
) -> None:
    browser, before = signed_in(role, (OTHER,)), stored(console)
    token = TOKEN.search(browser.get("/tai-khoan").text).group(1)  # type: ignore[union-attr]
    missing = dict.fromkeys(ward, "987654")
    tried = []
    for page in PAGES:
        if role not in (page.roles or ()) or not re.search(r"\{(report|session|message)_id\}", page.path):
            continue
        sent = {"form_token": token, "version": "1", **SENT[page.path.split("/")[-1]]} if page.posts else None
        there, nowhere = (
            browser.request(page.method, concrete(page.path, {**ward, **ids, "position": "0"}), data=sent)
            for ids in ({}, missing)
        )
        assert (page.path, there.status_code, nowhere.status_code) == (page.path, 404, 404)
        assert there.text == nowhere.text
        tried.append(page.path)
    assert stored(console) == before
    assert len(tried) >= 6


def test_another_units_things_named_in_a_form_stay_as_they_are(
    console: Console, clock: Any, ward: dict[str, str], signed_in: Callable[..., Browser]
) -> None:
    town, archive = Town(console, clock), Archive(console, clock)
    town.gets(draft_id="another")
    own = town.gets(draft_id="own", account_id=OTHER, plates=(), phones=(), latitude=None, longitude=None)
    archive.holds(("câu của xã", "nlu_fallback"), citizen="c9", account=OTHER)
    with console.database.transaction() as session:
        links = session.execute(sa.text("SELECT id FROM report_link")).scalars().all()
    assert links
    leader = signed_in(LEADER, (OTHER,))
    at, talk = f"/tin-bao/{own.report_id}", "/hoi-thoai/2"
    mine = next(row.id for row in archive.messages() if row.text == "câu của xã")
    # Opening one's own pages first: looking marks a conversation as being read.
    version = leader.get(at).text.split('name="version" value="')[1].split('"')[0]
    leader.get(talk)
    forms = [
        (f"{at}/trung", {"link": str(links[0]), "same": "yes"}),
        (f"{at}/gui-lai", {"message": "1"}),
        (f"{at}/nhan-viec", {"to": "nguoi-phuong", "version": version}),
        (f"{talk}/xem-ro", {"message": "1", "reason": "tin_bao"}),
        *(
            ("/chua-hieu", {"message": [str(mine), "1"], "how": how, "intent": "to_giac_toi_pham"})
            for how in ("accept", "correct", "reject", "reopen")
        ),
    ]
    signed_in(OFFICER, (WARD,), "nguoi-phuong")
    before = stored(console)
    answers = [leader.submit(path, form_on="/tai-khoan", **fields) for path, fields in forms]
    assert [answer.status_code for answer in answers] == [403, 422, 422, 403, 422, 422, 422, 422]
    assert not any("0912345678" in answer.text for answer in answers)
    assert stored(console) == before


def test_another_unit_chosen_in_a_filter_shows_nothing(
    console: Console, clock: Any, ward: dict[str, str], signed_in: Callable[..., Browser]
) -> None:
    paths = (
        f"/tin-bao?xem=&don_vi={WARD}", "/tin-bao?xem=&tim=59X1-123.45", f"/hoi-thoai?don_vi={WARD}",
        f"/chua-hieu?xem=tat_ca&don_vi={WARD}", f"/so-lieu?tu=2026-01-01&don_vi={WARD}",
    )  # fmt: skip
    something = re.compile(r'data-label=|name="message"|<img src="/so')
    seen = [
        [path for path in paths if something.search(browser.get(path).text)]
        for browser in (signed_in(LEADER, (WARD,), "mot"), signed_in(LEADER, (OTHER,), "hai"))
    ]
    assert seen == [list(paths), []]


def test_another_unit_chosen_for_an_export_gives_an_empty_one(
    ward: dict[str, str], signed_in: Callable[..., Browser]
) -> None:
    leader = signed_in(LEADER, (OTHER,))
    leader.submit("/xuat-du-lieu", don_vi=WARD, trang_thai="")
    assert "Không có hội thoại nào" in leader.get("/xuat-du-lieu").text


def test_the_trail_names_the_reports_that_the_reader_may_open(
    console: Console, clock: Any, signed_in: Callable[..., Browser]
) -> None:
    town = Town(console, clock)
    own, foreign = town.gets(), town.gets(account_id=OTHER)
    complaint = town.gets(group="khieu_nai_can_bo")
    named = {
        name: re.findall(
            r'data-label="Tin báo"[^>]*>([^<]+)<', browser.get("/nhat-ky?viec=report.submitted").text
        )
        for name, browser in (
            ("ward", signed_in(LEADER, (WARD,), "mot")),
            ("above", signed_in(LEADER, ("*",), "hai")),
            ("admin", signed_in("admin", ("*",), "root")),
        )
    }
    every = [complaint.code, foreign.code, own.code]
    assert named == {
        "ward": ["Ngoài phần việc", "Ngoài phần việc", own.code],
        "above": every,
        "admin": every,
    }
