"""Officers work a report and the citizen hears of it; each side sees what it may, and both leave a trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services import (
    audit,
    inbox,
    media,
    outbox,
    report_access,
    report_desk,
    report_news,
    report_tracking,
    report_work,
)
from services.db.engine import Database
from services.db.models import InboundEvent, OutboundMessage
from services.db.report_tables import Report, ReportLink
from services.inbox import NewEvent
from services.media import WantedItem
from services.report_categories import load_categories
from services.report_clocks import load_clocks
from services.report_desk import Contact, Filter, NotPermitted, Officer, Sheet
from services.report_history import ReportChanged
from services.report_submission import EvidenceRef
from services.report_tracking import Holder, Outcome, Status
from services.report_work import StepRefused
from services.reports import Receipt, submit
from services.secrets import Cipher
from tests.services.report_samples import BAY, LAN, OA, STORY, theft

CONTENT = Path(__file__).parents[2] / "content"
CATALOGUE, CLOCKS = load_categories(CONTENT), load_clocks(CONTENT)
HUNG = Officer("hung", frozenset({report_desk.READ, report_desk.CHANGE}))
LEAD = Officer(
    "lead",
    frozenset(
        {
            report_desk.READ, report_desk.CHANGE, report_desk.NAMES, report_desk.SECRET_NAMES,
            report_desk.SENSITIVE, report_desk.INSPECT,
        }
    ),
)  # fmt: skip


class Station:
    """A police station: its database, its officers, and citizens who write to it."""

    def __init__(self, database: Database, cipher: Cipher, clock: Any) -> None:
        self.database, self.cipher, self.clock = database, cipher, clock
        self.written = 0

    def hears(self, citizen: str = LAN, items: int = 0) -> str:
        """A citizen writes on Zalo (with pictures); gives the event's key."""
        self.written += 1
        key, now = f"m{self.written}", self.clock()
        with self.database.transaction() as session:
            inbox.store(session, self.cipher, [NewEvent(OA, citizen, key, "user_send_text", "{}", now)], now)
            event_id = media.event_id(session, OA, key)
            wanted = [WantedItem("image", f"https://zalo.example/{key}/{one}") for one in range(items)]
            media.want(session, self.cipher, event_id or 0, OA, citizen, wanted, now)
        return key

    def gets(self, **changes: Any) -> Receipt:
        self.hears()
        with self.database.transaction() as session:
            return submit(session, self.cipher, theft(**changes), self.clock())

    def sheet(self, report_id: int, officer: Officer = HUNG) -> Sheet:
        with self.database.transaction() as session:
            found = report_desk.open_report(
                session, self.cipher, CATALOGUE, CLOCKS, officer, report_id, self.clock()
            )
        assert found is not None
        return found

    def listed(self, officer: Officer = HUNG, wanted: Filter = Filter()) -> list[int]:  # noqa: B008
        with self.database.transaction() as session:
            rows = report_desk.list_reports(session, CATALOGUE, CLOCKS, officer, wanted, self.clock())
        return [row.id for row in rows]

    def moves(self, report_id: int, state: str, words: str = "", officer: Officer = HUNG) -> None:
        with self.database.transaction() as session:
            version = session.execute(sa.select(Report.version).where(Report.id == report_id)).scalar_one()
            report_work.change_state(
                session, self.cipher, officer, report_id, version, state, words, self.clock()
            )

    def does(self, work: Any, *args: Any, officer: Officer = HUNG) -> Any:
        with self.database.transaction() as session:
            return work(session, self.cipher, officer, *args, self.clock())

    def outgoing(self) -> list[str]:
        """The texts on their way to citizens, which are taken as sent."""
        texts = []
        with self.database.transaction() as session:
            while claimed := outbox.claim(session, self.cipher, "w", 20, self.clock()):
                for message in claimed:
                    texts.append(message.payload["text"])
                    outbox.mark_sent(session, message.id, "w", f"z{message.id}", self.clock())
            report_news.refresh(session, self.cipher)
        return texts

    def holder(self, receipt: Receipt, citizen: str = LAN) -> Holder:
        with self.database.transaction() as session:
            found = report_access.look_up(
                session, self.cipher, OA, citizen, receipt.code, receipt.secret, self.clock()
            )
        assert isinstance(found, report_access.Found)
        return Holder(OA, citizen, found.grant)

    def status(self, holder: Holder) -> Status:
        with self.database.transaction() as session:
            found = report_tracking.status(session, self.cipher, CATALOGUE, CLOCKS, holder, self.clock())
        assert found is not None
        return found

    def says(self, what: Any, holder: Holder, *args: Any, **more: Any) -> Outcome | None:
        with self.database.transaction() as session:
            outcome: Outcome | None = what(session, self.cipher, holder, *args, self.clock(), **more)
            return outcome

    def trail(self, report_id: int) -> list[tuple[str, str, str]]:
        with self.database.transaction() as session:
            found = audit.entries(session, report_id=report_id)
        return [(one.actor, one.action, one.detail) for one in reversed(found)]


