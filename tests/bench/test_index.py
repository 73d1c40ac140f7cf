"""The bench of the index gives every figure that is promised, and finds what it planted."""

from __future__ import annotations

import numpy as np
import pytest

from takeback.bench.hashes import CROWD_FLIPS, CROWDED, Collection, big_endian, flipped, planted
from takeback.bench.result import BenchResult
from takeback.bench.run import run


@pytest.fixture(scope="module")
def result() -> BenchResult:
    return run("index", size=30_000, photos=None, seed=3)


def test_the_bench_gives_every_figure_that_is_promised(result: BenchResult) -> None:
    promised = {"lookups_per_s", "bytes_per_hash", "build_s", "recall", "spurious", "p99_ms"}
    promised |= {"lookups_per_s_degenerate", "visible_s"}
    assert promised <= result.figures.keys()
    assert all(figure.n > 0 for figure in result.figures.values())
    assert set(result.peers) | set(result.absent) == {"faiss_flat", "threatexchange_pdqindex"}
    assert set(result.ratios) == {f"lookups_per_s_vs_{peer}" for peer in result.peers}


def test_all_that_was_planted_is_found_and_nothing_else(result: BenchResult) -> None:
    assert result.figures["recall"].value == 1.0
    assert result.figures["spurious"].value == 0
    assert result.figures["differs_from_scan"].value == 0


def test_a_change_is_seen_in_another_process_within_a_second(result: BenchResult) -> None:
    assert result.figures["visible_s"].value is not None
    assert result.figures["visible_s"].value <= 1.0


def test_a_collection_is_the_same_each_time_and_crowded_as_far_as_it_says() -> None:
    collection = Collection(size=5000, seed=1, crowded=CROWDED)
    (one,), (other,) = collection.chunks(), collection.chunks()
    assert all((left == right).all() for left, right in zip(one, other, strict=True))
    words = one[1]
    near = np.bitwise_count(words[:, None] ^ words[None, :500]).sum(axis=2) <= 2 * CROWD_FLIPS
    crowd = (near.sum(axis=1) > 1).mean()
    assert crowd == pytest.approx(CROWDED, rel=0.4)


def test_queries_are_planted_at_every_distance() -> None:
    collection = Collection(size=300, seed=2)
    ((ids, words),) = collection.chunks()
    queries = planted(collection, 64)
    enrolled = {int(id): row for row, id in enumerate(ids)}
    rows = [enrolled[int(id)] for id in queries.id]
    bits = np.bitwise_count(words[rows] ^ queries.words).sum(axis=1)
    assert bits.tolist() == queries.distance.tolist() == [*range(32), *range(32)]


def test_bytes_are_most_significant_first() -> None:
    words = np.array([[1 << 56, 2, 3, 4]], np.uint64)
    assert big_endian(words)[0].tolist() == [1, *[0] * 14, 2, *[0] * 7, 3, *[0] * 7, 4]
    assert np.bitwise_count(flipped(words, 1, np.random.default_rng(0)) ^ words).sum() == 1
