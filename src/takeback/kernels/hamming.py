"""Exact search for 256-bit words within a Hamming distance."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

_FIVES = np.uint64(0x5555555555555555)
_THREES = np.uint64(0x3333333333333333)
_FIFTEENS = np.uint64(0x0F0F0F0F0F0F0F0F)
_ONES = np.uint64(0x0101010101010101)
_BYTES_UP = np.uint64(56)
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_FOUR = np.uint64(4)


@numba.njit(cache=True, inline="always")
def _bits(word: np.uint64) -> np.int64:
    """The number of set bits; LLVM turns this into its population count."""
    word -= (word >> _ONE) & _FIVES
    word = (word & _THREES) + ((word >> _TWO) & _THREES)
    word = (word + (word >> _FOUR)) & _FIFTEENS
    return np.int64((word * _ONES) >> _BYTES_UP)


@numba.njit(cache=True)
def within(
    words: npt.NDArray[np.uint64], queries: npt.NDArray[np.uint64], distance: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Every (query, row, bits) with at most ``distance`` differing bits, in the order of queries and rows.

    Parameters:
        words: (N, 4) uint64, the rows searched.
        queries: (Q, 4) uint64.
        distance: the largest number of differing bits, 0 to 256.

    Returns:
        Three arrays (M,): query number, row number, differing bits.
    """
    room = 64
    found_query = np.empty(room, np.int64)
    found_row = np.empty(room, np.int64)
    found_bits = np.empty(room, np.int64)
    size = 0
    for query in range(queries.shape[0]):
        for row in range(words.shape[0]):
            bits = _bits(words[row, 0] ^ queries[query, 0]) + _bits(words[row, 1] ^ queries[query, 1])
            if bits > distance:
                continue
            bits += _bits(words[row, 2] ^ queries[query, 2]) + _bits(words[row, 3] ^ queries[query, 3])
            if bits > distance:
                continue
            if size == room:
                room *= 2
                found_query = np.concatenate((found_query, np.empty(size, np.int64)))
                found_row = np.concatenate((found_row, np.empty(size, np.int64)))
                found_bits = np.concatenate((found_bits, np.empty(size, np.int64)))
            found_query[size] = query
            found_row[size] = row
            found_bits[size] = bits
            size += 1
    return found_query[:size].copy(), found_row[:size].copy(), found_bits[:size].copy()
