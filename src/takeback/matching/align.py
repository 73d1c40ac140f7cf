"""Bringing a picture into an original's frame, to a fraction of a pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.alteration import agreement, grey
from takeback.matching.blocks import MOVED, block_shifts, lengths

Pixels = npt.NDArray[np.uint8]
Matrix3 = npt.NDArray[np.float64]

LONGEST = 640
_SHORTEST = 128
_MARGIN = 1.25
_SEED = 2020
_HOMOGRAPHY_POINTS = 12
_AFFINITY_POINTS = 6
_TOLERANCE = 3.0
_STRETCH = 3.0
_ECC_LEAST = 64
_ROUNDS = 25
_ASTRAY = 0.04


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aligned:
    """An original and a picture in one frame.

    ``original``, ``media`` (h, w, 3) uint8; ``inside`` (h, w) where the picture covers the original's frame. ``matrix``
    takes full pixels of the original to full pixels of the picture. ``detail`` is how many pixels the picture has for
    one pixel of the original, by side.
    """

    original: Pixels
    media: Pixels
    inside: npt.NDArray[np.bool_]
    matrix: Matrix3
    detail: float


def side_scale(matrix: Matrix3, width: int, height: int) -> float:
    """How many pixels on the far side one pixel of this side covers, at the middle of the frame."""
    middle = np.array([width / 2, height / 2, 1.0])
    depth = float(matrix[2] @ middle)
    return math.sqrt(abs(float(np.linalg.det(matrix)) / depth**3)) if depth else 0.0


def _sane(matrix: Matrix3, width: int, height: int) -> bool:
    """Whether the transform keeps the frame in one piece: no corner behind, none stretched far more than another."""
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], float)
    depths = corners @ matrix[2]
    if depths.min() * depths.max() <= 0:
        return False
    local = np.abs(np.linalg.det(matrix) / depths**3)
    return bool(local.min() > 0 and math.sqrt(local.max() / local.min()) < _STRETCH)


def refit(
    matrix: Matrix3, left: npt.NDArray[np.float64], right: npt.NDArray[np.float64], size: tuple[int, int], unit: float
) -> Matrix3:
    """The transform refitted to inlier points (n, 2) by MAGSAC: a homography where there are enough, else an affinity.

    Parameters:
        matrix: (3, 3), kept where the refit is not sane.
        left, right: points in full pixels of the original and of the picture.
        size: width and height of the original in full pixels.
        unit: full pixels of the picture for one pixel of the working size.
    """
    import cv2

    cv2.setRNGSeed(_SEED)
    if len(left) >= _HOMOGRAPHY_POINTS:
        found, _ = cv2.findHomography(left, right, cv2.USAC_MAGSAC, _TOLERANCE * unit)
        if found is not None and _sane(found, *size) and np.linalg.det(found) * np.linalg.det(matrix) > 0:
            return np.asarray(found / found[2, 2], np.float64)
    if len(left) >= _AFFINITY_POINTS:
        cv2.setRNGSeed(_SEED)
        found, _ = cv2.estimateAffine2D(left, right, method=cv2.USAC_MAGSAC, ransacReprojThreshold=_TOLERANCE * unit)
        if found is not None:
            full = np.vstack((found, [0.0, 0.0, 1.0]))
            if np.linalg.det(full) * np.linalg.det(matrix) > 0:
                return np.asarray(full, np.float64)
    return matrix


def _resized(factor_x: float, factor_y: float) -> Matrix3:
    """The matrix that takes pixel centres of a picture to those of the same picture at another size."""
    shift_x, shift_y = (factor_x - 1) / 2, (factor_y - 1) / 2
    return np.array([[factor_x, 0.0, shift_x], [0.0, factor_y, shift_y], [0.0, 0.0, 1.0]])


def _shrunk(pixels: Pixels, factor: float) -> Pixels:
    import cv2

    if factor >= 1:
        return pixels
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _warped(media: Pixels, back: Matrix3, size: tuple[int, int]) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """The picture in a frame of ``size`` (width, height), and where it covers it; ``back`` takes the frame to it."""
    import cv2

    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    view = cv2.warpPerspective(media, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    ones = np.full(media.shape[:2], 255, np.uint8)
    cover = cv2.warpPerspective(ones, back, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    inside = cv2.erode((cover > 250).astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)  # noqa: PLR2004 - full cover
    return np.asarray(view, np.uint8), np.asarray(inside, bool)


def _nudge(original: Pixels, media: Pixels, where: npt.NDArray[np.bool_]) -> Matrix3 | None:
    """The affinity within the frame that ECC finds between two views, on ``where`` alone, if it converges."""
    import cv2

    grey = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (original, media)]
    start = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ROUNDS, 1e-4)
    mask = where.astype(np.uint8) * 255
    try:
        _, found = cv2.findTransformECC(grey[0], grey[1], start, cv2.MOTION_AFFINE, stop, mask, 5)
    except cv2.error:  # it does not converge: what was there stays
        return None
    return np.vstack((np.asarray(found, np.float64), [0.0, 0.0, 1.0]))


def _by_blocks(original: Pixels, media: Pixels, inside: npt.NDArray[np.bool_]) -> Matrix3 | None:
    """The transform within the frame that blocks found again ask for, where several of them sit elsewhere."""
    _, shifts = block_shifts(grey(original), grey(media), inside)
    if len(shifts) < _HOMOGRAPHY_POINTS or np.mean(lengths(shifts) >= MOVED) < _ASTRAY:
        return None
    places = shifts[:, :2]
    height, width = inside.shape
    found = refit(np.eye(3), places, places + shifts[:, 2:4], (width, height), 0.5)
    return None if np.array_equal(found, np.eye(3)) else found


def _closeness(original: Pixels, media: Pixels, where: npt.NDArray[np.bool_]) -> float:
    return float(np.mean(agreement(original, media, 9)[where])) if where.any() else 0.0


def align(
    original: Pixels,
    media: Pixels,
    matrix: Matrix3,
    *,
    original_size: tuple[int, int],
    media_size: tuple[int, int],
) -> Aligned:
    """Both pictures in the original's frame, refined by ECC where they already agree.

    Parameters:
        original, media: (H, W, 3) uint8 RGB, of any resolution.
        matrix: takes full pixels of the original to full pixels of the picture.
        original_size, media_size: width and height of the full pictures.
    """
    detail = side_scale(matrix, *original_size)
    longest = max(original_size)
    shown = media.shape[1] / media_size[0]
    side = min(LONGEST, max(original.shape[:2]), max(_SHORTEST, longest * detail * shown * _MARGIN))
    view = _shrunk(original, side / max(original.shape[:2]))
    height, width = view.shape[:2]
    to_full = _resized(original_size[0] / width, original_size[1] / height)
    factor = min(1.0, width / original_size[0] / max(detail * shown, 1e-6))
    small = _shrunk(media, factor)
    to_small = _resized(small.shape[1] / media_size[0], small.shape[0] / media_size[1])
    back = to_small @ matrix @ to_full
    seen, inside = _warped(small, back, (width, height))
    where = inside & (agreement(view, seen, 21) > 0.5)  # noqa: PLR2004 - more alike than not
    if np.count_nonzero(where) > _ECC_LEAST**2 // 4:
        nudge = _nudge(view, seen, where)
        if nudge is not None:
            moved, covered = _warped(small, back @ nudge, (width, height))
            if _closeness(view, moved, where & covered) > _closeness(view, seen, where):
                seen, inside, back = moved, covered, back @ nudge
    for _ in range(2):
        nudge = _by_blocks(view, seen, inside)
        if nudge is None:
            break
        moved, covered = _warped(small, back @ nudge, (width, height))
        if _closeness(view, moved, inside & covered) <= _closeness(view, seen, inside & covered):
            break
        seen, inside, back = moved, covered, back @ nudge
    final = np.linalg.inv(to_small) @ back @ np.linalg.inv(to_full)
    return Aligned(original=view, media=seen, inside=inside, matrix=final / final[2, 2], detail=detail)
