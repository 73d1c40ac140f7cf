"""From correspondences to a transform with its number of false alarms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.model.signal import Features

WORKING_SIDE = 640
"""Features are found at this long side; tolerances are in its pixels."""
LEAST_COSINE = 0.80
_LEAST_ERROR = 1.5
_ANGLE_LIMIT = math.radians(25)
_SCALE_LIMIT = math.log(1.6)
_INLIER_GATE = 0.3
_LEAST_INLIERS = 5
_STRETCHES = (0.5, 2 / 3, 1.5, 2.0)
"""A picture may have been made wider or taller: tried where the picture as it is does not clearly agree."""
_CLEAR = -12.0
_MODELS = 3 + 2 * len(_STRETCHES)
"""One correspondence's similarity, a fitted similarity, a fitted affinity, and two for each stretch: each is a test."""
_WEAK = -2.0
_COLLAPSED = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Consensus:
    """A transform (3, 3) from the left picture to the right, what agrees on it, and -log10 NFA for one test.

    ``inliers`` are positions in the list of correspondences that was given.
    """

    matrix: npt.NDArray[np.float64]
    inliers: npt.NDArray[np.intp]
    score: float


def descriptor_norms(features: Features) -> npt.NDArray[np.float64]:
    """Euclidean norms of the descriptors; at least 1, so that an empty one divides."""
    squares = np.square(features.descriptors.astype(np.float64)).sum(axis=1)
    return np.asarray(np.maximum(np.sqrt(squares), 1.0), np.float64)


def cosines(left: Features, right: Features) -> npt.NDArray[np.float64]:
    """How alike each two descriptors look, (N, M)."""
    products = left.descriptors.astype(np.float32) @ right.descriptors.astype(np.float32).T
    return np.asarray(products / (descriptor_norms(left)[:, None] * descriptor_norms(right)[None]), np.float64)


def correspond(
    left: Features,
    right: Features,
    *,
    exclude_left: npt.NDArray[np.bool_] | None = None,
    exclude_right: npt.NDArray[np.bool_] | None = None,
    least: float = LEAST_COSINE,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Features of two pictures that are each other's best: numbers in ``left``, in ``right``, and cosines."""
    from takeback.kernels.consensus import mutual

    own, keep = (
        np.arange(len(each)) if excluded is None else np.flatnonzero(~excluded)
        for each, excluded in ((left, exclude_left), (right, exclude_right))
    )
    if not own.size or not keep.size:
        nothing = np.empty(0, np.intp)
        return nothing, nothing, np.empty(0)
    products = right.descriptors[keep].astype(np.float32) @ left.descriptors[own].astype(np.float32).T
    bounds = np.array([0, len(own)], np.int64)
    _, queries, rows, alike = mutual(
        products, descriptor_norms(right)[keep], descriptor_norms(left)[own], bounds, float(least)
    )
    return own[rows], keep[queries], alike


def _to_working(features: Features, chosen: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.float64], float]:
    """Frames at the working side, and the factor that brought them there."""
    factor = WORKING_SIDE / max(features.width, features.height)
    frames = features.frames[chosen].astype(np.float64)
    frames[:, :3] *= factor
    frames[:, 2] = np.maximum(frames[:, 2], 1e-3)
    return frames, factor


def _fit(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64], *, affine: bool) -> npt.NDArray[np.float64]:
    """The least-squares similarity or affinity (2, 3) that takes points (n, 2) of the left to the right."""
    ones = np.ones(len(left))
    if affine:
        rows = np.column_stack((left, ones))
        return np.asarray(np.linalg.lstsq(rows, right, rcond=None)[0].T, np.float64)
    x, y = left[:, 0], left[:, 1]
    zeros = np.zeros(len(left))
    rows = np.concatenate((np.column_stack((x, -y, ones, zeros)), np.column_stack((y, x, zeros, ones))))
    a, b, c, d = np.linalg.lstsq(rows, np.concatenate((right[:, 0], right[:, 1])), rcond=None)[0]
    return np.array([[a, -b, c], [b, a, d]])


def _shares(
    model: npt.NDArray[np.float64],
    left: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
    areas: tuple[float, float],
) -> npt.NDArray[np.float64] | None:
    """The share of the frame within each correspondence's error, or None where the model collapses.

    A correspondence whose angle or scale disagrees has a share that no gate lowers below 1.
    """
    from takeback.kernels.consensus import shares_of

    limits = (_LEAST_ERROR, _ANGLE_LIMIT, _SCALE_LIMIT, 1 / _INLIER_GATE, _COLLAPSED)
    found = shares_of(model, left, right, *areas, *limits)
    return np.asarray(found, np.float64) if len(found) else None


