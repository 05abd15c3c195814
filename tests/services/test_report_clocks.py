"""By when the law wants what: at the edges of days, weekends, months and Tết, and in plain words."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.clock import VIETNAM
from services.content_schema import ContentError
from services.report_clocks import ReportClocks, Timed, load_clocks

CONTENT = Path(__file__).parents[2] / "content"


def at(text: str) -> datetime:
    """A moment in Viet Nam."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.fixture(scope="module")
def clocks() -> ReportClocks:
    return load_clocks(CONTENT)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "last", "unsure"),
    [
        # Three working days: a Tuesday, over the weekend, late on a Friday, from a Saturday.
        ("2026-12-01 10:00", 3, "working_day", "2026-12-04", False),
        ("2026-12-03 10:00", 3, "working_day", "2026-12-08", False),
        ("2026-12-04 23:59", 3, "working_day", "2026-12-09", False),
        ("2026-12-05 08:00", 3, "working_day", "2026-12-09", False),
        # Midnight in Viet Nam, not in Greenwich, begins a day.
        ("2026-12-01 00:00", 3, "working_day", "2026-12-04", False),
        ("2026-11-30 23:59", 3, "working_day", "2026-12-03", False),
        # Over New Year, and over Tết 2027 (4 to 11 February, of which the government decides some days).
        ("2026-12-30 10:00", 3, "working_day", "2027-01-05", False),
        ("2027-02-02 10:00", 3, "working_day", "2027-02-15", True),
        ("2027-02-03 10:00", 1, "working_day", "2027-02-12", True),
        # The holidays of 2028 are not known.
        ("2027-12-30 10:00", 3, "working_day", "2028-01-04", True),
        ("2026-12-01 10:00", 7, "day", "2026-12-08", False),
        ("2026-12-25 10:00", 20, "day", "2027-01-14", False),
        ("2026-12-31 10:00", 2, "month", "2027-02-28", False),
        ("2027-12-31 10:00", 2, "month", "2028-02-29", False),
        ("2028-02-29 10:00", 1, "year", "2029-02-28", False),
    ],
)
def test_a_term_ends_with_its_last_day(
    clocks: ReportClocks, start: str, amount: int, unit: str, last: str, unsure: bool
) -> None:
    due, leans = clocks.due(at(start), amount, unit)
    assert (due, leans) == (at(f"{last} 23:59:59"), unsure)


def test_hours_are_counted_to_the_second(clocks: ReportClocks) -> None:
    assert clocks.due(at("2027-02-06 10:30"), 24, "hour") == (at("2027-02-07 10:30"), False)


def crime(**changes: Any) -> Timed:
    fields = {"clock_id": "tin_bao_toi_pham", "state": "moi", "received_at": at("2026-12-01 10:00")}
    return Timed(**{**fields, **changes})


def colours(clocks: ReportClocks, report: Timed, now: str) -> dict[str, str]:
    return {one.id: one.colour for one in clocks.deadlines(report, at(now))}


def test_a_crime_report_has_its_terms_and_their_colours(clocks: ReportClocks) -> None:
    assert colours(clocks, crime(), "2026-12-01 10:07") == {
        "nhan_tin": "green", "bao_da_nhan": "green", "xac_minh_so_bo": "green", "quyet_dinh": "green",
    }  # fmt: skip
    assert colours(clocks, crime(), "2026-12-01 10:08")["nhan_tin"] == "amber"
    assert colours(clocks, crime(), "2026-12-01 10:12")["nhan_tin"] == "red"
    assert colours(clocks, crime(), "2026-12-01 10:16")["nhan_tin"] == "late"
    assert colours(clocks, crime(), "2026-12-04 00:00")["bao_da_nhan"] == "red"
    assert colours(clocks, crime(), "2026-12-04 23:59:59")["bao_da_nhan"] == "red"
    assert colours(clocks, crime(), "2026-12-05 00:00")["bao_da_nhan"] == "late"
    assert colours(clocks, crime(state="dang_xu_ly"), "2026-12-07 23:59:59")["xac_minh_so_bo"] == "red"
    assert colours(clocks, crime(state="dang_xu_ly"), "2026-12-18 23:59:59")["quyet_dinh"] == "red"
    assert colours(clocks, crime(state="dang_xu_ly"), "2026-12-16 23:59:59")["quyet_dinh"] == "amber"


def test_at_night_and_on_days_off_the_office_has_an_hour(clocks: ReportClocks) -> None:
    own = [
        clocks.deadlines(crime(received_at=at(moment)), at(moment))[0].due - at(moment)
        for moment in ("2026-12-01 06:59", "2026-12-01 07:00", "2026-12-01 17:00", "2026-12-05 10:00")
    ]
    assert own == [timedelta(minutes=minutes) for minutes in (60, 15, 60, 60)]


def test_a_step_that_was_taken_is_done(clocks: ReportClocks) -> None:
    passed = crime(state="da_chuyen", emergency=True)
    assert colours(clocks, passed, "2026-12-20 10:00") == {
        "nhan_tin": "done", "chuyen_24h": "done", "bao_da_nhan": "done", "xac_minh_so_bo": "done",
        "quyet_dinh": "red",
    }  # fmt: skip
    closed = crime(state="da_giai_quyet", closed_at=at("2026-12-10 09:00"))
    assert colours(clocks, closed, "2026-12-10 10:00")["bao_ket_qua"] == "green"
    told = crime(state="da_giai_quyet", closed_at=at("2026-12-10 09:00"), told=True)
    assert set(colours(clocks, told, "2027-12-10 10:00").values()) == {"done"}


