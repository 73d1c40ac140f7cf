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
AGAIN = 8
"""So many of them are looked at again, in more words."""
WIDER = 32
"""Words that each feature is looked for in, in these photographs alone."""
WIDER_OF_MANY = 10
LEAST = 3
"""A photograph with fewer distinct matching features is not considered."""
NEAR = 30.0
"""Bits by which a match counts for 1 / e of one without any."""
_SIDES = 2

Alive = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ballot:
    """A photograph with its matches to a picture: as it is (side 0) or mirrored (side 1).

    ``queries`` and ``postings`` (M,) are one to one by their places, the closest signatures first. ``again`` says that
    they come of the second look, which reads more words.
    """

    segment: int
    photograph: int
    side: int
    queries: npt.NDArray[np.intp]
    postings: npt.NDArray[np.int64]
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Probes:
    """Words (P,), signatures (P, 2) and query numbers (P,), one row a word, and the rows' order by words."""

    words: npt.NDArray[np.int32]
    signatures: npt.NDArray[np.uint64]
    queries: npt.NDArray[np.int32]
    order: npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sought:
    """A picture's features that vote, by their numbers, with their words: as they are and mirrored."""

    numbers: npt.NDArray[np.intp]
    straight: Assigned
    mirrored: Assigned
    features: int

    def probes(self, nearest: int) -> _Probes:
        """What is asked in so many words of each feature."""
        sides = (self.straight, self.mirrored)
        words = np.concatenate([each.words[:, :nearest].ravel() for each in sides])
        signatures = np.concatenate([each.signatures[:, :nearest].reshape(-1, 2) for each in sides])
        numbers = np.concatenate([self.numbers, self.numbers + self.features]).astype(np.int32)
        queries = np.repeat(numbers, min(nearest, self.straight.words.shape[1]))
        return _Probes(words=words, signatures=signatures, queries=queries, order=np.argsort(words, kind="stable"))


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
    """The ballots of the photographs with most agreeing votes, in a fixed order; then the first of them again.

    Parameters:
        segments: with what is alive in each.
        vocabulary: of the segments.
        descriptors: (Q, 128) of the picture.
        codes: (2 * Q,) the frames of its features as they are, then mirrored, as a segment keeps frames.
        places: (Q,) the same number for features at one place, which differ in direction alone.
        enrolled: how many photographs there are in all; rare features count for more.
    """
    nearest, wider = (NEAREST, WIDER) if enrolled < MANY else (NEAREST_OF_MANY, WIDER_OF_MANY)
    sought = _sought(vocabulary, descriptors, wider)
    matches = _matches(segments, sought.probes(nearest))
    every = list(zip(matches, _weights(matches, len(descriptors), enrolled), strict=True))
    rows = _considered(every, segments, len(descriptors))
    agreeing = np.zeros(len(rows), np.float32)
    for number, (each, weights) in enumerate(every):
        own = np.flatnonzero(rows[:, 0] == number)
        agreeing[own] = _agreeing(each, weights, segments[number][0], rows[own, 1:], codes)
    chosen = rows[np.lexsort((*rows.T[::-1], -agreeing))[:MOST]]
    for number, (segment, _) in enumerate(segments):
        own = chosen[chosen[:, 0] == number, 1:]
        yield from _ballots(number, segment, matches[number], own, places, again=False)
    probes = sought.probes(wider)
    for number, (segment, _) in enumerate(segments):
        own = chosen[:AGAIN][chosen[:AGAIN, 0] == number, 1:]
        if len(own):
            more = _matches_of(segment, own, probes, len(descriptors))
            yield from _ballots(number, segment, more, own, places, again=True)


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
    rows, total = np.concatenate(tried), np.concatenate(sums)
    if len(rows) > CONSIDERED:  # with those as good as the last one, of which the order decides
        enough = total >= np.partition(total, -CONSIDERED)[-CONSIDERED]
        rows, total = rows[enough], total[enough]
    order = np.lexsort((*rows.T[::-1], -total))[:CONSIDERED]
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


def _sought(vocabulary: Vocabulary, descriptors: npt.NDArray[np.uint8], nearest: int) -> _Sought:
    straight = vocabulary.assign(descriptors, nearest=nearest, cells=CELLS)
    voting = np.flatnonzero(~straight.repeated)
    straight = straight.only(voting)
    return _Sought(numbers=voting, straight=straight, mirrored=vocabulary.mirrored(straight), features=len(descriptors))


def _matches(segments: Sequence[tuple[Segment, Alive]], asked: _Probes) -> list[_Matches]:
    from takeback.kernels.postings import matching_postings

    found = []
    for segment, alive in segments:
        query, posting, bits = matching_postings(
            segment.offsets,
            segment.low,
            segment.high,
            asked.words,
            asked.signatures,
            asked.queries,
            asked.order,
            DISTANCE,
        )
        holders = segment.holders[posting]
        if not alive.all():
            stays = alive[holders]
            query, posting, bits, holders = query[stays], posting[stays], bits[stays], holders[stays]
        found.append(_Matches(queries=query, postings=posting, bits=bits, holders=holders))
    return found


def _matches_of(segment: Segment, chosen: npt.NDArray[np.int64], asked: _Probes, features: int) -> _Matches:
    """As `_matches`, of the chosen (side, photograph) of one segment."""
    from takeback.kernels.postings import postings_of_chosen

    wanted = np.zeros((_SIDES, len(segment)), bool)
    wanted[chosen[:, 0], chosen[:, 1]] = True
    query, posting, bits = postings_of_chosen(
        segment.offsets,
        segment.low,
        segment.high,
        segment.holders,
        wanted,
        asked.words,
        asked.signatures,
        asked.queries,
        asked.order,
        features,
        DISTANCE,
    )
    return _Matches(queries=query, postings=posting, bits=bits, holders=segment.holders[posting])


def _ballots(
    number: int,
    segment: Segment,
    matches: _Matches,
    chosen: npt.NDArray[np.int64],
    places: npt.NDArray[np.intp],
    *,
    again: bool,
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
            again=again,
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
