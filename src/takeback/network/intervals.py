"""Intervals for shares, and for rates and changes of what comes in bursts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]
BLOCK = 7
"""Days in a block: posting within a week hangs together, and every week has each day of the week once."""
DRAWS = 1000
_LEAST_BLOCKS = 8
_TREND = 2
_MOST_CORRELATED = 0.5


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An estimate with its interval, which is None where there are too few blocks, or nothing was seen in them."""

    value: float
    interval: tuple[float, float] | None


def change(
    before: tuple[Series, Series], after: tuple[Series, Series], *, rng: np.random.Generator, level: float = 0.95
) -> Estimate | None:
    """The relative change of a daily rate between two stretches, by studentised block bootstrap of its logarithm.

    A straight line is fitted to the blocks of each stretch, so that a trend is not taken for noise and a gap in the
    collection moves nothing; the rate of a stretch is the line in its middle. Standardised residuals of whole blocks
    are drawn anew, and the interval is as wide as the studentised logarithm of the ratio is in 95 % of the draws.

    Args:
        before: counts of each block, (K1,), and the days that were collected of it, (K1,); blocks of no day are gaps.
        after: the same of the stretch that follows, (K2,).
        rng: where the randomness comes from.
        level: nominal coverage.

    Returns:
        The change, 0.5 for half as much again; None where nothing was seen in the first stretch.

    References:
        Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application, sections 5.2 and 8.2.
    """
    lines = [_line(*each) for each in (before, after)]
    first, second = lines
    if first is None or second is None or first.rate <= 0:
        return None
    value = max(0.0, second.rate / first.rate)
    if not value or min(len(first.residuals), len(second.residuals)) < _LEAST_BLOCKS:
        return Estimate(value=value - 1, interval=None)
    drawn = [line.drawn(rng) for line in (first, second)]
    error = math.hypot(first.error / first.rate, second.error / second.rate)
    error *= _inflation([first.residuals, second.residuals])
    with np.errstate(all="ignore"):  # draws without a value are left out below
        errors = np.hypot(drawn[0][1] / drawn[0][0], drawn[1][1] / drawn[1][0])
        studentised = np.abs(np.log(drawn[1][0] / drawn[0][0]) - math.log(value)) / errors
    width = _quantile(studentised, level)
    if width is None:
        return Estimate(value=value - 1, interval=None)
    spread = math.exp(width * error)
    return Estimate(value=value - 1, interval=(value / spread - 1, value * spread - 1))


def rate(blocks: tuple[Series, Series], *, rng: np.random.Generator, level: float = 0.95) -> Estimate | None:
    """A daily rate in the middle of a stretch, as `change` estimates it: counts and collected days of each block."""
    line = _line(*blocks)
    if line is None or line.rate <= 0:
        return None
    if len(line.residuals) < _LEAST_BLOCKS:
        return Estimate(value=line.rate, interval=None)
    rates, errors = line.drawn(rng)
    with np.errstate(all="ignore"):  # draws without a value are left out below
        width = _quantile(np.abs(np.log(rates / line.rate)) * rates / errors, level)
    if width is None:
        return Estimate(value=line.rate, interval=None)
    spread = math.exp(width * line.error / line.rate * _inflation([line.residuals]))
    return Estimate(value=line.rate, interval=(line.rate / spread, line.rate * spread))


