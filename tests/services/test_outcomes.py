"""Outcomes: medians and shares over enough cases, and nothing over too few."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.db import Database
from services.db.models import ConversationEvent
from services.db.report_tables import Report, ReportMessage
from services.outcome_words import duration, outcome_text
from services.outcomes import Outcomes, outcomes

OA, OTHER = "9990001112223334445", "9990001112223334446"
ASKED = ["hoi_dang_ky_tam_tru", "hoi_sang_ten_xe"]


class Month:
    """Reports and questions of one month."""

    def __init__(self, database: Database, clock: Any) -> None:
        self.database, self.clock = database, clock
        self.number = 0

    def report(
        self, minutes: int | None, closed: bool = False, account: str = OA, identity: str = "named",
        author: str = "officer:lan", state: str = "da_giai_quyet",
    ) -> None:  # fmt: skip
        """One report, answered after some minutes (None: never), closed or not."""
        self.number += 1
        at = self.clock() - timedelta(days=3)
        with self.database.transaction() as session:
            report_id = session.execute(
                sa.insert(Report.__table__).values(
                    code=f"TB{self.number}", account_id=account, draft_digest=f"d{self.number}",
                    identity=identity, category="C01", group_id="g", questionnaire_version="1",
                    case_state=state if closed else "dang_xu_ly", received_at=at, state_since=at,
                    closed_at=at + timedelta(days=1) if closed else None, emergency=False, discreet=False,
                )
            ).inserted_primary_key[0]  # fmt: skip
            for later in [] if minutes is None else [minutes, minutes + 500]:
                session.execute(
                    sa.insert(ReportMessage.__table__).values(
                        report_id=report_id, direction="to_citizen", kind="news", author=author,
                        sealed_text="x", delivery="sent", answered=False,
                        created_at=at + timedelta(minutes=later),
                    )
                )  # fmt: skip

    def asks(self, people: int, intent: str, account: str = OA, times: int = 3) -> None:
        at = (self.clock() - timedelta(days=2)).timestamp()
        with self.database.transaction() as session:
            for person in range(people):
                for _ in range(times):
                    session.add(
                        ConversationEvent(
                            conversation_id=f"zalo-{account}-{person}", session_number=1, type_name="user",
                            occurred_at=at, intent_name=intent, sealed_data="x",
                        )
                    )  # fmt: skip

    def figures(self, accounts: list[str] | None = None) -> Outcomes:
        now = self.clock()
        with self.database.transaction(read_only=True) as session:
            return outcomes(session, accounts or [OA], ASKED, now - timedelta(days=30), now)


@pytest.fixture
def month(database: Database, clock: Any) -> Month:
    return Month(database, clock)


def test_the_median_time_to_the_first_words_of_an_officer(month: Month) -> None:
    for minutes in (10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 6000):
        month.report(minutes)
    month.report(None)
    month.report(1, author="system")
    month.report(1, identity="anonymous")
    month.report(1, account=OTHER)
    assert month.figures().first_answer == timedelta(minutes=60)


def test_the_share_of_closed_reports_with_an_answer(month: Month) -> None:
    for number in range(12):
        month.report(5 if number < 9 else None, closed=True)
    # Withdrawn by the citizen: nothing was left to answer.
    month.report(None, closed=True, state="da_rut")
    figures = month.figures()
    assert (figures.closed, figures.share_answered) == (10, 0.75)


def test_persons_are_counted_once_and_rounded(month: Month) -> None:
    month.asks(27, "hoi_sang_ten_xe")
    month.asks(14, "hoi_dang_ky_tam_tru", times=9)
    month.asks(40, "chao_hoi")
    month.asks(40, "hoi_dang_ky_tam_tru", account=OTHER)
    assert month.figures().asked == (("hoi_sang_ten_xe", 20), ("hoi_dang_ky_tam_tru", 10))


def test_too_few_cases_give_no_figure_at_all(month: Month) -> None:
    for _ in range(9):
        month.report(5, closed=True)
    month.asks(9, "hoi_sang_ten_xe")
    figures = month.figures()
    assert (figures.first_answer, figures.closed, figures.share_answered, figures.asked) == (
        None, None, None, (),
    )  # fmt: skip
    text = outcome_text(figures, "Công an phường Tây Thạnh", {})
    assert text.count("chưa đủ 10 trường hợp") == 3
    assert "%" not in text


def test_citizens_read_it_in_plain_words(month: Month) -> None:
    for _ in range(20):
        month.report(95, closed=True)
    month.asks(12, "hoi_sang_ten_xe")
    assert outcome_text(month.figures(), "Công an phường Tây Thạnh", {"hoi_sang_ten_xe": "Sang tên xe"}) == (
        "Kết quả của Công an phường Tây Thạnh, từ 22/10/2026 đến 21/11/2026:\n"
        "• Từ lúc gửi tin báo đến khi cán bộ trả lời lần đầu: 1 giờ 35 phút\n"
        "  (một nửa số tin được trả lời nhanh hơn mức này)\n"
        "• Tin báo đã xong: ít nhất 20 tin, khoảng 100% được trả lời kết quả\n"
        "• Bà con hỏi nhiều nhất:\n"
        "  1. Sang tên xe: ít nhất 10 người\n"
        "Việc gấp thì đừng chờ ở đây: gọi 113."
    )


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0.2, "chưa đến 1 phút"),
        (35, "35 phút"),
        (60, "1 giờ"),
        (190, "3 giờ 10 phút"),
        (1440 * 2 + 240, "2 ngày 4 giờ"),
    ],
)
def test_a_length_of_time_is_said_as_people_say_it(minutes: float, said: str) -> None:
    assert duration(timedelta(minutes=minutes)) == said
