from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.matching.calibration import clopper_pearson, error_rate, hash_match_rate
from takeback.model.finding import Conclusion, Evidence


def at_most(errors: int, n: int, share: float) -> float:
    return sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(errors + 1))


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 60), st.data())
def test_the_interval_ends_where_each_tail_is_a_fortieth(n: int, data: st.DataObject) -> None:
    errors = data.draw(st.integers(0, n))
    low, high = clopper_pearson(errors, n)
    assert low <= errors / n <= high
    if errors:
        assert 1 - at_most(errors - 1, n, low) == pytest.approx(0.025, abs=1e-9)
    if errors < n:
        assert at_most(errors, n, high) == pytest.approx(0.025, abs=1e-9)


def test_no_error_in_three_hundred_is_bounded_by_the_closed_form() -> None:
    assert clopper_pearson(0, 300)[1] == pytest.approx(1 - 0.025 ** (1 / 300), abs=1e-12)


@pytest.mark.parametrize(("errors", "n"), [(1, 0), (3, 2), (-1, 5)])
def test_what_is_no_share_is_an_error(errors: int, n: int) -> None:
    with pytest.raises(ValueError, match="share"):
        clopper_pearson(errors, n)


@pytest.mark.parametrize("evidence", list(Evidence))
def test_every_finding_cites_a_measured_rate_with_its_population(evidence: Evidence) -> None:
    rate = error_rate(Conclusion.COPY, evidence, 500.0)
    assert rate.n > 1
    assert rate.low <= rate.value <= rate.high
    assert "photographs" in rate.population
    assert "photographs with at least one false finding" in rate.unit


def test_the_hash_match_cites_pairs() -> None:
    assert hash_match_rate().n > 1000
