"""The map from an attacked picture back to the photograph: how it is carried along, and what is read from it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Source = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

_SAMPLES = 400
_SEEN = 0.5


def carried(source: Source, move: Callable[[Floats], Floats]) -> Source:
    """The map after a geometric operation that moves (H, W, 3) float32 values with linear sampling and zeros outside.

    Places and whether there is one are moved together, and the places divided by it, so that nothing bleeds in from
    where the photograph is not seen.
    """
    height, width = source.shape[:2]
    values = np.empty((height, width, 3), np.float32)
    seen = ~np.isnan(source[:, :, 0])
    values[:, :, :2] = np.where(seen[:, :, None], source, 0)
    values[:, :, 2] = seen
    moved = move(values)
    weight = moved[:, :, 2:]
    with np.errstate(invalid="ignore", divide="ignore"):
        places = np.where(weight > _SEEN, moved[:, :, :2] / weight, np.nan)
    return np.ascontiguousarray(places, np.float32)


def area_seen(source: Source) -> float:
    """The area of the photograph, in its pixels, that a map shows: the sum of the map's Jacobian determinants.

    Large maps are read at every k-th pixel. Where a neighbour is missing, the one on the other side serves.
    """
    stride = max(1, max(source.shape) // _SAMPLES)
    read = source[::stride, ::stride].astype(np.float64)
    seen = ~np.isnan(read[:, :, 0])
    if not seen.any():
        return 0.0
    across, down = _slopes(read, 1), _slopes(read, 0)
    areas = np.abs(across[:, :, 0] * down[:, :, 1] - across[:, :, 1] * down[:, :, 0])
    known = areas[seen & ~np.isnan(areas)]
    if not known.size:
        return float(np.count_nonzero(seen))
    areas[np.isnan(areas)] = np.median(known)
    return float(areas[seen].sum())


def _slopes(read: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    steps = np.diff(read, axis=axis)
    edge = np.full_like(np.take(read, [0], axis=axis), np.nan)
    ahead, behind = np.concatenate((steps, edge), axis=axis), np.concatenate((edge, steps), axis=axis)
    return np.where(np.isnan(ahead), behind, ahead)


def box_seen(source: Source) -> tuple[int, int]:
    """Width and height of the upright box around what a map shows; zeros where it shows nothing."""
    seen = ~np.isnan(source[:, :, 0])
    columns, rows = np.flatnonzero(seen.any(axis=0)), np.flatnonzero(seen.any(axis=1))
    if not columns.size:
        return 0, 0
    return int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def marked_from(source: Source, marked: Mask, shape: tuple[int, ...]) -> Mask:
    """What a marked part of the attacked picture is in the photograph's own frame.

    Each pixel of the photograph is asked whether more of the attacked pixels that show its surroundings are marked or
    not; the surroundings are as wide as attacked pixels lie apart in the photograph.
    """
    import cv2

    seen = ~np.isnan(source[:, :, 0])
    if not seen.any():
        return np.zeros(shape, np.bool_)
    apart = float(np.sqrt(max(1.0, area_seen(source) / np.count_nonzero(seen))))
    votes = np.zeros((*shape[:2], 2), np.float32)
    for channel, chosen in enumerate((marked & seen, ~marked & seen)):
        places = np.rint(source[chosen]).astype(np.intp)
        columns, rows = np.clip(places[:, 0], 0, shape[1] - 1), np.clip(places[:, 1], 0, shape[0] - 1)
        counts = np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1])
        votes[:, :, channel] = counts.reshape(shape[:2])
    side = 2 * int(np.ceil(apart)) + 1
    near = cv2.blur(votes, (side, side), borderType=cv2.BORDER_CONSTANT)
    return np.asarray(near[:, :, 0] > near[:, :, 1] + 1e-6, np.bool_)
