"""The bench of intervals: networks drawn from known parameters, and what their measures say of these."""

from __future__ import annotations

import numpy as np
import pytest

from takeback.bench.intervals import NOMINAL, measured, outcomes
from takeback.bench.network_columns import DAYS, draw_network
from takeback.bench.result import BenchResult
from takeback.bench.run import run
from takeback.network.network import batches_of


@pytest.fixture(scope="module")
def result() -> BenchResult:
    return run("intervals", size=6, photos=None, seed=2)


def test_the_bench_gives_every_figure_that_is_promised(result: BenchResult) -> None:
    promised = {f"coverage_{name}" for name in (*NOMINAL, "min", "max", "bounds_growth")} | {"networks"}
    assert promised <= result.figures.keys()
    assert result.figures["networks"].value == result.n == 6
    for name in NOMINAL:
        figure = result.figures[f"coverage_{name}"]
        assert figure.low is not None
        assert figure.high is not None
        assert 0 <= figure.low <= figure.value <= figure.high <= 1  # type: ignore[operator]  # a share
    assert result.figures["coverage_hour"].n > result.figures["coverage_growth_posts"].n


def test_polls_and_bounds_are_shown_apart_from_the_intervals(result: BenchResult) -> None:
    assert not {"polls", "polls_small_n", "bounds_growth"} & set(NOMINAL)
    shares = [result.figures[f"coverage_{name}"].value for name in NOMINAL]
    assert result.figures["coverage_min"].value == min(shares)  # type: ignore[type-var]  # shares are numbers
    assert "without bounds and polls" in result.note


def test_the_same_seed_draws_the_same_network_and_another_another() -> None:
    first, again, other = (draw_network(np.random.default_rng(seed)) for seed in (4, 4, 5))
    assert list(batches_of(first.network)) == list(batches_of(again.network))
    assert first.growth == again.growth != other.growth


def test_a_network_has_what_the_measures_need_and_lacks_what_was_deleted() -> None:
    drawn = draw_network(np.random.default_rng(4))
    posts = [batch for batch in batches_of(drawn.network) if batch.num_rows > 1]
    for batch in posts:
        ids = batch.column("id").to_numpy()
        assert (np.diff(ids) > 0).all()
        seconds = batch.column("time").cast("int64").to_numpy()
        assert (np.diff(seconds) >= 0).all()
        assert (seconds.max() - seconds.min()) / 86_400 < DAYS
    assert drawn.hours.sum() == pytest.approx(1)
    assert sum(drawn.languages.values()) == pytest.approx(1)
    assert sum(drawn.poll) == pytest.approx(1)


def test_a_parameter_outside_of_its_interval_is_counted_as_missed() -> None:
    from dataclasses import replace

    drawn = draw_network(np.random.default_rng(4))
    measures = measured(drawn)
    held = {name: inside for name, inside, _ in outcomes(drawn, measures) if name == "forwarded"}
    wrong = {
        name: inside for name, inside, _ in outcomes(replace(drawn, forwarded=2.0), measures) if name == "forwarded"
    }
    assert held.keys() == wrong.keys() == {"forwarded"}
    assert not wrong["forwarded"]


def test_the_bench_of_the_census_counts_every_post() -> None:
    result = run("census", size=4_000, photos=None, seed=2)
    assert {"posts_per_s", "peak_rss_mb", "minutes_at_10_million", "seconds"} <= result.figures.keys()
    assert all(figure.n == 4_000 for figure in result.figures.values())
    assert "extrapolated (a model)" in result.figures["minutes_at_10_million"].unit
