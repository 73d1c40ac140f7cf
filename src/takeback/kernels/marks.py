"""Where the features of known marks are seen again."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.recurrence import CELL, SCALE_LEAST, SCALE_STEP, SHARE, TURN, Places, apart, factors, ones

_TORUS = 64
"""Cells of place are counted round and round, so many each way."""

U8 = npt.NDArray[np.uint8]
U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]


@numba.njit(cache=True)
def carriers(  # noqa: C901 - tests in the order of their cost
    places: Places, marks: F64, sketches_of_marks: U64, system: F64, limits: F64, bits: int
) -> tuple[I64, I64, I64]:
    """Where features of marks are seen again, in all pictures.

    Parameters:
        places: the pictures' columns.
        marks: (M, 4) x, y, logarithm of scale, angle in the coordinate system.
        sketches_of_marks: (M,).
        system: (3,) the coordinate system.
        limits, bits: as for `shared`.

    Returns:
        Three arrays (N,): mark, feature, picture.
    """
    across, down, scales, angles, sketches, bounds, sizes = places
    cell_of = np.empty(marks.shape[0], np.int64)
    for mark in range(marks.shape[0]):
        column = np.int64(math.floor(marks[mark, 0] / CELL)) % _TORUS
        cell_of[mark] = (np.int64(math.floor(marks[mark, 1] / CELL)) % _TORUS) * _TORUS + column
    sorted_marks = np.argsort(cell_of, kind="mergesort")
    begins = np.searchsorted(cell_of[sorted_marks], np.arange(_TORUS * _TORUS + 1))
    room = 1024
    rows = np.empty(room, np.int64)
    features = np.empty(room, np.int64)
    pictures = np.empty(room, np.int64)
    size = 0
    for picture in range(sizes.shape[0]):
        wide, high, grown = factors(system[0], sizes[picture, 0], sizes[picture, 1])
        for feature in range(bounds[picture], bounds[picture + 1]):
            x = (across[feature] * SHARE - system[1]) * wide
            y = (down[feature] * SHARE - system[2]) * high
            for near_row in range(3):
                row = (np.int64(math.floor(y / CELL)) + near_row - 1) % _TORUS
                for near_column in range(3):
                    column = (np.int64(math.floor(x / CELL)) + near_column - 1) % _TORUS
                    for place in range(begins[row * _TORUS + column], begins[row * _TORUS + column + 1]):
                        mark = sorted_marks[place]
                        if ones(sketches_of_marks[mark] ^ sketches[feature]) > bits:
                            continue
                        if abs(marks[mark, 0] - x) > limits[0] or abs(marks[mark, 1] - y) > limits[0]:
                            continue
                        if abs(SCALE_LEAST + scales[feature] * SCALE_STEP + grown - marks[mark, 2]) > limits[1]:
                            continue
                        if apart(angles[feature] * (TURN / 256), marks[mark, 3]) > limits[2]:
                            continue
                        if size == room:
                            room *= 2
                            rows = np.concatenate((rows, np.empty(size, np.int64)))
                            features = np.concatenate((features, np.empty(size, np.int64)))
                            pictures = np.concatenate((pictures, np.empty(size, np.int64)))
                        rows[size], features[size], pictures[size] = mark, feature, picture
                        size += 1
    return rows[:size].copy(), features[:size].copy(), pictures[:size].copy()


@numba.njit(cache=True)
def seen_again(
    placed: F64, descriptors: U8, norms: F64, marks: tuple[F64, I64, U8, F64], limits: F64, least: float
) -> tuple[I64, I64]:
    """Pairs of a picture's features and marks at nearly the same place, size, angle and descriptor.

    Parameters:
        placed: (S, N, 4) the features' x, y, logarithm of scale and angle in each coordinate system.
        descriptors: (N, 128).
        norms: (N,) their Euclidean norms.
        marks: (M, 4) each in its own coordinate system, (M,) its number, (M, 128) descriptors, (M,) their norms.
        limits: largest differences of place, logarithm of scale and angle (3,).
        least: the smallest cosine.

    Returns:
        Two arrays (K,): feature, mark.
    """
    room = 256
    features = np.empty(room, np.int64)
    rows = np.empty(room, np.int64)
    size = 0
    frames, systems, mark_descriptors, mark_norms = marks
    for mark in range(frames.shape[0]):
        system = systems[mark]
        for feature in range(placed.shape[1]):
            if abs(placed[system, feature, 0] - frames[mark, 0]) > limits[0]:
                continue
            if abs(placed[system, feature, 1] - frames[mark, 1]) > limits[0]:
                continue
            if abs(placed[system, feature, 2] - frames[mark, 2]) > limits[1]:
                continue
            if apart(placed[system, feature, 3], frames[mark, 3]) > limits[2]:
                continue
            product = np.int32(0)
            for index in range(descriptors.shape[1]):
                product += np.int32(descriptors[feature, index]) * np.int32(mark_descriptors[mark, index])
            if product < least * norms[feature] * mark_norms[mark]:
                continue
            if size == room:
                room *= 2
                features = np.concatenate((features, np.empty(size, np.int64)))
                rows = np.concatenate((rows, np.empty(size, np.int64)))
            features[size], rows[size] = feature, mark
            size += 1
    return features[:size].copy(), rows[:size].copy()
