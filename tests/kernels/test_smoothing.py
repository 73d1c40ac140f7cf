"""A picture is smoothed as OpenCV smooths it, and as a plain sum of weighted neighbours does."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.smoothing import LEAST, smooth, weights_of

F32 = npt.NDArray[np.float32]


def smoothed(picture: F32, weights: F32) -> F32:
    out = np.full_like(picture, np.nan)
    smooth(picture, weights, out)
    return out


def plain(picture: F32, weights: F32) -> npt.NDArray[np.float64]:
    """Each axis by a sum of rows, with the mirror image beyond the rim."""
    reach, result = len(weights) - 1, picture.astype(np.float64)
    for _ in range(2):
        size = len(result)
        wide = np.pad(result, ((reach, reach), (0, 0)), mode="reflect" if size > 1 else "edge")
        shares = np.abs(np.arange(2 * reach + 1) - reach)
        result = sum(float(weights[share]) * wide[row : row + size] for row, share in enumerate(shares)).T
    return result


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), height=st.integers(1, 50), width=st.integers(1, 60), reach=st.integers(LEAST, 15)
)
def test_every_reach_and_size_is_the_plain_sum(seed: int, height: int, width: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.uniform(0, 255, (height, width)).astype(np.float32)
    weights = rng.uniform(0, 0.1, reach + 1).astype(np.float32)
    np.testing.assert_allclose(smoothed(picture, weights), plain(picture, weights), rtol=1e-5)


@pytest.mark.parametrize("sigma", [1.2, 1.249, 1.2263, 1.5450, 1.9466, 2.4525, 3.0901])
def test_a_gaussian_is_that_of_opencv(sigma: float) -> None:
    picture = np.random.default_rng(1).uniform(0, 255, (70, 90)).astype(np.float32)
    ours, theirs = smoothed(picture, weights_of(sigma)), cv2.GaussianBlur(picture, (0, 0), sigma)
    np.testing.assert_allclose(ours, theirs, atol=2e-4)


def test_weights_are_a_whole_on_both_sides() -> None:
    for sigma in (0.3, 1.0, 2.0, 3.5):
        weights = weights_of(sigma)
        assert weights[0] + 2 * weights[1:].sum() == pytest.approx(1, abs=1e-6)
        assert len(weights) > LEAST


def test_an_even_picture_stays_as_it_is() -> None:
    even = np.full((20, 30), 77, np.float32)
    np.testing.assert_allclose(smoothed(even, weights_of(1.6)), even, rtol=1e-6)
