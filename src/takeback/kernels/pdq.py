"""PDQ: luma, tent filter, 64 x 64 samples, discrete cosine transform, bits.

The reference filters the whole picture with two box filters along each axis and then keeps 64 x 64 samples of it. Both
steps are linear and separable, so each sample is a weighted sum of a band of rows and a band of columns; the kernel
computes those sums and nothing else.

References:
    Meta, "The PDQ image hashing algorithm" (2019), github.com/facebook/ThreatExchange, pdq/.
    W. Jarosz, "Fast image convolutions" (SIGGRAPH at UIUC workshop, 2001).
    C. Zauner, "Implementation and benchmarking of perceptual image hash functions" (2010).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit, types

SAMPLES = 64
COEFFICIENTS = 16
MINIMUM_SIDE = 5
"""A picture with a shorter side has no hash: all bits zero, quality 0 (as in the reference)."""

_LOWER_MEDIAN = COEFFICIENTS * COEFFICIENTS // 2 - 1
_RGB = types.Array(types.uint8, 3, "C", readonly=True)
_BAND_STARTS = types.Array(types.int64, 1, "C")
_BAND_WEIGHTS = types.Array(types.float64, 2, "C")
_BANDS = types.Tuple((_BAND_STARTS, _BAND_STARTS, _BAND_WEIGHTS))
_SUMS = types.Array(types.float64, 2, "C")
_PLANE = types.Array(types.float32, 2, "C")


@njit(_BANDS(types.int64), cache=True)
def tent_bands(side: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The weights that one axis of the picture gives to each of the 64 samples.

    A window of w pixels reaches (w + 2) // 2 - 1 pixels to the right and the rest to the left, and shrinks at the
    borders. A side of 64 has windows of one pixel: the samples are the pixels.

    Parameters:
        side: length of the axis in pixels, at least 1.

    Returns:
        ``starts`` (64,) and ``lengths`` (64,) int64 in pixels; ``weights`` (64, L) float64, each row sums to 1.
    """
    window = (side + 2 * SAMPLES - 1) // (2 * SAMPLES)
    right = (window + 2) // 2 - 1
    left = window - 1 - right
    starts = np.zeros(SAMPLES, dtype=np.int64)
    lengths = np.zeros(SAMPLES, dtype=np.int64)
    weights = np.zeros((SAMPLES, 2 * (left + right) + 1), dtype=np.float64)
    for sample in range(SAMPLES):
        centre = int(((sample + 0.5) * side) / SAMPLES)
        first = max(0, centre - 2 * left)
        outer_low, outer_high = max(0, centre - left), min(side - 1, centre + right)
        outer = outer_high - outer_low + 1
        last = first
        for middle in range(outer_low, outer_high + 1):
            low, high = max(0, middle - left), min(side - 1, middle + right)
            share = 1.0 / (outer * (high - low + 1))
            for pixel in range(low, high + 1):
                weights[sample, pixel - first] += share
            last = max(last, high)
        starts[sample] = first
        lengths[sample] = last - first + 1
    return starts, lengths, weights


