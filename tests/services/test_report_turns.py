"""A message whose turn broke after it was written is worked again: nothing in the record doubles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services import key_rotation, report_access, report_tracking, report_work, retention
from services.db.engine import Database
from services.db.models import Base
from services.db.report_tables import ReportTurn
from services.report_submission import EvidenceRef
from services.report_tracking import Holder, Outcome
from services.secrets import Cipher
from tests.services.report_samples import BAY, LAN, OA
from tests.services.test_erasure import CONTENT
from tests.services.test_key_rotation import NEW_KEY
from tests.services.test_report_desk import Station, each_station, station  # noqa: F401

Rows = dict[str, list[Any]]


def record(database: Database) -> Rows:
    """Every row of every table, as it lies there."""
    with database.transaction(read_only=True) as session:
        return {
            table.name: [tuple(row) for row in session.execute(sa.select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }


def asked(station: Station, report_id: int) -> None:  # noqa: F811
    station.does(report_work.ask, report_id, "Xe màu gì ạ?")


def closed(station: Station, report_id: int) -> None:  # noqa: F811
    for state in ("da_tiep_nhan", "dang_xu_ly", "da_giai_quyet"):
        station.moves(report_id, state, "Xong.")


def untouched(station: Station, report_id: int) -> None:  # noqa: F811
    """Leave the report as it came."""


@pytest.mark.parametrize("identity", ["named", "anonymous"])
@pytest.mark.parametrize(
    ("before", "what", "text", "evidence", "kinds"),
    [
        (untouched, report_tracking.add_information, "Xe màu đỏ", (), ["received", "addition"]),
        (untouched, report_tracking.add_information, "", (EvidenceRef("m9", 0),), ["received", "addition"]),
        (asked, report_tracking.add_information, "Xe màu đỏ", (), ["received", "question", "answer"]),
        (
            closed,
            report_tracking.not_done,
            "Xe vẫn mất",
            (),
            ["received", "state", "state", "state", "not_done"],
        ),
        (untouched, report_tracking.withdraw, "", (), ["received", "withdrawal"]),
    ],
    ids=["words", "picture", "answer", "not-done", "withdrawal"],
)
def test_the_same_message_worked_five_times_leaves_the_record_of_once(
    each_station: Station,  # noqa: F811
    before: Callable[[Station, int], None],
    what: Any,
    text: str,
    evidence: tuple[EvidenceRef, ...],
    kinds: list[str],
    identity: str,
) -> None:
    receipt = each_station.gets(identity=identity)
    before(each_station, receipt.report_id)
    holder = replace(each_station.holder(receipt), message="msg-1")
    more = {"evidence": evidence} if evidence else {}
    assert each_station.says(what, holder, text, **more) is Outcome.DONE
    once = record(each_station.database)
    for _ in range(4):
        each_station.clock.forward(90)
        assert each_station.says(what, holder, text, **more) is Outcome.DONE
    assert record(each_station.database) == once
    assert [one["kind"] for one in each_station.sheet(receipt.report_id).history] == kinds


def test_the_same_words_in_another_message_are_added(each_station: Station) -> None:  # noqa: F811
    receipt = each_station.gets()
    holder = each_station.holder(receipt)
    for key in ("msg-1", "msg-2", "", ""):
        each_station.says(report_tracking.add_information, replace(holder, message=key), "Còn nữa")
    assert [one.text for one in each_station.sheet(receipt.report_id).messages] == ["Còn nữa"] * 4


def test_an_answer_worked_again_is_found_in_its_report_though_another_question_waits(
    each_station: Station,  # noqa: F811
) -> None:
    first, second = each_station.gets(), each_station.gets(draft_id="2", identity="anonymous")
    for receipt in (first, second):
        asked(each_station, receipt.report_id)
    with each_station.database.transaction() as session:
        question = report_access.open_questions(session, each_station.cipher, OA, LAN, each_station.clock())
    holder = Holder(OA, LAN, question[0].grant, "msg-1")
    each_station.says(report_tracking.add_information, holder, "Màu đỏ")
    with each_station.database.transaction(read_only=True) as session:
        found = [
            report_tracking.taken_before(session, each_station.cipher, OA, citizen, key)
            for citizen, key in ((LAN, "msg-1"), (LAN, "msg-2"), (BAY, "msg-1"), (LAN, ""))
        ]
    assert found == [first.code, None, None, None]
    # Also a turn that found the second question before it knew of the first answer adds nothing to it.
    once = record(each_station.database)
    late = Holder(OA, LAN, question[1].grant, "msg-1")
    assert each_station.says(report_tracking.add_information, late, "Màu đỏ") is Outcome.DONE
    assert record(each_station.database) == once


def test_two_workers_with_the_same_message_at_the_same_moment_add_it_once(
    each_station: Station,  # noqa: F811
) -> None:
    receipt = each_station.gets()
    holder = replace(each_station.holder(receipt), message="msg-1")
    gate, outcomes = threading.Barrier(6), []

    def work() -> None:
        gate.wait(10)
        outcomes.append(each_station.says(report_tracking.add_information, holder, "Màu đỏ"))

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert outcomes == [Outcome.DONE] * 6
    assert [one.text for one in each_station.sheet(receipt.report_id).messages] == ["Màu đỏ"]


def test_what_is_kept_of_a_message_leads_from_an_anonymous_report_to_nobody(
    each_station: Station,  # noqa: F811
) -> None:
    """Two anonymous reports of one citizen share no value; none is in clear or found without the key."""
    messages = {}
    for number in (1, 2):
        receipt = each_station.gets(draft_id=str(number), identity="anonymous", reachable=False)
        key = each_station.hears()
        holder = replace(each_station.holder(receipt), message=key)
        each_station.says(report_tracking.add_information, holder, "Thêm")
        messages[receipt.report_id] = key
    rows = record(each_station.database)["report_turn"]
    assert len(rows) == 2
    (_, first_report, first, first_at), (_, second_report, second, second_at) = rows
    assert {first_report, second_report} == set(messages)
    assert first != second
    assert first_at == second_at == each_station.clock().replace(minute=0, second=0, microsecond=0)
    for value in (LAN, *messages.values()):
        assert value not in (first, second)
    stranger = Cipher((NEW_KEY,))
    with each_station.database.transaction(read_only=True) as session:
        for key in messages.values():
            assert report_tracking.taken_before(session, stranger, OA, LAN, key) is None
        # No other column of any table holds either value: nothing joins.
        for name, table in record(each_station.database).items():
            if name != "report_turn":
                assert not {first, second} & {value for row in table for value in row}


def test_keys_of_messages_go_with_the_event_with_the_report_and_when_data_keys_rotate(
    each_station: Station,  # noqa: F811
    data_key: str,
) -> None:
    def kept() -> int:
        with each_station.database.transaction(read_only=True) as session:
            return int(session.execute(sa.select(sa.func.count(ReportTurn.id))).scalar_one())

    receipt = each_station.gets()
    add = report_tracking.add_information
    each_station.says(add, replace(each_station.holder(receipt), message="msg-1"), "Một")
    periods = retention.load_periods(CONTENT)
    each_station.clock.forward((periods.delivery - timedelta(hours=1)).total_seconds())
    with each_station.database.transaction() as session:
        assert retention.run(session, each_station.cipher, periods, each_station.clock()).counts["turns"] == 0
    each_station.clock.forward(timedelta(hours=2).total_seconds())
    with each_station.database.transaction() as session:
        assert retention.run(session, each_station.cipher, periods, each_station.clock()).counts["turns"] == 1
    each_station.says(add, replace(each_station.holder(receipt), message="msg-2"), "Hai")
    assert kept() == 1
    key_rotation.rotate(each_station.database, Cipher((NEW_KEY, data_key)))
    assert kept() == 0
    each_station.cipher = Cipher((NEW_KEY,))
    each_station.says(add, replace(each_station.holder(receipt), message="msg-3"), "Ba")
    closed(each_station, receipt.report_id)
    each_station.clock.forward((periods.closed_report + timedelta(days=1)).total_seconds())
    assert kept() == 1
    with each_station.database.transaction() as session:
        retention.run(session, each_station.cipher, periods, each_station.clock())
    assert kept() == 0


def test_while_keys_rotate_a_message_taken_under_the_old_key_is_still_known(
    each_station: Station,  # noqa: F811
    data_key: str,
) -> None:
    receipt = each_station.gets()
    holder = replace(each_station.holder(receipt), message="msg-1")
    assert each_station.says(report_tracking.add_information, holder, "Một") is Outcome.DONE
    once = record(each_station.database)
    each_station.cipher = Cipher((NEW_KEY, data_key))
    assert each_station.says(report_tracking.add_information, holder, "Một") is Outcome.DONE
    assert record(each_station.database) == once
