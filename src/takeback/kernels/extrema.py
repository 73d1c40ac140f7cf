"""Extrema of the differences of Gaussians in one octave of a scale space, and their places to a part of a pixel.

An octave is (6, H, W) float32: one picture in grey levels, each layer smoother than the one before; a difference is a
layer taken from the next. None of the five differences is stored: each is made row by row while it is looked at.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

LAYERS = 6
"""Layers of an octave: extrema are looked for in `STEPS` of its differences, each of which lies between two others."""
STEPS = 3
BORDER = 5
"""So many pixels at each side are not looked at."""
COLUMNS = 7
"""What a row of a table holds: layer, row, column; how far the peak is off, in layers, rows, columns; its contrast."""

_LEVELS = 255.0
_WORD = 8
_FAR = 1e6

U8 = npt.NDArray[np.uint8]
U64 = npt.NDArray[np.uint64]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


@numba.njit(cache=True, nogil=True)
def _differ(finer: F32, coarser: F32, out: F32) -> None:
    """One row of a difference."""
    for at in range(out.shape[0]):
        out[at] = coarser[at] - finer[at]


@numba.njit(cache=True, nogil=True)
def _mark(rows: F32, layer: int, at: int, floor: np.float32, marks: U8) -> None:
    """Which values of a row stand out from the six next to them; the first and the last never do."""
    size = rows.shape[2] - 2
    row = rows[layer, at % 3]
    left, middle, right = row[:size], row[1 : size + 1], row[2:]
    above, below = rows[layer, (at + 2) % 3, 1 : size + 1], rows[layer, (at + 1) % 3, 1 : size + 1]
    finer, coarser, inner = rows[layer - 1, at % 3, 1:], rows[layer + 1, at % 3, 1:], marks[1 : size + 1]
    for each in range(size):
        value = middle[each]
        most = max(above[each], below[each], left[each], right[each], finer[each], coarser[each])
        least = min(above[each], below[each], left[each], right[each], finer[each], coarser[each])
        inner[each] = ((value > floor) & (value >= most)) | ((value < -floor) & (value <= least))


@numba.njit(cache=True, nogil=True)
def _is_extreme(rows: F32, layer: int, row: int, column: int) -> bool:
    """Whether no value of the 26 around one is further from zero on its side."""
    value = rows[layer, row % 3, column]
    for other in range(layer - 1, layer + 2):
        for slot in range(3):
            for at in range(column - 1, column + 2):
                beside = rows[other, slot, at]
                if (value > 0 and beside > value) or (value < 0 and beside < value):
                    return False
    return True


@numba.njit(cache=True, nogil=True)
def _cube(octave: F32, layer: int, row: int, column: int, out: F32) -> None:
    """The 27 values of the differences around a place, as shares of full contrast."""
    for up in range(3):
        for down in range(3):
            for across in range(3):
                one = octave[layer + up - 1, row + down - 1, column + across - 1]
                other = octave[layer + up, row + down - 1, column + across - 1]
                out[up, down, across] = (other - one) * np.float32(1 / _LEVELS)


@numba.njit(cache=True, nogil=True)
def _peak(cube: F32, out: F64) -> None:
    """Where the quadric through 27 values peaks, in layers, rows and columns from the middle, and what it is there."""
    middle = float(cube[1, 1, 1])
    g_s = 0.5 * (cube[2, 1, 1] - cube[0, 1, 1])
    g_y = 0.5 * (cube[1, 2, 1] - cube[1, 0, 1])
    g_x = 0.5 * (cube[1, 1, 2] - cube[1, 1, 0])
    ss = cube[2, 1, 1] + cube[0, 1, 1] - 2 * middle
    yy = cube[1, 2, 1] + cube[1, 0, 1] - 2 * middle
    xx = cube[1, 1, 2] + cube[1, 1, 0] - 2 * middle
    xy = 0.25 * (cube[1, 2, 2] - cube[1, 2, 0] - cube[1, 0, 2] + cube[1, 0, 0])
    sx = 0.25 * (cube[2, 1, 2] - cube[2, 1, 0] - cube[0, 1, 2] + cube[0, 1, 0])
    sy = 0.25 * (cube[2, 2, 1] - cube[2, 0, 1] - cube[0, 2, 1] + cube[0, 0, 1])
    m_xx, m_xy, m_sx = yy * ss - sy * sy, sx * sy - xy * ss, xy * sy - yy * sx
    m_yy, m_sy, m_ss = xx * ss - sx * sx, xy * sx - xx * sy, xx * yy - xy * xy
    whole = xx * m_xx + xy * m_xy + sx * m_sx
    if whole == 0:
        out[:] = _FAR
        return
    out[0] = -(m_sx * g_x + m_sy * g_y + m_ss * g_s) / whole
    out[1] = -(m_xy * g_x + m_yy * g_y + m_sy * g_s) / whole
    out[2] = -(m_xx * g_x + m_xy * g_y + m_sx * g_s) / whole
    out[3] = middle + 0.5 * (g_s * out[0] + g_y * out[1] + g_x * out[2])


@numba.njit(cache=True, nogil=True)
def _is_edge(cube: F32, edge: float) -> bool:
    """Whether one of the two curvatures in the picture is more than so many times the other, or they differ in sign."""
    middle = float(cube[1, 1, 1])
    yy = cube[1, 2, 1] + cube[1, 0, 1] - 2 * middle
    xx = cube[1, 1, 2] + cube[1, 1, 0] - 2 * middle
    xy = 0.25 * (cube[1, 2, 2] - cube[1, 2, 0] - cube[1, 0, 2] + cube[1, 0, 0])
    area = xx * yy - xy * xy
    return bool(area <= 0 or (xx + yy) ** 2 * edge >= (edge + 1) ** 2 * area)


@numba.njit(cache=True, nogil=True)
def _settle(octave: F32, place: tuple[int, int, int], limits: tuple[float, float, int], cube: F32, out: F64) -> bool:
    """Whether an extremum has a peak near it that is no edge and strong enough; the row of the table for it."""
    layer, row, column = place
    contrast, edge, tries = limits
    for _ in range(tries):
        _cube(octave, layer, row, column, cube)
        _peak(cube, out[3:])
        if max(abs(out[3]), abs(out[4]), abs(out[5])) < 0.5:  # noqa: PLR2004 - half a step
            if abs(out[6]) * STEPS < contrast or _is_edge(cube, edge):
                return False
            out[0], out[1], out[2] = layer, row, column
            return True
        if max(abs(out[3]), abs(out[4]), abs(out[5])) >= _FAR:
            return False
        layer, row, column = layer + round(out[3]), row + round(out[4]), column + round(out[5])
        if layer < 1 or layer > STEPS or row < BORDER or column < BORDER:
            return False
        if row >= octave.shape[1] - BORDER or column >= octave.shape[2] - BORDER:
            return False
    return False


@numba.njit(cache=True, nogil=True)
def extrema(octave: F32, floor: float, contrast: float, edge: float, tries: int) -> F64:
    """The extrema of an octave that are strong, and no edges; those that settle at one place more than once included.

    Parameters:
        octave: (6, H, W) the smoothed pictures.
        floor: in grey levels, below which a difference is not looked at.
        contrast: the least contrast of a peak times `STEPS`, as a share of full contrast.
        edge: the largest ratio of the two curvatures.
        tries: how often a place may move by whole steps before it is given up.

    Returns:
        (N, 7) as `COLUMNS` says, in the order of layer, row and column at which they were seen first.
    """
    _, height, width = octave.shape
    rows = np.zeros((LAYERS - 1, 3, width), np.float32)
    marks = np.zeros((width + _WORD - 1) // _WORD * _WORD, np.uint8)
    words = marks.view(np.uint64)
    cube = np.empty((3, 3, 3), np.float32)
    table = np.empty((1024, COLUMNS))
    size = 0
    level = np.float32(floor)
    for row in range(BORDER - 1, height - BORDER + 1):
        for layer in range(LAYERS - 1):
            _differ(octave[layer, row], octave[layer + 1, row], rows[layer, row % 3])
        at = row - 1
        if at < BORDER:
            continue
        for layer in range(1, STEPS + 1):
            _mark(rows, layer, at, level, marks)
            for word in range(words.shape[0]):
                if words[word] == 0:
                    continue
                for column in range(max(word * _WORD, BORDER), min((word + 1) * _WORD, width - BORDER)):
                    if marks[column] == 0 or not _is_extreme(rows, layer, at, column):
                        continue
                    if size == table.shape[0]:
                        table = np.concatenate((table, np.empty_like(table)))
                    size += _settle(octave, (layer, at, column), (contrast, edge, tries), cube, table[size])
    return table[:size].copy()
