"""Looking for marks: pictures linked by features at one place, verified, and counted over the whole corpus."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.columns import Columns, CorpusPicture
from takeback.matching.consensus import descriptor_norms
from takeback.matching.places import LIMITS, SYSTEMS, placed
from takeback.matching.sketch import BITS, sketches
from takeback.matching.unrelated import (
    AGAIN,
    ENROLLED_FRAME,
    MOST_OF_FRAME,
    align_beyond,
    only,
    same_picture,
    with_neighbours,
)
from takeback.model.signal import Features

CLUSTERS = 3
"""From so many unrelated clusters on, what recurs is an overlay."""
LEAST = 5
"""So many features make a mark: fewer that agree make no finding."""
COSINE = 0.88
ALIKE = 14
"""Sketches that differ in no more bits are alike."""
_SHARERS = 4
_PASSES = 4
_KEYS = 28_800
"""Keys of place, size and angle alone, about."""
_SPARE_BITS = 5
"""So many bits more than features need to have keys of their own: places and descriptors are unevenly spread."""
_MOST_BITS = 16
_MOST_SLOTS, _MOST_COUNTERS = 1 << 26, 1 << 27
_BATCH = 64
_ROUNDS = 24
_LOOKED_AT = 24
_ENROLLED_LOOKED_AT = 8
_DISTANCE = 31

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mark:
    """What recurs at one place: the features of one picture that carries it, and which pictures carry it.

    ``features`` are full frames in that picture; ``frames`` (N, 4) the same in the coordinate system ``system``.
    """

    system: int
    features: Features
    frames: npt.NDArray[np.float64]
    pictures: frozenset[int]
    clusters: frozenset[int]

    def keep(self, mask: Mask) -> Mark:
        """The mark with some of its features."""
        return Mark(
            system=self.system,
            features=only(self.features, mask),
            frames=self.frames[mask],
            pictures=self.pictures,
            clusters=self.clusters,
        )


class Search:
    """One search through a corpus; pictures are numbered as in its columns, by digest."""

    def __init__(self, corpus: Sequence[CorpusPicture], columns: Columns) -> None:
        self._corpus = corpus
        self._columns = columns
        self._marked = np.zeros(columns.features, bool)
        self._same: dict[tuple[int, int], bool] = {}
        self._clusters = _near_duplicates(columns)

    def marks(self) -> Iterator[Mark]:
        """Every mark, coordinate system by coordinate system."""
        one_size = len(np.unique(self._columns.places[6], axis=0)) == 1
        for system in range(1 if one_size else len(SYSTEMS)):  # in pictures of one size, all systems are the same
            pairs = self._linked(system)
            for _ in range(_ROUNDS):
                chosen, pairs = self._choose(pairs, system)
                if not chosen:
                    break
                candidates = [each for pair in chosen if (each := self._candidate(*pair, system)) is not None]
                yield from self._accept(_distinct(candidates), system)

    def enrolled(self) -> Iterator[tuple[int, Features]]:
        """The enrolled photographs: number and features."""
        for picture in np.flatnonzero(self._columns.enrolled).tolist():
            yield picture, self._features(picture)

    def _features(self, picture: int) -> Features:
        return self._corpus[int(self._columns.numbers[picture])].features

    def _linked(self, system: int) -> list[tuple[int, int]]:
        """Pairs of pictures that may share a mark."""
        from takeback.kernels.recurrence import links

        columns = self._columns
        bits = min(max(round(math.log2(max(columns.features, 1) / _KEYS)) + _SPARE_BITS, 0), _MOST_BITS)
        power = 1 << max(16, math.ceil(math.log2(max(columns.features, 1) * 2)))
        firsts, seconds = links(
            columns.places,
            self._clusters,
            SYSTEMS[system],
            np.array([_chosen_bits(number, bits) for number in range(_PASSES)], np.uint64),
            np.array([[number / _PASSES] * 4 for number in range(_PASSES)]),
            LEAST,
            min(power, _MOST_SLOTS),
            min(2 * power, _MOST_COUNTERS),
        )
        return list(zip(firsts.tolist(), seconds.tolist(), strict=True))

    def _choose(
        self, pairs: Iterable[tuple[int, int]], system: int
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The pairs that share most that is not explained yet, no picture twice; and those to look at later."""
        counted = [(self._unexplained(*pair, system), pair) for pair in pairs]
        counted = [each for each in counted if each[0] >= LEAST]
        counted.sort(key=lambda each: (-each[0], each[1]))
        chosen: list[tuple[int, int]] = []
        rest: list[tuple[int, int]] = []
        used: set[int] = set()
        for _, pair in counted:
            if len(chosen) < _BATCH and used.isdisjoint(pair):
                chosen.append(pair)
                used.update(pair)
            else:
                rest.append(pair)
        return chosen, rest

    def _unexplained(self, first: int, second: int, system: int) -> int:
        """How many features two unrelated pictures share, but for those that are known as a mark in both."""
        from takeback.kernels.recurrence import shared

        if self._clusters[first] == self._clusters[second]:
            return 0
        left, right = shared(self._columns.places, first, second, SYSTEMS[system], LIMITS, ALIKE)
        return len(np.unique(left[~(self._marked[left] & self._marked[right])]))

    def _candidate(self, first: int, second: int, system: int) -> Mark | None:
        """What two pictures share at one place, unless they were made from one."""
        if self._made_from_one(first, second):
            return None
        one, other = self._features(first), self._features(second)
        frames = placed(one, system)
        left, right = _alike((one, frames), (other, placed(other, system)))
        new = ~(self._marked_in(first)[left] & self._marked_in(second)[right])
        own = np.zeros(len(one), bool)
        own[left[new]] = True
        if len(np.unique(np.rint(one.frames[own, :2]), axis=0)) < LEAST:
            return None
        pictures = frozenset((first, second))
        return Mark(system=system, features=only(one, own), frames=frames[own], pictures=pictures, clusters=frozenset())

    def _marked_in(self, picture: int) -> Mask:
        """Which features of a picture lie on a mark that is known."""
        begin, end = self._columns.places[5][picture : picture + 2]
        return self._marked[begin:end]

    def _mark(self, features: Numbers, pictures: Numbers) -> None:
        """Remember where a mark lies in the pictures that carry it."""
        order = np.argsort(pictures, kind="stable")
        features, pictures = features[order], pictures[order]
        names, begins = np.unique(pictures, return_index=True)
        for picture, begin, end in zip(names, begins, [*begins[1:], len(pictures)], strict=True):
            own = self._marked_in(picture)
            own[features[begin:end] - self._columns.places[5][picture]] = True
            own[:] = with_neighbours(self._columns.frames(picture), own)

    def _accept(self, candidates: Sequence[Mark], system: int) -> Iterator[Mark]:
        """Those of the candidates that recur across unrelated clusters, with every picture that carries them."""
        from takeback.kernels.marks import carriers

        if not candidates:
            return
        frames = np.concatenate([each.frames for each in candidates])
        words = sketches(np.concatenate([each.features.descriptors for each in candidates]))
        rows, features, pictures = carriers(self._columns.places, frames, words, SYSTEMS[system], LIMITS, ALIKE)
        order = np.argsort(rows, kind="stable")
        rows, features, pictures = rows[order], features[order], pictures[order]
        begins = np.cumsum([0, *(len(each.frames) for each in candidates)])
        for candidate, begin, end in zip(candidates, begins[:-1], begins[1:], strict=True):
            part = slice(*np.searchsorted(rows, (begin, end)))
            if self._unexplained(min(candidate.pictures), max(candidate.pictures), system) < LEAST:
                continue
            mark = self._recurring(candidate, rows[part] - begin, features[part], pictures[part])
            if mark is not None:
                yield mark

    def _recurring(self, candidate: Mark, rows: Numbers, features: Numbers, pictures: Numbers) -> Mark | None:
        carrying = _carrying(rows, pictures, _SHARERS)
        kept = np.zeros(len(candidate.frames), bool)
        for row in np.unique(rows[carrying]):
            kept[row] = len(np.unique(self._clusters[pictures[carrying & (rows == row)]])) >= CLUSTERS
        if np.count_nonzero(kept) < LEAST:
            return None
        inside = kept[rows]
        rows, features, pictures = rows[inside], features[inside], pictures[inside]
        carrying = _carrying(rows, pictures, _SHARERS)
        sharers, counts = np.unique(pictures[carrying], return_counts=True)
        if not self._unrelated(sharers, counts, (features, pictures)):
            return None
        self._mark(features[carrying], pictures[carrying])
        return Mark(
            system=candidate.system,
            features=only(candidate.features, kept),
            frames=candidate.frames[kept],
            pictures=frozenset(sharers.tolist()),
            clusters=frozenset(self._clusters[sharers].tolist()),
        )

    def _unrelated(self, sharers: Numbers, counts: Numbers, hits: tuple[Numbers, Numbers]) -> bool:
        """Whether these pictures come from enough unrelated clusters; enrolled photographs alone count once.

        A person's own photographs may share a backdrop, which is no mark.
        """
        heads: list[int] = []
        posted: set[int] = set()
        for picture in self._looked_at(sharers, counts):
            head = next((each for each in heads if self._akin(each, picture, hits)), None)
            if head is None:
                heads.append(picture)
            if not self._columns.enrolled[picture]:
                posted.add(picture if head is None else head)
            if len(posted) + any(each not in posted for each in heads) >= CLUSTERS:
                return True
        return False

    def _looked_at(self, sharers: Numbers, counts: Numbers) -> Iterator[int]:
        """Enrolled photographs, then one picture a cluster, those that share most first."""
        by_count = sharers[np.lexsort((sharers, -counts))]
        enrolled = self._columns.enrolled[by_count]
        yield from by_count[enrolled][:_ENROLLED_LOOKED_AT].tolist()
        _, first = np.unique(self._clusters[by_count[~enrolled]], return_index=True)
        yield from by_count[~enrolled][np.sort(first)][:_LOOKED_AT].tolist()

    def _akin(self, head: int, picture: int, hits: tuple[Numbers, Numbers]) -> bool:
        """Whether two carriers of a mark were made from one picture: with an enrolled photograph, beyond the mark."""
        if self._made_from_one(head, picture):
            return True
        if self._columns.enrolled[head] == self._columns.enrolled[picture]:
            return False
        first, second = (head, picture) if self._columns.enrolled[head] else (picture, head)
        masks = []
        for each in (first, second):
            begin, end = self._columns.places[5][each : each + 2]
            mask = np.zeros(end - begin, bool)
            mask[hits[0][hits[1] == each] - begin] = True
            masks.append(mask)
        return align_beyond(self._features(first), self._features(second), (masks[0], masks[1]))

    def _made_from_one(self, first: int, second: int) -> bool:
        """Whether two pictures are of one cluster: an enrolled photograph is looked for in the other."""
        enrolled = self._columns.enrolled
        if self._clusters[first] == self._clusters[second]:
            return True
        first, second = sorted((first, second), key=lambda each: (not enrolled[each], each))
        if (first, second) not in self._same:
            share = ENROLLED_FRAME if enrolled[first] else MOST_OF_FRAME
            self._same[first, second] = same_picture(self._features(first), self._features(second), share=share)
            if self._same[first, second]:
                self._clusters[self._clusters == self._clusters[second]] = self._clusters[first]
        return self._same[first, second]


