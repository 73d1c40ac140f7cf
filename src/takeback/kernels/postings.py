"""Postings within a Hamming distance of a query's signatures, and the photographs that gather many of them."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.retrieval import _bits

_BLOCK = 1024


@numba.njit(cache=True)
def matching_postings(
    offsets: npt.NDArray[np.uint32],
    low: npt.NDArray[np.uint64],
    high: npt.NDArray[np.uint64],
    words: npt.NDArray[np.int32],
    probes: npt.NDArray[np.uint64],
    queries: npt.NDArray[np.int32],
    distance: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Every posting of a probe's word whose signature lies within so many bits, in the order of the probes.

    Parameters:
        offsets: (W + 1,) where each word's postings begin and end.
        low, high: (N,) the two halves of their signatures.
        words: (P,) the word of each probe.
        probes: (P, 2) its signature.
        queries: (P,) which query feature it belongs to.
        distance: in bits, at most 128.

    Returns:
        Three arrays (M,): query feature, posting, bits.
    """
    room = 4 * _BLOCK
    found_query = np.empty(room, np.int32)
    found_posting = np.empty(room, np.int64)
    found_bits = np.empty(room, np.uint8)
    bits = np.empty(_BLOCK, np.uint64)
    size = 0
    for probe in range(words.shape[0]):
        first, second = probes[probe, 0], probes[probe, 1]
        end = int(offsets[words[probe] + 1])
        for start in range(int(offsets[words[probe]]), end, _BLOCK):
            count = _BLOCK if end - start > _BLOCK else int(end - start)
            lower, upper = low[start : start + count], high[start : start + count]
            for place in range(count):  # without a branch, so that it is compiled to vectors
                bits[place] = np.uint64(_bits(lower[place] ^ first) + _bits(upper[place] ^ second))
            if size + count > room:
                found_query = np.concatenate((found_query, np.empty(room, np.int32)))
                found_posting = np.concatenate((found_posting, np.empty(room, np.int64)))
                found_bits = np.concatenate((found_bits, np.empty(room, np.uint8)))
                room *= 2
            for place in range(count):  # each is written, and kept where it is near enough
                found_query[size] = queries[probe]
                found_posting[size] = start + place
                found_bits[size] = bits[place]
                size += bits[place] <= distance
    return found_query[:size].copy(), found_posting[:size].copy(), found_bits[:size].copy()


@numba.njit(cache=True)
def votes(
    queries: npt.NDArray[np.int32],
    holders: npt.NDArray[np.uint16],
    weights: npt.NDArray[np.float64],
    halves: int,
    photographs: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """How many distinct query features each photograph matches, and their weights, as it is and mirrored.

    However often a feature recurs inside one photograph, it votes for it once.

    Parameters:
        queries: (M,) query feature of each match, ascending; numbers from ``halves`` up are mirrored ones.
        holders: (M,) the photograph of each match.
        weights: (2 * halves,) of the query features.
        halves: how many query features there are.
        photographs: how many photographs.

    Returns:
        Two arrays (2, photographs): counts and weights.
    """
    counts = np.zeros((2, photographs), np.int32)
    sums = np.zeros((2, photographs), np.float64)
    last = np.full((2, photographs), -1, np.int32)
    for match in range(queries.shape[0]):
        query, holder = queries[match], holders[match]
        side = 1 if query >= halves else 0
        if last[side, holder] == query:
            continue
        last[side, holder] = query
        counts[side, holder] += 1
        sums[side, holder] += weights[query]
    return counts, sums
