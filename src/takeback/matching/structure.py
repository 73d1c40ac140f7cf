"""Local structure of two aligned pictures: means, variances, and how far they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Kind = TypeVar("Kind", np.uint8, np.int16, np.float32, np.float64)

NOISE = 30.0
"""Variance in squared grey levels that compression may add; flatter places have no structure to compare."""
_NOISE = np.float32(NOISE)


def grey(pixels: Pixels) -> Plane:
    """Luma (H, W) float32."""
    import cv2

    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def mean(plane: Plane, side: int) -> Plane:
    """The mean of the square of this side round each pixel."""
    import cv2

    return np.asarray(cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def largest(channels: npt.NDArray[Kind]) -> npt.NDArray[Kind]:
    """The largest of three channels (..., 3) at each place; NumPy reduces a short last axis slowly."""
    both = np.maximum(channels[..., 0], channels[..., 1])
    return np.asarray(np.maximum(both, channels[..., 2]), channels.dtype)


def apart(left: Pixels, right: Pixels) -> Pixels:
    """How far two pictures are apart in the channel that differs most, (H, W)."""
    import cv2

    return largest(np.asarray(cv2.absdiff(left, right), np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Local:
    """A plane (H, W) with its mean and variance in the square of ``side`` round each pixel."""

    plane: Plane
    side: int
    mean: Plane
    variance: Plane


def local(plane: Plane, side: int) -> Local:
    """The local mean and variance of a plane."""
    middle = mean(plane, side)
    variance = mean(plane * plane, side)
    variance -= middle * middle
    return Local(plane=plane, side=side, mean=middle, variance=np.maximum(variance, 0, out=variance))


def covariance(left: Local, right: Local) -> Plane:
    """The local covariance of two planes."""
    both = mean(left.plane * right.plane, left.side)
    both -= left.mean * right.mean
    return both


def structure(left: Local, right: Local, noise: Plane | np.float32 = _NOISE) -> Plane:
    """Local agreement of structure, 1 where alike and 0 where unrelated; flat places agree with flat places.

    Parameters:
        left, right: in windows of one size.
        noise: the variance that means nothing, everywhere or at each place (H, W).
    """
    both = covariance(left, right)
    both += noise
    total = left.variance + right.variance
    total *= np.float32(0.5)
    total += noise
    both /= total
    return both


def agreement(original: Pixels, media: Pixels, side: int) -> Plane:
    """Local agreement of structure of two pictures, (H, W), windows of ``side`` pixels."""
    return structure(local(grey(original), side), local(grey(media), side))
