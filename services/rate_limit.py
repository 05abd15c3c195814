"""How fast somebody may write: token buckets in memory, one per key, forgotten when they are full."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime


class RateLimit:
    """Allows `burst` at once and `per_minute` in the long run, for each key.

    Kept in this process only: with several replicas each allows as much, which is meant as
    protection against floods, not as an exact quota.
    """

    def __init__(self, burst: int, per_minute: float, most_keys: int = 100_000) -> None:
        self._burst = float(burst)
        self._per_second = per_minute / 60.0
        self._most_keys = most_keys
        self._buckets: OrderedDict[Hashable, tuple[float, datetime]] = OrderedDict()

    def allow(self, key: Hashable, now: datetime) -> bool:
        """Take one from the key's bucket; False when it is empty."""
        left, at = self._buckets.pop(key, (self._burst, now))
        left = min(self._burst, left + max(0.0, (now - at).total_seconds()) * self._per_second)
        allowed = left >= 1.0
        self._buckets[key] = (left - 1.0 if allowed else left, now)
        if len(self._buckets) > self._most_keys:
            self._buckets.popitem(last=False)
        return allowed