def test_the_first_term_to_end_is_what_an_officer_sees(clocks: ReportClocks) -> None:
    now = at("2026-12-01 10:01")
    found = [clocks.next_due(report, now) for report in (crime(), crime(state="da_tiep_nhan"))]
    assert [one.id if one else None for one in found] == ["nhan_tin", "xac_minh_so_bo"]
    urgent = clocks.next_due(crime(state="dang_xu_ly", emergency=True), now)
    assert urgent is not None
    assert (urgent.id, urgent.due) == ("chuyen_24h", at("2026-12-02 10:00"))


def test_a_complex_case_has_two_months(clocks: ReportClocks) -> None:
    due = {
        one.id: one.day.isoformat()
        for one in clocks.deadlines(crime(complex_case=True), at("2026-12-02 10:00"))
    }
    assert due["quyet_dinh"] == "2027-02-01"


def test_a_traffic_report_runs_from_when_it_was_taken_up(clocks: ReportClocks) -> None:
    report = crime(clock_id="vi_pham_giao_thong", occurred_from=at("2026-11-30 07:15"))
    waiting = {one.id: one.day.isoformat() for one in clocks.deadlines(report, at("2026-12-01 10:00"))}
    assert waiting == {"nhan_tin": "2026-12-01", "bang_chung_het_han": "2027-11-30"}
    taken = crime(clock_id="vi_pham_giao_thong", state="dang_xu_ly", taken_up_at=at("2026-12-02 09:00"))
    assert clocks.next_due(taken, at("2026-12-02 10:00")).day.isoformat() == "2027-01-01"  # type: ignore[union-attr]


def test_what_a_citizen_is_told_of_a_crime_report(clocks: ReportClocks) -> None:
    assert clocks.told_to_citizen(crime(), at("2026-12-01 10:00")) == [
        "Chậm nhất thứ Sáu 04/12/2026, công an báo cho anh/chị là đã tiếp nhận tin.",
        "Chậm nhất thứ Ba 08/12/2026, công an xã, phường xác minh bước đầu xong và chuyển cơ quan điều tra.",
        "Chậm nhất thứ Hai 21/12/2026, cơ quan điều tra ra quyết định (việc phức tạp thì lâu hơn, tối đa "
        "2 tháng và có thể gia hạn một lần).",
    ]


def test_before_tet_a_citizen_is_told_that_the_day_may_move(clocks: ReportClocks) -> None:
    told = clocks.told_to_citizen(crime(received_at=at("2027-02-02 10:00")), at("2027-02-02 10:00"))
    assert told[0] == (
        "Chậm nhất thứ Hai 15/02/2027 (có thể đổi theo lịch nghỉ lễ Nhà nước công bố), "
        "công an báo cho anh/chị là đã tiếp nhận tin."
    )


def test_a_term_that_passed_is_said_as_passed(clocks: ReportClocks) -> None:
    told = clocks.told_to_citizen(crime(), at("2026-12-05 10:00"))
    assert told[0].startswith("Hạn thứ Sáu 04/12/2026 đã qua mà cán bộ chưa làm xong bước này: công an báo")


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (crime(clock_id=None), ["Việc này luật không ấn định ngày cụ thể; có tin mới, em báo anh/chị ngay."]),
        (crime(clock_id=None, state="da_giai_quyet"), []),
        (
            crime(clock_id="vi_pham_giao_thong"),
            ["Thời hạn bắt đầu tính khi công an bắt đầu xác minh; khi đó em báo anh/chị ngày cụ thể."],
        ),
        (
            crime(clock_id="to_cao_can_bo"),
            ["Việc này luật không ấn định ngày cụ thể; có tin mới, em báo anh/chị ngay."],
        ),
    ],
)
def test_what_a_citizen_is_told_without_a_running_term(
    clocks: ReportClocks, report: Timed, told: list[str]
) -> None:
    assert clocks.told_to_citizen(report, at("2026-12-01 10:00")) == told


def test_wrong_content_is_named(tmp_path: Path) -> None:
    text = (CONTENT / "report_clocks.yml").read_text("utf-8")
    text = text.replace("amount: 3, unit: working_day", "amount: 3, unit: fortnight", 1)
    (tmp_path / "holidays.yml").write_text((CONTENT / "holidays.yml").read_text("utf-8"), "utf-8")
    (tmp_path / "report_clocks.yml").write_text(text.replace("day_to: 17", "day_to: 7"), "utf-8")
    assert wrong_fields(tmp_path) == ["clocks.tin_bao_toi_pham.1.unit"]
    text = text.replace("fortnight", "day").replace("id: quyet_dinh", "id: bao_da_nhan")
    (tmp_path / "report_clocks.yml").write_text(text.replace("day_to: 17", "day_to: 7"), "utf-8")
    assert wrong_fields(tmp_path) == ["clocks.tin_bao_toi_pham.3.id", "own_target.day_to"]


def wrong_fields(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        load_clocks(folder)
    return [problem.field for problem in caught.value.problems]
