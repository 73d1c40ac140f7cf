"""Features that recur at one place across many pictures, found by way of sketches and hashed keys.

A picture's features are columns: place as shares of its sides in 16 bits, logarithm of scale over the long side and
angle in 8 bits each, and a sketch of the descriptor in 64 bits. A place is compared in a coordinate system, a row of
(kind, anchor across, anchor down): kind 0 takes shares of both sides, 1 units of the width, 2 units of the height, 3
units of `UNIT` pixels; distances are from the anchor, itself in shares of the sides.
"""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

UNIT = 1280.0
"""Pixels that one unit of kind 3 has."""
SCALE_STEP = 1 / 32
SCALE_LEAST = -8.0
CELL = 0.05
SHARE = 1 / 65535
TURN = 2 * math.pi
_ANGLES = 12
_SCALE_BIN = 0.7
_GRID = 8
_TRIES = 8

U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
U64 = npt.NDArray[np.uint64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Places = tuple[U16, U16, U8, U8, U64, I64, I32]
"""x, y (F,) uint16; scale, angle (F,) uint8; sketch (F,) uint64; where each picture begins (P + 1,); sizes (P, 2)."""


@numba.njit(cache=True, inline="always")
def ones(word: np.uint64) -> np.int64:
    """The number of set bits."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@numba.njit(cache=True, inline="always")
def _mixed(word: np.uint64) -> np.uint64:
    """A word whose every bit depends on every bit of the given one (SplitMix64's last step)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@numba.njit(cache=True)
def factors(kind: float, width: float, height: float) -> tuple[float, float, float]:
    """What shares of the sides are multiplied by, and what the logarithm of scale over the long side grows by."""
    longer = max(width, height)
    if kind == 0:
        return 1.0, 1.0, 0.0
    unit = UNIT
    if kind == 1:
        unit = width
    elif kind == 2:  # noqa: PLR2004 - a kind, see above
        unit = height
    return width / unit, height / unit, math.log(longer / unit)


@numba.njit(cache=True)
def _doubled(numbers: I64) -> I64:
    """The numbers in twice the room."""
    return np.concatenate((numbers, np.empty_like(numbers)))


@numba.njit(cache=True, inline="always")
def apart(one: float, other: float) -> float:
    """The angle between two directions in radians."""
    lean = abs(one - other) % TURN
    return min(lean, TURN - lean)


@numba.njit(cache=True, inline="always")
def _key(places: Places, feature: int, system: F64, grown: tuple[float, float, float], shift: F64) -> np.uint64:
    """The cell of place, size and direction that a feature lies in, of a grid shifted by so much of a cell."""
    x = (places[0][feature] * SHARE - system[1]) * grown[0]
    y = (places[1][feature] * SHARE - system[2]) * grown[1]
    large = SCALE_LEAST + places[2][feature] * SCALE_STEP + grown[2]
    column = np.int64(math.floor(x / CELL + shift[0])) & 0xFFF
    row = np.int64(math.floor(y / CELL + shift[1])) & 0xFFF
    step = np.int64(math.floor(large / _SCALE_BIN + shift[2])) & 0xFF
    lean = np.int64(math.floor(places[3][feature] * (_ANGLES / 256) + shift[3])) % _ANGLES
    return np.uint64(((column * 4096 + row) * 256 + step) * 16 + lean)


@numba.njit(cache=True)
def links(
    places: Places,
    clusters: I64,
    system: F64,
    masks: U64,
    shifts: F64,
    need: int,
    slots: int,
    counters: int,
) -> tuple[I64, I64]:
    """Pairs of pictures of different clusters that share keys of place, size, angle and sketch often enough.

    Each key remembers the last picture that had it; with the next picture that has it, it counts for that pair. Time
    grows with the number of features, memory with the tables alone. Pairs may be named by chance: verify them.

    Parameters:
        places: the pictures' columns.
        clusters: (P,) the near-duplicate cluster of each picture.
        system: (3,) the coordinate system.
        masks: (T,) which bits of the sketch are part of the key, for each of T passes.
        shifts: (T, 4) by how much of a cell each pass shifts x, y, scale and angle.
        need: from how many shared keys on a pair is named, below 255.
        slots: how many keys are remembered, a power of two.
        counters: how many pairs are counted, a power of two.

    Returns:
        Two arrays (M,) of picture numbers.
    """
    sketches, bounds, sizes = places[4], places[5], places[6]
    counted = np.zeros(counters, np.uint8)
    last = np.empty(slots, np.int32)
    firsts, seconds = np.empty(1024, np.int64), np.empty(1024, np.int64)
    size = 0
    for number in range(masks.shape[0]):
        last[:] = -1
        salt = _mixed(np.uint64(number + 1))
        for picture in range(sizes.shape[0]):
            grown = factors(system[0], sizes[picture, 0], sizes[picture, 1])
            for feature in range(bounds[picture], bounds[picture + 1]):
                key = _key(places, feature, system, grown, shifts[number]) ^ salt
                key = _mixed(_mixed(key) ^ (sketches[feature] & masks[number]))
                slot = np.int64(key & np.uint64(slots - 1))
                before = np.int64(last[slot])
                if before == picture:
                    continue
                last[slot] = picture
                if before < 0 or clusters[before] == clusters[picture]:
                    continue
                both = np.uint64(before) << np.uint64(32) | np.uint64(picture)
                pair = np.int64(_mixed(both) & np.uint64(counters - 1))
                counted[pair] += 1 if counted[pair] < 255 else 0  # noqa: PLR2004 - the last number of 8 bits
                if counted[pair] != need:
                    continue
                if size == firsts.shape[0]:
                    firsts, seconds = _doubled(firsts), _doubled(seconds)
                firsts[size] = before
                seconds[size] = picture
                size += 1
    return firsts[:size].copy(), seconds[:size].copy()


@numba.njit(cache=True)
def shared(places: Places, first: int, second: int, system: F64, limits: F64, bits: int) -> tuple[I64, I64]:
    """Pairs of features of two pictures at nearly the same place, size and angle, whose sketches differ in few bits.

    Parameters:
        places: the pictures' columns.
        first, second: numbers of the two pictures.
        system: (3,) the coordinate system.
        limits: largest differences of place, logarithm of scale and angle (3,).
        bits: the largest number of bits that differ.

    Returns:
        Two arrays (M,) of feature numbers.
    """
    across, down, scales, angles, sketches, bounds, sizes = places
    wide, high, grown = factors(system[0], sizes[first, 0], sizes[first, 1])
    wider, higher, further = factors(system[0], sizes[second, 0], sizes[second, 1])
    start = bounds[second]
    columns = (across[start : bounds[second + 1]] * SHARE - system[1]) * wider
    rows = (down[start : bounds[second + 1]] * SHARE - system[2]) * higher
    from_left = np.argsort(columns)
    columns = columns[from_left]
    lefts, rights = np.empty(256, np.int64), np.empty(256, np.int64)
    size = 0
    for left in range(bounds[first], bounds[first + 1]):
        x = (across[left] * SHARE - system[1]) * wide
        y = (down[left] * SHARE - system[2]) * high
        for number in range(np.searchsorted(columns, x - limits[0]), columns.shape[0]):
            if columns[number] - x > limits[0]:
                break
            right = start + from_left[number]
            if abs(columns[number] - x) > limits[0] or abs(rows[from_left[number]] - y) > limits[0]:
                continue
            if ones(sketches[left] ^ sketches[right]) > bits:
                continue
            if abs((float(scales[left]) - float(scales[right])) * SCALE_STEP + grown - further) > limits[1]:
                continue
            if apart(angles[left] * (TURN / 256), angles[right] * (TURN / 256)) > limits[2]:
                continue
            if size == lefts.shape[0]:
                lefts, rights = _doubled(lefts), _doubled(rights)
            lefts[size] = left
            rights[size] = right
            size += 1
    return lefts[:size].copy(), rights[:size].copy()


@numba.njit(cache=True)
def _mostly_shared(
    places: Places, first: int, second: int, limits: F64, bits: int, shares: tuple[float, float]
) -> bool:
    """Whether features of one picture are found again over more than a share of its frame."""
    across, down, _, _, _, bounds, _ = places
    lefts, _ = shared(places, first, second, np.zeros(3), limits, bits)
    found = np.zeros(bounds[first + 1] - bounds[first], np.bool_)
    found[lefts - bounds[first]] = True
    there = np.zeros(_GRID * _GRID)
    alike = np.zeros(_GRID * _GRID)
    for feature in range(bounds[first], bounds[first + 1]):
        cell = (down[feature] * _GRID >> 16) * _GRID + (across[feature] * _GRID >> 16)
        there[cell] += 1
        alike[cell] += found[feature - bounds[first]]
    several = there >= 2  # noqa: PLR2004 - one feature says little
    full = (several & (alike >= shares[1] * there)).sum()
    return bool(full > shares[0] * several.sum())


@numba.njit(cache=True)
def near_duplicates(
    places: Places,
    words: U64,
    good: Bools,
    distance: int,
    limits: F64,
    bits: int,
    shares: tuple[float, float],
) -> I64:
    """The first picture of each near-duplicate cluster: hashes within a distance, and features found again in place.

    A picture is compared with the first pictures of the clusters before it alone, so that a flood of reposts costs no
    more than their number.

    Parameters:
        places: the pictures' columns.
        words: (P, 4) their hashes.
        good: (P,) whether the hash can be compared at all.
        distance: the largest number of differing bits of the hash.
        limits, bits: as for `shared`.
        shares: of the occupied cells of the frame, how many must be found again; of a cell's features, how many.

    Returns:
        (P,) picture numbers.
    """
    heads = np.empty(words.shape[0], np.int64)
    leaders = np.arange(words.shape[0])
    size = 0
    for picture in range(words.shape[0]):
        if not good[picture]:
            continue
        left = _TRIES
        for number in range(size):
            head = heads[number]
            differing = ones(words[head, 0] ^ words[picture, 0]) + ones(words[head, 1] ^ words[picture, 1])
            if differing > distance:
                continue
            differing += ones(words[head, 2] ^ words[picture, 2]) + ones(words[head, 3] ^ words[picture, 3])
            if differing > distance:
                continue
            if _mostly_shared(places, head, picture, limits, bits, shares):
                leaders[picture] = head
                break
            left -= 1
            if left == 0:
                break
        if leaders[picture] == picture:
            heads[size] = picture
            size += 1
    return leaders
