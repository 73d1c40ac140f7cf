"""Plane transforms between the frames of an original and a picture."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from takeback.model.signal import Features
from takeback.signals.features import mirrored

Matrix3 = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.float64]


def inverse(matrix: Matrix3) -> Matrix3:
    """The transform the other way round."""
    return np.asarray(np.linalg.inv(matrix), np.float64)


def project(matrix: Matrix3, points: Numbers) -> Numbers:
    """Points (n, 2) taken through a (3, 3) transform."""
    lifted = np.column_stack((points, np.ones(len(points)))) @ matrix.T
    return np.asarray(lifted[:, :2] / lifted[:, 2:], np.float64)


def side_scale(matrix: Matrix3, width: int, height: int) -> float:
    """How many pixels on the far side one pixel of this side covers, at the middle of the frame."""
    middle = np.array([width / 2, height / 2, 1.0])
    depth = float(matrix[2] @ middle)
    return math.sqrt(abs(float(np.linalg.det(matrix)) / depth**3)) if depth else 0.0


def mirroring(width: int) -> Matrix3:
    """The matrix (3, 3) that mirrors pixel coordinates of a picture so wide."""
    return np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def beyond_frame(matrix: Matrix3, original: Features, media: Features) -> float:
    """The share of the picture that lies outside the original's frame."""
    across, down = np.meshgrid((np.arange(24) + 0.5) * media.width / 24, (np.arange(24) + 0.5) * media.height / 24)
    back = project(inverse(matrix), np.column_stack((across.ravel(), down.ravel())))
    within = ((back >= 0) & (back <= (original.width, original.height))).all(axis=1)
    return float(1 - within.mean())


def straightened(media: Features, matrix: Matrix3, *, reflected: bool) -> tuple[Features, Matrix3]:
    """The features and the transform to them, both of the picture in a mirror where it shows the original in one."""
    return (mirrored(media), mirroring(media.width) @ matrix) if reflected else (media, matrix)
