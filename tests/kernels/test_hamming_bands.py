from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamming_codes import flipped, made_up, plain
from takeback.kernels.hamming_bands import dealt, permuted, sort_into_buckets, within_bands
from takeback.kernels.hamming_machine import ones, prefetch
from takeback.matching.hamming_plan import bands_for, permutation

KINDS = ("random", "copies", "crowded", "sharing")


def bits_of(words: np.ndarray) -> np.ndarray:
    """(N, 256) bits, the least significant of the first word first."""
    return np.unpackbits(words.astype("<u8").view(np.uint8), axis=1, bitorder="little")


def key_of(code: np.ndarray, position: int, width: int) -> int:
    digits = "".join(f"{int(word):064b}" for word in code)
    return int(digits[position : position + width], 2)


def sorted_codes(words: np.ndarray) -> np.ndarray:
    return words[np.lexsort(words.T[::-1])]


def searched(codes: np.ndarray, queries: np.ndarray, widths: tuple[int, ...], distance: int, most: int) -> list:
    """What the kernel finds in bands that the kernel sorted, planned as if there were a billion codes."""
    size, bands = len(codes), bands_for(widths, distance, 1 << 30)
    most = -1 if bands.most < 0 else most
    offsets = np.zeros(sum((1 << width) + 1 for width in widths), np.uint32)
    rows = np.zeros((len(widths) - 1) * size, np.uint32)
    flat, scratch = codes.reshape(-1), np.zeros(size, np.uint64)
    for number, (position, width, start, *_) in enumerate(bands.table.tolist()):
        theirs = rows[(number - 1) * size : number * size] if number else rows[:0]
        sort_into_buckets(flat, position, width, offsets[start : start + (1 << width) + 1], theirs, scratch)
    return within_bands(flat, offsets, rows, bands.table, bands.masks, queries, distance, most).tolist()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40))
def test_bits_are_put_where_the_table_says_and_none_is_lost(seed: int, size: int) -> None:
    words = made_up(np.random.default_rng(seed), size, kind="random")
    codes = permuted(words, permutation())
    order = [int(np.flatnonzero(row)[0]) for row in bits_of(permuted(single_bits(), permutation()))]
    assert sorted(order) == list(range(256))
    wanted = np.zeros((size, 256), np.uint8)
    wanted[:, order] = bits_of(words)
    assert (bits_of(codes) == wanted).all()


def single_bits() -> np.ndarray:
    words = np.zeros((256, 4), np.uint64)
    for bit in range(256):
        words[bit, bit // 64] = np.uint64(1) << np.uint64(bit % 64)
    return words


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(0, 6), st.sampled_from(KINDS))
def test_hashes_are_dealt_by_their_first_bits(seed: int, size: int, bits: int, kind: str) -> None:
    words = made_up(np.random.default_rng(seed), size, kind=kind)
    codes, ids, bounds = dealt(words, np.arange(size), permutation(), bits)
    assert (codes == permuted(words, permutation())[ids]).all()
    assert sorted(ids.tolist()) == list(range(size))
    for part in range(1 << bits):
        firsts = codes[bounds[part] : bounds[part + 1], 0].tolist()
        assert all(first >> (64 - bits) == part for first in firsts)
    assert bounds[-1] == size


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 80), st.integers(0, 240), st.integers(1, 16), st.sampled_from(KINDS))
def test_rows_are_sorted_into_the_buckets_of_their_bits(
    seed: int, size: int, position: int, width: int, kind: str
) -> None:
    codes = made_up(np.random.default_rng(seed), size, kind=kind)
    offsets, rows = np.zeros((1 << width) + 1, np.uint32), np.zeros(size, np.uint32)
    sort_into_buckets(codes.reshape(-1), position, width, offsets, rows, np.zeros(size, np.uint64))
    keys = [key_of(code, position, width) for code in codes]
    assert rows.tolist() == sorted(range(size), key=lambda row: (keys[row], row))
    assert offsets.tolist() == [sum(key < bucket for key in keys) for bucket in range((1 << width) + 1)]


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(0, 120),
    st.integers(0, 52),
    st.sampled_from(KINDS),
    st.sampled_from([(12,) * 20 + (16,), (16,) * 16, (12, 12, 13) * 6 + (11, 11, 12), (19,) * 4 + (18,) * 10]),
)
def test_bands_find_what_counting_bits_finds(
    seed: int, size: int, distance: int, kind: str, widths: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(seed)
    codes = sorted_codes(made_up(rng, size, kind=kind))
    near = flipped(codes[rng.integers(0, size, 4)], 2 * distance + 1, rng) if size else codes
    queries = np.concatenate((near, made_up(rng, 2, kind="random")))
    found = searched(codes, queries, widths, distance, 1 << 40)
    assert len(found) == len({tuple(each) for each in found}), "no row comes twice"
    assert {tuple(each) for each in found} == plain(codes, queries, distance)


@pytest.mark.parametrize("distance", range(53))
def test_every_distance_is_exact_at_its_very_edge(distance: int) -> None:
    rng = np.random.default_rng(distance)
    codes = sorted_codes(made_up(rng, 400, kind="random"))
    queries = codes[:40].copy()
    for row in range(40):
        for bit in rng.choice(256, distance + row % 2, replace=False):
            queries[row, bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    found = searched(codes, queries, (16,) * 16, distance, 1 << 40)
    assert [tuple(each) for each in found] == [(row, row, distance) for row in range(0, 40, 2)]


@pytest.mark.parametrize("most", [-1, 0, 7, 1000])
def test_crowded_buckets_are_scanned_and_the_answer_is_the_same(most: int) -> None:
    rng = np.random.default_rng(1)
    codes = sorted_codes(np.concatenate((made_up(rng, 300, kind="crowded"), made_up(rng, 300, kind="random"))))
    queries = np.concatenate((codes[::97], made_up(rng, 3, kind="random")))
    found = searched(codes, queries, (16,) * 16, 31, most)
    assert {tuple(each) for each in found} == plain(codes, queries, 31)
    assert len(found) == len(plain(codes, queries, 31)) > 200


def test_set_bits_are_counted_and_fetching_ahead_changes_nothing() -> None:
    import numba

    @numba.njit
    def counted(words: np.ndarray) -> list[int]:
        for at in range(words.shape[0]):
            prefetch(words, at)
        return [ones(word) for word in words]

    words = np.array([0, 1, 2**64 - 1, 0x8000000000000001], np.uint64)
    assert counted(words) == [0, 1, 64, 2]
    assert words.tolist() == [0, 1, 2**64 - 1, 0x8000000000000001]
