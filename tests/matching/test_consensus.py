"""What correspondences agree on, from frames alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from takeback.matching.consensus import agree_frames

AREAS = (640.0 * 480.0, 640.0 * 480.0)


def frames(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.column_stack(
        (
            rng.uniform(0, 640, count),
            rng.uniform(0, 480, count),
            rng.uniform(2, 9, count),
            rng.uniform(0, 2 * math.pi, count),
        )
    )


def moved(left: np.ndarray, linear: np.ndarray, shift: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    right = left.copy()
    right[:, :2] = left[:, :2] @ linear.T + shift + rng.normal(0, 0.7, (len(left), 2))
    turned = np.column_stack((np.cos(left[:, 3]), np.sin(left[:, 3]))) @ linear.T
    right[:, 2] = left[:, 2] * math.sqrt(abs(np.linalg.det(linear))) * np.exp(rng.normal(0, 0.05, len(left)))
    right[:, 3] = np.arctan2(turned[:, 1], turned[:, 0]) + rng.normal(0, 0.05, len(left))
    return right


@pytest.mark.parametrize("wide", [0.5, 0.7, 1.0, 1.4, 2.0])
def test_a_stretched_picture_is_aligned_among_noise(wide: float) -> None:
    rng = np.random.default_rng(3)
    left, right = frames(rng, 40), frames(rng, 40)
    linear = 0.7 * np.diag([math.sqrt(wide), 1 / math.sqrt(wide)])
    right[:14] = moved(left[:14], linear, (30, 20), rng)
    found = agree_frames(left, right, AREAS, (1.0, 1.0))
    assert found is not None
    assert found.score > 8
    np.testing.assert_allclose(found.matrix[:2, :2], linear, atol=0.03)
    assert set(found.inliers) >= set(range(10))


@pytest.mark.parametrize("seed", range(25))
def test_correspondences_at_random_are_no_candidate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = agree_frames(frames(rng, 30), frames(rng, 30), AREAS, (1.0, 1.0))
    assert found is None or found.score < 1


def test_the_matrix_is_in_full_pixels() -> None:
    rng = np.random.default_rng(8)
    left = frames(rng, 30)
    right = moved(left, np.eye(2), (0, 0), rng)
    found = agree_frames(left, right, AREAS, (0.5, 0.25))
    assert found is not None
    np.testing.assert_allclose(found.matrix @ [200, 100, 1], [400, 200, 1], atol=3)


def test_few_correspondences_agree_on_nothing() -> None:
    left = frames(np.random.default_rng(1), 4)
    assert agree_frames(left, left, AREAS, (1.0, 1.0)) is None
