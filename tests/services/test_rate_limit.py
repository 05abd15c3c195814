"""How fast somebody may write."""

from __future__ import annotations

from typing import Any

from services.rate_limit import RateLimit


def test_a_burst_passes_then_one_at_a_time(clock: Any) -> None:
    limit = RateLimit(burst=3, per_minute=6)
    assert [limit.allow("a", clock()) for _ in range(4)] == [True, True, True, False]
    clock.forward(10)
    assert [limit.allow("a", clock()) for _ in range(2)] == [True, False]
    assert limit.allow("b", clock()) is True


def test_a_clock_that_goes_back_gives_nothing(clock: Any) -> None:
    limit = RateLimit(burst=1, per_minute=60)
    assert limit.allow("a", clock()) is True
    clock.forward(-3600)
    assert limit.allow("a", clock()) is False


def test_it_forgets_the_oldest_when_there_are_too_many(clock: Any) -> None:
    limit = RateLimit(burst=1, per_minute=0.001, most_keys=2)
    for key in ("a", "b", "c"):
        assert limit.allow(key, clock()) is True
    assert limit.allow("c", clock()) is False
    assert limit.allow("a", clock()) is True
