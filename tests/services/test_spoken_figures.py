"""Ages and days are understood as people say them."""

from __future__ import annotations

from datetime import date

import pytest

from services.spoken_figures import spoken_age, spoken_birth_year, spoken_day, spoken_months_ahead

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("mẹ tôi 67 tuổi", 67),
        ("me toi 67t", 67),
        ("con tôi tám tuổi", 8),
        ("cháu mười bốn tuổi", 14),
        ("hai mươi lăm tuổi", 25),
        ("hai lăm tuổi", 25),
        ("ông bảy mươi tuổi", 70),
        ("trên 60 tuổi", 61),
        ("ngoài 60 tuổi", 61),
        ("dưới 14 tuổi", 13),
        ("chưa đủ 6 tuổi", 5),
        ("tôi sinh năm 1962", 64),
        ("sn 62", 64),
        ("sinh ngày 12/3/1990", 36),
        ("bé 5 tháng tuổi", 0),
        ("con mới sinh", 0),
        ("quét mống mắt có bắt buộc không", None),
        ("bắt buộc làm căn cước", None),
        ("thẻ 200 tuổi", None),
        ("mấy tuổi thì phải làm", None),
        ("nhà 40 mét", None),
        ("", None),
    ],
)
def test_ages(text: str, age: int | None) -> None:
    assert spoken_age(text, TODAY) == age


def test_a_year_of_birth_gives_the_age_of_that_year() -> None:
    assert spoken_age("sinh năm 1966", date(2026, 1, 1)) == 60
    assert spoken_age("sinh năm 1966", date(2027, 1, 1)) == 61


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("bị bắn tốc độ ngày 14/8", date(2026, 8, 14)),
        ("lỗi ngày 14/8/2026", date(2026, 8, 14)),
        ("ngày 5 tháng 2 năm 2027 nộp", date(2027, 2, 5)),
        ("nộp hôm nay thì ngày nào có", TODAY),
        ("hôm qua vượt đèn đỏ", date(2026, 11, 20)),
        ("ngay mai nop", date(2026, 11, 22)),
        ("sinh ngày 12/3/1990", None),
        ("ngày 31/2", None),
        ("thổi 0,35", None),
        ("biển số 29/12345", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    assert spoken_day(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("tháng 3/2027 mới làm", date(2027, 3, 1)),
        ("thang 3 nam 2027", date(2027, 3, 1)),
        ("sang năm đăng ký", date(2027, 1, 1)),
        ("đến năm 2027", date(2027, 1, 1)),
        ("năm 2026 lệ phí bao nhiêu", None),
        ("tháng 8/2026", None),
        ("tôi sinh năm 1990", None),
        ("tháng 13/2027", None),
    ],
)
def test_a_month_or_a_year_to_come_starts_on_its_first_day(text: str, first: date | None) -> None:
    assert spoken_months_ahead(text, date(2026, 11, 21)) == first


@pytest.mark.parametrize(
    ("text", "year"),
    [("em sinh năm 1990", 1990), ("sn 05", 2005), ("sinh 62", 1962), ("năm 1990", None)],
)
def test_a_year_of_birth(text: str, year: int | None) -> None:
    assert spoken_birth_year(text, date(2026, 11, 21)) == year