@pytest.fixture
def station(database: Database, cipher: Cipher, clock: Any) -> Station:
    return Station(database, cipher, clock)


@pytest.fixture
def each_station(each_database: Database, cipher: Cipher, clock: Any) -> Station:
    return Station(each_database, cipher, clock)


def test_a_report_goes_from_new_to_done_and_the_citizen_hears_each_step(each_station: Station) -> None:
    station = each_station
    receipt = station.gets()
    report = receipt.report_id
    station.moves(report, "da_tiep_nhan")
    station.moves(report, "dang_xu_ly")
    station.does(report_work.ask, report, "Xe màu gì ạ?")
    holder = station.holder(receipt)
    assert station.status(holder).state == "can_bo_sung"
    assert station.says(report_tracking.add_information, holder, "Xe màu đỏ") is Outcome.DONE
    station.moves(report, "da_giai_quyet", "Đã tìm thấy xe, mời chị đến nhận.")
    assert station.outgoing() == [
        f"Tin {receipt.code}: Công an đã tiếp nhận tin của anh/chị.",
        f"Tin {receipt.code}: Công an đang xác minh tin của anh/chị.",
        f"Cán bộ hỏi thêm về tin {receipt.code}:\nXe màu gì ạ?\n"
        "Anh/chị trả lời ngay tại đây ạ. Không nhớ, không biết thì cứ nhắn “không rõ”.",
        f"Tin {receipt.code}: Đã tìm thấy xe, mời chị đến nhận.",
    ]
    sheet = station.sheet(report)
    assert (sheet.row.state, sheet.row.news_state, sheet.next_states) == (
        "da_giai_quyet", "sent", ("dang_xu_ly",),
    )  # fmt: skip
    assert [(one["kind"], one["actor"], one["old_state"], one["new_state"]) for one in sheet.history] == [
        ("received", "citizen", None, "moi"),
        ("state", "officer:hung", "moi", "da_tiep_nhan"),
        ("state", "officer:hung", "da_tiep_nhan", "dang_xu_ly"),
        ("question", "officer:hung", "dang_xu_ly", "can_bo_sung"),
        ("answer", "citizen", "can_bo_sung", "dang_xu_ly"),
        ("state", "officer:hung", "dang_xu_ly", "da_giai_quyet"),
    ]
    assert [(one.direction, one.kind, one.text, one.delivery) for one in sheet.messages[2:]] == [
        ("to_citizen", "question", "Xe màu gì ạ?", "sent"),
        ("from_citizen", "answer", "Xe màu đỏ", "none"),
        ("to_citizen", "news", "Đã tìm thấy xe, mời chị đến nhận.", "sent"),
    ]
    assert station.trail(report) == [
        ("citizen", "report.submitted", ""),
        ("officer:hung", "report.state", "moi>da_tiep_nhan"),
        ("officer:hung", "report.state", "da_tiep_nhan>dang_xu_ly"),
        ("officer:hung", "report.asked", ""),
        ("citizen", "report.opened_by_code", ""),
        ("citizen", "report.answer", ""),
        ("officer:hung", "report.state", "dang_xu_ly>da_giai_quyet"),
        ("officer:hung", "report.read", ""),
    ]


