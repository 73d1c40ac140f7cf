"""Postings within a Hamming distance of a query's signatures, and the photographs that gather many of them."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.set_bits import set_bits

_BLOCK = 1024
_CHUNK = 32
"""Postings whose signatures stay in the nearest cache, and so many of them that are mostly all too far."""
TURNS, GROWTHS = 16, 16
"""Steps of turning and of growth that votes are counted in."""


@numba.njit(cache=True, inline="always")
def _apart(low: np.uint64, high: np.uint64, first: np.uint64, second: np.uint64) -> np.uint64:
    """By how many bits two signatures differ."""
    return np.uint64(set_bits(low ^ first) + set_bits(high ^ second))


@numba.njit(cache=True)
def _collect(
    low: npt.NDArray[np.uint64],
    high: npt.NDArray[np.uint64],
    signature: npt.NDArray[np.uint64],
    distance: np.uint64,
    first: int,
    found: npt.NDArray[np.int64],
    bits: npt.NDArray[np.uint8],
) -> int:
    """Write down which signatures of a stretch lie within the distance, and their bits: how many there are.

    Parameters:
        low, high: (N,) the two halves of the signatures.
        signature: (2,) what they are compared with.
        distance: in bits.
        first: the number of the first of them.
        found, bits: (N,) or longer; written in place.
    """
    one, other = signature[0], signature[1]
    size = 0
    for start in range(0, low.shape[0], _CHUNK):
        lower, upper = low[start : start + _CHUNK], high[start : start + _CHUNK]
        near = 0
        for place in range(lower.shape[0]):  # without a branch, so that it is compiled to vectors
            near += _apart(lower[place], upper[place], one, other) <= distance
        if near == 0:  # as in most
            continue
        for place in range(lower.shape[0]):  # each is written, and kept where it is near enough
            apart = _apart(lower[place], upper[place], one, other)
            found[size] = first + start + place
            bits[size] = apart
            size += apart <= distance
    return size


@numba.njit(cache=True)
def _beyond(words: npt.NDArray[np.int32], order: npt.NDArray[np.intp], rank: int) -> int:
    """Where the probes of the word at this rank end, in the order of words."""
    beyond = rank
    while beyond < order.shape[0] and words[order[beyond]] == words[order[rank]]:
        beyond += 1
    return beyond


@numba.njit(cache=True)
def _with_room(
    found: npt.NDArray[np.int64], bits: npt.NDArray[np.uint8], owners: npt.NDArray[np.int32], more: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """The three arrays with room for so many more."""
    return (
        np.concatenate((found, np.empty(more, np.int64))),
        np.concatenate((bits, np.empty(more, np.uint8))),
        np.concatenate((owners, np.empty(more, np.int32))),
    )


@numba.njit(cache=True)
def matching_postings(
    offsets: npt.NDArray[np.uint32],
    low: npt.NDArray[np.uint64],
    high: npt.NDArray[np.uint64],
    words: npt.NDArray[np.int32],
    probes: npt.NDArray[np.uint64],
    queries: npt.NDArray[np.int32],
    order: npt.NDArray[np.intp],
    distance: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Every posting of a probe's word whose signature lies within so many bits, in the order of the probes.

    Words are read in their order, once for all their probes: memory is what a search waits for.

    Parameters:
        offsets: (W + 1,) where each word's postings begin and end.
        low, high: (N,) the two halves of their signatures.
        words: (P,) the word of each probe.
        probes: (P, 2) its signature.
        queries: (P,) which query feature it belongs to.
        order: (P,) the probes by their words.
        distance: in bits, at most 128.

    Returns:
        Three arrays (M,): query feature, posting, bits.
    """
    room = 16 * _BLOCK
    found = np.empty(room, np.int64)
    bits = np.empty(room, np.uint8)
    owners = np.empty(room, np.int32)
    size, rank = 0, 0
    while rank < order.shape[0]:
        word = words[order[rank]]
        beyond = _beyond(words, order, rank)
        end = int(offsets[word + 1])
        for start in range(int(offsets[word]), end, _BLOCK):
            stop = min(start + _BLOCK, end)
            lower, upper = low[start:stop], high[start:stop]
            for probe in order[rank:beyond]:
                if size + _BLOCK > room:
                    found, bits, owners = _with_room(found, bits, owners, room)
                    room *= 2
                near = _collect(lower, upper, probes[probe], np.uint64(distance), start, found[size:], bits[size:])
                owners[size : size + near] = probe
                size += near
        rank = beyond
    return _by_probe(owners[:size], found, bits, queries)


