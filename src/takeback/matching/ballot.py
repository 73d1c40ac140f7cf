"""The vote: which photographs share so many words and signatures with a picture that they are worth a consensus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.inverted_file import Segment
from takeback.matching.postings import DIRECTION_BITS, difference
from takeback.matching.vocabulary import Assigned, Vocabulary

NEAREST = 5
"""Words that each feature of a picture is looked for in."""
NEAREST_OF_MANY = 4
MANY = 20_000
"""From so many photographs on, features are looked for in fewer words, for the time it takes."""
CELLS = 8
"""In how many cells of the vocabulary these words are looked for."""
DISTANCE = 46
"""Bits of 128 by which a signature may differ."""
CONSIDERED = 2048
"""So many photographs with the most votes are asked whether their votes agree on a turning and a growth."""
MOST = 48
"""So many photographs with the most agreeing votes are tried for a consensus."""
LEAST = 5
"""Fewer distinct matching features are no candidate."""
NEAR = 30.0
"""Bits by which a match counts for 1 / e of one without any."""
_SIDES = 2

Alive = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ballot:
    """A photograph with its matches to a picture: as it is (side 0) or mirrored (side 1).

    ``queries`` and ``postings`` (M,) are one to one by their places, the closest signatures first.
    """

    segment: int
    photograph: int
    side: int
    queries: npt.NDArray[np.intp]
    postings: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Matches:
    """What one segment answered, in the order of the query features; numbers from Q up are mirrored ones."""

    queries: npt.NDArray[np.int32]
    postings: npt.NDArray[np.int64]
    bits: npt.NDArray[np.uint8]
    holders: npt.NDArray[np.uint16]


def vote(
    segments: Sequence[tuple[Segment, Alive]],
    vocabulary: Vocabulary,
    descriptors: npt.NDArray[np.uint8],
    codes: npt.NDArray[np.uint32],
    places: npt.NDArray[np.intp],
    enrolled: int,
) -> Iterator[Ballot]:
    """The ballots of the photographs with most agreeing votes, in a fixed order.

    Parameters:
        segments: with what is alive in each.
        vocabulary: of the segments.
        descriptors: (Q, 128) of the picture.
        codes: (2 * Q,) the frames of its features as they are, then mirrored, as a segment keeps frames.
        places: (Q,) the same number for features at one place, which differ in direction alone.
        enrolled: how many photographs there are in all; rare features count for more.
    """
    nearest = NEAREST if enrolled < MANY else NEAREST_OF_MANY
    matches = _matches(segments, vocabulary, descriptors, nearest)
    every = list(zip(matches, _weights(matches, len(descriptors), enrolled), strict=True))
    rows = _considered(every, segments, len(descriptors))
    agreeing = np.zeros(len(rows), np.float32)
    for number, (each, weights) in enumerate(every):
        own = np.flatnonzero(rows[:, 0] == number)
        agreeing[own] = _agreeing(each, weights, segments[number][0], rows[own, 1:], codes)
    chosen = rows[np.lexsort((*rows.T[::-1], -agreeing))[:MOST]]
    for number, (segment, _) in enumerate(segments):
        yield from _ballots(number, segment, matches[number], chosen[chosen[:, 0] == number, 1:], places)


def _weights(matches: Sequence[_Matches], features: int, enrolled: int) -> list[npt.NDArray[np.float32]]:
    """What each match counts: more the rarer the feature and the nearer the signature."""
    seen = np.zeros(_SIDES * features, np.int64)
    for each in matches:
        seen += np.bincount(each.queries, minlength=len(seen))
    rare = np.log1p(enrolled / np.maximum(seen, 1))
    near = np.exp(-np.square(np.arange(DISTANCE + 1) / NEAR))
    return [(rare[each.queries] * near[each.bits]).astype(np.float32) for each in matches]


def _considered(
    matches: Sequence[tuple[_Matches, npt.NDArray[np.float32]]],
    segments: Sequence[tuple[Segment, Alive]],
    features: int,
) -> npt.NDArray[np.int64]:
    """The photographs with the most votes, rows (R, 3) of segment, side, photograph."""
    from takeback.kernels.postings import votes

    tried, sums = [], []
    for number, ((each, weights), (segment, _)) in enumerate(zip(matches, segments, strict=True)):
        counts, totals = votes(each.queries, each.holders, weights, features, len(segment))
        sides, photographs = np.nonzero(counts >= LEAST)
        tried.append(np.column_stack((np.full(len(sides), number), sides, photographs)))
        sums.append(totals[sides, photographs])
    rows = np.concatenate(tried)
    order = np.lexsort((*rows.T[::-1], -np.concatenate(sums)))[:CONSIDERED]
    return np.asarray(rows[order], np.int64)


def _agreeing(
    matches: _Matches,
    weights: npt.NDArray[np.float32],
    segment: Segment,
    chosen: npt.NDArray[np.int64],
    codes: npt.NDArray[np.uint32],
) -> npt.NDArray[np.float32]:
    """How much weight agrees on a turning and a growth, for each chosen (side, photograph) of one segment."""
    from takeback.kernels.postings import agreeing_votes

    slots = _slots(matches, segment, chosen, len(codes) // _SIDES)
    rows = np.flatnonzero(slots >= 0)
    queries = matches.queries[rows]
    turns, growths = difference(codes[queries], segment.frames[matches.postings[rows]])
    agreed = agreeing_votes(queries, slots[rows], weights[rows], turns, growths, len(chosen))
    return np.asarray(agreed, np.float32)


def _slots(matches: _Matches, segment: Segment, chosen: npt.NDArray[np.int64], features: int) -> npt.NDArray[np.int32]:
    """(M,) the place of each match's side and photograph among the chosen ones, -1 where it is not one of them."""
    slot = np.full((_SIDES, len(segment)), -1, np.int32)
    slot[chosen[:, 0], chosen[:, 1]] = np.arange(len(chosen))
    return np.asarray(slot[(matches.queries >= features).astype(np.intp), matches.holders], np.int32)


