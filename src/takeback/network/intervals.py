"""Intervals for shares and for what changes in time."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]


def wilson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of a binomial share.

    Args:
        k: successes, from 0 to ``n``.
        n: trials, at least 1.
        level: nominal coverage, between 0 and 1.

    Returns:
        Lower and upper end, each from 0 to 1. Good at small n and near 0 and 1, where the usual interval is not.

    Raises:
        ValueError: k is not between 0 and n, or n is not positive.

    References:
        Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.

    Examples:
        >>> tuple(round(end, 4) for end in wilson(81, 263))
        (0.2553, 0.3662)
    """
    if n < 1 or not 0 <= k <= n:
        message = f"no share of {n} trials: {k}"
        raise ValueError(message)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = k / n
    spread = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / spread
    half = z / spread * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return low, high


def block_bootstrap(
    before: Series,
    after: Series,
    statistic: Callable[[float, float], float | None],
    *,
    rng: np.random.Generator,
    block: int = 7,
    draws: int = 2000,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """A percentile interval for a statistic of the sums of two stretches of days, by circular block bootstrap.

    Args:
        before: daily counts, (D1,).
        after: daily counts of the stretch that follows, (D2,).
        statistic: of the two sums; None where it has no value.
        rng: where the randomness comes from.
        block: length of a block in days; posting within a week hangs together.
        draws: how many resamples.
        level: nominal coverage.

    Returns:
        Lower and upper end, or None where fewer than nine tenths of the draws have a value.

    References:
        Politis, D. N. and Romano, J. P. (1992). A circular block-resampling procedure for stationary data.
    """
    sums = [_resampled_sums(series, rng=rng, block=block, draws=draws) for series in (before, after)]
    drawn = [statistic(float(a), float(b)) for a, b in zip(*sums, strict=True)]
    values = [value for value in drawn if value is not None]
    if 10 * len(values) < 9 * draws:
        return None
    low, high = np.quantile(np.array(values), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _resampled_sums(series: Series, *, rng: np.random.Generator, block: int, draws: int) -> Series:
    days = len(series)
    blocks = -(-days // block)
    starts = rng.integers(0, days, size=(draws, blocks))
    picked = (starts[:, :, None] + np.arange(block)).reshape(draws, -1)[:, :days] % days
    sums: Series = series[picked].sum(axis=1)
    return sums