def _near_duplicates(columns: Columns) -> Numbers:
    from takeback.kernels.recurrence import near_duplicates

    return np.asarray(
        near_duplicates(
            columns.places,
            columns.words,
            columns.good,
            _DISTANCE,
            LIMITS,
            ALIKE,
            (MOST_OF_FRAME, AGAIN),
        ),
        np.int64,
    )


def _chosen_bits(number: int, bits: int) -> int:
    """Which bits of the sketch one pass has in its keys."""
    first = number * BITS // _PASSES
    return sum(1 << ((first + bit) % BITS) for bit in range(bits))


def _alike(
    first: tuple[Features, npt.NDArray[np.float64]], second: tuple[Features, npt.NDArray[np.float64]]
) -> tuple[Numbers, Numbers]:
    """Pairs of features of two lists, with their frames in one coordinate system, that show one thing at one place."""
    from takeback.kernels.marks import seen_again

    left, right = seen_again(
        first[1][None],
        first[0].descriptors,
        descriptor_norms(first[0]),
        (second[1], np.zeros(len(second[0]), np.int64), second[0].descriptors, descriptor_norms(second[0])),
        LIMITS,
        COSINE,
    )
    return left, right


def _carrying(rows: Numbers, pictures: Numbers, least: int) -> Mask:
    """Which hits are in pictures that show at least so many features of the mark."""
    found = np.unique(np.stack((pictures, rows)), axis=1)
    names, counts = np.unique(found[0], return_counts=True)
    return np.isin(pictures, names[counts >= least])


def _distinct(candidates: Iterable[Mark]) -> list[Mark]:
    """The candidates but for those of which most was seen before."""
    kept: list[Mark] = []
    for candidate in candidates:
        known = np.zeros(len(candidate.frames), bool)
        for each in kept:
            again, _ = _alike((candidate.features, candidate.frames), (each.features, each.frames))
            known[again] = True
        if not kept or known.mean() <= 0.5:  # noqa: PLR2004 - most of it
            kept.append(candidate)
    return kept