def _refine(
    model: npt.NDArray[np.float64],
    left: npt.NDArray[np.float64],
    right: npt.NDArray[np.float64],
    areas: tuple[float, float],
    *,
    affine: bool,
) -> tuple[float, npt.NDArray[np.intp], npt.NDArray[np.float64]] | None:
    """Refit and recount until the number of false alarms no longer falls: (log10 NFA, inliers, model)."""
    from takeback.kernels.consensus import LOG_FACTORIALS, fewest_alarms

    best: tuple[float, npt.NDArray[np.intp], npt.NDArray[np.float64]] | None = None
    sample = 3 if affine else 2
    for _ in range(6):
        shares = _shares(model, left, right, areas)
        if shares is None:
            return best
        order = np.argsort(shares, kind="stable")
        alarms, count = fewest_alarms(shares[order], len(left), sample, _INLIER_GATE, LOG_FACTORIALS)
        inliers = np.sort(order[:count])
        if count < _LEAST_INLIERS or (best is not None and alarms >= best[0]):
            return best
        best = (alarms, inliers, model)
        model = _fit(left[inliers, :2], right[inliers, :2], affine=affine)
    return best


def agree(
    left: Features, right: Features, pairs: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
) -> Consensus | None:
    """The transform on which correspondences agree with fewest false alarms, or None where nothing agrees.

    The pictures must not be mirrored against each other: mirror one first.
    """
    frames_left, factor_left = _to_working(left, pairs[0])
    frames_right, factor_right = _to_working(right, pairs[1])
    areas = (left.width * left.height * factor_left**2, right.width * right.height * factor_right**2)
    return agree_frames(frames_left, frames_right, areas, (factor_left, factor_right))


def agree_frames(
    frames_left: npt.NDArray[np.float64],
    frames_right: npt.NDArray[np.float64],
    areas: tuple[float, float],
    factors: tuple[float, float],
) -> Consensus | None:
    """As `agree`, from corresponding frames at the working side.

    Parameters:
        frames_left, frames_right: (n, 4) x, y, scale in pixels of the working side, angle in radians.
        areas: of the two pictures, in square pixels of the working side.
        factors: what brought their full pixels to the working side.
    """
    from takeback.kernels.consensus import distinct

    own = distinct(frames_left, frames_right, _LEAST_ERROR).astype(np.intp)
    if len(own) < _LEAST_INLIERS:
        return None
    left, right = frames_left[own], frames_right[own]
    best = _proposed(left, right, areas, 1.0)
    if best is None or best[0] > _CLEAR:
        for stretch in _STRETCHES:
            other = _proposed(left, right, areas, stretch)
            if other is not None and (best is None or other[0] < best[0]):
                best = other
    if best is None or len(best[1]) < _LEAST_INLIERS:
        return None
    back = np.diag([1 / factors[1], 1 / factors[1], 1.0])
    matrix = back @ np.vstack((best[2], [0.0, 0.0, 1.0])) @ np.diag([factors[0], factors[0], 1.0])
    return Consensus(matrix=matrix, inliers=own[best[1]], score=-(best[0] + math.log10(_MODELS)))


def _stretched(frames: npt.NDArray[np.float64], stretch: float) -> npt.NDArray[np.float64]:
    """Frames of the picture made wider by this factor, its area kept."""
    wide, tall = math.sqrt(stretch), 1 / math.sqrt(stretch)
    found = frames.copy()
    found[:, 0] *= wide
    found[:, 1] *= tall
    found[:, 3] = np.arctan2(np.sin(frames[:, 3]) * tall, np.cos(frames[:, 3]) * wide)
    return found


def _proposed(
    left: npt.NDArray[np.float64], right: npt.NDArray[np.float64], areas: tuple[float, float], stretch: float
) -> tuple[float, npt.NDArray[np.intp], npt.NDArray[np.float64]] | None:
    """The best similarity of the stretched left picture that one correspondence proposes, refined to an affinity."""
    from takeback.kernels.consensus import LOG_FACTORIALS, similarity_consensus

    seen = left if stretch == 1 else _stretched(left, stretch)
    alarms, count, seed = similarity_consensus(
        seen, right, *areas, _LEAST_ERROR, _ANGLE_LIMIT, _SCALE_LIMIT, _INLIER_GATE, LOG_FACTORIALS
    )
    if count < _LEAST_INLIERS - 1 or -alarms < _WEAK:
        return None
    a, b = seed[0] * math.cos(seed[1]), seed[0] * math.sin(seed[1])
    wide, tall = math.sqrt(stretch), 1 / math.sqrt(stretch)
    model = np.array([[a * wide, -b * tall, seed[2]], [b * wide, a * tall, seed[3]]])
    shares = _shares(model, left, right, areas)
    if shares is None:
        return None
    best = (alarms, np.sort(np.argsort(shares, kind="stable")[:count]), model)
    for affine in (False, True) if stretch == 1 else (True,):
        refined = _refine(best[2], left, right, areas, affine=affine)
        if refined is not None and refined[0] < best[0]:
            best = refined
    return best
