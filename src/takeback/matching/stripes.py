"""How much a picture is striped or grainy over plain grounds: what a screen, a sensor or compression added."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.structure import NOISE, Local

Mask = npt.NDArray[np.bool_]
Plane = npt.NDArray[np.float32]

_GROUND = 0.01
_EVERY = 7
_USUAL_VARIANCE, _USUAL_STEP = 0.7, 0.8
_MOST_VARIANCE = 0.02
_TOLD_APART, _MOST_LEVELS = 7.0, 24.0
"""Grey levels of a step that need no excuse, and that stripes excuse at most."""
_DARK = 16.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripes:
    """What plain grounds usually differ by in a picture: ``variance`` as a share of the square of the grey level, and
    ``step`` of smoothed colours as a share of it. A screen's stripes are a share of its light.
    """

    variance: float = 0.0
    step: float = 0.0

    def noise(self, level: Plane) -> Plane:
        """The variance that means nothing at grounds of these grey levels, (H, W)."""
        return np.asarray(np.float32(self.variance) * np.square(np.maximum(level, _DARK)) + np.float32(NOISE))

    def levels(self, level: Plane) -> Plane:
        """How far colours may be apart and mean nothing, beyond what nobody asks of, (H, W)."""
        told = np.float32(self.step) * np.maximum(level, _DARK) - np.float32(_TOLD_APART)
        return np.asarray(np.clip(told, 0, _MOST_LEVELS), np.float32)


def find_stripes(original: Local, media: Local, step: Plane, ground: Mask) -> Stripes:
    """What a picture adds to the plain grounds of the original.

    Parameters:
        original, media: of equal tone and light, in windows of one size.
        step: (H, W) how far their smoothed colours are apart.
        ground: (H, W) where they show the same.
    """
    plain = ground & (original.variance < NOISE)
    if np.count_nonzero(plain) < _GROUND * plain.size:
        return Stripes()
    level = np.maximum(original.mean[plain][::_EVERY], _DARK)
    added = (media.variance[plain][::_EVERY] - original.variance[plain][::_EVERY]) / np.square(level)
    return Stripes(
        variance=float(np.clip(np.quantile(added, _USUAL_VARIANCE), 0, _MOST_VARIANCE)),
        step=float(np.quantile(step[plain][::_EVERY] / level, _USUAL_STEP)),
    )
