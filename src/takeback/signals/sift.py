"""SIFT features of a grey picture, found, turned and described in one scale space, as OpenCV would have them.

The picture is doubled first; each octave then has half the size of the one before. How close the features come to those
of OpenCV is printed by ``takeback bench derivative``; why they are ours stands in
`docs/decisions/features-in-one-scale-space.md`.

References:
    D. Lowe, "Distinctive image features from scale-invariant keypoints" (IJCV 2004).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_SIGMA = 1.6
"""How smooth the first layer of an octave is, in its pixels."""
_OF_A_CAMERA = 1.0
"""How smooth a doubled picture is taken to be."""
_CONTRAST, _EDGE, _TRIES = 0.04, 10.0, 5
_TURN = 2 * math.pi


@dataclass(frozen=True, slots=True, kw_only=True)
class Keypoints:
    """Places in a scale space, by octave; each has an angle once it is turned, and may then be there more than once."""

    octaves: I64
    """(N,), 0 is that of the doubled picture."""
    cells: I64
    """(N, 3) layer, row and column where the extremum settled."""
    frames: F64
    """(N, 4) x, y, scale in pixels of the octave, angle as a share of a turn; angles are 0 until turned."""
    contrasts: F64
    """(N,) as a share of full contrast."""

    def __len__(self) -> int:
        return len(self.octaves)

    def at(self, index: I64) -> Keypoints:
        """Those of so many numbers, in that order."""
        return Keypoints(
            octaves=self.octaves[index],
            cells=self.cells[index],
            frames=self.frames[index],
            contrasts=self.contrasts[index],
        )

    @property
    def in_picture(self) -> F64:
        """(N, 5) x, y, size (twice the scale) in pixels of the picture, angle in radians clockwise, contrast."""
        pixel = 2.0 ** (self.octaves - 1)
        angle = (-_TURN * self.frames[:, 3]) % _TURN
        x, y, scale = self.frames[:, 0] * pixel, self.frames[:, 1] * pixel, self.frames[:, 2] * pixel
        return np.stack([x, y, 2 * scale, angle, self.contrasts], axis=1)


def scale_space(grey: npt.NDArray[np.uint8]) -> list[F32]:
    """The octaves (6, H, W) of a picture (H, W), those that are large enough to have a keypoint."""
    import cv2

    from takeback.kernels.extrema import BORDER, LAYERS, STEPS
    from takeback.kernels.smoothing import smooth, weights_of

    height, width = grey.shape
    first = cv2.resize(grey.astype(np.float32), (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    sigmas = [_SIGMA * 2 ** (layer / STEPS) for layer in range(LAYERS)]
    weights = [weights_of(math.sqrt(more**2 - less**2)) for less, more in pairwise([_OF_A_CAMERA, *sigmas])]
    octaves: list[F32] = []
    for _ in range(round(math.log2(min(first.shape)) - 1)):
        if min(first.shape) <= 2 * BORDER:
            break
        octave = np.empty((LAYERS, *first.shape), dtype=np.float32)
        if octaves:
            octave[0] = first
        else:
            smooth(first, weights[0], octave[0])
        for layer in range(1, LAYERS):
            smooth(octave[layer - 1], weights[layer], octave[layer])
        octaves.append(octave)
        height, width = first.shape
        first = octave[STEPS, : height // 2 * 2 : 2, : width // 2 * 2 : 2]
    return octaves


def found(space: Sequence[F32]) -> Keypoints:
    """The keypoints of a scale space, each once, by octave, layer, row and column; not turned yet."""
    from takeback.kernels.extrema import STEPS, extrema

    floor = math.floor(0.5 * _CONTRAST / STEPS * 255)
    parts = [_once(extrema(octave, floor, _CONTRAST, _EDGE, _TRIES)) for octave in space]
    table = np.concatenate([np.empty((0, 7)), *parts])
    scales = _SIGMA * 2 ** ((table[:, 0] + table[:, 3]) / STEPS)
    return Keypoints(
        octaves=np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        cells=table[:, :3].astype(np.int64),
        frames=np.stack([table[:, 2] + table[:, 5], table[:, 1] + table[:, 4], scales, np.zeros(len(table))], axis=1),
        contrasts=np.abs(table[:, 6]),
    )


def turned(space: Sequence[F32], keypoints: Keypoints) -> Keypoints:
    """The keypoints with their directions, in the order of theirs; one with several is there as often."""
    from takeback.kernels.gradients import directions

    owners, angles = [np.empty(0, np.int64)], [np.empty(0)]
    for number, octave in enumerate(space):
        here = np.flatnonzero(keypoints.octaves == number)
        owner, angle = directions(octave, keypoints.cells[here], keypoints.frames[here, 2])
        owners.append(here[owner])
        angles.append(angle)
    owner, angle = np.concatenate(owners), np.concatenate(angles)
    order = np.argsort(owner, kind="stable")
    kept = keypoints.at(owner[order])
    return replace(kept, frames=np.column_stack([kept.frames[:, :3], angle[order]]))


def described(space: Sequence[F32], keypoints: Keypoints) -> F32:
    """The descriptors (N, 128) of keypoints that are turned, whole numbers from 0 to 255."""
    from takeback.kernels.gradients import LENGTH, describe

    descriptors = np.empty((len(keypoints), LENGTH), dtype=np.float32)
    for number, octave in enumerate(space):
        here = np.flatnonzero(keypoints.octaves == number)
        descriptors[here] = describe(octave, keypoints.cells[here, 0], keypoints.frames[here])
    return descriptors


def _once(table: F64) -> F64:
    """The rows of a table by layer, row and column, those of one place once: they are the same."""
    order = np.lexsort((table[:, 2], table[:, 1], table[:, 0]))
    table = table[order]
    new = np.ones(len(table), dtype=np.bool_)
    new[1:] = (table[1:, :3] != table[:-1, :3]).any(axis=1)
    return table[new]