def test_what_a_citizen_reads_about_her_report(station: Station) -> None:
    receipt = station.gets()
    station.moves(receipt.report_id, "da_tiep_nhan")
    assert station.status(station.holder(receipt)).text == (
        f"Tin {receipt.code}, gửi lúc 12:00 ngày 21/11/2026.\n"
        "Hiện nay: Đã tiếp nhận. Công an đã tiếp nhận tin của anh/chị.\n"
        "Chậm nhất thứ Bảy 28/11/2026, công an xã, phường xác minh bước đầu xong và chuyển cơ quan "
        "điều tra.\n"
        "Chậm nhất thứ Sáu 11/12/2026, cơ quan điều tra ra quyết định (việc phức tạp thì lâu hơn, tối đa "
        "2 tháng và có thể gia hạn một lần).\n"
        "Có 2 ảnh, clip máy không tải về được; anh/chị gửi lại giúp ạ."
    )


@pytest.mark.parametrize(
    ("way", "state", "words", "reason"),
    [
        ([], "da_giai_quyet", "xong", "không chuyển thẳng"),
        ([], "khong_du_can_cu", "không có", "không chuyển thẳng"),
        ([], "moi", "", "không chuyển thẳng"),
        ([], "bay_mau", "", "không chuyển thẳng"),
        (["dang_xu_ly"], "da_giai_quyet", "  ", "phải ghi lời nhắn"),
        ([], "huong_dan_noi_khac", "", "phải ghi lời nhắn"),
        ([], "can_bo_sung", "", "ghi câu hỏi"),
        ([], "can_bo_sung", "a" * 1501, "không dài quá 1500 chữ"),
    ],
    ids=range(8),
)
def test_a_step_that_is_not_possible_is_refused_with_its_reason(
    station: Station, way: list[str], state: str, words: str, reason: str
) -> None:
    report = station.gets().report_id
    for step in way:
        station.moves(report, step)
    before = station.sheet(report)
    with pytest.raises(StepRefused, match=reason):
        station.moves(report, state, words)
    after = station.sheet(report)
    assert (after.row.state, after.history, after.messages) == (
        before.row.state, before.history, before.messages,
    )  # fmt: skip


def test_of_two_officers_who_change_a_report_at_once_one_is_told(station: Station) -> None:
    report = station.gets().report_id
    seen = station.sheet(report).version
    with station.database.transaction() as session:
        report_work.assign(session, HUNG, report, seen, "hung", station.clock())
    with pytest.raises(ReportChanged), station.database.transaction() as session:
        report_work.assign(session, LEAD, report, seen, "lead", station.clock())
    assert station.sheet(report).row.assigned_to == "hung"


def test_a_citizen_says_not_done_within_fifteen_days(station: Station) -> None:
    receipt = station.gets()
    station.moves(receipt.report_id, "dang_xu_ly")
    assert station.says(report_tracking.not_done, station.holder(receipt), "") is Outcome.NOT_NOW
    station.moves(receipt.report_id, "khong_du_can_cu", "Chưa đủ căn cứ.")
    assert station.status(station.holder(receipt)).can_reopen
    station.clock.forward(timedelta(days=15).total_seconds())
    assert station.says(report_tracking.not_done, station.holder(receipt), "Vẫn còn") is Outcome.DONE
    assert station.sheet(receipt.report_id).row.state == "dang_xu_ly"
    station.moves(receipt.report_id, "da_giai_quyet", "Xong.")
    station.clock.forward(timedelta(days=15, seconds=1).total_seconds())
    holder = station.holder(receipt)
    assert not station.status(holder).can_reopen
    assert station.says(report_tracking.not_done, holder, "") is Outcome.TOO_LATE


def test_a_withdrawn_report_can_still_be_followed(station: Station) -> None:
    receipt = station.gets()
    holder = station.holder(receipt)
    assert station.says(report_tracking.withdraw, holder, "Tôi nhầm") is Outcome.DONE
    assert station.says(report_tracking.withdraw, holder, "") is Outcome.NOT_NOW
    assert "vẫn có thể phải xác minh" in station.status(holder).text
    station.moves(receipt.report_id, "dang_xu_ly")
    assert station.sheet(receipt.report_id).row.state == "dang_xu_ly"


def test_without_a_grant_nothing_is_said_or_done(station: Station) -> None:
    receipt = station.gets()
    holder = replace(station.holder(receipt), citizen_id=BAY)
    for what in (report_tracking.add_information, report_tracking.not_done, report_tracking.withdraw):
        assert station.says(what, holder, "x") is None
    with station.database.transaction() as session:
        assert (
            report_tracking.status(session, station.cipher, CATALOGUE, CLOCKS, holder, station.clock())
            is None
        )
    assert len(station.sheet(receipt.report_id).history) == 1


