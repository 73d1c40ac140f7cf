from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.matching.calibration import (
    UNIT,
    Counted,
    Rates,
    Row,
    Table,
    clopper_pearson,
    error_rate,
    hash_match_rate,
    rate_at,
)
from takeback.model.finding import Conclusion, Evidence

NONE = Counted(errors=0, n=0, unit="things")
TABLE = Table(
    version=2,
    measured_by="a test",
    seed=1,
    population="made-up photographs",
    photographs=1_000,
    pairs=499_500,
    findings={
        evidence.value: Rates(
            rows=(Row(least=6.0, errors=4, false_pairs=2), Row(least=10.0, errors=0, false_pairs=0)),
            plain_pairs=NONE,
            attacked_pairs=NONE,
            series=Counted(errors=27, n=219, unit="photographs"),
            synthetic_pairs=NONE,
        )
        for evidence in Evidence
    },
    hash_match=NONE,
)


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


@pytest.mark.parametrize("n", [300, 50_000_000])
def test_no_error_is_bounded_by_the_closed_form(n: int) -> None:
    assert clopper_pearson(0, n)[1] == pytest.approx(-math.expm1(math.log(0.025) / n), rel=1e-5)


@pytest.mark.parametrize(("errors", "n"), [(1, 0), (3, 2), (-1, 5)])
def test_what_is_no_share_is_an_error(errors: int, n: int) -> None:
    with pytest.raises(ValueError, match="share"):
        clopper_pearson(errors, n)


@pytest.mark.parametrize("evidence", list(Evidence))
def test_every_finding_cites_a_measured_rate_with_its_population_and_its_pairs(evidence: Evidence) -> None:
    rate = error_rate(Conclusion.COPY, evidence, 500.0)
    assert rate.n > 1
    assert rate.low <= rate.value <= rate.high
    assert "photographs" in rate.population
    assert rate.unit == UNIT
    assert rate.pairs > rate.n
    assert 0.0 < rate.pairs_high < rate.high


@pytest.mark.parametrize("evidence", list(Evidence))
def test_every_finding_says_how_photographs_taken_in_a_row_fared_with_their_number(evidence: Evidence) -> None:
    assert "taken in a row" in error_rate(Conclusion.DERIVATIVE, evidence, 7.0).population
    rate = rate_at(TABLE, evidence, 50.0)
    assert rate.population.endswith("of 219 more taken in a row, 27 were taken for one another")


def test_a_finding_cites_the_rate_at_its_own_score() -> None:
    weak, strong = rate_at(TABLE, Evidence.PIXELS, 9.9), rate_at(TABLE, Evidence.PIXELS, 10.0)
    assert (weak.score, weak.value) == (6.0, 0.004)
    assert (strong.score, strong.value) == (10.0, 0.0)
    assert strong.high < weak.high
    assert strong.pairs_high < weak.pairs_high


def test_a_score_below_the_table_cites_its_first_row() -> None:
    assert rate_at(TABLE, Evidence.FEATURES, 0.0).score == TABLE.findings["features"].rows[0].least


def test_the_hash_match_cites_pairs() -> None:
    assert hash_match_rate().n > 1000
