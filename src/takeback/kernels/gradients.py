"""Directions and descriptors of places in one octave of a scale space, from the gradients around them (Lowe's SIFT).

An angle is a share of a turn, counted from the direction of rows towards the top of the picture. It is approximated by
arithmetic alone, to within 2e-6 of a turn and single precision.
"""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

CELLS = 4
BINS = 8
LENGTH = CELLS * CELLS * BINS
DIRECTIONS = 36
"""Bins of the histogram that directions are read from."""

_WIDE, _FAR = 1.5, 4.5
"""Gradients count for a direction by a Gaussian of so many times the scale, up to so many times the scale away."""
_SECOND = 0.8
"""A direction counts from so much of the strongest on."""
_CELL = 3.0
"""A cell of a descriptor is so many times the scale wide."""
_MOST = 0.2
"""An entry counts for at most so much of a descriptor's length."""
_UNIT = 512.0
_SMALL = 1.2e-07
_REACH = CELLS / 2 + 0.5
"""Gradients count up to so many cells away, along the rows and the columns of cells."""
_ROOM = CELLS + 2
_STEPS = BINS + 1
_U1, _U9, _U10 = np.uint32(1), np.uint32(_STEPS), np.uint32(_STEPS + 1)
_U54, _U55 = np.uint32(_ROOM * _STEPS), np.uint32(_ROOM * _STEPS + 1)
_U63, _U64 = np.uint32((_ROOM + 1) * _STEPS), np.uint32((_ROOM + 1) * _STEPS + 1)

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True, error_model="numpy")  # else every division looks for zeros first
def polar(runs: F32, rises: F32, strengths: F32) -> None:
    """How strong gradients are, times what is there already, and their angles in place of ``runs``."""
    for at in range(runs.shape[0]):
        run, rise = runs[at], rises[at]
        wide, high = abs(run), abs(rise)
        more, less = (high, wide) if high > wide else (wide, high)
        ratio = less / (more + np.float32(_SMALL))
        square = ratio * ratio
        angle = np.float32(0.0033176) * square - np.float32(0.01355305)
        angle = angle * square + np.float32(0.02867324)
        angle = angle * square - np.float32(0.05256964)
        angle = (angle * square + np.float32(0.15913367)) * ratio
        angle = np.float32(0.25) - angle if high > wide else angle
        angle = np.float32(0.5) - angle if run < 0 else angle
        runs[at] = np.float32(1) - angle if rise < 0 else angle
        strengths[at] *= np.sqrt(run * run + rise * rise)


@numba.njit(cache=True, nogil=True)
def _read(layer: F32, row: int, column: int, runs: F32, rises: F32) -> None:
    """The differences across and up at places of a row from a column on, as many as there is room for."""
    left, right = layer[row, column - 1 :], layer[row, column + 1 :]
    above, below = layer[row - 1, column:], layer[row + 1, column:]
    for at in range(runs.shape[0]):
        runs[at] = right[at] - left[at]
        rises[at] = above[at] - below[at]


@numba.njit(cache=True, nogil=True)
def _bell(width: float, out: F32) -> None:
    """A Gaussian of so many pixels, over a range with its middle in the middle."""
    middle = out.shape[0] // 2
    for at in range(out.shape[0]):
        out[at] = math.exp(-0.5 * ((at - middle) / width) ** 2)


@numba.njit(cache=True, nogil=True)
def _votes(layer: F32, place: I64, scale: float, room: F32, out: F32) -> None:
    """The smoothed histogram of the directions of the gradients around a place."""
    row, column = place[1], place[2]
    reach = round(_FAR * scale)
    bell = np.empty(2 * reach + 1, np.float32)
    _bell(_WIDE * scale, bell)
    first, last = max(column - reach, 1), min(column + reach, layer.shape[1] - 2)
    size = last - first + 1
    end = 0
    for at in range(max(row - reach, 1), min(row + reach, layer.shape[0] - 2) + 1):
        start, end = end, end + size
        _read(layer, at, first, room[0, start:end], room[1, start:end])
        across, fall = bell[first - column + reach :], bell[at - row + reach]
        for number in range(size):
            room[2, start + number] = across[number] * fall
    angles, strengths = room[0, :end], room[2, :end]
    polar(angles, room[1, :end], strengths)
    raw = np.zeros(DIRECTIONS + 1, np.float32)
    for number in range(end):
        raw[np.uint32(angles[number] * np.float32(DIRECTIONS) + np.float32(0.5))] += strengths[number]
    raw[0] += raw[DIRECTIONS]
    for number in range(DIRECTIONS):
        beside = raw[(number + 35) % DIRECTIONS] + raw[(number + 1) % DIRECTIONS]
        further = raw[(number + 34) % DIRECTIONS] + raw[(number + 2) % DIRECTIONS]
        out[number] = (further + 4 * beside + 6 * raw[number]) / 16


