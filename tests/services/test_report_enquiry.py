"""Asking after a report: code and secret in any form, one's own only, adding to it, saying it is not done."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services import report_access, report_enquiry, reports
from services.clock import VIETNAM
from services.db.engine import Database
from services.db.report_tables import Report
from services.report_categories import load_categories
from services.report_clocks import load_clocks
from services.report_draft import Evidence
from services.report_enquiry import Desk, Enquiry, enquire
from services.report_heard import Heard
from services.report_submission import Submission
from services.secrets import Cipher
from services.typed_codes import asks_by_code, typed_code, typed_secret

CONTENT = Path(__file__).resolve().parents[2] / "content"
OA, CITIZEN, STRANGER = "1", "5", "6"


class Asking:
    """A citizen who asks after reports; what the caller keeps between messages is kept here."""

    def __init__(self, database: Database, cipher: Cipher, clock: Any, citizen: str = CITIZEN) -> None:
        self.database, self.cipher, self.clock, self.citizen = database, cipher, clock, citizen
        self.kept = Enquiry()
        self.begun = False
        self.made = Enquiry()
        self.count = 0

    def say(self, text: str, choice: str = "", **more: Any) -> str:
        """Write or tap; give what is said."""
        self.count += 1
        heard = Heard(f"m{self.count}", text, self.clock().astimezone(VIETNAM), choice=choice, **more)
        with self.database.transaction() as session:
            desk = Desk(
                session,
                self.cipher,
                load_categories(CONTENT),
                load_clocks(CONTENT),
                OA,
                self.citizen,
                self.clock(),
            )
            self.made = enquire(desk, heard, self.kept, self.begun)
        self.kept, self.begun = self.made, self.made.goes_on
        return "\n".join(one.text for one in self.made.says)


@pytest.fixture
def report(database: Database, cipher: Cipher, clock: Any) -> reports.Receipt:
    submission = Submission(
        OA, CITIZEN, "d1", "trom_cap", "toi_pham", "Mất xe máy ở chợ", identity="anonymous"
    )
    with database.transaction() as session:
        return reports.submit(session, cipher, submission, clock())


@pytest.fixture
def asking(database: Database, cipher: Cipher, clock: Any) -> Asking:
    return Asking(database, cipher, clock)


def test_code_and_secret_in_free_text_open_the_report(asking: Asking, report: reports.Receipt) -> None:
    said = asking.say(f"cho tôi hỏi tin {report.code} mã riêng {report.secret} tới đâu rồi ạ")
    assert report.code in said
    assert "Mới gửi" in said
    titles = [button.title for button in asking.made.says[0].buttons]
    assert titles == ["Gửi thêm thông tin", "Rút tin này", "Xong, cảm ơn", "Gọi 113"]


@pytest.mark.parametrize(
    "shape", [str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("-", "")]
)
def test_a_code_is_read_however_it_is_typed(asking: Asking, report: reports.Receipt, shape: Any) -> None:
    assert "mã riêng" in asking.say(f"mã {shape(report.code)}")
    spaced = f"{report.secret[:3]} {report.secret[3:]}"
    assert report.code in asking.say(spaced)


def test_without_anything_both_codes_are_asked_for(asking: Asking, report: reports.Receipt) -> None:
    assert "mã tin và mã riêng" in asking.say("tra cứu")
    assert report_enquiry.TYPO_CODE in asking.say("TP-26-AAAA-AAAA")


def test_someone_elses_code_with_a_wrong_secret_opens_nothing_and_slows_down(
    database: Database, cipher: Cipher, clock: Any, report: reports.Receipt
) -> None:
    stranger = Asking(database, cipher, clock, STRANGER)
    wrong = "000000" if report.secret != "000000" else "111111"
    heard = [stranger.say(f"{report.code} {wrong}") for _ in range(12)]
    assert heard[0].startswith("Em không tìm thấy")
    assert heard[-1].startswith("Anh/chị nhập sai nhiều lần")
    assert all(report.secret not in one and "Mới gửi" not in one for one in heard)


def test_words_and_pictures_are_added(
    asking: Asking, report: reports.Receipt, database: Database, cipher: Cipher
) -> None:
    asking.say(f"{report.code} {report.secret}")
    asking.say("", choice="status:add")
    assert report.code in asking.say("Tôi nhớ ra nó có hình xăm ở tay")
    picture = (Evidence("pic1", 0, "image"),)
    assert report.code in asking.say("[Hình ảnh]", evidence=picture)
    with database.transaction(read_only=True) as session:
        from sqlalchemy import text

        added = session.execute(text("SELECT kind, sealed_text FROM report_message ORDER BY id")).all()
        pictures = session.execute(text("SELECT count(*) FROM report_evidence")).scalar()
    assert [(row.kind, cipher.open(row.sealed_text)) for row in added] == [
        ("addition", "Tôi nhớ ra nó có hình xăm ở tay")
    ]
    assert pictures == 1
    assert asking.say("xong", choice="status:end") == report_enquiry.OVER.text


def test_a_pass_grows_stale(asking: Asking, report: reports.Receipt, clock: Any) -> None:
    asking.say(f"{report.code} {report.secret}")
    clock.forward((report_access.GRANTED + timedelta(minutes=1)).total_seconds())
    assert asking.say("", choice="status:add") == report_enquiry.TELL_MORE.text
    assert asking.say("thêm nè") == report_enquiry.STALE


def test_withdrawing_is_asked_twice(asking: Asking, report: reports.Receipt) -> None:
    asking.say(f"{report.code} {report.secret}")
    assert asking.say("", choice="status:withdraw") == report_enquiry.SURE_TO_WITHDRAW.text
    assert report.code in asking.say("", choice="status:withdraw_yes")


def test_an_open_report_is_not_reopened(asking: Asking, report: reports.Receipt) -> None:
    asking.say(f"{report.code} {report.secret}")
    asking.say("", choice="status:not_done")
    assert asking.say("vẫn chưa ai gọi tôi") == report_enquiry.NOT_CLOSED


def test_reports_under_a_name_need_no_code_in_their_own_chat(
    database: Database, cipher: Cipher, clock: Any, asking: Asking
) -> None:
    for number, identity in enumerate(("named", "secret", "anonymous")):
        submission = Submission(
            OA, CITIZEN, f"d{number}", "tieng_on", "trat_tu_cong_cong", "Ồn", identity=identity, name="An"
        )
        with database.transaction() as session:
            reports.submit(session, cipher, submission, clock())
    assert asking.say("tra cứu") == report_enquiry.WHICH_OWN
    assert len(asking.made.says[0].buttons) == 3
    assert "Mới gửi" in asking.say("", choice="status:own:0")


@pytest.mark.parametrize(
    ("text", "code", "secret"),
    [
        ("tin số 5 đường 26 ABCD", None, ""),
        ("mã xác nhận 123456", None, "123456"),
        ("biển số 59X1-123.45", None, ""),
    ],
)
def test_other_numbers_are_no_codes(text: str, code: str | None, secret: str) -> None:
    assert (typed_code(text), typed_secret(text)) == (code, secret)
    assert not asks_by_code(text)


def test_lost_codes_are_answered_and_nothing_is_handed_back_to_the_same_rule(asking: Asking) -> None:
    asking.say("tin tôi gửi hôm bữa xử lý chưa", intent="tra_cuu_tien_do", confidence=0.9)
    for text in ("tôi mất mã rồi", "quên mất mã riêng rồi em ơi", "không còn mã"):
        said = asking.say(text, intent="tra_cuu_tien_do", confidence=0.9)
        assert said == report_enquiry.LOST.text
        assert not asking.made.beside
    assert asking.say("tới đâu rồi", intent="tra_cuu_tien_do", confidence=0.9) == report_enquiry.TYPO_CODE
    assert not asking.made.beside


def test_asked_again_while_it_is_shown_the_report_is_shown_again(
    asking: Asking, report: reports.Receipt
) -> None:
    first = asking.say(f"{report.code} {report.secret}")
    assert asking.say("tới đâu rồi", intent="tra_cuu_tien_do", confidence=0.9) == first
    assert not asking.made.beside


@pytest.mark.parametrize(
    ("typed", "state"), [("có", "da_rut"), ("rút đi", "da_rut"), ("không", "moi"), ("không rút nữa", "moi")]
)
def test_a_typed_answer_withdraws_or_keeps(
    asking: Asking, report: reports.Receipt, database: Database, typed: str, state: str
) -> None:
    asking.say(f"{report.code} {report.secret}")
    asking.say("", choice="status:withdraw")
    assert report.code in asking.say(typed)
    with database.transaction(read_only=True) as session:
        assert session.execute(sa.select(Report.case_state)).scalar_one() == state