@njit(_SUMS(_RGB), cache=True)
def _filter_rows(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The luma with its rows filtered and sampled: (64, W) float64; each row is read once."""
    height, width = rgb.shape[0], rgb.shape[1]
    starts, lengths, weights = tent_bands(height)
    sums = np.zeros((SAMPLES, width), dtype=np.float64)
    luma = np.empty(width, dtype=np.float64)
    first = 0
    for y in range(height):
        for x in range(width):
            luma[x] = np.float32(rgb[y, x, 0] * 0.299 + rgb[y, x, 1] * 0.587 + rgb[y, x, 2] * 0.114)
        while first < SAMPLES and starts[first] + lengths[first] <= y:
            first += 1
        for sample in range(first, SAMPLES):
            offset = y - starts[sample]
            if offset < 0:
                break
            if offset < lengths[sample]:
                weight = weights[sample, offset]
                for x in range(width):
                    sums[sample, x] += weight * luma[x]
    return sums


@njit(_PLANE(_RGB), cache=True)
def downsample(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The 64 x 64 samples of the tent-filtered luma.

    Parameters:
        rgb: (H, W, 3) uint8, C-contiguous, or (H, W, 4) of which the fourth is not looked at; H and W at least 5. Each
            sample is read once, and none of them decides what is read next.

    Returns:
        (64, 64) float32, luma from 0 to 255 (0.299 R + 0.587 G + 0.114 B).
    """
    sums = _filter_rows(rgb)
    starts, lengths, weights = tent_bands(rgb.shape[1])
    samples = np.empty((SAMPLES, SAMPLES), dtype=np.float32)
    for row in range(SAMPLES):
        for sample in range(SAMPLES):
            total = 0.0
            start = starts[sample]
            for offset in range(lengths[sample]):
                total += weights[sample, offset] * sums[row, start + offset]
            samples[row, sample] = total
    return samples


@njit(types.int64(_PLANE), cache=True)
def gradient_quality(samples: npt.NDArray[np.float32]) -> int:
    """How much there is to hash, from 0 (blank) to 100: the sum of the steps between neighbours, quantised.

    Parameters:
        samples: (64, 64) float32, luma from 0 to 255.
    """
    hundred, full = np.float32(100.0), np.float32(255.0)
    total = 0
    for row in range(SAMPLES):
        for column in range(SAMPLES):
            if row + 1 < SAMPLES:
                total += abs(int(((samples[row, column] - samples[row + 1, column]) * hundred) / full))
            if column + 1 < SAMPLES:
                total += abs(int(((samples[row, column] - samples[row, column + 1]) * hundred) / full))
    return min(100, total // 90)


@njit(_SUMS(_PLANE), cache=True)
def cosine_transform(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The frequencies 1 to 16 along both axes of the 64 x 64 samples: (16, 16) float64."""
    basis = np.empty((COEFFICIENTS, SAMPLES), dtype=np.float64)
    for frequency in range(COEFFICIENTS):
        for sample in range(SAMPLES):
            angle = math.pi / 2.0 / SAMPLES * (frequency + 1) * (2 * sample + 1)
            basis[frequency, sample] = math.sqrt(2.0 / SAMPLES) * math.cos(angle)
    half = np.zeros((COEFFICIENTS, SAMPLES), dtype=np.float64)
    for frequency in range(COEFFICIENTS):
        for row in range(SAMPLES):
            for column in range(SAMPLES):
                half[frequency, column] += basis[frequency, row] * samples[row, column]
    coefficients = np.zeros((COEFFICIENTS, COEFFICIENTS), dtype=np.float64)
    for row in range(COEFFICIENTS):
        for column in range(COEFFICIENTS):
            total = 0.0
            for sample in range(SAMPLES):
                total += half[row, sample] * basis[column, sample]
            coefficients[row, column] = total
    return coefficients


def dihedral_forms(coefficients: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The coefficients of the picture turned and flipped, without turning a pixel.

    Flipping an axis changes the sign of its odd frequencies, which stand at even places; turning also transposes.

    Parameters:
        coefficients: (16, 16) float64 of the picture.

    Returns:
        (8, 16, 16) float64: as it is, turned by 90, 180, 270 degrees, flipped top to bottom, flipped left to right,
        flipped along the one diagonal, along the other (the order of ``pdqhash.compute_dihedral``).
    """
    sign = np.where(np.arange(COEFFICIENTS) % 2 == 0, -1.0, 1.0)
    down, across = sign[:, None], sign[None, :]
    straight = coefficients
    return np.stack(
        [
            straight,
            (straight * across).T,
            straight * down * across,
            (straight * down).T,
            straight * down,
            straight * across,
            straight.T,
            (straight * down * across).T,
        ]
    )


def hash_words(coefficients: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    """The bits of ``coefficients`` (16, 16), set above the lower median: (4,) uint64, most significant word first."""
    flat = coefficients.ravel()
    median = np.partition(flat, _LOWER_MEDIAN)[_LOWER_MEDIAN]
    packed = np.packbits((flat > median)[::-1])
    return packed.view(">u8").astype(np.uint64)
