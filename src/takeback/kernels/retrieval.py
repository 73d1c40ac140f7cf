"""Words, signatures and postings: the inner loops of retrieval."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

_FIVES = np.uint64(0x5555555555555555)
_THREES = np.uint64(0x3333333333333333)
_FIFTEENS = np.uint64(0x0F0F0F0F0F0F0F0F)
_ONES = np.uint64(0x0101010101010101)
_BYTES_UP = np.uint64(56)
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_FOUR = np.uint64(4)
_HALF = 64
_FAR = np.float32(3e38)


@numba.njit(cache=True, inline="always")
def _bits(word: np.uint64) -> np.int64:
    """The number of set bits; LLVM turns this into its population count."""
    word -= (word >> _ONE) & _FIVES
    word = (word & _THREES) + ((word >> _TWO) & _THREES)
    word = (word + (word >> _FOUR)) & _FIFTEENS
    return np.int64((word * _ONES) >> _BYTES_UP)


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


@numba.njit(cache=True, fastmath=True)
def _halves(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> tuple[np.float32, np.float32]:
    """Dot products of the first and of the second 64 numbers; whole numbers, so that any order is exact."""
    kept = np.float32(0)
    changed = np.float32(0)
    for index in range(_HALF):
        kept += first[index] * second[index]
        changed += first[index + _HALF] * second[index + _HALF]
    return kept, changed


@numba.njit(cache=True)
def nearest_words(
    turned: npt.NDArray[np.float32],
    cells: npt.NDArray[np.float32],
    words: npt.NDArray[np.float32],
    cells_tried: int,
    nearest: int,
) -> npt.NDArray[np.int32]:
    """The nearest words by Euclidean distance, among those of the nearest cells.

    Parameters:
        turned: (N, 128) whole numbers; a mirror changes the sign of the last 64.
        cells: (C, 128) centres of one half of the cells; the other half is theirs in the mirror.
        words: (C * S, 128), S to each cell.
        cells_tried: how many of the 2 C cells.
        nearest: how many words, at most S.

    Returns:
        (N, nearest) int32, nearest first; numbers from C * S up are mirrored words.
    """
    half_cells, half_words = cells.shape[0], words.shape[0]
    each = half_words // half_cells
    cell_squares = np.array([np.sum(cell * cell) for cell in cells])
    word_squares = np.array([np.sum(word * word) for word in words])
    found = np.empty((turned.shape[0], nearest), np.int32)
    for row in range(turned.shape[0]):
        cell_distances = np.full(cells_tried, _FAR, np.float32)
        cell_numbers = np.full(cells_tried, 2 * half_cells, np.int32)
        for cell in range(half_cells):
            kept, changed = _halves(turned[row], cells[cell])
            _keep_nearest(cell_squares[cell] - 2 * (kept + changed), cell, cell_distances, cell_numbers)
            _keep_nearest(cell_squares[cell] - 2 * (kept - changed), cell + half_cells, cell_distances, cell_numbers)
        distances = np.full(nearest, _FAR, np.float32)
        numbers = np.full(nearest, 2 * half_words, np.int32)
        for number in cell_numbers:
            mirrored = number >= half_cells
            start = (number - half_cells if mirrored else number) * each
            for word in range(start, start + each):
                kept, changed = _halves(turned[row], words[word])
                if mirrored:
                    _keep_nearest(word_squares[word] - 2 * (kept - changed), word + half_words, distances, numbers)
                else:
                    _keep_nearest(word_squares[word] - 2 * (kept + changed), word, distances, numbers)
        found[row] = numbers
    return found


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
            bits = _bits(signatures[first, 0] ^ signatures[second, 0])
            bits += _bits(signatures[first, 1] ^ signatures[second, 1])
            if bits <= distance:
                counts[first] += 1
                counts[second] += 1
    return counts >= several