def _matches(
    segments: Sequence[tuple[Segment, Alive]],
    vocabulary: Vocabulary,
    descriptors: npt.NDArray[np.uint8],
    nearest: int,
) -> list[_Matches]:
    from takeback.kernels.postings import matching_postings

    straight = vocabulary.assign(descriptors, nearest=nearest, cells=CELLS)
    voting = np.flatnonzero(~straight.repeated)
    straight = straight.only(voting)
    both = (
        _probes(straight, voting),
        _probes(vocabulary.mirrored(straight), voting + len(descriptors)),
    )
    words = np.concatenate([each[0] for each in both])
    signatures = np.concatenate([each[1] for each in both])
    queries = np.concatenate([each[2] for each in both])
    order = np.argsort(words, kind="stable")
    found = []
    for segment, alive in segments:
        query, posting, bits = matching_postings(
            segment.offsets, segment.low, segment.high, words, signatures, queries, order, DISTANCE
        )
        holders = segment.holders[posting]
        if not alive.all():
            stays = alive[holders]
            query, posting, bits, holders = query[stays], posting[stays], bits[stays], holders[stays]
        found.append(_Matches(queries=query, postings=posting, bits=bits, holders=holders))
    return found


def _probes(
    assigned: Assigned, numbers: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """Words, signatures and query numbers, one row a word."""
    queries = np.repeat(numbers.astype(np.int32), assigned.words.shape[1])
    return assigned.words.ravel(), assigned.signatures.reshape(-1, 2), queries


def _ballots(
    number: int, segment: Segment, matches: _Matches, chosen: npt.NDArray[np.intp], places: npt.NDArray[np.intp]
) -> Iterator[Ballot]:
    """The ballots of the chosen (side, photograph) of one segment."""
    if not len(chosen):
        return
    slots = _slots(matches, segment, chosen, len(places))
    rows = np.flatnonzero(slots >= 0)
    rows = rows[np.lexsort((matches.bits[rows], slots[rows]))]
    ends = np.searchsorted(slots[rows], np.arange(len(chosen) + 1))
    for index, (side, photograph) in enumerate(chosen.tolist()):
        own = rows[ends[index] : ends[index + 1]]
        query, posting = matches.queries[own] % len(places), matches.postings[own]
        kept = _one_to_one(places[query], segment.frames[posting] >> DIRECTION_BITS)
        yield Ballot(
            segment=number,
            photograph=photograph,
            side=side,
            queries=query[kept].astype(np.intp),
            postings=posting[kept],
        )


def _one_to_one(left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> list[int]:
    """Which rows to keep so that no place is in two, the first ones first.

    A stripe has the same feature in two directions, and would otherwise count for two stripes.
    """
    kept: list[int] = []
    left_taken: set[int] = set()
    right_taken: set[int] = set()
    for row, (one, other) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        if one not in left_taken and other not in right_taken:
            left_taken.add(one)
            right_taken.add(other)
            kept.append(row)
    return kept