def ratio(
    part: Series, whole: Series, *, rng: np.random.Generator, share: bool, level: float = 0.95
) -> Estimate | None:
    """A ratio of two totals over blocks, by studentised block bootstrap of its logarithm, or logit for a share.

    Args:
        part: what is counted in each block, (K,).
        whole: out of what, or in how many days, (K,); blocks of nothing are left out.
        rng: where the randomness comes from.
        share: whether the part lies within the whole.
        level: nominal coverage.

    Returns:
        The ratio; None where the whole is nothing. Without an interval where there are fewer than eight blocks, or the
        part is nothing or everything.

    References:
        Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application, section 2.4.
    """
    part, whole = part[whole > 0], whole[whole > 0]
    blocks = len(whole)
    if not blocks:
        return None
    value = float(part.sum() / whole.sum())
    if blocks < _LEAST_BLOCKS or not value > 0 or (share and value >= 1):
        return Estimate(value=value, interval=None)
    rows = rng.integers(0, blocks, size=(DRAWS, blocks))
    values, errors = _ratio_with_error(part[rows], whole[rows])
    one, error = _ratio_with_error(part[None], whole[None])
    with np.errstate(all="ignore"):  # draws without a value are left out below
        slope = values * (1 - values) if share else values
        moved = _scaled(values, share=share) - _scaled(one, share=share)
        width = _quantile(np.abs(moved) / (errors / slope), level)
    if width is None:
        return Estimate(value=value, interval=None)
    left = part - value * whole
    half = width * float(error[0]) * _inflation([left]) / (value * (1 - value) if share else value)
    if share:
        odds = value / (1 - value)
        low, high = (odds * math.exp(each) for each in (-half, half))
        return Estimate(value=value, interval=(low / (1 + low), high / (1 + high)))
    return Estimate(value=value, interval=(value * math.exp(-half), value * math.exp(half)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """A line through blocks: the rate in the middle with its standard error, and what draws need."""

    rate: float
    error: float
    design: Series
    fitted: Series
    days: Series
    residuals: Series
    solve: Series
    unit_error: float

    def drawn(self, rng: np.random.Generator) -> tuple[Series, Series]:
        """Rates and standard errors of series with the residuals drawn anew."""
        blocks = len(self.residuals)
        root = np.sqrt(self.days)
        picked = self.residuals[rng.integers(0, blocks, size=(DRAWS, blocks))]
        counts = self.fitted + picked * root
        coefficients = counts @ self.solve.T
        left = (counts - coefficients @ self.design.T) / root
        spread = np.sqrt((left**2).sum(axis=1) / (blocks - _TREND))
        return coefficients[:, 0], spread * self.unit_error


def _line(counts: Series, days: Series) -> _Line | None:
    """The line through the blocks; the spread of a block's count is taken to grow with the root of its days."""
    middle = np.arange(len(days)) - (len(days) - 1) / 2
    kept = days > 0
    counts, days, places = counts[kept], days[kept], middle[kept]
    blocks = len(days)
    if blocks <= _TREND:
        return None
    design = np.column_stack((days, days * places))
    normal = np.linalg.inv(design.T @ (design / days[:, None]))
    solve = normal @ (design / days[:, None]).T
    coefficients = solve @ counts
    fitted = design @ coefficients
    left = (counts - fitted) / np.sqrt(days)
    leverage = np.einsum("ij,ji->i", design, solve)
    spread = math.sqrt(float((left**2).sum()) / (blocks - _TREND))
    residuals = left / np.sqrt(np.maximum(1 - leverage, 1e-9))
    unit = math.sqrt(float(normal[0, 0]))
    return _Line(
        rate=float(coefficients[0]),
        error=spread * unit,
        design=design,
        fitted=fitted,
        days=days,
        residuals=residuals - residuals.mean(),
        solve=solve,
        unit_error=unit,
    )


def _inflation(residuals: Sequence[Series]) -> float:
    """By how much a standard error grows where neighbouring blocks hang together; never below 1.

    The correlation of neighbours is pooled over the stretches, raised by what fitting takes from it, and taken to end
    there: bursts that last for several weeks are not covered.
    """
    pairs = sum(float(each[:-1] @ each[1:]) for each in residuals)
    squares = sum(float(each @ each) for each in residuals)
    blocks = sum(map(len, residuals)) / len(residuals)
    correlation = pairs / squares + 1 / blocks if squares else 0.0
    return math.sqrt(1 + 2 * min(max(correlation, 0.0), _MOST_CORRELATED))


def _ratio_with_error(part: Series, whole: Series) -> tuple[Series, Series]:
    """The ratios of rows of blocks, (D, K) each, and their linearised standard errors."""
    blocks = part.shape[1]
    total = whole.sum(axis=1)
    values = part.sum(axis=1) / total
    left = part - values[:, None] * whole
    return values, np.sqrt((left**2).sum(axis=1) * blocks / (blocks - 1)) / total


def _scaled(values: Series, *, share: bool) -> Series:
    scaled: Series = np.log(values / (1 - values)) if share else np.log(values)
    return scaled


def _quantile(studentised: Series, level: float) -> float | None:
    """The quantile of the draws that have a value, or None where fewer than nine tenths have one."""
    held = studentised[np.isfinite(studentised)]
    return float(np.quantile(held, level)) if 10 * len(held) >= 9 * len(studentised) else None
