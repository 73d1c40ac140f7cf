"""Whether a picture goes on beyond an original's frame, as another photograph of the place does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Matrix3 = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.float64]

_SAMPLES = 320
_NEAR = 2.5
"""How far from the frame's edge a line inside and a line outside run, in pixels of it."""
_TREND = 31
_ENOUGH = 40
_STRUCTURE = 3.0
_SHOWN = 0.6
_GOES_ON, _IN_PART = 0.3, 0.25
_AS_SHARP = 0.5


def _edges(width: int, height: int) -> list[tuple[Numbers, Numbers]]:
    """Points (n, 2) along each side of a frame, and the direction (2,) that leads out of it there."""
    across = np.linspace(0.02, 0.98, _SAMPLES) * (width - 1)
    down = np.linspace(0.02, 0.98, _SAMPLES) * (height - 1)
    nil, wide, tall = np.zeros(_SAMPLES), np.full(_SAMPLES, width - 1.0), np.full(_SAMPLES, height - 1.0)
    sides = ((across, nil, (0, -1)), (across, tall, (0, 1)), (nil, down, (-1, 0)), (wide, down, (1, 0)))
    return [(np.column_stack((x, y)), np.array(out, float)) for x, y, out in sides]


def _line(grey: npt.NDArray[np.float32], back: Matrix3, points: Numbers) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Grey levels along points of the frame, without their slow trend, and where the picture has them."""
    import cv2

    lifted = np.column_stack((points, np.ones(len(points)))) @ back.T
    places = (lifted[:, :2] / lifted[:, 2:]).astype(np.float32)
    there = ((places >= 1) & (places <= (grey.shape[1] - 2, grey.shape[0] - 2))).all(axis=1)
    levels = cv2.remap(grey, places[None, :, 0], places[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    detrended = levels - cv2.blur(levels, (_TREND, 1))
    return np.asarray(detrended[0], np.float64), np.asarray(there, bool)


def goes_on(view: Pixels, small: Pixels, back: Matrix3, *, in_part: bool) -> float:
    """How strongly structure runs on across a side of the original's frame: the highest correlation, 0 where it ends.

    A frame, bars, a screen or a neighbour in a collage end at the photograph's edge; the world does not. A side counts
    where the picture shows the original there; what lies beyond is compared with the original, which has no moire.

    Parameters:
        view: (h, w, 3) the original in its frame.
        small: (H, W, 3) the picture, at about the resolution of the frame.
        back: (3, 3) takes pixels of the frame to pixels of the picture.
        in_part: whether each of the two shows what the other does not; less then tells that it goes on.
    """
    import cv2

    own, other = (
        cv2.GaussianBlur(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.0)
        for each in (view, small)
    )
    strongest = 0.0
    for points, out in _edges(view.shape[1], view.shape[0]):
        inside, outside = points - out * _NEAR, points + out * _NEAR
        lines = [_line(own, np.eye(3), inside), _line(other, back, inside), _line(other, back, outside)]
        there = np.logical_and.reduce([seen for _, seen in lines])
        known, within, beyond = (levels[there] for levels, _ in lines)
        if len(beyond) < _ENOUGH or min(each.std() for each in (known, within, beyond)) < _STRUCTURE:
            continue
        shown, runs = (float(np.corrcoef(known, each)[0, 1]) for each in (within, beyond))
        if shown > _SHOWN and beyond.std() > _AS_SHARP * within.std():  # a blurred ground is not the world
            strongest = max(strongest, runs)
    return strongest if strongest > (_IN_PART if in_part else _GOES_ON) else 0.0
