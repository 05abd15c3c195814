"""The model of many replicas, held against what is known of waiting lines, and against arithmetic."""

from __future__ import annotations

import random
import statistics

import pytest

from benchmarks.load.simulation import Costs, Fleet, answered, arrivals, shares

COSTS = Costs(turn=0.015, machine=0.020, database=0.004, alone=0.030)


def waits(rates: list[tuple[float, float]], fleet: Fleet, costs: Costs = COSTS) -> list[float]:
    chance = random.Random(7)
    return answered(arrivals(rates, chance), costs, fleet, chance)


def test_messages_come_as_often_as_asked_and_in_order() -> None:
    moments = arrivals([(50.0, 200.0), (5.0, 100.0)], random.Random(1))
    assert moments == sorted(moments)
    assert sum(at < 200 for at in moments) == pytest.approx(10_000, rel=0.03)
    assert sum(at >= 200 for at in moments) == pytest.approx(500, rel=0.15)


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_one_replica_waits_as_the_textbook_says(load: float) -> None:
    """M/M/1: the mean wait in the line is ρ / (1 − ρ) of a service time."""
    fleet = Fleet(1, 1, 2)
    found = waits([(load / COSTS.turn, 4_000.0)], fleet)
    expected = COSTS.alone + load / (1 - load) * COSTS.turn
    assert statistics.fmean(found) == pytest.approx(expected, rel=0.1)


def test_a_burst_leaves_the_last_citizen_waiting_as_long_as_arithmetic_says() -> None:
    """t · (b / capacity − 1) seconds, the formula of docs/scaling.md."""
    fleet = Fleet(4, 1, 2)
    capacity = 4 / COSTS.turn
    found = waits([(1.5 * capacity, 300.0)], fleet)
    assert shares(found)[3] == pytest.approx(300 * 0.5, rel=0.05)


@pytest.mark.parametrize(
    ("fleet", "most"),
    [
        (Fleet(1, 1, 2), 1 / 0.015),
        # Two on a machine of two cores: each has a core, and a message needs twenty thousandths of one.
        (Fleet(2, 2, 2), 100.0),
        (Fleet(4, 4, 2), 100.0),
        (Fleet(8, 1, 2, database_cores=8), 8 / 0.015),
        # Here the database is what is short.
        (Fleet(30, 1, 2, database_cores=2), 500.0),
    ],
)
def test_what_is_short_decides_how_much_is_answered(fleet: Fleet, most: float) -> None:
    assert fleet.most(COSTS) == pytest.approx(most)
    # Nearly as much is answered soon, and a little more is not.
    assert shares(waits([(0.8 * most, 120.0)], fleet))[1] < 0.3
    assert shares(waits([(1.3 * most, 120.0)], fleet))[1] > 20.0


def test_more_replicas_never_make_anybody_wait_longer_on_the_whole() -> None:
    found = [shares(waits([(150.0, 300.0)], Fleet(count, 1, 2, 8)))[2] for count in (2, 3, 4, 8)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 10 > 0.2 > found[-1]
