"""Times from … to …, and times that hang on a year, a feast or "rưỡi". Now is Saturday 2026-11-21, 14:30."""

from datetime import datetime

import pytest

from services.clock import VIETNAM
from services.moments import find_moments

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=VIETNAM)


def read(text: str) -> list[tuple[str, str, str]]:
    return [
        (text[m.begins : m.ends], f"{m.start:%d/%m/%Y %H:%M}", f"{m.end:%d/%m/%Y %H:%M}")
        for m in find_moments(text, NOW)
    ]


@pytest.mark.parametrize(
    ("text", "said", "start", "end"),
    [
        ("từ 8h đến 10h tối nó hát", "8h đến 10h tối", "20/11/2026 20:00", "20/11/2026 22:00"),
        ("tu 8h den 10h toi qua", "8h den 10h toi qua", "20/11/2026 20:00", "20/11/2026 22:00"),
        ("tối qua từ 8h đến 10h", "tối qua từ 8h đến 10h", "20/11/2026 20:00", "20/11/2026 22:00"),
        ("ồn từ 8 đến 10 giờ tối qua", "8 đến 10 giờ tối qua", "20/11/2026 20:00", "20/11/2026 22:00"),
        ("8h-10h sáng nay", "8h-10h sáng nay", "21/11/2026 08:00", "21/11/2026 10:00"),
        ("từ 22h đến 2h sáng nay", "22h đến 2h sáng nay", "20/11/2026 22:00", "21/11/2026 02:00"),
        ("từ 22h hôm qua tới 2h sáng", "22h hôm qua tới 2h sáng", "20/11/2026 22:00", "21/11/2026 02:00"),
        ("từ 11h tới 2h chiều", "11h tới 2h chiều", "21/11/2026 11:00", "21/11/2026 14:00"),
        ("từ ngày 3 đến ngày 9", "ngày 3 đến ngày 9", "03/11/2026 00:00", "10/11/2026 00:00"),
        (
            "thứ hai đến thứ sáu tuần trước",
            "thứ hai đến thứ sáu tuần trước",
            "09/11/2026 00:00",
            "14/11/2026 00:00",
        ),
        ("từ sáng đến chiều hôm qua", "sáng đến chiều hôm qua", "20/11/2026 05:00", "20/11/2026 18:00"),
        ("từ hôm qua đến giờ", "hôm qua đến giờ", "20/11/2026 00:00", "21/11/2026 14:30"),
        ("từ trưa tới giờ chưa về", "trưa tới giờ", "21/11/2026 11:00", "21/11/2026 14:30"),
        ("từ tháng 3 đến tháng 5", "tháng 3 đến tháng 5", "01/03/2026 00:00", "01/06/2026 00:00"),
        ("một tiếng rưỡi trước", "một tiếng rưỡi trước", "21/11/2026 13:00", "21/11/2026 13:00"),
        ("hôm 30/4 năm ngoái", "hôm 30/4 năm ngoái", "30/04/2025 00:00", "01/05/2025 00:00"),
        ("tháng 12 năm ngoái", "tháng 12 năm ngoái", "01/12/2025 00:00", "01/01/2026 00:00"),
        ("Trung thu năm ngoái", "Trung thu năm ngoái", "06/10/2025 00:00", "07/10/2025 00:00"),
        ("đêm Noel", "đêm Noel", "24/12/2025 20:00", "25/12/2025 04:00"),
        ("tối qua tầm 8 rưỡi", "tối qua tầm 8 rưỡi", "20/11/2026 20:30", "20/11/2026 20:30"),
        ("hồi nãy lúc 9h", "hồi nãy lúc 9h", "21/11/2026 09:00", "21/11/2026 09:00"),
    ],
)
def test_a_citizen_says_from_when_to_when(text: str, said: str, start: str, end: str) -> None:
    assert read(text) == [(said, start, end)]


@pytest.mark.parametrize(
    "text",
    ["đường Cách Mạng Tháng 8", "ngã ba 30 Tháng 4", "trường mầm non 2/9", "chợ 5 giờ", "khoảng 2 rưỡi"],
)
def test_names_and_prices_are_no_times(text: str) -> None:
    assert read(text) == []


def test_coming_somewhere_at_a_time_is_no_span() -> None:
    assert [said for said, _, _ in read("hôm qua tôi đến 8h sáng nay mới về")] == ["hôm qua", "8h sáng nay"]
