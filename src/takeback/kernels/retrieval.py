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


@numba.njit(cache=True)
def _least(
    kept: npt.NDArray[np.float32],
    changed: npt.NDArray[np.float32],
    squares: npt.NDArray[np.float32],
    first: int,
    sign: int,
    distances: npt.NDArray[np.float32],
    numbers: npt.NDArray[np.int32],
) -> None:
    """Keep the nearest of one block of centres; ``sign`` is -1 where it is seen in a mirror."""
    for index in range(kept.shape[0]):
        distance = squares[index] - 2 * (kept[index] + sign * changed[index])
        _keep_nearest(distance, first + index, distances, numbers)


@numba.njit(cache=True)
def nearest_cells(
    kept: npt.NDArray[np.float32], changed: npt.NDArray[np.float32], squares: npt.NDArray[np.float32], tried: int
) -> npt.NDArray[np.int32]:
    """The nearest cells (N, tried); numbers from C up are mirrored ones.

    Parameters:
        kept, changed: (N, C) dot products of the first and the second halves.
        squares: (C,) of the centres' lengths.
        tried: how many of the 2 C cells.
    """
    rows, half = kept.shape
    found = np.empty((rows, tried), np.int32)
    distances = np.empty(tried, np.float32)
    for row in range(rows):
        distances[:] = _FAR
        found[row] = 2 * half
        _least(kept[row], changed[row], squares, 0, 1, distances, found[row])
        _least(kept[row], changed[row], squares, half, -1, distances, found[row])
    return found


@numba.njit(cache=True)
def keep_words(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    kept: npt.NDArray[np.float32],
    changed: npt.NDArray[np.float32],
    squares: npt.NDArray[np.float32],
    rows: npt.NDArray[np.int64],
    mirrored: npt.NDArray[np.bool_],
    first: int,
    half: int,
    distances: npt.NDArray[np.float32],
    numbers: npt.NDArray[np.int32],
) -> None:
    """Keep the nearest words of one cell for the descriptors that look there.

    Parameters:
        kept, changed: (M, S) dot products of M descriptors with the cell's S words, of the two halves.
        squares: (S,) of the words' lengths.
        rows: (M,) which rows of ``distances`` and ``numbers`` they are; twice where it looks in the mirror as well.
        mirrored: (M,) whether the cell is seen in a mirror.
        first, half: the number of the cell's first word, and of words in one half.
        distances, numbers: (N, nearest), ascending; changed in place.
    """
    for index in range(rows.shape[0]):
        row = rows[index]
        if mirrored[index]:
            _least(kept[index], changed[index], squares, first + half, -1, distances[row], numbers[row])
        else:
            _least(kept[index], changed[index], squares, first, 1, distances[row], numbers[row])


def nearest_words(
    turned: npt.NDArray[np.float32],
    cells: npt.NDArray[np.float32],
    words: npt.NDArray[np.float32],
    cells_tried: int,
    nearest: int,
) -> npt.NDArray[np.int32]:
    """The nearest words by Euclidean distance, among those of the nearest cells.

    Matrix products cell by cell; all numbers are whole, so that any order of adding is exact.

    Parameters:
        turned: (N, 128) whole numbers; a mirror changes the sign of the last 64.
        cells: (C, 128) centres of one half of the cells; the other half is theirs in the mirror.
        words: (C * S, 128), S to each cell.
        cells_tried: how many of the 2 C cells.
        nearest: how many words, at most S.

    Returns:
        (N, nearest) int32, nearest first; numbers from C * S up are mirrored words.
    """
    half_cells, half_words = len(cells), len(words)
    each = half_words // half_cells
    halves = np.ascontiguousarray(turned[:, :_HALF]), np.ascontiguousarray(turned[:, _HALF:])
    kept, changed = (one @ other.T for one, other in zip(halves, (cells[:, :_HALF], cells[:, _HALF:]), strict=True))
    looked_in = nearest_cells(kept, changed, np.square(cells).sum(axis=1), cells_tried)
    distances = np.full((len(turned), nearest), _FAR, np.float32)
    numbers = np.full((len(turned), nearest), 2 * half_words, np.int32)
    rows = np.repeat(np.arange(len(turned)), cells_tried)
    order = np.argsort(looked_in.ravel() % half_cells, kind="stable")
    rows, flat = rows[order], looked_in.ravel()[order]
    ends = np.searchsorted(flat % half_cells, np.arange(half_cells + 1))
    for cell in range(half_cells):
        own = slice(int(ends[cell]), int(ends[cell + 1]))
        if own.start == own.stop:
            continue
        its = words[cell * each : (cell + 1) * each]
        left, right = halves[0][rows[own]] @ its[:, :_HALF].T, halves[1][rows[own]] @ its[:, _HALF:].T
        squares = np.square(its).sum(axis=1)
        keep_words(
            left, right, squares, rows[own], flat[own] >= half_cells, cell * each, half_words, distances, numbers
        )
    return numbers


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
