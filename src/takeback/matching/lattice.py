"""Whether what agrees repeats itself at one distance, as a mark that is laid over a whole picture in tiles does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.matching.candidate import Candidate
from takeback.matching.same_features import alike
from takeback.matching.unrelated import only
from takeback.model.signal import Features

_REPEATED, _DIFFERS = 0.25, 0.05
"""From these shares on, of what repeats itself and of what differs, what agrees is a tiled mark's."""
_FEWEST = 6
"""Fewer that stand again at one displacement may do so by chance."""
_SIDE = 640
"""The long side, in pixels, of the picture in which the distances below are counted."""
_APART, _STEP = 8, 3


def is_tiled_mark(original: Features, media: Features, candidate: Candidate, differing: float) -> bool:
    """Whether what agrees repeats itself in both pictures while something else differs.

    A brick wall repeats itself as well; where hardly anything differs it is found all the same. ``differing`` is a
    share of what is covered, or without pixels of the original.
    """
    if differing <= _DIFFERS:
        return False
    pairs = candidate.correspondences[candidate.agreeing]
    sides = ((original, pairs[:, 0]), (media, pairs[:, 1]))
    return all(repeated_share(each, np.unique(numbers)) >= _REPEATED for each, numbers in sides)


def repeated_share(features: Features, agreeing: npt.NDArray[np.intp]) -> float:
    """The largest share of some features that stand again in their picture at one and the same displacement; 0 of few.

    Coins, leaves and bricks look like one another as well, but seldom so many at one displacement, upright and alike.

    Parameters:
        features: (N) of the picture.
        agreeing: (M,) the numbers of those asked about, each once.
    """
    if not len(agreeing):
        return 0.0
    places = features.frames[:, :2].astype(np.float64) * (_SIDE / max(features.width, features.height))
    shift = places[None] - places[agreeing, None]
    again = alike(only(features, agreeing), features)
    which, other = np.nonzero(again & (np.abs(shift).max(axis=2) > _APART))
    if not len(which):
        return 0.0
    cells = np.floor(shift[which, other] / _STEP).astype(np.int64)
    wide = 4 * _SIDE
    # each displacement both ways, in the four windows of two cells by two that hold it
    rows = [
        np.column_stack(((sign * cells[:, 0] + right) * wide + sign * cells[:, 1] + below, which))
        for sign in (1, -1)
        for right in (0, 1)
        for below in (0, 1)
    ]
    windows = np.unique(np.concatenate(rows), axis=0)[:, 0]
    _, counts = np.unique(windows, return_counts=True)
    most = int(counts.max())
    return most / len(agreeing) if most >= _FEWEST else 0.0
