"""PDQ samples from a luma plane, whole or decoded at a fraction of its size.

A JPEG decoder can stop at 1/2 or 1/4 of the size: each of its cells is then the mean of a square of pixels, nearly. The
tent filter of the reference is a weighted sum over pixels. Its weights for the *whole* size, summed over the pixels of
each cell, give nearly the sums that the whole plane would have given. A tent made for the size of the small plane would
not: its windows begin and end elsewhere.

References:
    as in `takeback.kernels.pdq`; T. G. Lane et al., libjpeg, "Scaled decompression" (jdscale, 1/N by a smaller IDCT).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, types

from takeback.kernels.pdq import SAMPLES, tent_bands

_LUMA = types.Array(types.uint8, 2, "C", readonly=True)
_BAND_STARTS = types.Array(types.int64, 1, "C")
_BAND_WEIGHTS = types.Array(types.float32, 2, "C")
_BANDS = types.Tuple((_BAND_STARTS, _BAND_STARTS, _BAND_WEIGHTS))
_PLANE = types.Array(types.float32, 2, "C")


@njit(_BANDS(types.int64, types.int64, types.int64), cache=True)
def folded_bands(
    side: int, scale: int, lead: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """The weights that one axis of a reduced plane gives to each of the 64 samples of the whole picture.

    Parameters:
        side: length of the axis of the whole picture in pixels, at least 1.
        scale: pixels a cell, 1 for the whole plane.
        lead: how many pixels the first cell lacks, from 0 to ``scale`` - 1; not 0 only where the axis was flipped.

    Returns:
        ``starts`` (64,) and ``lengths`` (64,) int64 in cells; ``weights`` (64, L) float32, each row sums to 1.
    """
    starts, lengths, weights = tent_bands(side)
    cells = np.zeros((SAMPLES, weights.shape[1]), dtype=np.float64)
    for sample in range(SAMPLES):
        first = (starts[sample] + lead) // scale
        last = first
        for offset in range(lengths[sample]):
            last = (starts[sample] + offset + lead) // scale
            cells[sample, last - first] += weights[sample, offset]
        starts[sample] = first
        lengths[sample] = last - first + 1
    return starts, lengths, cells[:, : lengths.max()].astype(np.float32)


@njit(_PLANE(_LUMA, types.int64, types.int64), cache=True)
def _filter_rows(luma: npt.NDArray[np.uint8], side: int, place: int) -> npt.NDArray[np.float32]:
    """The plane with its rows filtered and sampled: (64, columns) float32; ``place`` is 256 * scale + lead."""
    rows, columns = luma.shape
    starts, lengths, weights = folded_bands(side, place >> 8, place & 255)
    sums = np.zeros((SAMPLES, columns), dtype=np.float32)
    values = np.empty(columns, dtype=np.float32)
    first = 0
    for row in range(rows):
        line = luma[row]
        for column in range(columns):
            values[column] = np.float32(line[column])
        while first < SAMPLES and starts[first] + lengths[first] <= row:
            first += 1
        for sample in range(first, SAMPLES):
            offset = row - starts[sample]
            if offset < 0:
                break
            if offset < lengths[sample]:
                weight, target = weights[sample, offset], sums[sample]
                for column in range(columns):
                    target[column] += weight * values[column]
    return sums


@njit(_PLANE(_LUMA, types.int64, types.int64, types.int64, types.int64, types.int64), cache=True)
def downsample_luma(
    luma: npt.NDArray[np.uint8], height: int, width: int, scale: int, top: int, left: int
) -> npt.NDArray[np.float32]:
    """The 64 x 64 samples of the tent-filtered luma of a whole picture, from its plane or a reduced one.

    Parameters:
        luma: (ceil((height + top) / scale), ceil((width + left) / scale)) uint8, C-contiguous.
        height: of the whole picture in pixels, at least 5.
        width: as above.
        scale: pixels a cell along each axis, 1, 2 or 4.
        top: how many pixels the first row of cells lacks; 0 unless the picture was flipped.
        left: how many pixels the first column of cells lacks, as above.

    Returns:
        (64, 64) float32, luma from 0 to 255.
    """
    sums = _filter_rows(luma, height, 256 * scale + top)
    starts, lengths, weights = folded_bands(width, scale, left)
    samples = np.empty((SAMPLES, SAMPLES), dtype=np.float32)
    for row in range(SAMPLES):
        for sample in range(SAMPLES):
            total = np.float32(0.0)
            start = starts[sample]
            for offset in range(lengths[sample]):
                total += weights[sample, offset] * sums[row, start + offset]
            samples[row, sample] = total
    return samples
