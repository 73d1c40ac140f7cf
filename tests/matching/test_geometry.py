from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from takeback.matching.geometry import beyond_frame, inverse, mirroring, project, side_scale, straightened
from takeback.model.signal import Features

POINTS = np.array([[0.0, 0.0], [479.0, 0.0], [100.0, 300.0]])
HOMOGRAPHY = np.array([[1.2, 0.1, 5.0], [-0.05, 0.9, 12.0], [1e-4, 2e-4, 1.0]])


@pytest.fixture
def frame(picture: Callable[..., np.ndarray], features: Callable[..., Features]) -> Features:
    return features(picture(1))


def test_a_transform_and_its_inverse_lead_back() -> None:
    np.testing.assert_allclose(project(inverse(HOMOGRAPHY), project(HOMOGRAPHY, POINTS)), POINTS, atol=1e-9)


def test_the_side_scale_is_that_of_a_step_at_the_middle() -> None:
    square = np.array([[240.0, 180.0], [241.0, 180.0], [241.0, 181.0], [240.0, 181.0]])
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = project(HOMOGRAPHY, square - 0.5)
    area = abs((x0 - x2) * (y1 - y3) - (x1 - x3) * (y0 - y2)) / 2
    assert side_scale(HOMOGRAPHY, 480, 360) == pytest.approx(np.sqrt(area), rel=1e-3)


def test_what_lies_beyond_the_frame_is_counted_in_the_picture(frame: Features) -> None:
    half = np.diag([0.5, 1.0, 1.0])
    assert beyond_frame(np.eye(3), frame, frame) == 0
    assert beyond_frame(half, frame, frame) == pytest.approx(0.5)


def test_a_mirrored_picture_is_looked_at_in_a_mirror(frame: Features) -> None:
    turned, straight = straightened(frame, mirroring(frame.width) @ HOMOGRAPHY, reflected=True)
    np.testing.assert_allclose(straight, HOMOGRAPHY)
    np.testing.assert_allclose(turned.frames[:, 0], frame.width - 1 - frame.frames[:, 0])
    same, matrix = straightened(frame, HOMOGRAPHY, reflected=False)
    assert same is frame
    assert matrix is HOMOGRAPHY
