"""A candidate: an enrolled photograph that a picture may have been made from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.consensus import Consensus
from takeback.matching.geometry import mirroring
from takeback.model.original import Original

CANDIDATE_SCORE = 3.0
"""From this -log10 NFA a photograph is worth an examination; it is no finding."""
_ORIENTATIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """An enrolled photograph whose features agree with a picture's.

    ``score`` is -log10 of the expected number of such agreements among everything tested. ``correspondences`` (M, 2)
    are feature numbers in the original and in the picture, ``agreeing`` the rows of them that are inliers. ``matrix``
    (3, 3) takes pixels of the original to pixels of the picture and includes the mirroring where ``reflected``.
    ``tested`` is how many originals the score counts.
    """

    original: str
    score: float
    reflected: bool
    inliers: int
    correspondences: npt.NDArray[np.intp]
    agreeing: npt.NDArray[np.intp]
    matrix: npt.NDArray[np.float64]
    tested: int = 1


def tests_penalty(originals: int) -> float:
    """log10 of the number of hypotheses: each original, as it is and mirrored."""
    return math.log10(_ORIENTATIONS * max(1, originals))


def candidate_from(
    original: Original,
    consensus: Consensus,
    pairs: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]],
    *,
    reflected: bool,
    width: int,
    tested: int,
) -> Candidate:
    """A candidate in the picture's own pixels, its score counting everything tested."""
    return candidate_of(original.id, consensus, pairs, reflected=reflected, width=width, tested=tested)


def candidate_of(
    original: str,
    consensus: Consensus,
    pairs: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]],
    *,
    reflected: bool,
    width: int,
    tested: int,
) -> Candidate:
    """As `candidate_from`, where only the original's id is at hand."""
    matrix = mirroring(width) @ consensus.matrix if reflected else consensus.matrix
    return Candidate(
        original=original,
        score=consensus.score - tests_penalty(tested),
        reflected=reflected,
        inliers=len(consensus.inliers),
        correspondences=np.column_stack(pairs),
        agreeing=consensus.inliers,
        matrix=matrix,
        tested=tested,
    )
