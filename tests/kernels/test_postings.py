"""Postings within a distance, and votes, are those of the plain definitions."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.postings import agreeing_votes, matching_postings, postings_of_chosen, votes


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
    found = matching_postings(offsets, low, high, words, asked, queries, np.argsort(words, kind="stable"), distance)
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


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32), st.integers(900, 3000), st.sampled_from([45, 64, 90]))
def test_long_lists_with_many_matches_are_read_whole(seed: int, count: int, distance: int) -> None:
    rng = np.random.default_rng(seed)
    offsets = np.array([0, count // 3, count], np.uint32)
    low, high = rng.integers(0, 2**64, (2, count), dtype=np.uint64)
    words = rng.integers(0, 2, 14).astype(np.int32)
    asked = rng.integers(0, 2**64, (14, 2), dtype=np.uint64)
    queries = np.arange(14, dtype=np.int32)
    found = matching_postings(offsets, low, high, words, asked, queries, np.argsort(words, kind="stable"), distance)
    apart = np.bitwise_count(low ^ asked[:, :1]).astype(int) + np.bitwise_count(high ^ asked[:, 1:])
    own = np.searchsorted(offsets, np.arange(count), side="right") - 1 == words[:, None]
    expected = np.nonzero(own & (apart <= distance))
    for column, wanted in zip(found, (*expected, apart[expected]), strict=True):
        np.testing.assert_array_equal(column, wanted)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 400), st.integers(0, 9), st.integers(50, 90))
def test_postings_of_chosen_photographs_are_theirs_among_all(seed: int, count: int, probes: int, distance: int) -> None:
    rng = np.random.default_rng(seed)
    word = np.sort(rng.integers(0, 7, count))
    offsets = np.searchsorted(word, np.arange(8)).astype(np.uint32)
    holders = rng.integers(0, 9, count).astype(np.uint16)
    holders = holders[np.lexsort((holders, word))]
    low, high = rng.integers(0, 2**64, (2, count), dtype=np.uint64)
    words = rng.integers(0, 7, probes).astype(np.int32)
    asked = rng.integers(0, 2**64, (probes, 2), dtype=np.uint64)
    queries = np.sort(rng.integers(0, 8, probes)).astype(np.int32)
    chosen = rng.random((2, 9)) < 0.3
    order = np.argsort(words, kind="stable")
    among = matching_postings(offsets, low, high, words, asked, queries, order, distance)
    wanted = chosen[(among[0] >= 4).astype(int), holders[among[1]]]
    found = postings_of_chosen(
        offsets, low, high, holders, chosen, words, asked, queries, order, halves=4, distance=distance
    )
    for column, expected in zip(found, among, strict=True):
        np.testing.assert_array_equal(column, expected[wanted])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 80))
def test_a_query_feature_votes_once_for_each_photograph_with_its_best_match(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    queries = np.sort(rng.integers(0, 10, count)).astype(np.int32)
    holders = rng.integers(0, 4, count).astype(np.uint16)
    weights = rng.uniform(0, 1, count).astype(np.float32)
    counts, sums = votes(queries, holders, weights, 5, 4)
    for side in range(2):
        for photograph in range(4):
            own = (holders == photograph) & (queries // 5 == side)
            best = [weights[own & (queries == each)].max() for each in np.unique(queries[own])]
            assert counts[side, photograph] == len(best)
            np.testing.assert_allclose(sums[side, photograph], sum(best), rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 60))
def test_votes_agree_on_the_best_two_by_two_of_turnings_and_growths(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    queries = np.sort(rng.integers(0, 12, count)).astype(np.int32)
    slots = rng.integers(0, 3, count).astype(np.int32)
    turns, growths = (rng.integers(0, 16, (2, count)) % rng.choice([3, 16])).astype(np.int8)
    weights = rng.uniform(0, 1, count).astype(np.float32)
    cells = np.zeros((3, 16, 16))
    seen = set()
    for row in zip(slots.tolist(), queries.tolist(), turns.tolist(), growths.tolist(), weights.tolist(), strict=True):
        if row[:4] not in seen:
            seen.add(row[:4])
            cells[row[0], row[2], row[3]] += row[4]
    blocks = cells + np.roll(cells, -1, axis=1)
    expected = (blocks[:, :, :-1] + blocks[:, :, 1:]).max(axis=(1, 2))
    np.testing.assert_allclose(agreeing_votes(queries, slots, weights, turns, growths, 3), expected, rtol=1e-5)
