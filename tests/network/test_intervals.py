"""Intervals against published values, and by what they cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.network.intervals import block_bootstrap, wilson

NEWCOMBE = {
    (81, 263): (0.2553, 0.3662),
    (15, 148): (0.0624, 0.1605),
    (0, 20): (0.0000, 0.1611),
    (1, 29): (0.0061, 0.1718),
}
"""Newcombe, R. G. (1998), Two-sided confidence intervals for the single proportion, Table I, method 3."""


@pytest.mark.parametrize(("counts", "interval"), NEWCOMBE.items())
def test_wilson_gives_the_published_values(counts: tuple[int, int], interval: tuple[float, float]) -> None:
    assert wilson(*counts) == pytest.approx(interval, abs=5e-5)


@given(st.integers(1, 10_000), st.data(), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_wilson_holds_the_share_and_is_symmetric(n: int, data: st.DataObject, level: float) -> None:
    k = data.draw(st.integers(0, n))
    low, high = wilson(k, n, level)
    assert 0 <= low <= k / n <= high <= 1
    assert wilson(n - k, n, level) == pytest.approx((1 - high, 1 - low))


@given(st.integers(1, 500), st.data())
def test_a_higher_level_is_never_narrower(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    inner, outer = wilson(k, n, 0.9), wilson(k, n, 0.99)
    assert outer[0] <= inner[0]
    assert inner[1] <= outer[1]


@pytest.mark.parametrize(("n", "share"), [(50, 0.5), (100, 0.2), (400, 0.63), (1000, 0.03)])
def test_wilson_covers_about_what_it_says(n: int, share: float) -> None:
    """Exact coverage, summed over the binomial distribution: near the nominal 95 %, as Wilson oscillates around it."""
    log_share, log_rest = np.log(share), np.log1p(-share)
    log_factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    covered = 0.0
    for k in range(n + 1):
        low, high = wilson(k, n)
        if low <= share <= high:
            choose = log_factorials[n] - log_factorials[k] - log_factorials[n - k]
            covered += float(np.exp(choose + k * log_share + (n - k) * log_rest))
    assert 0.93 < covered < 0.97


@pytest.mark.parametrize(("k", "n"), [(1, 0), (-1, 4), (5, 4)])
def test_no_share_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(k, n)


def growth(before: float, after: float) -> float | None:
    return after / before - 1 if before else None


def test_the_bootstrap_is_the_same_for_the_same_generator() -> None:
    series = np.arange(91.0) % 7
    first = block_bootstrap(series, series, growth, rng=np.random.default_rng(5), draws=200)
    assert first == block_bootstrap(series, series, growth, rng=np.random.default_rng(5), draws=200)


def test_a_constant_series_has_no_width_and_an_empty_one_no_interval() -> None:
    flat = np.full(91, 3.0)
    rng = np.random.default_rng(5)
    assert block_bootstrap(flat, 2 * flat, growth, rng=rng, draws=100) == pytest.approx((1.0, 1.0))
    assert block_bootstrap(0 * flat, flat, growth, rng=rng, draws=100) is None


def test_the_bootstrap_covers_the_true_growth_of_independent_days() -> None:
    """200 made networks of Poisson days, true growth 50 %: the 95 % intervals hold it in 88 to 99 % of them."""
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(200):
        before, after = rng.poisson(20, 91).astype(float), rng.poisson(30, 91).astype(float)
        interval = block_bootstrap(before, after, growth, rng=rng, draws=300)
        assert interval is not None
        held += interval[0] <= 0.5 <= interval[1]
    assert 176 <= held <= 198
