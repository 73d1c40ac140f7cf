"""Words, signatures and postings: the inner loops of retrieval."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.set_bits import set_bits

_HALF = 64
_ONE = np.uint64(1)
_FAR = np.float32(3e38)
_TWICE = np.float32(2)


@numba.njit(cache=True)
def _keep_nearest(
    distance: np.float32, number: int, distances: npt.NDArray[np.float32], numbers: npt.NDArray[np.int32]
) -> None:
    """Insert into a short ascending list; of equals the lower number comes first."""
    last = distances.shape[0] - 1
    if distance > distances[last] or (distance == distances[last] and number > numbers[last]):
        return
    place = last
    while place > 0 and (
        distance < distances[place - 1] or (distance == distances[place - 1] and number < numbers[place - 1])
    ):
        distances[place] = distances[place - 1]
        numbers[place] = numbers[place - 1]
        place -= 1
    distances[place] = distance
    numbers[place] = number


@numba.njit(cache=True)
def _least(
    products: npt.NDArray[np.float32],
    squares: npt.NDArray[np.float32],
    first: int,
    distances: npt.NDArray[np.float32],
    numbers: npt.NDArray[np.int32],
) -> None:
    """Keep the nearest of one block of centres; most are farther than all that are kept."""
    limit = distances[-1]
    for index in range(products.shape[0]):
        distance = squares[index] - _TWICE * products[index]
        if distance <= limit:
            _keep_nearest(distance, first + index, distances, numbers)
            limit = distances[-1]


@numba.njit(cache=True)
def nearest_cells(
    products: npt.NDArray[np.float32], squares: npt.NDArray[np.float32], tried: int
) -> npt.NDArray[np.int32]:
    """The nearest cells (N, tried); numbers from C up are mirrored ones.

    Parameters:
        products: (2 * N, C) dot products of the descriptors with the cells, then of the descriptors in a mirror.
        squares: (C,) of the centres' lengths.
        tried: how many of the 2 C cells.
    """
    rows, half = products.shape[0] // 2, products.shape[1]
    found = np.full((rows, tried), 2 * half, np.int32)
    distances = np.empty(tried, np.float32)
    for row in range(rows):
        distances[:] = _FAR
        _least(products[row], squares, 0, distances, found[row])
        _least(products[rows + row], squares, half, distances, found[row])
    return found


@numba.njit(cache=True)
def nearest_in_cells(
    products: npt.NDArray[np.float32],
    places: npt.NDArray[np.int64],
    cells: npt.NDArray[np.int32],
    squares: npt.NDArray[np.float32],
    nearest: int,
) -> npt.NDArray[np.int32]:
    """The nearest words (N, nearest) among those of the cells that each descriptor looks in.

    Parameters:
        products: (N * T, S) dot products of a descriptor, in a mirror where its cell is, with the words of the cell.
        places: (N, T) which row of ``products`` belongs to a descriptor's cell.
        cells: (N, T) the cells; numbers from C up are mirrored ones.
        squares: (C * S,) of the words' lengths.
        nearest: how many.
    """
    half, each = squares.shape[0], products.shape[1]
    found = np.full((cells.shape[0], nearest), 2 * half, np.int32)
    distances = np.empty(nearest, np.float32)
    for row in range(cells.shape[0]):
        distances[:] = _FAR
        for choice in range(cells.shape[1]):
            first = cells[row, choice] * each
            start = first - half if first >= half else first
            _least(products[places[row, choice]], squares[start : start + each], first, distances, found[row])
    return found


def nearest_words(
    turned: npt.NDArray[np.float32],
    cells: npt.NDArray[np.float32],
    words: npt.NDArray[np.float32],
    squares: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
    cells_tried: int,
    nearest: int,
) -> npt.NDArray[np.int32]:
    """The nearest words by Euclidean distance, among those of the nearest cells.

    Matrix products cell by cell; all numbers are whole, so that any order of adding is exact.

    Parameters:
        turned: (N, 128) whole numbers; a mirror changes the sign of the last 64.
        cells: (C, 128) centres of one half of the cells; the other half is theirs in the mirror.
        words: (C * S, 128), S to each cell.
        squares: (C,) and (C * S,) of the lengths of cells and words.
        cells_tried: how many of the 2 C cells.
        nearest: how many words, at most S.

    Returns:
        (N, nearest) int32, nearest first; numbers from C * S up are mirrored words.
    """
    count, each = len(turned), len(words) // len(cells)
    both = np.concatenate((turned, turned))
    both[count:, _HALF:] *= -1
    looked_in = nearest_cells(both @ cells.T, squares[0], cells_tried)
    flat = looked_in.ravel()
    centre = flat % len(cells)
    order = np.argsort(centre, kind="stable")
    rows = np.repeat(np.arange(count), cells_tried) + np.where(flat >= len(cells), count, 0)
    gathered = both[rows[order]]
    ends = np.searchsorted(centre[order], np.arange(len(cells) + 1)).tolist()
    products = np.empty((len(flat), each), np.float32)
    for cell in range(len(cells)):
        own = slice(ends[cell], ends[cell + 1])
        np.matmul(gathered[own], words[cell * each : (cell + 1) * each].T, out=products[own])
    places = np.empty(len(flat), np.int64)
    places[order] = np.arange(len(flat))
    return np.asarray(
        nearest_in_cells(products, places.reshape(looked_in.shape), looked_in, squares[1], nearest), np.int32
    )


@numba.njit(cache=True)
def signatures(
    turned: npt.NDArray[np.float32], words: npt.NDArray[np.float32], assigned: npt.NDArray[np.int32]
) -> npt.NDArray[np.uint64]:
    """On which side of its word's centre a descriptor lies, in 128 directions: a Hamming embedding.

    Jegou, Douze and Schmid, "Hamming embedding and weak geometric consistency for large scale image search", ECCV 2008.

    Parameters:
        turned: (N, 128) odd whole numbers.
        words: (W, 128) even whole numbers, one half of the words.
        assigned: (N, K) word numbers; from W up the mirrored ones.

    Returns:
        (N, K, 2) uint64; bit i of the first word is direction i, of the second direction 64 + i.
    """
    half_words = words.shape[0]
    found = np.zeros((assigned.shape[0], assigned.shape[1], 2), np.uint64)
    for row in range(assigned.shape[0]):
        for choice in range(assigned.shape[1]):
            number = assigned[row, choice]
            mirrored = number >= half_words
            word = number - half_words if mirrored else number
            low = np.uint64(0)
            high = np.uint64(0)
            for index in range(_HALF):
                if turned[row, index] > words[word, index]:
                    low |= _ONE << np.uint64(index)
                centre = -words[word, index + _HALF] if mirrored else words[word, index + _HALF]
                if turned[row, index + _HALF] > centre:
                    high |= _ONE << np.uint64(index)
            found[row, choice, 0] = low
            found[row, choice, 1] = high
    return found


@numba.njit(cache=True)
def repeated(
    words: npt.NDArray[np.int32], signatures: npt.NDArray[np.uint64], distance: int, several: int
) -> npt.NDArray[np.bool_]:
    """Which features have so many others of the same word and nearly the same signature in their own picture.

    Parameters:
        words: (N,) the nearest word of each feature.
        signatures: (N, 2) its signature there.
        distance: in bits, at most 128.
        several: this many others.

    Returns:
        (N,) bool.
    """
    counts = np.zeros(words.shape[0], np.int64)
    for first in range(words.shape[0]):
        for second in range(first + 1, words.shape[0]):
            if words[first] != words[second]:
                continue
            bits = set_bits(signatures[first, 0] ^ signatures[second, 0])
            bits += set_bits(signatures[first, 1] ^ signatures[second, 1])
            if bits <= distance:
                counts[first] += 1
                counts[second] += 1
    return counts >= several
