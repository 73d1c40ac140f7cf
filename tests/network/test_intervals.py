"""Intervals against published values, and by what they cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.network.intervals import Estimate, change, rate, ratio, wilson

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


def weeks(*counts: float) -> np.ndarray:
    return np.array(counts, np.float64)


DAYS = np.full(13, 7.0)


def generator() -> np.random.Generator:
    return np.random.default_rng(5)


def test_a_change_is_the_ratio_of_the_rates_and_lies_in_its_interval() -> None:
    before, after = weeks(*range(7, 20)), weeks(*range(20, 33))
    estimate = change((before, DAYS), (after, DAYS), rng=generator())
    assert estimate is not None
    assert estimate.value == pytest.approx(after.sum() / before.sum() - 1)
    assert estimate == change((before, DAYS), (after, DAYS), rng=generator())


def test_a_trend_within_a_stretch_is_no_noise() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 2, (2, 13))
    flat = change((100 + noise[0], DAYS), (150 + noise[1], DAYS), rng=generator())
    slope = 5 * np.arange(-6.0, 7.0)
    rising = change((100 + slope + noise[0], DAYS), (150 + slope + noise[1], DAYS), rng=generator())
    assert flat is not None
    assert rising is not None
    assert flat.interval is not None
    assert rising.interval == pytest.approx(flat.interval, rel=0.05)


def test_weeks_that_were_not_collected_move_nothing() -> None:
    counts, days = weeks(*(70 + number % 3 for number in range(13))), DAYS.copy()
    whole = change((counts, days), (2 * counts, days), rng=generator())
    counts[5], days[5] = 0, 0
    gap = change((counts, days), (weeks(*(140 + 2 * (n % 3) for n in range(13))), DAYS), rng=generator())
    assert whole is not None
    assert gap is not None
    assert gap.value == pytest.approx(whole.value, abs=0.02)


def test_what_cannot_be_estimated_has_no_interval_or_no_value() -> None:
    flat, nothing = np.full(13, 3.0), np.zeros(13)
    assert change((nothing, DAYS), (flat, DAYS), rng=generator()) is None
    assert change((flat, DAYS), (nothing, DAYS), rng=generator()) == Estimate(value=-1.0, interval=None)
    assert change((flat[:2], DAYS[:2]), (flat, DAYS), rng=generator()) is None
    short = change((flat[:7], DAYS[:7]), (flat, DAYS), rng=generator())
    assert short is not None
    assert short.interval is None
    assert rate((nothing, DAYS), rng=generator()) is None
    assert ratio(nothing, nothing, rng=generator(), share=True) is None
    assert ratio(flat, flat, rng=generator(), share=True) == Estimate(value=1.0, interval=None)
    assert ratio(flat[:7], flat[:7] * 2, rng=generator(), share=True) == Estimate(value=0.5, interval=None)


@given(st.lists(st.integers(1, 50), min_size=8, max_size=40), st.integers(0, 1000))
def test_a_share_and_its_interval_lie_between_none_and_all(counts: list[int], seed: int) -> None:
    whole = np.array(counts, np.float64)
    part = np.random.default_rng(seed).binomial(counts, 0.4).astype(np.float64)
    estimate = ratio(part, whole, rng=generator(), share=True)
    assert estimate is not None
    assert estimate.value == pytest.approx(part.sum() / whole.sum())
    if estimate.interval:
        low, high = estimate.interval
        assert 0 <= low <= estimate.value <= high <= 1


def test_intervals_cover_the_truth_of_overdispersed_weeks() -> None:
    """200 made series: the 95 % intervals hold it in 90 to 99 %; the bench says how exactly."""
    rng, held = np.random.default_rng(11), np.zeros(3)
    for _ in range(200):
        before, after = (rng.poisson(rate * rng.gamma(4, 0.25, 13)).astype(float) for rate in (200, 300))
        part = rng.binomial(after.astype(int), rng.beta(3, 7, 13)).astype(float)
        found = (
            (change((before, DAYS), (after, DAYS), rng=rng), 0.5),
            (rate((after, DAYS), rng=rng), 300 / 7),
            (ratio(part, after, rng=rng, share=True), 0.3),
        )
        for place, (estimate, truth) in enumerate(found):
            assert estimate is not None
            assert estimate.interval is not None
            held[place] += estimate.interval[0] <= truth <= estimate.interval[1]
    assert (held >= 180).all(), held
    assert (held <= 198).all(), held


def test_neighbouring_weeks_that_hang_together_widen_the_interval() -> None:
    apart = np.tile([90.0, 110.0], 13)
    joined = np.repeat([90.0, 110.0], 13)[np.r_[0:5, 13:18, 5:9, 18:22, 9:13, 22:26]]
    narrow, wide = (ratio(each, np.full(26, 7.0), rng=generator(), share=False) for each in (apart, joined))
    assert narrow is not None
    assert wide is not None
    assert narrow.interval is not None
    assert wide.interval is not None
    assert wide.interval[1] - wide.interval[0] > 1.2 * (narrow.interval[1] - narrow.interval[0])