@numba.njit(cache=True)
def postings_of_chosen(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    offsets: npt.NDArray[np.uint32],
    low: npt.NDArray[np.uint64],
    high: npt.NDArray[np.uint64],
    holders: npt.NDArray[np.uint16],
    chosen: npt.NDArray[np.bool_],
    words: npt.NDArray[np.int32],
    probes: npt.NDArray[np.uint64],
    queries: npt.NDArray[np.int32],
    order: npt.NDArray[np.intp],
    halves: int,
    distance: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """As `matching_postings`, of a few chosen photographs alone.

    Of all others no signature is read: memory is what a search waits for.

    Parameters:
        offsets, low, high, words, probes, queries, order, distance: as in `matching_postings`.
        holders: (N,) the photograph of each posting, ascending in each word.
        chosen: (2, photographs) which ones are asked about, as they are and mirrored.
        halves: how many query features there are; numbers from there up are mirrored ones.
    """
    room = 16 * _BLOCK
    found = np.empty(room, np.int64)
    bits = np.empty(room, np.uint8)
    owners = np.empty(room, np.int32)
    numbers = np.flatnonzero(chosen[0] | chosen[1]).astype(np.uint16)
    limit = np.uint64(distance)
    size, rank = 0, 0
    while rank < order.shape[0]:
        word = words[order[rank]]
        beyond = _beyond(words, order, rank)
        first = int(offsets[word])
        held = holders[first : int(offsets[word + 1])]
        for number in numbers:
            if not _any(held, number):  # as in most
                continue
            for place in range(np.searchsorted(held, number), held.shape[0]):
                if held[place] != number:
                    break
                if size + beyond - rank > room:
                    found, bits, owners = _with_room(found, bits, owners, room)
                    room *= 2
                posting = first + place
                for probe in order[rank:beyond]:
                    apart = _apart(low[posting], high[posting], probes[probe, 0], probes[probe, 1])
                    if apart <= limit and chosen[1 if queries[probe] >= halves else 0, number]:
                        found[size], bits[size], owners[size] = posting, apart, probe
                        size += 1
        rank = beyond
    return _by_probe(owners[:size], found, bits, queries)


@numba.njit(cache=True)
def _any(held: npt.NDArray[np.uint16], number: np.uint16) -> bool:
    """Whether the number is among these, without a branch, so that it is compiled to vectors."""
    found = False
    for place in range(held.shape[0]):
        found |= held[place] == number
    return found


@numba.njit(cache=True)
def _by_probe(
    owners: npt.NDArray[np.int32],
    found: npt.NDArray[np.int64],
    bits: npt.NDArray[np.uint8],
    queries: npt.NDArray[np.int32],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Matches (M,) in the order of the probes that own them, those of one probe as they are."""
    starts = np.zeros(queries.shape[0] + 1, np.int64)
    for owner in owners:
        starts[owner + 1] += 1
    for probe in range(queries.shape[0]):
        starts[probe + 1] += starts[probe]
    query = np.empty(owners.shape[0], np.int32)
    posting = np.empty(owners.shape[0], np.int64)
    apart = np.empty(owners.shape[0], np.uint8)
    for match in range(owners.shape[0]):
        place = starts[owners[match]]
        starts[owners[match]] += 1
        query[place], posting[place], apart[place] = queries[owners[match]], found[match], bits[match]
    return query, posting, apart


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
