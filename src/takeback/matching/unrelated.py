"""Whether two pictures were made from one, whatever marks lie on both of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.matching.consensus import agree, correspond
from takeback.matching.geometry import project
from takeback.model.signal import Features

MOST_OF_FRAME = 0.5
ENROLLED_FRAME = 1 / 3
"""A picture made from an enrolled photograph may keep less of it; a mark covers less still."""
AGAIN = 0.34
"""The share of a cell's features that recur in copies."""
REACH = 2.0
"""Within so many scales of a mark's feature, others look at the same mark."""
_CELLS = 8
_FEW = 2
_BEYOND = 1 / 6
_HALF = 0.5
_MIDDLE = 1 / 6

Mask = npt.NDArray[np.bool_]


def cells(features: Features) -> npt.NDArray[np.int64]:
    """Which of 8 x 8 cells of the frame each feature lies in (N,)."""
    shares = features.frames[:, :2].astype(np.float64) / (features.width, features.height)
    steps = np.clip((shares * _CELLS).astype(np.int64), 0, _CELLS - 1)
    return np.asarray(steps[:, 1] * _CELLS + steps[:, 0], np.int64)


def with_neighbours(frames: npt.NDArray[np.floating], mask: Mask) -> Mask:
    """Also the features that lie within the patch of a marked one, of frames (N, 4): they look at the same mark."""
    marked = frames[mask]
    square = np.square(frames[:, None, :2] - marked[None, :, :2]).sum(axis=2)
    return np.asarray(mask | (square < np.square(REACH * marked[None, :, 2])).any(axis=1), bool)


def same_picture(first: Features, second: Features, *, share: float = MOST_OF_FRAME) -> bool:
    """Whether two pictures align with each other over more than this share of the frame: they were made from one.

    Marks on top align too: a part of the frame counts only where most of its features are found again.
    """
    return _aligned_share(first, second, np.ones(len(first), bool), None) > share


def align_beyond(first: Features, second: Features, marks: tuple[Mask, Mask]) -> bool:
    """Whether two pictures align over much of the frame without the features of a mark on both, (N,) and (M,)."""
    rest = ~with_neighbours(first.frames, marks[0])
    return _aligned_share(first, second, rest, with_neighbours(second.frames, marks[1])) > _BEYOND


def _aligned_share(first: Features, second: Features, kept: Mask, excluded: Mask | None) -> float:
    """The share of the first frame's occupied cells in which features that are kept are found again."""
    own = only(first, kept)
    left, right, _ = correspond(own, second, exclude_right=excluded)
    consensus = agree(own, second, (left, right))
    if consensus is None:
        return 0.0
    agreeing = np.zeros(len(own), bool)
    places = project(consensus.matrix, first.frames[:, :2].astype(np.float64))
    inside = ((places >= 0) & (places < (second.width, second.height))).all(axis=1)
    agreeing[left[consensus.inliers]] = True
    there = np.bincount(cells(first)[inside], minlength=_CELLS**2)
    again = np.bincount(cells(own)[agreeing], minlength=_CELLS**2)
    occupied = np.count_nonzero(there >= _FEW)
    alike = np.count_nonzero((there >= _FEW) & (again >= AGAIN * there))
    return alike / occupied if occupied else 0.0


def covers_much(features: Features, mask: Mask) -> bool:
    """Whether these features (N,) fill more than a sixth of the frame's middle, or half of the frame: no mark would.

    A cell is filled by as many of its features as recur in copies.
    """
    cell = cells(features)
    there = np.bincount(cell, minlength=_CELLS**2).reshape(_CELLS, _CELLS)
    filled = np.bincount(cell[mask], minlength=_CELLS**2).reshape(_CELLS, _CELLS)
    full = (filled > 0) & (filled >= AGAIN * there)
    middle = slice(1, _CELLS - 1)
    return bool(full.mean() > _HALF or full[middle, middle].mean() > _MIDDLE)


def only(features: Features, chosen: Mask | npt.NDArray[np.intp]) -> Features:
    """The features of a picture that a mask (N,) or numbers (M,) name."""
    return Features(
        frames=features.frames[chosen],
        descriptors=features.descriptors[chosen],
        width=features.width,
        height=features.height,
    )
