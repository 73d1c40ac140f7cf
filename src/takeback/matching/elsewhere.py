"""Whether what differs is found again elsewhere, as a thing that moved is; what was replaced is gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.consensus import agree, correspond
from takeback.matching.geometry import Matrix3, project
from takeback.model.signal import Features

Mask = npt.NDArray[np.bool_]

CERTAIN = 20.0
"""Between what replaced parts came to in benign edits and what two moved things did; few of the latter were seen."""
_LEAST, _MOST = 0.01, 0.15
"""How far it may have moved, in shares of the picture's longer side."""
_FEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A second geometry: how many features agree on it, how strongly (-log10 NFA), and how far from their place they
    are found, as a share of the picture's longer side.
    """

    features: int
    score: float
    away: float

    @property
    def is_certain(self) -> bool:
        """Whether it is no chance agreement, and a movement within one scene."""
        return self.score >= CERTAIN and _LEAST <= self.away <= _MOST


def find_elsewhere(
    original: Features,
    view: Features,
    matrix: Matrix3,
    replaced: Mask,
    exclude: tuple[Mask, Mask],
) -> Elsewhere | None:
    """Where features of the replaced area agree on a geometry of their own, if they do.

    Parameters:
        original: features of the original.
        view: features of the picture, mirrored beforehand where the picture is.
        matrix: (3, 3), full pixels of the original to those of the view.
        replaced: (h, w) what shows something else, in the original's frame.
        exclude: which features of either have no vote.
    """
    height, width = replaced.shape
    across, down = (original.frames[:, :2] * (width / original.width)).astype(np.intp).T
    within = replaced[np.clip(down, 0, height - 1), np.clip(across, 0, width - 1)]
    left, right, _ = correspond(original, view, exclude_left=~within | exclude[0], exclude_right=exclude[1])
    if len(left) < _FEWEST:
        return None
    found = agree(original, view, (left, right))
    if found is None:
        return None
    places = project(matrix, original.frames[left[found.inliers], :2].astype(np.float64))
    off = np.hypot(*(view.frames[right[found.inliers], :2] - places).T)
    away = float(np.median(off)) / max(view.width, view.height)
    return Elsewhere(features=len(found.inliers), score=found.score, away=away)
