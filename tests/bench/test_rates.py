from __future__ import annotations

import math

import msgspec
import pytest

from takeback.bench.rates import FalseFinding, Seen, expected_above, rates, tail
from takeback.matching.calibration import Table, rate_at
from takeback.model.finding import Evidence


def false(one: str, other: str, score: float, *, attacked: bool = False) -> FalseFinding:
    return FalseFinding(pair=frozenset((one, other)), score=score, attacked=attacked)


def built(*findings: FalseFinding) -> Table:
    return rates(
        {
            Evidence.PIXELS: Seen(false=findings, series=(3, 40), synthetic=(1, 500)),
            Evidence.FEATURES: Seen(),
        },
        population="made-up photographs",
        seed=1,
        photographs=100,
        pairs=4950,
        attacked_pairs=20_000,
        hash_match=(0, 4950),
        left_out="copies were left out first",
    )


def test_attacks_on_one_pair_are_not_new_pairs() -> None:
    table = built(false("a", "b", 9.0), false("b", "a", 12.0, attacked=True), false("a", "b", 7.0, attacked=True))
    pixels = table.findings["pixels"]
    assert pixels.rows[0].errors == 2
    assert pixels.rows[0].false_pairs == 1
    assert pixels.plain_pairs.errors == 1
    assert (pixels.attacked_pairs.errors, pixels.attacked_pairs.n) == (2, 20_000)


def test_a_photograph_in_two_false_pairs_errs_once() -> None:
    row = built(false("a", "b", 9.0), false("a", "c", 9.0)).findings["pixels"].rows[0]
    assert (row.errors, row.false_pairs) == (3, 2)


def test_a_higher_score_counts_no_more_errors() -> None:
    rows = built(false("a", "b", 9.0), false("c", "d", 25.0)).findings["pixels"].rows
    assert [row.errors for row in rows] == [4, 4, 2, 2, 2, 0]
    assert [row.least for row in rows] == sorted(row.least for row in rows)


def test_what_is_written_is_what_findings_read() -> None:
    table = built(false("a", "b", 9.0))
    again = msgspec.json.decode(msgspec.json.encode(table), type=Table)
    assert again == table
    rate = rate_at(again, Evidence.PIXELS, 6.5)
    assert (rate.value, rate.n, rate.pairs) == (0.02, 100, 4950)
    assert rate.population == "made-up photographs; of 40 more taken in a row, 3 were taken for one another"


def test_the_hash_match_says_what_was_left_out() -> None:
    assert built().hash_match.unit.endswith("within 31 bits; copies were left out first")


def test_a_tail_is_fitted_only_where_there_is_enough_to_fit() -> None:
    assert tail([7.0] * 29, over=6.0) is None
    fit = tail([6.0 + 2.0 * (k % 2) for k in range(200)], over=6.0)
    assert fit is not None
    assert (fit.n, fit.mean_excess) == (100, 2.0)


def test_the_model_falls_off_with_the_score_and_starts_at_what_was_counted() -> None:
    fit = tail([8.0] * 50, over=6.0)
    assert fit is not None
    assert expected_above(fit, 6.0, pairs=1_000) == pytest.approx(0.05)
    assert expected_above(fit, 6.0 + 2.0 * math.log(10), pairs=1_000) == pytest.approx(0.005)
