"""Where a feature lies, in every way in which a mark can keep its place: from edges, corners and the middle."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from takeback.model.signal import Features

PLACE, LOG_SCALE, ANGLE = 0.025, 0.45, 0.30
"""How far the place, the logarithm of scale and the angle of one mark may differ."""
LIMITS = np.array([PLACE, LOG_SCALE, ANGLE])
_ANCHORS = (0.0, 0.5, 1.0)
SYSTEMS = np.array(
    [
        (0.0, 0.0, 0.0),
        *((1.0, 0.0, down) for down in _ANCHORS),
        *((2.0, across, 0.0) for across in _ANCHORS),
        *((3.0, across, down) for across, down in product(_ANCHORS, _ANCHORS)),
    ]
)
"""(S, 3): shares of both sides; units of the width from the top, middle and bottom; units of the height from the left,
middle and right; pixels from each of nine anchors. See `takeback.kernels.recurrence`."""

Frames = npt.NDArray[np.float64]


def placed(features: Features, system: int) -> Frames:
    """Frames (N, 4) in one coordinate system: x, y, logarithm of scale, angle."""
    from takeback.kernels.recurrence import factors

    kind, across, down = SYSTEMS[system]
    wide, high, grown = factors(kind, float(features.width), float(features.height))
    frames = features.frames.astype(np.float64)
    frames[:, 0] = (frames[:, 0] / features.width - across) * wide
    frames[:, 1] = (frames[:, 1] / features.height - down) * high
    frames[:, 2] = np.log(np.maximum(frames[:, 2], 1e-3) / max(features.width, features.height)) + grown
    return frames
