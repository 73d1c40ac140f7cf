"""Whether two aligned views have the same features, each extracted anew in the one frame.

A search keeps some hundred features of a whole picture. Where the photograph is a small part of it (in a collage, an
inset, a screenshot), few of these lie in that part; of the part alone, brought to the original's frame, there are many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.consensus import cosines
from takeback.matching.unrelated import only
from takeback.model.signal import Features
from takeback.signals.features import extract

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_LIMIT = 1500
_SMALLEST = 4.0
_NEAR, _TURNED, _LARGER = 2.0, math.radians(25), 0.35
"""Pixels of the frame, radians, and the logarithm of the sizes' ratio, within which two features are in one place."""
_LIKE = 0.8
_RIM = 4
"""So near what differs, in pixels, a feature is part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SameFeatures:
    """How many features of the original are found again in place, size, direction and look, of how many there."""

    found: int
    of: int

    @property
    def share(self) -> float:
        """How many of those asked for."""
        return self.found / max(1, self.of)


def same_features(original: Pixels, media: Pixels, where: Mask) -> SameFeatures:
    """The features of two aligned views that are the same ones.

    Parameters:
        original, media: (h, w, 3) uint8 RGB in one frame.
        where: (h, w) where they show the same.
    """
    import cv2

    height, width = where.shape
    own, other = (extract(each, full_width=width, full_height=height, limit=_LIMIT) for each in (original, media))
    square = np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)
    within = np.asarray(cv2.erode(where.astype(np.uint8), square, borderValue=1), bool)
    columns, rows = own.frames[:, :2].astype(np.intp).T
    asked = within[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)] & (own.frames[:, 2] > _SMALLEST)
    own = only(own, asked)
    return SameFeatures(found=int(_again(own, other).sum()), of=len(own))


def _again(own: Features, other: Features) -> Mask:
    """Which features of a view stand in the other one."""
    left, right = own.frames.astype(np.float64), other.frames.astype(np.float64)
    apart = np.hypot(left[:, None, 0] - right[None, :, 0], left[:, None, 1] - right[None, :, 1])
    return np.asarray(((apart < _NEAR) & alike(own, other)).any(axis=1), bool)


def alike(some: Features, others: Features) -> Mask:
    """Which of some features (N) are of the size, direction and look of which others (M), wherever they are: (N, M)."""
    left, right = some.frames.astype(np.float64), others.frames.astype(np.float64)
    larger = np.abs(np.log(left[:, None, 2] / right[None, :, 2]))
    turned = np.abs((left[:, None, 3] - right[None, :, 3] + math.pi) % (2 * math.pi) - math.pi)
    return np.asarray((larger < _LARGER) & (turned < _TURNED) & (cosines(some, others) > _LIKE), bool)
