"""Features that recur at one place across pictures."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt


@numba.njit(cache=True)
def recurring_pairs(  # noqa: C901 - tests in the order of their cost
    frames: npt.NDArray[np.float64],
    descriptors: npt.NDArray[np.uint8],
    norms: npt.NDArray[np.float64],
    pictures: npt.NDArray[np.int64],
    cells: npt.NDArray[np.int64],
    limits: npt.NDArray[np.float64],
    least: float,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pairs of features of different pictures at nearly the same relative place, size, angle and descriptor.

    Parameters:
        frames: (N, 4) float64 x, y as shares of the picture, natural logarithm of relative scale, angle in radians;
            sorted by cell.
        descriptors: (N, 128) uint8.
        norms: (N,) Euclidean norms of the descriptors.
        pictures: (N,) picture number of each feature.
        cells: (G * G + 1,) where each cell's features begin and end, for a grid of G by G cells row by row.
        limits: largest differences of place, logarithm of scale and angle (3,).
        least: smallest cosine.

    Returns:
        Two arrays (M,) of feature numbers, the first below the second.
    """
    side = round(math.sqrt(cells.shape[0] - 1))
    room = 1024
    firsts = np.empty(room, np.int64)
    seconds = np.empty(room, np.int64)
    size = 0
    for cell in range(side * side):
        row, column = cell // side, cell % side
        for first in range(cells[cell], cells[cell + 1]):
            for near_row in range(max(0, row - 1), min(side, row + 2)):
                start = cells[near_row * side + max(0, column - 1)]
                stop = cells[near_row * side + min(side, column + 2)]
                for second in range(max(start, first + 1), stop):
                    if pictures[first] == pictures[second]:
                        continue
                    if abs(frames[first, 0] - frames[second, 0]) > limits[0]:
                        continue
                    if abs(frames[first, 1] - frames[second, 1]) > limits[0]:
                        continue
                    if abs(frames[first, 2] - frames[second, 2]) > limits[1]:
                        continue
                    lean = abs(frames[first, 3] - frames[second, 3]) % (2 * math.pi)
                    if min(lean, 2 * math.pi - lean) > limits[2]:
                        continue
                    product = np.int32(0)
                    for index in range(descriptors.shape[1]):
                        product += np.int32(descriptors[first, index]) * np.int32(descriptors[second, index])
                    if product < least * norms[first] * norms[second]:
                        continue
                    if size == room:
                        room *= 2
                        firsts = np.concatenate((firsts, np.empty(size, np.int64)))
                        seconds = np.concatenate((seconds, np.empty(size, np.int64)))
                    firsts[size] = first
                    seconds[size] = second
                    size += 1
    return firsts[:size].copy(), seconds[:size].copy()
