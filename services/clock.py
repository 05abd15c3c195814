"""The time, in one place, so that tests and rehearsals can set it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Give the present moment, aware, in UTC."""
    return datetime.now(timezone.utc)


def vietnam_today(clock: Clock = utc_now) -> date:
    """Give the calendar day it is now in Viet Nam."""
    return clock().astimezone(VIETNAM).date()
