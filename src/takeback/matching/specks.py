"""Black and white specks in a picture: what a bad line, or a filter against hashing, scatters over it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.matching.structure import apart

Pixels = npt.NDArray[np.uint8]

_DARK, _LIGHT, _OFF = 40, 215, 60
"""Levels that a speck has at most or at least, and how far it is off what surrounds it."""
_FEW = 0.002
"""A share of pixels; fewer specks are left."""


def without_specks(pixels: Pixels) -> Pixels:
    """The picture with the median of its surroundings where a lone pixel is nearly black or white; as it is if few are.

    Parameters:
        pixels: (H, W, 3) uint8 RGB at full resolution.
    """
    import cv2

    usual = np.asarray(cv2.medianBlur(pixels, 3), np.uint8)
    extreme = (pixels.max(axis=2) <= _DARK) | (pixels.min(axis=2) >= _LIGHT)
    specks = extreme & (apart(pixels, usual) > _OFF)
    if specks.mean() < _FEW:
        return pixels
    return np.asarray(np.where(specks[:, :, None], usual, pixels), np.uint8)
