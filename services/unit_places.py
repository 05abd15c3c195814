"""The nearest unit to a place on the map, among those whose coordinates have a source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from services.units import Unit

_EARTH_KM = 6371.0
# Farther away a "nearest" unit is one of another area: the directory simply does not hold the right one.
FARTHEST_KM = 15.0


@dataclass(frozen=True)
class Near:
    """A unit and how far away it is, as the crow flies."""

    unit: Unit
    km: float


def nearest(units: Iterable[Unit], latitude: float, longitude: float) -> Near | None:
    """Give the nearest commune police with known coordinates, None when there is none within reach."""
    found = [
        Near(unit, _distance(latitude, longitude, unit.coordinates.latitude, unit.coordinates.longitude))
        for unit in units
        if unit.coordinates is not None and unit.kind in ("phuong", "xa", "dac_khu")
    ]
    near = min(found, key=lambda item: item.km, default=None)
    return near if near is not None and near.km <= FARTHEST_KM else None


def _distance(lat_1: float, lon_1: float, lat_2: float, lon_2: float) -> float:
    """Give the great-circle distance in kilometres."""
    up, across = radians(lat_2 - lat_1), radians(lon_2 - lon_1)
    half = sin(up / 2) ** 2 + cos(radians(lat_1)) * cos(radians(lat_2)) * sin(across / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(half))