def test_names_are_masked_until_an_officer_says_why(station: Station) -> None:
    named, secret, anonymous = (
        station.gets(draft_id=identity, identity=identity).report_id
        for identity in ("named", "secret", "anonymous")
    )
    shown = [station.sheet(report) for report in (named, secret, anonymous)]
    assert [(one.reporter, one.contact) for one in shown] == [
        ("Người báo tin để lại tên", Contact("N. T. L.", "•••• ••• 678", "•••")),
        ("Người báo tin đề nghị giữ kín tên", None),
        ("Người báo tin giấu tên", None),
    ]
    whole = Contact("Nguyễn Thị Lan", "0912.345.678", "34/5 Lũy Bán Bích")
    for officer, report, reason in ((HUNG, named, "goi_lai"), (LEAD, named, "vì thích")):
        with pytest.raises(NotPermitted):
            station.does(report_desk.names, report, reason, officer=officer)
    assert station.does(report_desk.names, named, "goi_lai", officer=LEAD) == whole
    only_names = Officer("an", LEAD.permissions - {report_desk.SECRET_NAMES})
    with pytest.raises(NotPermitted):
        station.does(report_desk.names, secret, "goi_lai", officer=only_names)
    assert station.does(report_desk.names, secret, "xac_minh", officer=LEAD) == whole
    assert station.does(report_desk.names, anonymous, "xac_minh", officer=LEAD) is None
    assert station.trail(named)[-1] == ("officer:lead", "report.names_read", "goi_lai")
    assert station.trail(secret)[-1] == ("officer:lead", "report.names_read", "xac_minh")


def test_an_officer_sees_nothing_of_who_reported_anonymously(station: Station) -> None:
    station.clock.forward(17 * 60)
    station.hears(items=2)
    receipt = station.gets(identity="anonymous", evidence=(EvidenceRef("m1", 0),))
    station.does(report_work.ask, receipt.report_id, "Xe màu gì ạ?")
    sheet = station.sheet(receipt.report_id, LEAD)
    assert LAN not in repr(sheet)
    hour = station.clock().replace(minute=0)
    moments = {
        sheet.row.received_at,
        *(one.at for one in sheet.messages),
        *(one["at"] for one in sheet.history),
    }
    assert moments | {one.received_at for one in sheet.evidence} == {hour}
    # The question reaches her all the same, and no column of ours shows where it went.
    assert station.outgoing()[0].startswith(f"Cán bộ hỏi thêm về tin {receipt.code}")
    with station.database.transaction() as session:
        trail = [
            one.at
            for one in audit.entries(session, report_id=receipt.report_id)
            if one.action != "report.read"
        ]
    assert set(trail) == {hour}


def test_some_reports_are_for_some_officers_only(station: Station) -> None:
    theft_report = station.gets().report_id
    about_officer = station.gets(draft_id="2", category="phan_anh_can_bo", group="khieu_nai_can_bo").report_id
    violence = station.gets(draft_id="3", category="bao_luc_gia_dinh", discreet=True).report_id
    elsewhere = replace(HUNG, accounts=frozenset({"another OA"}))
    assert [station.listed(officer) for officer in (HUNG, LEAD, elsewhere)] == [
        [theft_report], [violence, about_officer, theft_report], [],
    ]  # fmt: skip
    for officer, report in ((HUNG, about_officer), (HUNG, violence), (elsewhere, theft_report)):
        with station.database.transaction() as session:
            assert report_desk.visible_row(session, officer, report) is None
        with pytest.raises(StepRefused, match="không thuộc phần việc"):
            station.does(report_work.ask, report, "Ai vậy?", officer=officer)
    with pytest.raises(NotPermitted):
        station.listed(Officer("khach", frozenset()))
    with pytest.raises(NotPermitted):
        station.does(
            report_work.ask, theft_report, "x", officer=Officer("doc", frozenset({report_desk.READ}))
        )


