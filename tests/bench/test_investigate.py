"""The bench of the whole job: its truth, its parts, and how it extrapolates."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from takeback.bench.investigate import Stopwatch
from takeback.bench.memory import PeakMemory, resident_bytes
from takeback.bench.result import BenchResult
from takeback.bench.run import run
from takeback.bench.seed_scale import SEED_MEDIA, Cost, Growth, guard_seconds, line, pieces
from takeback.simulate.collection import load_photographs


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> BenchResult:
    folder = tmp_path_factory.mktemp("photographs")
    for each in load_photographs():
        (folder / each.name).write_bytes(each.content)
    return run("investigate", size=12, photos=folder, seed=3)


def test_the_bench_gives_every_figure_that_is_promised(result: BenchResult) -> None:
    promised = {"media_per_s", "peak_rss_mb", "false_findings", "recall", "hours_at_seed_scale"}
    assert promised <= result.figures.keys()
    assert result.figures["media_per_s"].value
    hours = result.figures["hours_at_seed_scale"].value
    assert hours
    parts = ("opening_packs", "reading_posts", "fingerprint", "compare", "measure", "retrieval_at_1000", "hash_pairs")
    each = [result.figures[f"hours_{name}"].value or 0.0 for name in (*parts, "guard")]
    assert sum(each) == pytest.approx(hours, abs=0.01)


def test_every_figure_says_its_n(result: BenchResult) -> None:
    assert result.n == 12
    assert all(figure.n > 0 for figure in (*result.figures.values(), *result.peers["pdq"].values()))


def test_seconds_are_given_for_each_stage_and_add_up(result: BenchResult) -> None:
    stages = {"opening_packs", "reading_posts", "fingerprint", "guard", "compare", "measure"}
    seconds = {stage: result.figures[f"seconds_{stage}"].value or 0.0 for stage in stages}
    assert sum(seconds.values()) == pytest.approx(result.figures["seconds"].value, abs=0.1)


def test_the_planted_picture_is_found_and_nothing_else(result: BenchResult) -> None:
    recall, false = result.figures["recall"], result.figures["false_findings"]
    assert (recall.value, recall.n) == (1.0, 1)
    assert (recall.low, recall.high) == (pytest.approx(0.025, abs=0.001), 1.0)
    assert false.value == 0
    assert result.figures["false_upper_bound"].n == false.n


def test_hash_matches_alone_are_measured_in_the_same_run(result: BenchResult) -> None:
    assert result.peers["pdq"]["recall"].n == result.figures["recall"].n
    assert result.peers["pdq"]["false_findings"].n == result.figures["false_findings"].n


def test_the_note_says_what_the_figures_rest_on(result: BenchResult) -> None:
    assert "benign edits, not on real fakes" in result.note
    assert "is a model" in result.note


def test_what_is_fixed_is_not_multiplied() -> None:
    assert line((100, 5.0), (300, 7.0)) == (pytest.approx(4.0), pytest.approx(0.01))
    assert line((100, 5.0), (300, 4.0)) == (4.0, 0.0), "no media takes less than no time"


def test_the_large_case_is_the_sum_of_what_was_measured_apart() -> None:
    growth = Growth(
        query_small=0.01,
        query_large=0.03,
        queries=9,
        bank=40,
        enrolling=5.0,
        hash_pair=1e-9,
        guard={100: 1.0, 200: 2.0},
    )
    small = Cost(media=100, seconds={"compare": 3.0, "guard": 9.0}, processor={"compare": 3.0, "guard": 9.0})
    large = Cost(media=300, seconds={"compare": 7.0, "guard": 90.0}, processor={"compare": 7.0, "guard": 90.0})
    found = pieces(small, large, growth, 0.8)
    searched = 0.8 * SEED_MEDIA
    assert found["compare"] == pytest.approx(1.0 + 0.02 * SEED_MEDIA)
    assert found["guard"] == pytest.approx((searched + 1000) / 100)
    assert found["hash_pairs"] == pytest.approx(searched * (8000 + searched) * 1e-9)
    assert found["retrieval_at_1000"] == pytest.approx(5.0 + searched * 0.02 / (os.cpu_count() or 1))
    shared = pieces(small, large, growth, 0.8, processor=True)
    assert shared["compare"] == pytest.approx(found["compare"] / (os.cpu_count() or 1))


def test_the_guard_is_extrapolated_by_its_square() -> None:
    measured = {100: 3 * 100 + 0.02 * 100**2, 200: 3 * 200 + 0.02 * 200**2}
    assert guard_seconds(measured, 1000) == pytest.approx(3 * 1000 + 0.02 * 1000**2)


def test_a_guard_that_grows_slower_than_its_corpus_is_taken_as_linear() -> None:
    assert guard_seconds({100: 1.0, 200: 1.0}, 2000) == pytest.approx(10.0)


def test_a_stage_lasts_until_the_next_one_speaks() -> None:
    watch = Stopwatch()
    watch("one", 0, 2)
    watch("one", 1, 2)
    watch("two", 0, None)
    watch.stop()
    assert list(watch.seconds) == ["one", "two"]
    assert all(seconds >= 0 for seconds in watch.seconds.values())


def test_peak_memory_holds_what_was_there_at_once() -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("this platform does not tell")
    with PeakMemory() as memory:
        before = resident_bytes(1 << 30)
    assert before == 0, "an unknown process holds nothing"
    assert memory.bytes is not None
    assert memory.bytes > 10 << 20
