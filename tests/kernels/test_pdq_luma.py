"""PDQ from a luma plane, whole or reduced, against a plain reading with every weight written out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels import pdq
from takeback.kernels.pdq_luma import downsample_luma, folded_bands

scales = st.sampled_from([1, 2, 4])


def plain_box(side: int) -> npt.NDArray[np.float64]:
    """One box filter of the reference as a matrix (side, side)."""
    window = -(-side // 128)
    right = (window + 2) // 2 - 1
    left = window - 1 - right
    matrix = np.zeros((side, side))
    for at in range(side):
        low, high = max(0, at - left), min(side - 1, at + right)
        matrix[at, low : high + 1] = 1 / (high - low + 1)
    return matrix


def plain_weights(side: int, scale: int, lead: int) -> npt.NDArray[np.float64]:
    """The weight of each cell in each sample: (64, cells); two box filters, sampled, summed over pixels of a cell."""
    box = plain_box(side)
    pixels = (box @ box)[[int((at + 0.5) * side / 64) for at in range(64)]]
    cells = np.zeros((64, -(-(side + lead) // scale)))
    for pixel in range(side):
        cells[:, (pixel + lead) // scale] += pixels[:, pixel]
    return cells


def drawn_lead(data: st.DataObject, side: int, scale: int) -> int:
    """No lead, or the one that a flipped axis of this length has."""
    return data.draw(st.sampled_from([0, -side % scale]))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), side=st.integers(5, 700), scale=scales)
def test_weights_equal_the_plain_reading(data: st.DataObject, side: int, scale: int) -> None:
    lead = drawn_lead(data, side, scale)
    starts, lengths, weights = folded_bands(side, scale, lead)
    dense = np.zeros((64, -(-(side + lead) // scale)))
    for sample in range(64):
        dense[sample, starts[sample] : starts[sample] + lengths[sample]] = weights[sample, : lengths[sample]]
    np.testing.assert_allclose(dense, plain_weights(side, scale, lead), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    data=st.data(), height=st.integers(5, 300), width=st.integers(5, 300), scale=scales, seed=st.integers(0, 2**32 - 1)
)
def test_samples_equal_the_plain_reading(data: st.DataObject, height: int, width: int, scale: int, seed: int) -> None:
    top, left = drawn_lead(data, height, scale), drawn_lead(data, width, scale)
    shape = -(-(height + top) // scale), -(-(width + left) // scale)
    luma = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    expected = plain_weights(height, scale, top) @ luma @ plain_weights(width, scale, left).T
    np.testing.assert_allclose(downsample_luma(luma, height, width, scale, top, left), expected, atol=1e-3)


@pytest.mark.parametrize("scale", [2, 4])
def test_a_plane_of_mean_cells_gives_nearly_the_samples_of_the_whole(scale: int) -> None:
    generator = np.random.default_rng(scale)
    coarse = generator.integers(0, 256, (20, 30)).astype(np.uint8)
    whole = np.kron(coarse, np.ones((64, 64), dtype=np.uint8))
    whole += generator.integers(0, 3, whole.shape, dtype=np.uint8) * (whole < 250)
    height, width = whole.shape
    cells = whole.reshape(height // scale, scale, width // scale, scale).mean(axis=(1, 3)).round().astype(np.uint8)
    near = downsample_luma(cells, height, width, scale, 0, 0)
    assert np.abs(near - downsample_luma(whole, height, width, 1, 0, 0)).mean() < 0.5
    plain_tent = downsample_luma(cells, height // scale, width // scale, 1, 0, 0)
    assert np.abs(plain_tent - downsample_luma(whole, height, width, 1, 0, 0)).mean() > 1


def test_the_whole_plane_of_a_grey_picture_gives_its_exact_samples() -> None:
    grey = np.random.default_rng(3).integers(0, 256, (211, 307), dtype=np.uint8)
    rgb = np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
    np.testing.assert_allclose(downsample_luma(grey, 211, 307, 1, 0, 0), pdq.downsample(rgb), atol=1e-3)
