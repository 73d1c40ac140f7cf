"""How much each token may still ask: a bucket that fills at its rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Allowance:
    """Token buckets, one a name: each holds what its rate gives in ``burst_seconds``, and is full at first.

    Examples:
        >>> allowance = Allowance(clock=lambda: 0.0)
        >>> allowance.take("a", rate=2), allowance.take("a", rate=2), allowance.take("a", rate=2)
        (0.0, 0.0, 0.5)
    """

    def __init__(self, *, burst_seconds: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst_seconds
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, name: str, *, rate: float) -> float:
        """0 where one was taken, else in how many seconds to ask again; nothing is taken then."""
        bucket = self._filled(name, rate)
        if bucket.level < 1:
            return (1 - bucket.level) / rate
        bucket.level -= 1
        return 0.0

    def owe(self, name: str, cost: int, *, rate: float) -> None:
        """Take more for what was let in already: a large batch is not refused, and is paid for afterwards."""
        self._filled(name, rate).level -= cost

    def _filled(self, name: str, rate: float) -> _Bucket:
        """The bucket with what flowed in since it was last seen."""
        now = self._clock()
        most = max(rate * self._burst, 1.0)
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket(level=most, at=now)
        bucket.level = min(most, bucket.level + (now - bucket.at) * rate)
        bucket.at = now
        return bucket