def test_of_a_discreet_report_a_message_says_only_that_there_is_one(station: Station) -> None:
    receipt = station.gets(category="bao_luc_gia_dinh", discreet=True)
    station.does(report_work.ask, receipt.report_id, "Anh ấy còn ở nhà không chị?", officer=LEAD)
    assert station.outgoing() == [report_news.DISCREET]
    assert station.status(station.holder(receipt)).news[-1].text == "Anh ấy còn ở nhà không chị?"
    with station.database.transaction() as session:
        assert report_access.open_questions(session, station.cipher, OA, LAN, station.clock()) == []


def test_after_seven_silent_days_a_message_waits_until_the_citizen_writes(station: Station) -> None:
    report = station.gets().report_id
    station.clock.forward(timedelta(days=7).total_seconds())
    station.moves(report, "da_tiep_nhan")
    station.does(report_work.ask, report, "Xe màu gì ạ?")
    assert station.outgoing() == []
    assert station.listed(wanted=Filter(undelivered=True)) == [report]
    assert [one.delivery for one in station.sheet(report).messages] == ["waiting", "waiting"]
    station.hears()
    with station.database.transaction() as session:
        assert report_news.citizen_wrote(session, station.cipher, OA, BAY, station.clock()) == 0
        assert report_news.citizen_wrote(session, station.cipher, OA, LAN, station.clock()) == 2
        assert report_news.citizen_wrote(session, station.cipher, OA, LAN, station.clock()) == 0
    assert [text.partition(":")[0][:14] for text in station.outgoing()] == [
        "Tin " + station.sheet(report).row.code[:10],
        "Cán bộ hỏi thê",
    ]
    assert station.listed(wanted=Filter(undelivered=True)) == []


def test_a_message_that_zalo_refuses_is_shown_as_undelivered_and_can_be_sent_again(station: Station) -> None:
    report = station.gets().report_id
    station.does(report_work.tell, report, "Mời chị đến nhận xe.")
    with station.database.transaction() as session:
        (message,) = outbox.claim(session, station.cipher, "w", 5, station.clock())
        outbox.mark_dead(session, message.id, "w", "zalo error -213", station.clock())
        assert report_news.refresh(session, station.cipher) == 1
    assert station.listed(wanted=Filter(undelivered=True)) == [report]
    (undelivered,) = station.sheet(report).messages
    assert undelivered.delivery == "dead"
    assert station.does(report_work.resend, report, undelivered.id) is True
    assert station.outgoing() == [f"Tin {station.sheet(report).row.code}: Mời chị đến nhận xe."]
    assert station.does(report_work.resend, report, undelivered.id) is False


def test_who_left_no_address_reads_the_question_with_code_and_secret(station: Station) -> None:
    receipt = station.gets(identity="anonymous", reachable=False)
    station.does(report_work.ask, receipt.report_id, "Xe màu gì ạ?")
    assert station.outgoing() == []
    assert station.sheet(receipt.report_id).row.news_state == "code_only"
    holder = station.holder(receipt, BAY)
    assert "Cán bộ hỏi: Xe màu gì ạ?" in station.status(holder).text
    assert station.says(report_tracking.add_information, holder, "Màu đỏ") is Outcome.DONE
    assert station.sheet(receipt.report_id).messages[-1].text == "Màu đỏ"


def test_an_answer_in_the_chat_finds_its_question(station: Station) -> None:
    named, anonymous = station.gets(), station.gets(draft_id="2", identity="anonymous")
    for receipt in (named, anonymous):
        station.does(report_work.ask, receipt.report_id, "Xe màu gì ạ?")
    with station.database.transaction() as session:
        asked = report_access.open_questions(session, station.cipher, OA, LAN, station.clock())
        assert report_access.open_questions(session, station.cipher, OA, BAY, station.clock()) == []
    assert [(one.code, one.text) for one in asked] == [
        (named.code, "Xe màu gì ạ?"),
        (anonymous.code, "Xe màu gì ạ?"),
    ]
    station.says(report_tracking.add_information, Holder(OA, LAN, asked[1].grant), "Màu đỏ")
    with station.database.transaction() as session:
        left = report_access.open_questions(session, station.cipher, OA, LAN, station.clock())
    assert [one.code for one in left] == [named.code]


