"""Whether corresponding features moved together: what is left of `motion` where there are no pixels."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from takeback.matching.consensus import WORKING_SIDE
from takeback.matching.field import as_blocks, fit_homography
from takeback.matching.geometry import project
from takeback.model.signal import Features

_NEAR = 10.0
_APART, _BESIDE = 8.0, 60.0
_FARTHEST = 2.0
_POINTS, _PAIRS = 15, 30
_OWN, _LEAST = 0.1, 0.3

Numbers = npt.NDArray[np.float64]


def feature_motion(original: Features, media: Features, pairs: npt.NDArray[np.intp], matrix: Numbers) -> float:
    """How many standard errors the common movement of neighbouring features is above none; 0 where too few tell.

    As `takeback.matching.motion.common_motion`, with the places of features, each known to a part of its own size.

    Parameters:
        original, media: the two pictures' features.
        pairs: (M, 2) feature numbers in the original and the media, wrong ones among them.
        matrix: (3, 3), full pixels of the original to those of the media.
    """
    unit = max(media.width, media.height) / WORKING_SIDE
    places = project(matrix, original.frames[pairs[:, 0], :2].astype(np.float64)) / unit
    off = media.frames[pairs[:, 1], :2].astype(np.float64) / unit - places
    near = np.hypot(*off.T) < _NEAR
    places, off = places[near], off[near]
    size = media.frames[pairs[near, 1], 2].astype(np.float64) / unit
    if len(places) < _POINTS:
        return 0.0
    _, rest = fit_homography(as_blocks(places, off), math.ceil(media.width / unit), math.ceil(media.height / unit))
    rest = np.clip(rest, -_FARTHEST, _FARTHEST)
    apart = np.hypot(places[:, None, 0] - places[None, :, 0], places[:, None, 1] - places[None, :, 1])
    beside = (apart > np.maximum(_APART, np.maximum(size[:, None], size[None, :]))) & (apart < _BESIDE)
    first, second = np.nonzero(np.triu(beside))
    if len(first) < _PAIRS:
        return 0.0
    usual = max(1.4826 * float(np.median(np.abs(rest))), _LEAST)
    weight = 1 / (usual**2 + (_OWN * size) ** 2)
    weights = np.sqrt(weight[first] * weight[second])
    product = (rest[first] * rest[second]).sum(axis=1)
    spread = np.square(rest).mean(axis=1)
    error = math.sqrt(float((np.square(weights) * 2 * spread[first] * spread[second]).sum()))
    return float((weights * product).sum()) / max(error, 1e-9)