@numba.njit(cache=True, nogil=True)
def peaks(histogram: F32, out: F64) -> int:
    """Where a histogram of directions peaks, as shares of a turn, and how often; at least once where it is not even."""
    enough = histogram.max() * np.float32(_SECOND)
    count = 0
    for number in range(DIRECTIONS):
        left, here, right = histogram[number - 1], histogram[number], histogram[(number + 1) % DIRECTIONS]
        if here > left and here >= right and here >= enough:
            peak = number + 0.5 * (left - right) / (left - 2 * here + right)
            out[count] = peak / DIRECTIONS % 1.0
            count += 1
    return count


@numba.njit(cache=True, nogil=True)
def directions(octave: F32, places: I64, scales: F64) -> tuple[I64, F64]:
    """The directions of places: where the histogram of gradients around one peaks, at least as a share of its highest.

    Parameters:
        octave: (L, H, W) smoothed pictures.
        places: (N, 3) layer, row and column of each.
        scales: (N,) in pixels of the octave.

    Returns:
        Two arrays (M,): which place, in their order, and the angle as a share of a turn.
    """
    if places.shape[0] == 0:
        return np.empty(0, np.int64), np.empty(0)
    histogram = np.empty(DIRECTIONS, np.float32)
    room = np.empty((3, (2 * round(_FAR * scales.max()) + 1) ** 2), np.float32)
    owners, angles = np.empty(places.shape[0] * DIRECTIONS, np.int64), np.empty(places.shape[0] * DIRECTIONS)
    size = 0
    for place in range(places.shape[0]):
        _votes(octave[places[place, 0]], places[place], scales[place], room, histogram)
        end = size + peaks(histogram, angles[size:])
        owners[size:end] = place
        size = end
    return owners[:size].copy(), angles[:size].copy()


@numba.njit(cache=True, nogil=True)
def _spans(tilt: float, offset: float, low: int, high: int) -> tuple[int, int]:
    """From where to where of a range ``tilt * at + offset`` stays within the cells."""
    if abs(tilt) < 1e-9:  # noqa: PLR2004 - a line along the row
        return (low, high) if abs(offset) < _REACH else (0, -1)
    one, other = (-_REACH - offset) / tilt, (_REACH - offset) / tilt
    return max(low, math.ceil(min(one, other))), min(high, math.floor(max(one, other)))


@numba.njit(cache=True, nogil=True)
def _collect(layer: F32, place: F64, room: F32) -> int:
    """The gradients around a place: differences across and up, weight, place among the cells along and across them.

    Parameters:
        layer: (H, W) a smoothed picture.
        place: x, y, scale and angle, in pixels of the octave and as a share of a turn.
        room: (5, N) for them.

    Returns:
        How many they are.
    """
    column, row, cell = round(place[0]), round(place[1]), _CELL * place[2]
    reach = round(cell * math.sqrt(2) * _REACH)
    bell = np.empty(2 * reach + 1, np.float32)
    _bell(cell * CELLS / 2, bell)
    turn = 2 * math.pi * place[3]
    cosine, sine = math.cos(turn) / cell, math.sin(turn) / cell
    across_step, along_step = np.float32(cosine), np.float32(sine)
    most = np.float32(CELLS + 0.9999)
    end = 0
    for down in range(max(-reach, 1 - row), min(reach, layer.shape[0] - 2 - row) + 1):
        first, last = max(-reach, 1 - column), min(reach, layer.shape[1] - 2 - column)
        first, last = _spans(cosine, -down * sine, first, last)
        first, last = _spans(sine, down * cosine, first, last)
        size = last - first + 1
        if size <= 0:
            continue
        start, end = end, end + size
        _read(layer, row + down, column + first, room[0, start:end], room[1, start:end])
        weights, along, across = room[2, start:end], room[3, start:end], room[4, start:end]
        beside, fall = bell[first + reach :], bell[down + reach]
        across_start = np.float32(first * cosine - down * sine + _REACH)
        along_start = np.float32(first * sine + down * cosine + _REACH)
        for at in range(size):
            step = np.float32(at)
            weights[at] = beside[at] * fall
            along[at] = min(max(along_start + step * along_step, np.float32(0)), most)
            across[at] = min(max(across_start + step * across_step, np.float32(0)), most)
    return end


