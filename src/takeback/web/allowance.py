"""How much each token may still ask: a bucket that fills at its rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_FORGET_AT = 10_000


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Allowance:
    """Token buckets, one a name: each holds what its rate gives in ``burst_seconds``, and is full at first.

    Examples:
        >>> allowance = Allowance(clock=lambda: 0.0)
        >>> allowance.take("a", 1, rate=2), allowance.take("a", 1, rate=2), allowance.take("a", 1, rate=2)
        (0.0, 0.0, 0.5)
    """

    def __init__(self, *, burst_seconds: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst_seconds
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, name: str, cost: int, *, rate: float) -> float:
        """0 where the cost was taken, else in how many seconds to ask again; nothing is taken then.

        A cost beyond what the bucket can ever hold is taken from a full one, which then stays in debt: a large batch is
        not refused for ever, and pays for itself.
        """
        now = self._clock()
        most = max(rate * self._burst, 1.0)
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= _FORGET_AT:
                self._buckets.clear()
            bucket = self._buckets[name] = _Bucket(level=most, at=now)
        bucket.level = min(most, bucket.level + (now - bucket.at) * rate)
        bucket.at = now
        needed = min(float(cost), most)
        if bucket.level < needed:
            return (needed - bucket.level) / rate
        bucket.level -= cost
        return 0.0
