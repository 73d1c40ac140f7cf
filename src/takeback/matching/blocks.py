"""Textured blocks of one picture, found again near their place in another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Plane = npt.NDArray[np.float32]

SIDE = 24
REACH = 5
_TEXTURE = 6.0
MATCHED = 0.85
MOVED = 1.0
_EARNED = 0.02


def _peak(scores: npt.NDArray[np.float32]) -> tuple[int, int, float]:
    """Row, column and value of the best score; the middle, unless elsewhere is better by more than an edge's slide."""
    row, column = divmod(int(scores.argmax()), scores.shape[1])
    best = float(scores[row, column])
    if best - float(scores[REACH, REACH]) < _EARNED:
        return REACH, REACH, best
    return row, column, best


def block_shifts(left: Plane, right: Plane, where: Mask) -> tuple[int, npt.NDArray[np.float64]]:
    """How many textured blocks there are, and of those found again (n, 5): middle x, y, shift x, y, correlation.

    Parameters:
        left, right: (H, W) grey levels in one frame.
        where: (H, W) where both are seen.
    """
    import cv2

    found: list[tuple[float, float, float, float, float]] = []
    blocks = 0
    height, width = left.shape
    for top in range(REACH, height - SIDE - REACH + 1, SIDE):
        for start in range(REACH, width - SIDE - REACH + 1, SIDE):
            block = left[top : top + SIDE, start : start + SIDE]
            if not where[top : top + SIDE, start : start + SIDE].all() or block.std() < _TEXTURE:
                continue
            blocks += 1
            room = right[top - REACH : top + SIDE + REACH, start - REACH : start + SIDE + REACH]
            if room.std() < _TEXTURE / 3:
                continue
            row, column, peak = _peak(np.asarray(cv2.matchTemplate(room, block, cv2.TM_CCOEFF_NORMED), np.float32))
            if peak >= MATCHED:
                middle = (SIDE - 1) / 2
                found.append((start + middle, top + middle, column - REACH, row - REACH, peak))
    return blocks, np.array(found, np.float64).reshape(-1, 5)


def lengths(shifts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far each block moved, in pixels."""
    return np.asarray(np.hypot(shifts[:, 2], shifts[:, 3]), np.float64)
