from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from takeback.bench.attacks.scenes import MOST_PARALLAX, burst, depth, scene

Picture = Callable[..., np.ndarray]


@pytest.mark.parametrize("size", [(97, 161), (161, 97), (480, 640)])
def test_a_scene_and_a_burst_have_the_photographs_size(smooth: Picture, size: tuple[int, int]) -> None:
    photograph = smooth(1, *size)
    for made in (
        scene(photograph, np.random.default_rng(1), strength=1.0),
        burst(photograph, np.random.default_rng(2)),
    ):
        assert made.shape == photograph.shape
        assert made.dtype == np.uint8
        assert not np.array_equal(made, photograph)


def test_both_follow_from_their_seed(smooth: Picture) -> None:
    photograph = smooth(1, 97, 161)
    for make in (lambda rng: scene(photograph, rng, strength=0.5), lambda rng: burst(photograph, rng)):
        assert np.array_equal(make(np.random.default_rng(3)), make(np.random.default_rng(3)))


def test_depth_reaches_from_the_farthest_to_the_nearest(smooth: Picture) -> None:
    made = depth(smooth(4, 120, 160), np.random.default_rng(5))
    assert made.shape == (120, 160)
    assert (made.min(), made.max()) == (0, 1)
    assert len(np.unique(np.round(made, 1))) > 3


def test_near_parts_move_further_than_far_ones(smooth: Picture) -> None:
    photograph = smooth(1, 240, 320)
    spreads = [
        np.mean(
            [
                spread(photograph, scene(photograph, np.random.default_rng(seed), strength=strength))
                for seed in (1, 2, 3)
            ]
        )
        for strength in (0.0, 1.0)
    ]
    assert spreads[0] < 0.01 * 320
    assert 0.1 * MOST_PARALLAX * 320 < spreads[1] < MOST_PARALLAX * 320
    assert spreads[1] > 2 * spreads[0]


def test_a_burst_moves_only_parts(smooth: Picture) -> None:
    photograph = smooth(1, 240, 320)
    assert spread(photograph, burst(photograph, np.random.default_rng(2))) < 0.01 * 320


def spread(first: np.ndarray, second: np.ndarray) -> float:
    """How far places move, in pixels, beyond what an affine map of the whole explains, by optical flow; the median."""
    grey = [cv2.equalizeHist(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY)) for each in (first, second)]
    flow = cv2.calcOpticalFlowFarneback(*grey, None, 0.5, 4, 21, 5, 7, 1.5, 0)[20:-20:4, 20:-20:4].reshape(-1, 2)
    rows, columns = np.mgrid[20 : first.shape[0] - 20 : 4, 20 : first.shape[1] - 20 : 4].reshape(2, -1)
    terms = np.stack((rows, columns, np.ones_like(rows)), axis=1).astype(float)
    left = flow - terms @ np.linalg.lstsq(terms, flow, rcond=None)[0]
    return float(np.sqrt(np.median((left**2).sum(axis=1))))
