from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.hamming import within


def plain(words: np.ndarray, queries: np.ndarray, distance: int) -> list[tuple[int, int, int]]:
    bits = np.bitwise_count(words[None] ^ queries[:, None]).sum(axis=2).astype(int)
    return [(int(q), int(r), int(bits[q, r])) for q, r in np.argwhere(bits <= distance)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 90), st.integers(0, 40), st.integers(0, 6), st.integers(0, 256))
def test_the_scan_finds_what_counting_bits_finds(seed: int, rows: int, flips: int, queries: int, distance: int) -> None:
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**64, (rows, 4), dtype=np.uint64)
    asked = rng.integers(0, 2**64, (queries, 4), dtype=np.uint64)
    if rows and queries:
        asked[0] = words[-1]
        for bit in rng.integers(0, 256, flips):
            asked[0, bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    found = list(zip(*(each.tolist() for each in within(words, asked, distance)), strict=True))
    assert found == plain(words, asked, distance)


def test_more_hits_than_there_was_room_for_are_all_kept() -> None:
    words = np.zeros((500, 4), np.uint64)
    query, row, bits = within(words, words[:2], 0)
    assert len(query) == 1000
    assert row.tolist() == list(range(500)) * 2
    assert not bits.any()
