"""Postings within a Hamming distance of a query's signatures, and the photographs that gather many of them."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.retrieval import _bits

_BLOCK = 1024
TURNS, GROWTHS = 16, 16
"""Steps of turning and of growth that votes are counted in."""


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
    weights: npt.NDArray[np.float32],
    halves: int,
    photographs: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """How many distinct query features each photograph matches, and their weights, as it is and mirrored.

    However often a feature recurs inside one photograph, it votes for it once, with its best match.

    Parameters:
        queries: (M,) query feature of each match, ascending; numbers from ``halves`` up are mirrored ones.
        holders: (M,) the photograph of each match.
        weights: (M,) of the matches.
        halves: how many query features there are.
        photographs: how many photographs.

    Returns:
        Two arrays (2, photographs): counts and weights.
    """
    counts = np.zeros((2, photographs), np.int32)
    sums = np.zeros((2, photographs), np.float32)
    last = np.full((2, photographs), -1, np.int32)
    given = np.zeros((2, photographs), np.float32)
    for match in range(queries.shape[0]):
        query, holder, weight = queries[match], holders[match], weights[match]
        side = 1 if query >= halves else 0
        if last[side, holder] != query:
            last[side, holder] = query
            counts[side, holder] += 1
            sums[side, holder] += weight
            given[side, holder] = weight
        elif weight > given[side, holder]:
            sums[side, holder] += weight - given[side, holder]
            given[side, holder] = weight
    return counts, sums


@numba.njit(cache=True)
def agreeing_votes(
    queries: npt.NDArray[np.int32],
    slots: npt.NDArray[np.int32],
    weights: npt.NDArray[np.float32],
    turns: npt.NDArray[np.int8],
    growths: npt.NDArray[np.int8],
    count: int,
) -> npt.NDArray[np.float32]:
    """The most weight that each slot's matches give to two neighbouring turnings and two neighbouring growths at once.

    What was made from a photograph turned and grew as a whole. Turnings go round.

    Parameters:
        queries: (M,) query feature of each match, ascending; it votes once for each pair of turning and growth.
        slots: (M,) which of ``count`` candidates the match speaks for.
        weights: (M,) of the matches.
        turns: (M,) the turning, in sixteenths of a whole turn.
        growths: (M,) the growth, one of 16 steps.
        count: how many slots.

    References:
        H. Jegou, M. Douze and C. Schmid, "Hamming embedding and weak geometric consistency" (ECCV 2008).
    """
    cells = np.zeros((count, TURNS, GROWTHS), np.float32)
    last = np.full((count, TURNS, GROWTHS), -1, np.int32)
    for match in range(queries.shape[0]):
        slot, turn, growth = slots[match], turns[match], growths[match]
        if last[slot, turn, growth] != queries[match]:
            last[slot, turn, growth] = queries[match]
            cells[slot, turn, growth] += weights[match]
    most = np.zeros(count, np.float32)
    for slot in range(count):
        for turn in range(TURNS):
            other = turn + 1 if turn + 1 < TURNS else 0
            for growth in range(GROWTHS - 1):
                found = cells[slot, turn, growth] + cells[slot, turn, growth + 1]
                found += cells[slot, other, growth] + cells[slot, other, growth + 1]
                most[slot] = max(most[slot], found)
    return most
