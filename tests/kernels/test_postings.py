"""Postings within a distance, and votes, are those of the plain definitions."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.postings import matching_postings, votes


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(0, 9), st.integers(0, 80))
def test_postings_are_those_of_the_word_within_the_distance(seed: int, count: int, probes: int, distance: int) -> None:
    rng = np.random.default_rng(seed)
    word = np.sort(rng.integers(0, 7, count))
    offsets = np.searchsorted(word, np.arange(8)).astype(np.uint32)
    low, high = rng.integers(0, 2**64, (2, count), dtype=np.uint64)
    words = rng.integers(0, 7, probes).astype(np.int32)
    asked = rng.integers(0, 2**64, (probes, 2), dtype=np.uint64)
    queries = np.sort(rng.integers(0, 5, probes)).astype(np.int32)
    found = matching_postings(offsets, low, high, words, asked, queries, distance)
    expected = [
        (int(queries[probe]), posting, bits)
        for probe in range(probes)
        for posting in range(count)
        if word[posting] == words[probe]
        if (
            bits := (int(low[posting] ^ asked[probe, 0])).bit_count() + int(high[posting] ^ asked[probe, 1]).bit_count()
        )
        <= distance
    ]
    assert list(zip(*(each.tolist() for each in found), strict=True)) == expected


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 80))
def test_a_query_feature_votes_once_for_each_photograph(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    queries = np.sort(rng.integers(0, 10, count)).astype(np.int32)
    holders = rng.integers(0, 4, count).astype(np.uint16)
    weights = rng.uniform(0, 1, 10)
    counts, sums = votes(queries, holders, weights, 5, 4)
    for side in range(2):
        for photograph in range(4):
            own = {int(each) for each in queries[(holders == photograph) & (queries // 5 == side)]}
            assert counts[side, photograph] == len(own)
            np.testing.assert_allclose(sums[side, photograph], sum(weights[sorted(own)]))
