"""Every feature compared with every enrolled one: slow, exact, what the index is tested against."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from takeback.matching.candidate import CANDIDATE_SCORE, Candidate, candidate_from, tests_penalty
from takeback.matching.consensus import LEAST_COSINE, agree, descriptor_norms
from takeback.model.original import Original
from takeback.model.signal import Features, Signal
from takeback.signals.features import mirrored

VERSION = "1"
_LEAST_CORRESPONDENCES = 5
_BLOCK = 8192


class PlainPhotographIndex:
    """Finds the enrolled photographs from which a picture may have been made, several of them in a collage.

    Exact: every feature is compared with every enrolled one. Raises nothing on pictures without features; they have no
    candidates.
    """

    def __init__(self, name: str = "plain photographs", version: str = VERSION) -> None:
        self.name = name
        self.version = version
        self._originals: list[Original] = []
        self._features: list[Features] = []
        self._descriptors = np.empty((0, 128), np.uint8)
        self._norms = np.empty(0)
        self._bounds = np.zeros(1, np.int64)

    def __len__(self) -> int:
        return len(self._originals)

    def enrol(self, originals: Iterable[Original]) -> None:
        """Make these originals findable; those of level hash hold no features and are skipped."""
        descriptors, norms, bounds = [self._descriptors], [self._norms], [self._bounds]
        end = int(self._bounds[-1])
        for original in originals:
            if original.features is None:
                continue
            end += len(original.features)
            self._originals.append(original)
            self._features.append(original.features)
            descriptors.append(original.features.descriptors)
            norms.append(descriptor_norms(original.features))
            bounds.append(np.array([end], np.int64))
        self._descriptors = np.concatenate(descriptors)
        self._norms = np.concatenate(norms)
        self._bounds = np.concatenate(bounds)

    def search(
        self, features: Features, *, exclude: npt.NDArray[np.bool_] | None = None, floor: float = CANDIDATE_SCORE
    ) -> list[Candidate]:
        """The candidates with at least this score, best first.

        Parameters:
            features: of the picture.
            exclude: (N,) the picture's features that have no vote, for example those of a known overlay.
            floor: the smallest -log10 NFA.
        """
        keep = np.arange(len(features)) if exclude is None else np.flatnonzero(~exclude)
        if keep.size < _LEAST_CORRESPONDENCES or not self._originals:
            return []
        found: dict[int, Candidate] = {}
        for reflected, view in ((False, features), (True, mirrored(features))):
            for number, pairs in self._pairs(view, keep):
                consensus = agree(self._features[number], view, pairs)
                if consensus is None or consensus.score - tests_penalty(len(self)) < floor:
                    continue
                candidate = candidate_from(
                    self._originals[number],
                    consensus,
                    pairs,
                    reflected=reflected,
                    width=features.width,
                    tested=len(self),
                )
                if number not in found or candidate.score > found[number].score:
                    found[number] = candidate
        return sorted(found.values(), key=lambda each: (-each.score, each.original))

    def candidates(self, features: Features, signal: Signal | None) -> tuple[str, ...]:  # noqa: ARG002 - the protocol's
        """The ids of originals worth an examination, best first."""
        return tuple(each.original for each in self.search(features))

    def _pairs(
        self, view: Features, keep: npt.NDArray[np.intp]
    ) -> Iterable[tuple[int, tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]]:
        """Per original with enough of them: feature numbers in the original and in the view."""
        from takeback.kernels.consensus import mutual

        queries = view.descriptors[keep].astype(np.float32)
        norms = descriptor_norms(view)[keep]
        first = 0
        while first < len(self):
            last = int(np.searchsorted(self._bounds, self._bounds[first] + _BLOCK, side="right")) - 1
            last = min(max(last, first + 1), len(self))
            start, stop = int(self._bounds[first]), int(self._bounds[last])
            products = queries @ self._descriptors[start:stop].astype(np.float32).T
            bounds = self._bounds[first : last + 1] - start
            pictures, lefts, rows, _ = mutual(products, norms, self._norms[start:stop], bounds, LEAST_COSINE)
            ends = np.searchsorted(pictures, np.arange(last - first + 1))
            for picture in range(last - first):
                chosen = slice(int(ends[picture]), int(ends[picture + 1]))
                if chosen.stop - chosen.start >= _LEAST_CORRESPONDENCES:
                    inside = (rows[chosen] - bounds[picture]).astype(np.intp)
                    yield first + picture, (inside, keep[lefts[chosen]].astype(np.intp))
            first = last
