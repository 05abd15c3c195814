"""Tin báo in the console: the list, one report, evidence, words that reach the citizen, who sees what."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from console import report_words
from console.visit import Console
from services import audit, inbox, media, report_states
from services.db import report_tables
from services.db.models import OutboundMessage
from services.evidence_store import EvidenceStore
from services.inbox import NewEvent
from services.media import WantedItem
from services.report_submission import EvidenceRef
from services.reports import Receipt, submit
from tests.console.conftest import OTHER, TOKEN, WARD, Browser
from tests.services.report_samples import LAN, theft

EVIL = '<script>alert(1)</script> =cmd|"/c calc"!A0 - intent: x'
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc```\x00\x00\x00\x05\x00\x01\xa5\xf6E@\x00\x00\x00\x00IEND\xaeB`\x82"
)


class Town:
    """Citizens who report, and what left for them."""

    def __init__(self, console: Console, clock: Any) -> None:
        self.console, self.clock, self.written = console, clock, 0

    def gets(self, **changes: Any) -> Receipt:
        """A citizen reports; they wrote a moment ago, so that they may be written to."""
        self.written += 1
        account = changes.setdefault("account_id", WARD)
        event = NewEvent(account, LAN, f"m{self.written}", "user_send_text", "{}", self.clock())
        with self.console.database.transaction() as session:
            inbox.store(session, self.console.cipher, [event], self.clock())
            changes.setdefault("draft_id", f"draft-{self.written}")
            changes.setdefault("evidence", ())
            return submit(session, self.console.cipher, theft(**changes), self.clock())

    def gets_files(self, *files: tuple[bytes, str], **changes: Any) -> Receipt:
        """A report with files that were received."""
        with self.console.database.transaction() as session:
            event = NewEvent(WARD, LAN, "files", "user_send_image", "{}", self.clock())
            inbox.store(session, self.console.cipher, [event], self.clock())
            event_id = media.event_id(session, WARD, "files") or 0
            wanted = [WantedItem("image", f"https://zalo.example/{one}") for one in range(len(files))]
            media.want(session, self.console.cipher, event_id, WARD, LAN, wanted, self.clock())
            claimed = media.claim(session, self.console.cipher, "w", 10, self.clock())
            store = EvidenceStore(self.console.settings.data_dir, keep_free=0)
            for item, (data, kind) in zip(claimed, files, strict=True):
                kept = store.put(data)
                media.settle(session, item.id, "w", kept.sha256, kept.size, kind, self.clock())
        evidence = tuple(EvidenceRef("files", one) for one in range(len(files)))
        return self.gets(evidence=evidence, **changes)

    def sent(self) -> list[str]:
        """What stands in the outbox for citizens."""
        with self.console.database.transaction() as session:
            rows = session.execute(sa.select(OutboundMessage.sealed_payload).order_by(OutboundMessage.id))
            return [self.console.cipher.open(row.sealed_payload) for row in rows]

    def trail(self) -> list[str]:
        """What the audit trail tells of officers, oldest first."""
        with self.console.database.transaction() as session:
            return [
                f"{one.actor.removeprefix('officer:')} {one.action} {one.detail}".strip()
                for one in reversed(audit.entries(session))
                if one.actor.startswith("officer:") and one.action.startswith("report")
            ]


@pytest.fixture
def town(console: Console, clock: Any) -> Town:
    return Town(console, clock)


def listed(page: str) -> list[str]:
    """The codes on a list, top to bottom."""
    return re.findall(r"<strong[^>]*>(TP-[^<]+)</strong>", page)


def test_an_officer_sees_the_reports_of_their_own_unit_only(
    town: Town, signed_in: Callable[..., Browser]
) -> None:
    own, foreign = town.gets(), town.gets(account_id=OTHER)
    officer = signed_in("officer", (WARD,))
    assert listed(officer.get("/tin-bao").text) == [own.code]
    assert listed(officer.get(f"/tin-bao?xem=&don_vi={OTHER}").text) == []
    assert listed(officer.get(f"/tin-bao?xem=&tim={foreign.code}").text) == []
    assert officer.get(f"/tin-bao/{own.report_id}").status_code == 200
    assert officer.get(f"/tin-bao/{foreign.report_id}").status_code == 404
    answer = officer.submit(
        f"/tin-bao/{foreign.report_id}/nhan-tin", form_on="/tai-khoan", words="x", how="tell"
    )
    assert answer.status_code == 404
    everywhere = signed_in("leader", ("*",))
    assert listed(everywhere.get("/tin-bao").text) == [foreign.code, own.code]


def test_the_list_is_narrowed_by_view_state_category_and_search(
    town: Town, signed_in: Callable[..., Browser], clock: Any
) -> None:
    first = town.gets(emergency=True)
    clock.forward(3600)
    second = town.gets(category="lua_dao", group="lua_dao", plates=(), phones=("0911222333",))
    officer = signed_in("officer")
    found = {
        query: listed(officer.get(f"/tin-bao?{query}").text)
        for query in (
            "xem=khan", "xem=cua_toi", "xem=&loai=lua_dao", "xem=&trang_thai=dang_xu_ly", "xem=chua_gui",
            "xem=&tim=59X1-123.45", "xem=&tim=0911222333", "xem=&tim=" + second.code.lower(), "xem=&tim=zz",
        )
    }  # fmt: skip
    assert list(found.values()) == [
        [first.code], [], [second.code], [], [], [first.code], [second.code], [second.code], [],
    ]  # fmt: skip
    clock.forward(40 * 86_400)
    assert listed(officer.get("/dang-nhap").text) == []
    officer.sign_in("mot-officer")
    assert listed(officer.get("/tin-bao?xem=qua_han").text) == [second.code, first.code]
    assert "Quá hạn" in officer.get("/tin-bao").text


def test_a_long_list_goes_page_by_page(town: Town, signed_in: Callable[..., Browser]) -> None:
    codes = [town.gets(plates=(), phones=(), latitude=None, longitude=None).code for _ in range(55)]
    officer = signed_in("officer")
    first = officer.get("/tin-bao").text
    link = re.search(r'href="(/tin-bao\?[^"]*truoc=\d+)"', first)
    assert link is not None
    second = officer.get(link.group(1).replace("&amp;", "&")).text
    assert listed(first) + listed(second) == codes[::-1]


def test_a_citizens_words_are_shown_as_words(town: Town, signed_in: Callable[..., Browser]) -> None:
    receipt = town.gets(story=EVIL, place=EVIL, name=EVIL)
    shown = signed_in("officer").get(f"/tin-bao/{receipt.report_id}").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; =cmd|&#34;/c calc&#34;!A0 - intent: x" in shown


def test_a_name_is_masked_until_there_is_a_reason_and_that_is_kept(
    town: Town, signed_in: Callable[..., Browser]
) -> None:
    receipt = town.gets()
    officer, path = signed_in("officer"), f"/tin-bao/{receipt.report_id}"
    masked = officer.get(path).text
    assert ("N. T. L." in masked, "Nguyễn Thị Lan" in masked, "0912" in masked) == (True, False, False)
    assert officer.submit(f"{path}/nguoi-bao", form_on=path, reason="tò mò").status_code == 403
    shown = officer.submit(f"{path}/nguoi-bao", form_on=path, reason="goi_lai").text
    assert "Nguyễn Thị Lan" in shown
    assert "Nguyễn Thị Lan" not in officer.get(path).text
    assert "mot-officer report.names_read goi_lai" in town.trail()


def test_a_name_kept_secret_is_for_the_leader_and_an_anonymous_one_for_nobody(
    town: Town, signed_in: Callable[..., Browser]
) -> None:
    secret, anonymous = town.gets(identity="secret"), town.gets(identity="anonymous")
    officer, leader = signed_in("officer"), signed_in("leader")
    paths = [f"/tin-bao/{one.report_id}" for one in (secret, anonymous)]
    asked = [
        browser.submit(f"{path}/nguoi-bao", form_on=path, reason="xac_minh").status_code
        for browser in (officer, leader)
        for path in paths
    ]
    assert asked == [403, 404, 200, 404]
    for path in paths:
        assert "Nguyễn Thị Lan" not in leader.get(path).text


def test_complaints_about_officers_and_reports_about_children_are_for_few(
    town: Town, signed_in: Callable[..., Browser]
) -> None:
    child = town.gets(discreet=True)
    complaint = town.gets(group="khieu_nai_can_bo")
    seen = [
        [browser.get(f"/tin-bao/{one.report_id}").status_code for one in (child, complaint)]
        for browser in (
            signed_in("officer", ("*",)),
            signed_in("leader", (WARD,), "ward"),
            signed_in("leader", ("*",), "above"),
        )
    ]
    assert seen == [[404, 404], [200, 404], [200, 200]]


def test_a_question_and_a_result_reach_the_citizens_chat(
    town: Town, signed_in: Callable[..., Browser]
) -> None:
    receipt = town.gets()
    officer, path = signed_in("officer"), f"/tin-bao/{receipt.report_id}"
    version = '<input type="hidden" name="version" value="'

    def now_at() -> str:
        return officer.get(path).text.split(version)[1].split('"')[0]

    officer.submit(f"{path}/nhan-viec", form_on=path, version=now_at(), to="me")
    officer.submit(f"{path}/trang-thai", form_on=path, version=now_at(), state="dang_xu_ly", words="")
    officer.submit(f"{path}/nhan-tin", form_on=path, version=now_at(), words="Xe màu gì ạ?", how="ask")
    officer.submit(f"{path}/nhan-tin", form_on=path, words="Đã gọi hàng xóm", how="note")
    refused = officer.submit(
        f"{path}/trang-thai", form_on=path, version=now_at(), state="da_giai_quyet", words=""
    )
    assert (refused.status_code, "phải ghi lời nhắn" in refused.text) == (422, True)
    done = officer.submit(
        f"{path}/trang-thai", form_on=path, version=now_at(), state="da_giai_quyet", words="Đã tìm thấy xe."
    )
    assert done.headers["location"] == f"{path}?xong=luu"
    sent = town.sent()
    assert ["xác minh" in sent[0], "Xe màu gì ạ?" in sent[1], "Đã tìm thấy xe." in sent[2]] == [True] * 3
    assert len(sent) == 3
    page = officer.get(path).text
    assert "Đã gọi hàng xóm" in page
    assert page.count("Đã có kết quả") >= 2


def test_of_two_officers_who_change_a_report_at_once_the_second_is_told(
    town: Town, signed_in: Callable[..., Browser]
) -> None:
    receipt = town.gets()
    path = f"/tin-bao/{receipt.report_id}"
    one, two = signed_in("officer", login="mot"), signed_in("officer", login="hai")
    shown = two.get(path).text
    version = shown.split('name="version" value="')[1].split('"')[0]
    token = TOKEN.search(shown).group(1)  # type: ignore[union-attr]
    one.submit(f"{path}/trang-thai", form_on=path, version=version, state="da_tiep_nhan", words="")
    late = two.post(
        f"{path}/trang-thai",
        data={"form_token": token, "version": version, "state": "da_chuyen", "words": "Tôi chuyển"},
    )
    assert (late.status_code, "Người khác vừa sửa tin này" in late.text) == (409, True)
    assert ">Tôi chuyển</textarea>" in late.text
    assert len(town.sent()) == 1


def sends(browser: Browser, path: str, shown: str, **fields: str) -> tuple[int, str]:
    """Send a form of a page that was shown before; gives the status and the page."""
    token = TOKEN.search(shown).group(1)  # type: ignore[union-attr]
    version = shown.split('name="version" value="')[1].split('"')[0]
    answer = browser.post(path, data={"form_token": token, "version": version, **fields})
    return answer.status_code, answer.text


@pytest.mark.parametrize("identity", ["named", "anonymous"])
@pytest.mark.parametrize(
    ("end", "fields", "told"),
    [
        ("nhan-tin", {"how": "ask", "words": "Xe màu gì ạ?"}, 1),
        ("nhan-tin", {"how": "tell", "words": "Chúng tôi đang tìm."}, 1),
        ("nhan-tin", {"how": "note", "words": "Đã gọi hàng xóm"}, 0),
        ("trang-thai", {"state": "dang_xu_ly", "words": ""}, 1),
    ],
)
def test_a_double_click_counts_once(
    end: str, fields: dict[str, str], told: int, identity: str,
    town: Town, signed_in: Callable[..., Browser], clock: Any,
) -> None:  # fmt: skip
    path = f"/tin-bao/{town.gets(identity=identity).report_id}"
    officer = signed_in("officer")
    shown = officer.get(path).text
    done = []
    for _ in range(2):
        done.append(sends(officer, f"{path}/{end}", shown, **fields)[0])
        clock.forward(2)
    page = officer.get(path).text
    assert done == [303, 303]
    assert page.count('<article class="note') == 1
    assert len(town.sent()) <= told
    # Later, on a fresh page, the same words are a new message.
    if end == "nhan-tin":
        clock.forward(3_700)
        officer.sign_in("mot-officer")
        assert sends(officer, f"{path}/{end}", officer.get(path).text, **fields)[0] == 303
        assert officer.get(path).text.count('<article class="note') == 2


def test_words_from_a_page_that_is_no_longer_true_are_not_sent_and_not_lost(
    town: Town, signed_in: Callable[..., Browser]
) -> None:
    path = f"/tin-bao/{town.gets().report_id}"
    one, two = signed_in("officer", login="mot"), signed_in("officer", login="hai")
    shown = two.get(path).text
    assert (
        sends(one, f"{path}/nhan-tin", shown=one.get(path).text, how="tell", words="Đã có kết quả")[0] == 303
    )
    for how in ("ask", "tell"):
        status, page = sends(two, f"{path}/nhan-tin", shown, how=how, words="Xe màu gì?")
        assert (status, "Người khác vừa sửa tin này" in page, ">Xe màu gì?</textarea>" in page) == (
            409,
            True,
            True,
        )
    assert len(town.sent()) == 1


@pytest.mark.parametrize(
    ("end", "fields", "box"),
    [
        ("trang-thai", {"state": "da_giai_quyet", "words": "Đã trả xe " * 200}, "state-words"),
        ("nhan-tin", {"how": "ask", "words": "Xe màu gì ạ? " * 200}, "words"),
    ],
)
def test_words_of_a_refused_step_return_to_the_box_they_were_typed_in_and_to_no_other(
    end: str, fields: dict[str, str], box: str, town: Town, signed_in: Callable[..., Browser]
) -> None:
    path = f"/tin-bao/{town.gets().report_id}"
    officer = signed_in("officer")
    sends(officer, f"{path}/trang-thai", officer.get(path).text, state="dang_xu_ly", words="")
    status, page = sends(officer, f"{path}/{end}", officer.get(path).text, **fields)
    boxes = dict(re.findall(r'<textarea id="([^"]+)"[^>]*>([^<]*)</textarea>', page))
    chosen = re.findall(r'name="state" value="([^"]+)" required checked', page)
    assert status == 422
    assert boxes == {"words": "", "state-words": "", box: fields["words"].strip()}
    assert chosen == ([fields["state"]] if "state" in fields else [])


def test_a_leader_hands_a_report_to_who_may_see_it_and_an_officer_hands_it_to_nobody_else(
    town: Town, signed_in: Callable[..., Browser], hire: Callable[..., None]
) -> None:
    path = f"/tin-bao/{town.gets().report_id}"
    discreet = f"/tin-bao/{town.gets(discreet=True).report_id}"
    hire("binh")
    hire("noi-khac", units=(OTHER,))
    hire("day-may", "trainer")
    leader, officer = signed_in("leader"), signed_in("officer")
    assert re.findall(r'<option value="([^"]+)">Cán bộ', leader.get(path).text) == [
        "binh",
        "mot-leader",
        "mot-officer",
    ]
    assert re.findall(r'<option value="([^"]+)">Cán bộ', leader.get(discreet).text) == ["mot-leader"]
    assert "Giao cho cán bộ" not in officer.get(path).text
    tried = [
        sends(browser, f"{at}/nhan-viec", browser.get(at).text, to=to)[0]
        for browser, at, to in (
            (officer, path, "binh"), (leader, path, "noi-khac"), (leader, path, "day-may"),
            (leader, path, "khong-co"), (leader, path, ""), (leader, discreet, "binh"),
            (leader, path, "binh"),
        )
    ]  # fmt: skip
    assert tried == [422, 422, 422, 422, 422, 422, 303]
    assert "Người xử lý: <strong>binh</strong>" in officer.get(path).text
    assert "mot-leader report.assigned binh" in town.trail()


def test_evidence_is_shown_as_what_it_is_and_only_to_who_may(
    town: Town, signed_in: Callable[..., Browser], console: Console
) -> None:
    page = b"<html><script>alert(1)</script></html>"
    receipt = town.gets_files((PNG, "image/png"), (page, "application/octet-stream"))
    officer, path = signed_in("officer"), f"/tin-bao/{receipt.report_id}/bang-chung"
    picture, other, kept = (officer.get(f"{path}/{end}") for end in ("0", "1", "0?tai=1"))
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert (other.content, other.headers["content-type"]) == (page, "application/octet-stream")
    assert picture.headers["content-disposition"].startswith("inline; filename=")
    assert other.headers["content-disposition"].startswith("attachment; filename=")
    assert kept.headers["content-type"] == "application/octet-stream"
    for answer in (picture, other, kept):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["cache-control"] == "no-store"
    assert [officer.get(f"{path}/{end}").status_code for end in ("9", "x", "-1")] == [404] * 3
    assert signed_in("officer", (OTHER,), "khac").get(f"{path}/0").status_code == 404
    assert town.trail().count("mot-officer report.evidence_read 0") == 2
    changed = EvidenceStore(console.settings.data_dir).path(hashlib.sha256(PNG).hexdigest())
    changed.write_bytes(b"changed")
    assert officer.get(f"{path}/0").status_code == 410


def test_possible_duplicates_are_decided_by_an_officer(town: Town, signed_in: Callable[..., Browser]) -> None:
    first, second = town.gets(), town.gets()
    officer, path = signed_in("officer"), f"/tin-bao/{first.report_id}"
    shown = officer.get(path).text
    assert f"/tin-bao/{second.report_id}" in shown
    link = shown.split('name="link" value="')[1].split('"')[0]
    officer.submit(f"{path}/trung", form_on=path, link=link, same="yes")
    assert "Cùng một việc</span>" in officer.get(path).text


def test_the_start_page_counts_what_waits(town: Town, signed_in: Callable[..., Browser]) -> None:
    town.gets(emergency=True)
    town.gets()
    town.gets(account_id=OTHER)
    page = signed_in("officer").get("/").text
    found = re.findall(r"<strong>(\d+)</strong>([^<]+)<", page)
    figures = {title.strip(): int(number) for number, title in found}
    assert figures["Tin khẩn cấp đang mở"] == 1
    assert figures["Tin mới chưa ai xem"] == 2
    assert figures["Tin đang mở"] == 2


def test_every_state_step_and_message_has_a_name() -> None:
    assert set(report_words.STATES) == set(report_tables.CASE_STATES)
    assert {step for steps in report_states.STEPS.values() for step in steps} == set(report_words.STEPS)
