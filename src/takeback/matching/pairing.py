"""Which features of one original and one picture agree, and on what alignment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.matching.align import refit
from takeback.matching.candidate import Candidate, candidate_from
from takeback.matching.consensus import WORKING_SIDE, agree, correspond
from takeback.matching.postings import CELLS
from takeback.matching.vocabulary import shipped
from takeback.model.original import Original
from takeback.model.signal import Features
from takeback.signals.features import mirrored

Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]


def match_pair(
    original: Original,
    features: Features,
    *,
    exclude: Mask | None = None,
    tested: int = 1,
    sides: tuple[bool, ...] = (False, True),
) -> Candidate | None:
    """How the features of one original and one picture agree best, as it is or mirrored; None where they do not.

    Features of a repeated pattern have no vote, as in the index: two pictures under one tiled mark agree in them.
    """
    if original.features is None:
        return None
    without = without_vote(original.features, features, exclude)
    best: Candidate | None = None
    for reflected in sides:
        view = mirrored(features) if reflected else features
        left, right, _ = correspond(original.features, view, exclude_left=without[0], exclude_right=without[1])
        consensus = agree(original.features, view, (left, right))
        if consensus is None:
            continue
        found = candidate_from(
            original, consensus, (left, right), reflected=reflected, width=features.width, tested=tested
        )
        if best is None or found.score > best.score:
            best = found
    return best


def without_vote(original: Features, media: Features, exclude: Mask | None) -> tuple[Mask, Mask]:
    """Which features have no vote: those of a repeated pattern, and of the picture what is known to recur."""
    own, other = (shipped().assign(each.descriptors, nearest=1, cells=CELLS).repeated for each in (original, media))
    return own, other if exclude is None else other | exclude


def matched_again(original: Original, features: Features, candidate: Candidate, excluded: Mask | None) -> Candidate:
    """The candidate by whole descriptors, where more of them agree: an index keeps some features, and bits of each."""
    again = match_pair(original, features, exclude=excluded, tested=candidate.tested, sides=(candidate.reflected,))
    return candidate if again is None or again.score <= candidate.score else again


def inlier_points(original: Features, media: Features, candidate: Candidate) -> tuple[Points, Points]:
    """The inliers' points in both pictures, full pixels, (n, 2) each."""
    return points_of(original, media, candidate.correspondences[candidate.agreeing])


def points_of(original: Features, media: Features, pairs: npt.NDArray[np.intp]) -> tuple[Points, Points]:
    """The points of pairs (n, 2) of features, full pixels, (n, 2) each."""
    return (
        original.frames[pairs[:, 0], :2].astype(np.float64),
        media.frames[pairs[:, 1], :2].astype(np.float64),
    )


def refitted(original: Features, media: Features, candidate: Candidate) -> npt.NDArray[np.float64]:
    """The candidate's transform (3, 3) refitted to its inliers, full pixels of the original to those of the media."""
    left, right = inlier_points(original, media, candidate)
    unit = max(media.width, media.height) / WORKING_SIDE
    return refit(candidate.matrix, left, right, (original.width, original.height), unit)