def test_evidence_shows_its_hash_and_what_is_missing_as_missing(station: Station) -> None:
    station.hears(items=3)
    with station.database.transaction() as session:
        first, second, _ = media.claim(session, station.cipher, "w", 5, station.clock())
        media.settle(session, first.id, "w", "ab" * 32, 1234, "image/jpeg", station.clock())
        media.mark_missing(session, second.id, "w", "Zalo: 404", station.clock())
    refs = tuple(EvidenceRef(key, position) for key, position in (("m1", 0), ("m1", 1), ("m1", 2), ("m9", 0)))
    receipt = station.gets(evidence=refs)
    shown = [(one.state, one.kind, one.sha256, one.size, one.reason) for one in station.sheet(1).evidence]
    assert shown == [
        ("stored", "image", "ab" * 32, 1234, ""),
        ("missing", "image", None, None, "Zalo: 404"),
        ("fetching", "image", None, None, ""),
        ("missing", "", None, None, "máy không nhận được tệp này"),
    ]
    later = station.hears(items=1)
    holder = station.holder(receipt)
    more = (EvidenceRef(later, 0), EvidenceRef("m1", 0))
    station.says(report_tracking.add_information, holder, "Thêm ảnh", evidence=more)
    assert [one.position for one in station.sheet(1).evidence] == [0, 1, 2, 3, 4]
    status = station.status(holder)
    assert (status.evidence, status.evidence_missing) == (5, 2)


def near(**changes: Any) -> dict[str, Any]:
    """A report like the sample in nothing but what the test says."""
    apart = {"facts": {}, "plates": (), "phones": (), "latitude": None, "longitude": None, "citizen_id": BAY}
    return {**apart, "draft_id": str(changes), **changes}


@pytest.mark.parametrize(
    ("changes", "shared"),
    [
        ({"plates": ("59 X1 12345",)}, "plate+hour"),
        ({"plates": ("59X1-123.46",)}, None),
        ({"latitude": 10.7764, "longitude": 106.6369}, "place+hour"),
        ({"latitude": 10.7764, "longitude": 106.6369, "group": "giao_thong"}, None),
        ({"latitude": 10.7764, "longitude": 106.6569}, None),
        ({"plates": ("59X112345",), "hours": 1}, "plate+hour"),
        ({"plates": ("59X112345",), "hours": 1.01}, None),
        ({"plates": ("59X112345",), "hours": None}, None),
        ({"plates": ("59X112345",), "latitude": 10.777, "longitude": 106.636, "hours": None}, "place+plate"),
        ({"plates": ("59X112345",), "account_id": "1"}, None),
    ],
)
def test_reports_about_the_same_thing_are_linked_and_never_merged(
    station: Station, changes: dict[str, Any], shared: str | None
) -> None:
    first = station.gets()
    hours = changes.pop("hours", 0)
    moment: datetime | None = None
    if hours is not None:
        moment = theft().occurred_from + timedelta(hours=hours)  # type: ignore[operator]
    station.gets(**near(occurred_from=moment, occurred_to=moment, **changes))
    links = [
        (link["other_id"], link["shared"], link["state"]) for link in station.sheet(first.report_id).links
    ]
    assert links == ([(2, shared, "possible")] if shared else [])
    with station.database.transaction() as session:
        assert session.execute(sa.select(sa.func.count(Report.id))).scalar_one() == 2


def test_an_officer_decides_about_a_link(station: Station) -> None:
    station.gets()
    station.gets(draft_id="2", citizen_id=BAY)
    link = station.sheet(1).links[0]["id"]
    with station.database.transaction() as session:
        report_work.decide_link(session, HUNG, link, True, station.clock())
        row = session.execute(sa.select(ReportLink.state, ReportLink.decided_by)).one()
    assert tuple(row) == ("same", "hung")
    assert station.trail(2)[-1] == ("officer:hung", "report.linked", "same")
    assert [one.links for one in (station.sheet(1).row, station.sheet(2).row)] == [0, 0]


