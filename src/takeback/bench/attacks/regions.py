"""Attacks that replace a part of the photograph by a texture of another ordinary photograph."""

from __future__ import annotations

import numpy as np

from takeback.bench.attacks import shapes
from takeback.bench.attacks.geometry import warped
from takeback.bench.attacks.state import Attacked, Pixels, either, lerp, replaced

_SOFT = 0.004


def region(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """A box, an ellipse or a blob of 4 up to 60 percent of the area replaced, with a hard or a soft edge."""
    return replace_share(state, donor, lerp(0.04, 0.60, strength), rng)


def replace_share(state: Attacked, donor: Pixels, share: float, rng: np.random.Generator) -> Attacked:
    """A box, an ellipse or a blob of this share of the area replaced, with a hard or a soft edge."""
    height, width = state.pixels.shape[:2]
    alpha = shapes.shape(height, width, share, rng)
    if either(rng):
        alpha = shapes.feathered(alpha, _SOFT * max(height, width))
    return replaced(state, shapes.texture(donor, height, width, rng), alpha)


def patch(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """Only a patch survives, of 50 down to 15 percent of the area, on another picture, at 0.85 to 1.2 its size."""
    height, width = state.pixels.shape[:2]
    alpha = shapes.shape(height, width, lerp(0.50, 0.15, strength), rng)
    factor = float(rng.uniform(0.85, 1.2))
    x, y = (float(np.average(np.arange(n), weights=alpha.sum(axis=a))) for n, a in ((width, 0), (height, 1)))
    moved = np.array([[factor, 0, x * (1 - factor)], [0, factor, y * (1 - factor)], [0, 0, 1]])
    pasted = warped(state, moved, width, height)
    import cv2

    kept = np.asarray(cv2.warpPerspective(alpha, moved, (width, height)), np.float32)
    return replaced(pasted, shapes.filled(donor, height, width), 1 - kept)
