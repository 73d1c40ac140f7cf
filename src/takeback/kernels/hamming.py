"""Exact search for 256-bit words within a Hamming distance."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.set_bits import set_bits


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
            bits = set_bits(words[row, 0] ^ queries[query, 0]) + set_bits(words[row, 1] ^ queries[query, 1])
            if bits > distance:
                continue
            bits += set_bits(words[row, 2] ^ queries[query, 2]) + set_bits(words[row, 3] ^ queries[query, 3])
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
