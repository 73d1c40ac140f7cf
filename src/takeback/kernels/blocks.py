"""Where blocks of one picture are found again in another, to whole pixels."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt


@numba.njit(cache=True, fastmath={"reassoc", "contract", "nsz"}, inline="never")
def _product(
    block: npt.NDArray[np.float32], right: npt.NDArray[np.float32], first_row: int, first_column: int
) -> float:
    """The sum of products of a square and the one that begins there."""
    side = block.shape[0]
    both = np.float32(0.0)
    for row in range(side):
        one, other = block[row], right[first_row + row][first_column : first_column + side]
        for column in range(side):
            both += one[column] * other[column]
    return float(both)


@numba.njit(cache=True)
def _correlation(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    block: npt.NDArray[np.float32],
    energy: float,
    right: npt.NDArray[np.float32],
    first_row: int,
    first_column: int,
    sums: npt.NDArray[np.float64],
    squares: npt.NDArray[np.float64],
    down: int,
    across: int,
) -> float:
    """The correlation of a centred block with the square of the other picture that begins there; 0 if that is flat."""
    side = block.shape[0]
    total = sums[down + side, across + side] - sums[down, across + side]
    total += sums[down, across] - sums[down + side, across]
    square = squares[down + side, across + side] - squares[down, across + side]
    square += squares[down, across] - squares[down + side, across]
    spread = square - total * total / (side * side)
    if spread * energy <= side * side:
        return 0.0
    return _product(block, right, first_row, first_column) / math.sqrt(spread * energy)


@numba.njit(cache=True)
def _centre(left: npt.NDArray[np.float32], top: int, start: int, block: npt.NDArray[np.float32]) -> float:
    """Fills ``block`` with the square that begins there less its mean; its sum of squares."""
    side = block.shape[0]
    mean = 0.0
    for row in range(side):
        for column in range(side):
            mean += left[top + row, start + column]
    mean /= side * side
    energy = 0.0
    for row in range(side):
        for column in range(side):
            block[row, column] = left[top + row, start + column] - mean
            energy += block[row, column] * block[row, column]
    return energy


@numba.njit(cache=True)
def _sum_up(
    right: npt.NDArray[np.float32],
    top: int,
    start: int,
    sums: npt.NDArray[np.float64],
    squares: npt.NDArray[np.float64],
) -> None:
    """Fills the tables of sums, and of sums of squares, over all above and left of each place of a room."""
    base = right[top, start]  # keeps the sums of squares small
    for row in range(sums.shape[0] - 1):
        along = squared = 0.0
        for column in range(sums.shape[1] - 1):
            level = right[top + row, start + column] - base
            along += level
            squared += level * level
            sums[row + 1, column + 1] = sums[row, column + 1] + along
            squares[row + 1, column + 1] = squares[row, column + 1] + squared


@numba.njit(cache=True)
def best_places(
    left: npt.NDArray[np.float32],
    right: npt.NDArray[np.float32],
    tops: npt.NDArray[np.int64],
    lefts: npt.NDArray[np.int64],
    side: int,
    reach: int,
    earned: float,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """The shift at which each block correlates best with the other picture, away only where that earns something.

    Parameters:
        left, right: (H, W) in one frame.
        tops, lefts: (n,) first row and column of each block, at least ``reach`` away from the frame's edge.
        side: of a block, in pixels.
        reach: how far to look each way.
        earned: by how much the correlation away must exceed the one in place.

    Returns:
        (n, 2) shifts x, y and (n,) correlations, of which flat blocks have 0.
    """
    count, room = tops.shape[0], side + 2 * reach
    shifts = np.zeros((count, 2), np.int64)
    scores = np.zeros(count, np.float32)
    block = np.empty((side, side), np.float32)
    sums = np.zeros((room + 1, room + 1))
    squares = np.zeros((room + 1, room + 1))
    for number in range(count):
        top, start = tops[number], lefts[number]
        energy = _centre(left, top, start, block)
        _sum_up(right, top - reach, start - reach, sums, squares)
        here = _correlation(block, energy, right, top, start, sums, squares, reach, reach)
        best = here
        if here > 1 - earned:  # nothing away can earn it
            scores[number] = here
            continue
        for down in range(2 * reach + 1):
            for across in range(2 * reach + 1):
                first_row, first_column = top - reach + down, start - reach + across
                score = _correlation(block, energy, right, first_row, first_column, sums, squares, down, across)
                if score > best:
                    best = score
                    shifts[number, 0], shifts[number, 1] = across - reach, down - reach
        if best - here < earned:
            best = here
            shifts[number, 0] = shifts[number, 1] = 0
        scores[number] = best
    return shifts, scores
