"""Times as Vietnamese say them; "now" is Saturday 21 November 2026, 14:30."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock import VIETNAM
from services.lunar import lunar_to_solar, tet
from services.moments import find_moments

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=VIETNAM)


def spoken(text: str, ahead: bool = False) -> list[str]:
    return [
        f"{text[m.begins : m.ends]}: {m.start:%d/%m/%Y %H:%M} – {m.end:%d/%m/%Y %H:%M}"
        if m.start != m.end
        else f"{text[m.begins : m.ends]}: {m.start:%d/%m/%Y %H:%M}"
        for m in find_moments(text, NOW, ahead)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tối qua khoảng 9h bị giật", ["tối qua khoảng 9h: 20/11/2026 21:00"]),
        ("hôm qua lúc 5 giờ chiều", ["hôm qua lúc 5 giờ chiều: 20/11/2026 17:00"]),
        ("sáng thứ hai tuần trước", ["sáng thứ hai tuần trước: 09/11/2026 05:00 – 09/11/2026 11:00"]),
        ("nãy có người", ["nãy: 21/11/2026 10:30 – 21/11/2026 14:30"]),
        ("17h30 ngày 20/11", ["17h30 ngày 20/11: 20/11/2026 17:30"]),
        ("mùng 2 Tết", ["mùng 2 Tết: 18/02/2026 00:00 – 19/02/2026 00:00"]),
        ("30 phút trước", ["30 phút trước: 21/11/2026 14:00"]),
        ("đầu tháng", ["đầu tháng: 01/11/2026 00:00 – 11/11/2026 00:00"]),
        ("toi hom qua luc 8h", ["toi hom qua luc 8h: 20/11/2026 20:00"]),
        ("1h khuya đêm qua", ["1h khuya đêm qua: 21/11/2026 01:00"]),
        ("lúc 23h", ["23h: 20/11/2026 23:00"]),
        ("9 giờ kém 15 tối hôm kia", ["9 giờ kém 15 tối hôm kia: 19/11/2026 20:45"]),
        ("20/12 vừa rồi", ["20/12: 20/12/2025 00:00 – 21/12/2025 00:00"]),
        ("thuê ba tháng rồi", ["ba tháng rồi: 23/08/2026 14:30 – 21/11/2026 14:30"]),
        ("rằm tháng bảy", ["rằm tháng bảy: 27/08/2026 00:00 – 28/08/2026 00:00"]),
    ],
)
def test_times_are_read_as_past(text: str, found: list[str]) -> None:
    assert spoken(text) == found


def test_a_plan_is_read_as_future() -> None:
    assert spoken("hẹn thứ hai lúc 8h sáng", ahead=True) == ["thứ hai lúc 8h sáng: 23/11/2026 08:00"]
    assert spoken("ngày 3", ahead=True) == ["ngày 3: 03/12/2026 00:00 – 04/12/2026 00:00"]


@pytest.mark.parametrize(
    "text",
    [
        "thủ tục hành chính", "sang tên xe qua mạng", "con dấu thứ hai", "hẻm 12/5 đường số 3", "sim 5g",
        "tôi 14 tuổi", "24/7", "trước 15 ngày", "xe hôm", "tôi bị mất xe", "32/13", "25h", "",
    ],
)  # fmt: skip
def test_other_words_are_no_times(text: str) -> None:
    assert spoken(text) == []


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        find_moments("hôm qua", datetime(2026, 11, 21))


def test_now_may_be_given_in_any_time_zone() -> None:
    late = datetime(2026, 11, 21, 18, 0, tzinfo=timezone.utc)  # already the 22nd in Viet Nam
    assert find_moments("hôm nay", late)[0].start == datetime(2026, 11, 22, tzinfo=VIETNAM)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    for moment in find_moments(text, NOW):
        assert moment.start <= moment.end
        assert 0 <= moment.begins < moment.ends


def test_known_feasts_of_the_lunar_calendar() -> None:
    assert [tet(year) for year in (2024, 2025, 2026, 2027)] == [
        date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6),
    ]  # fmt: skip
    assert lunar_to_solar(15, 8, 2025) == date(2025, 10, 6)
    assert lunar_to_solar(10, 3, 2026) == date(2026, 4, 26)