@numba.njit(cache=True, nogil=True)
def _share(samples: F32, start: np.float32, firsts: U32) -> None:
    """Into which entry of the cells each gradient falls, and instead of its place the shares for those beside."""
    angles, along, across = samples[0], samples[3], samples[4]
    for at in range(firsts.shape[0]):
        angle = angles[at] - start
        angle = (angle + np.float32(1) if angle < 0 else angle) * np.float32(BINS)
        row, column, number = np.int32(along[at]), np.int32(across[at]), np.int32(angle)
        along[at] -= np.float32(row)
        across[at] -= np.float32(column)
        angles[at] = angle - np.float32(number)
        number = number if number < BINS else np.int32(0)
        firsts[at] = np.int32((row * _ROOM + column) * _STEPS + number)


@numba.njit(cache=True, nogil=True)
def _add(samples: F32, firsts: U32, cells: F32) -> None:
    """Each gradient shared among the cells and directions beside it, added up: (6 * 6 * 9,) with a rim of cells."""
    angles, strengths, along, across = samples[0], samples[2], samples[3], samples[4]
    cells[:] = 0
    for at in range(firsts.shape[0]):
        entry, angle = firsts[at], angles[at]
        far = strengths[at] * along[at]
        near = strengths[at] - far
        far_right, near_right = far * across[at], near * across[at]
        far_left, near_left = far - far_right, near - near_right
        cells[entry] += near_left - near_left * angle
        cells[entry + _U1] += near_left * angle
        cells[entry + _U9] += near_right - near_right * angle
        cells[entry + _U10] += near_right * angle
        cells[entry + _U54] += far_left - far_left * angle
        cells[entry + _U55] += far_left * angle
        cells[entry + _U63] += far_right - far_right * angle
        cells[entry + _U64] += far_right * angle


@numba.njit(cache=True, nogil=True)
def _level(cells: F32, out: F32) -> None:
    """The inner cells as a descriptor: entries cut, made to the same length, and whole numbers from 0 to 255."""
    size = 0
    for row in range(1, CELLS + 1):
        for column in range(1, CELLS + 1):
            first = (row * _ROOM + column) * _STEPS
            cells[first] += cells[first + BINS]
            for number in range(BINS):
                out[size] = cells[first + number]
                size += 1
    squares = np.float32(0)
    for number in range(LENGTH):
        squares += out[number] * out[number]
    most = np.float32(_MOST) * np.sqrt(squares)
    squares = np.float32(0)
    for number in range(LENGTH):
        out[number] = min(out[number], most)
        squares += out[number] * out[number]
    factor = np.float32(_UNIT) / max(np.sqrt(squares), np.float32(_SMALL))
    for number in range(LENGTH):
        out[number] = min(np.rint(out[number] * factor), np.float32(255))


@numba.njit(cache=True, nogil=True)
def describe(octave: F32, layers: I64, places: F64) -> F32:
    """The SIFT descriptors of places.

    Parameters:
        octave: (L, H, W) smoothed pictures.
        layers: (N,) which of them each place is described from.
        places: (N, 4) x, y, scale and angle, in pixels of the octave and as a share of a turn.

    Returns:
        (N, 128) whole numbers from 0 to 255.
    """
    if places.shape[0] == 0:
        return np.empty((0, LENGTH), np.float32)
    cells = np.empty(_ROOM * _ROOM * _STEPS, np.float32)
    side = 2 * round(_CELL * places[:, 2].max() * math.sqrt(2) * _REACH) + 1
    room, firsts = np.empty((5, side * side), np.float32), np.empty(side * side, np.uint32)
    described = np.empty((places.shape[0], LENGTH), np.float32)
    for place in range(places.shape[0]):
        count = _collect(octave[layers[place]], places[place], room)
        samples = room[:, :count]
        polar(room[0, :count], room[1, :count], room[2, :count])
        _share(samples, np.float32(places[place, 3]), firsts[:count])
        _add(samples, firsts[:count], cells)
        _level(cells, described[place])
    return described