def test_a_phone_is_found_by_its_number_and_the_search_is_noted(station: Station) -> None:
    station.gets()
    station.gets(draft_id="2", identity="anonymous")
    with station.database.transaction() as session:
        args = (session, station.cipher)
        now = station.clock()
        assert report_desk.find_by_mark(*args, HUNG, "phone", "+84 987 654 321", now) == (1, 2)
        assert report_desk.find_by_mark(*args, HUNG, "plate", "59x1 12345", now) == (1, 2)
        assert report_desk.find_by_mark(*args, HUNG, "phone", "0912345678", now) == ()
        assert report_desk.find_by_mark(*args, LEAD, "reporter_phone", "0912345678", now) == (1,)
        with pytest.raises(NotPermitted):
            report_desk.find_by_mark(*args, HUNG, "reporter_phone", "0912345678", now)
        found = [(one.actor, one.action, one.detail) for one in audit.entries(session, limit=4)]
    assert found == [
        ("officer:lead", "reports.searched", "reporter_phone"),
        ("officer:hung", "reports.searched", "phone"),
        ("officer:hung", "reports.searched", "plate"),
        ("officer:hung", "reports.searched", "phone"),
    ]


def test_the_list_can_be_narrowed(station: Station) -> None:
    one = station.gets().report_id
    two = station.gets(draft_id="2", category="vuot_den_do", group="giao_thong", emergency=True).report_id
    station.moves(one, "da_tiep_nhan")
    narrowed = [
        station.listed(wanted=wanted)
        for wanted in (
            Filter(states=("moi",)), Filter(group="giao_thong"), Filter(category="trom_cap"),
            Filter(ward="tan-phu"), Filter(emergency=True), Filter(assigned_to="hung"),
            Filter(ids=(one,)), Filter(ids=()),
        )
    ]  # fmt: skip
    assert narrowed == [[two], [two], [one], [two, one], [two], [], [one], []]


def test_a_note_is_for_officers_only(station: Station) -> None:
    receipt = station.gets()
    station.does(report_work.write_note, receipt.report_id, "Nghi là nhóm cũ.")
    assert station.sheet(1).messages[0].text == "Nghi là nhóm cũ."
    assert "nhóm cũ" not in station.status(station.holder(receipt)).text
    assert station.outgoing() == []


def test_the_story_is_shown_whole(station: Station) -> None:
    station.gets()
    sheet = station.sheet(1)
    assert (sheet.story, sheet.place, sheet.amount) == (STORY, "hẻm 12 Lũy Bán Bích", 30_000_000)
    assert [(one.fact_id, one.said, one.doubt) for one in sheet.facts][2] == (
        "bien_so",
        "59x1 12345",
        "no_such_plate",
    )
    assert sheet.row.next_due is not None
    assert sheet.row.next_due.id == "nhan_tin"


def test_no_row_of_the_outbox_stands_in_a_row_of_an_anonymous_report(station: Station) -> None:
    station.clock.forward(125)
    receipt = station.gets(identity="anonymous")
    station.does(report_work.tell, receipt.report_id, "Đã nhận.")
    with station.database.transaction() as session:
        (outbound,) = session.execute(sa.select(OutboundMessage.id, OutboundMessage.created_at)).all()
        inbound = session.execute(sa.select(InboundEvent.received_at)).scalars().all()
        ours: set[Any] = set()
        for table in ("report", "report_message", "report_event", "audit_entry"):
            for row in session.execute(f"SELECT * FROM {table}"):
                ours |= {str(value) for value in row}
    plain = {str(moment.replace(tzinfo=None)) for moment in (outbound.created_at, *inbound)}
    assert [one for one in ours if any(moment in one for moment in plain)] == []


def test_officers_see_how_many_reports_wait_and_find_one_by_its_code(
    each_database: Database, cipher: Cipher, clock: Any
) -> None:
    station = Station(each_database, cipher, clock)
    first, hidden = station.gets(emergency=True), station.gets(draft_id="d2", discreet=True)
    station.moves(first.report_id, "da_tiep_nhan")
    with each_database.transaction() as session:
        for_hung, for_lead = report_desk.counts(session, HUNG), report_desk.counts(session, LEAD)
        found = [
            report_desk.find_by_code(session, officer, typed)
            for officer, typed in (
                (HUNG, first.code.lower()), (HUNG, hidden.code), (LEAD, hidden.code), (HUNG, "x"),
            )
        ]  # fmt: skip
        codes = report_desk.codes(session, HUNG, [first.report_id, hidden.report_id])
    assert for_hung == report_desk.Counts(new=0, emergencies=1, mine=0, undelivered=0, open=1)
    assert (for_lead.new, for_lead.open) == (1, 2)
    assert found == [(first.report_id,), (), (hidden.report_id,), ()]
    assert codes == {first.report_id: first.code}
