"""Search through bands: codes that lie near a query are near it in at least one band of bits.

The generalised pigeonhole principle (Norouzi, Punjani and Fleet, "Fast exact search in Hamming space with multi-index
hashing", 2014; Qin and others, "GPH", 2018): where the radii r_b of disjoint bands satisfy sum(r_b + 1) > d, a code
within d bits of a query is within r_b bits of it in some band b.

A table of bands is an int64 array (B, 6), one row per band: POSITION of its first bit, counted from the most
significant bit of the first word; WIDTH in bits; START of its bucket offsets in the flat array of offsets; RADIUS, r_b,
or -1 where the band is not looked at; MASKS, where its masks begin in the flat array of masks; and TRIED, how many of
them there are: all flips of up to r_b bits. The codes are sorted, so that the buckets of the first band are runs of
them.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.hamming_machine import ones, prefetch

POSITION, WIDTH, START, RADIUS, MASKS, TRIED = range(6)
_ONE = np.uint64(1)
_WORD_BITS = 64
_LAG = 64
_BYTE = np.uint64(255)
_PART_BITS = 14
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@numba.njit(cache=True, inline="always")
def _band_of(a: np.uint64, b: np.uint64, position: np.int64, width: np.int64) -> np.uint64:
    """The ``width`` bits from ``position`` on, of the words ``a`` and ``b`` from the one that holds the first bit."""
    inside = position & (_WORD_BITS - 1)
    over = inside + width - _WORD_BITS
    mask = (_ONE << np.uint64(width)) - _ONE
    if over <= 0:
        return (a >> np.uint64(-over)) & mask
    return ((a << np.uint64(over)) | (b >> np.uint64(_WORD_BITS - over))) & mask


@numba.njit(cache=True, inline="always")
def _key(codes: npt.NDArray[np.uint64], row: np.int64, position: np.int64, width: np.int64) -> np.int64:
    """The bits of one band of a row, as a bucket number; ``codes`` is flat, four words a row."""
    first = 4 * row + (position >> 6)
    second = min(first + 1, 4 * row + 3)
    return np.int64(_band_of(codes[first], codes[second], position, width))


@numba.njit(cache=True, inline="always")
def _permute(word: np.uint64, byte: int, table: npt.NDArray[np.uint64], into: npt.NDArray[np.uint64]) -> None:
    """Put the bits of one word, whose first byte is this one of the row, in their places."""
    for at in range(byte, byte + 8):
        places = table[at, np.int64(word & _BYTE)]
        into[0] |= places[0]
        into[1] |= places[1]
        into[2] |= places[2]
        into[3] |= places[3]
        word >>= np.uint64(8)


@numba.njit(cache=True, nogil=True)
def permuted(words: npt.NDArray[np.uint64], table: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The words with their bits in another order.

    Parameters:
        words: (N, 4) uint64.
        table: (32, 256, 4) uint64: where the bits of each byte value go, for each of the 32 bytes of a row; byte 0 is
            the least significant one of the first word.

    Returns:
        (N, 4) uint64.
    """
    found = np.zeros_like(words)
    for row in range(words.shape[0]):
        for word in range(4):
            _permute(words[row, word], 8 * word, table, found[row])
    return found


@numba.njit(cache=True, nogil=True)
def dealt(
    words: npt.NDArray[np.uint64], ids: npt.NDArray[np.int64], table: npt.NDArray[np.uint64], bits: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Permuted codes and their ids in parts, by the first bits of the codes.

    Parameters:
        words: (N, 4) uint64.
        ids: (N,) int64.
        table: (32, 256, 4) uint64, as `permuted` takes it.
        bits: how many bits make a part, 0 to 15.

    Returns:
        Codes, ids, and (2**bits + 1,) int64: where each part begins, and the last one ends.
    """
    bounds = np.zeros((1 << bits) + 1, np.int64)
    parts = np.empty(words.shape[0], np.uint16)
    for row in range(words.shape[0]):
        first = np.uint64(0)
        for word in range(4):
            left = words[row, word]
            for byte in range(8 * word, 8 * word + 8):
                first |= table[byte, np.int64(left & _BYTE), 0]
                left >>= np.uint64(8)
        parts[row] = _part(first, bits)
        bounds[np.int64(parts[row]) + 1] += 1
    for part in range(1, bounds.shape[0]):
        bounds[part] += bounds[part - 1]
    at = bounds[:-1].copy()
    found, found_ids = np.empty_like(words), np.empty_like(ids)
    for row in range(words.shape[0]):
        place = at[parts[row]]
        found[place] = 0
        for word in range(4):
            _permute(words[row, word], 8 * word, table, found[place])
        found_ids[place] = ids[row]
        at[parts[row]] += 1
    return found, found_ids, bounds


@numba.njit(cache=True, inline="always")
def _part(word: np.uint64, bits: int) -> np.int64:
    """The first bits of a word; a shift of all 64 would be none."""
    return np.int64((word >> np.uint64(1)) >> np.uint64(63 - bits))


@numba.njit(cache=True)
def _sorted_part(
    pairs: npt.NDArray[np.uint64],
    bits: int,
    begin: int,
    offsets: npt.NDArray[np.uint32],
    rows: npt.NDArray[np.uint32],
) -> None:
    """Fill offsets and rows for the rows of one part, whose buckets share all but the last ``bits`` bits."""
    mask = (_ONE << np.uint64(bits)) - _ONE
    for pair in pairs:
        offsets[np.int64((pair >> _HALF) & mask)] += np.uint32(1)
    at = np.int64(begin)
    for bucket in range(offsets.shape[0]):
        held = offsets[bucket]
        offsets[bucket] = np.uint32(at)
        at += np.int64(held)
    if rows.shape[0] == 0:
        return
    for pair in pairs:
        into = np.int64((pair >> _HALF) & mask)
        rows[offsets[into]] = np.uint32(pair & _LOW)
        offsets[into] += np.uint32(1)
    for bucket in range(offsets.shape[0] - 1, 0, -1):
        offsets[bucket] = offsets[bucket - 1]
    offsets[0] = np.uint32(begin)


@numba.njit(cache=True, nogil=True)
def sort_into_buckets(
    codes: npt.NDArray[np.uint64],
    position: int,
    width: int,
    offsets: npt.NDArray[np.uint32],
    rows: npt.NDArray[np.uint32],
    pairs: npt.NDArray[np.uint64],
) -> None:
    """Fill ``offsets`` and ``rows`` for one band: a counting sort, so that the rows of a bucket ascend.

    Rows are first dealt to parts whose buckets fit into a cache; sorting each part then hardly waits for memory.

    Parameters:
        codes: (4 N,) uint64, four words a row.
        position, width: the band.
        offsets: (2**width + 1,) uint32, zeros; becomes where each bucket begins, and the last one ends.
        rows: (N,) uint32, becomes the rows by bucket; or (0,), which leaves them out (they ascend already).
        pairs: (N,) uint64, scratch.
    """
    count = codes.shape[0] // 4
    low = min(width, _PART_BITS)
    ends = np.zeros((1 << (width - low)) + 1, np.int64)
    for row in range(count):
        ends[(_key(codes, row, position, width) >> low) + 1] += 1
    for part in range(1, ends.shape[0]):
        ends[part] += ends[part - 1]
    for row in range(count):
        key = _key(codes, row, position, width)
        pairs[ends[key >> low]] = (np.uint64(key) << _HALF) | np.uint64(row)
        ends[key >> low] += 1
    begin = np.int64(0)
    for part in range(ends.shape[0] - 1):
        buckets = offsets[part << low : (part + 1) << low]
        _sorted_part(pairs[begin : ends[part]], low, begin, buckets, rows)
        begin = ends[part]
    offsets[offsets.shape[0] - 1] = np.uint32(count)


@numba.njit(cache=True, inline="always")
def _distance(codes: npt.NDArray[np.uint64], row: np.int64, query: npt.NDArray[np.uint64]) -> np.int64:
    """The number of bits in which a row differs from the query."""
    at = 4 * row
    bits: np.int64 = ones(codes[at] ^ query[0]) + ones(codes[at + 1] ^ query[1])
    bits += ones(codes[at + 2] ^ query[2]) + ones(codes[at + 3] ^ query[3])
    return bits


@numba.njit(cache=True)
def _fresh(
    codes: npt.NDArray[np.uint64], row: int, query: npt.NDArray[np.uint64], table: npt.NDArray[np.int64], band: int
) -> bool:
    """Whether no band before this one brought the row already."""
    for earlier in range(band):
        position, width = table[earlier, POSITION], table[earlier, WIDTH]
        if (
            ones(np.uint64(_key(codes, row, position, width) ^ _key(query, 0, position, width)))
            <= table[earlier, RADIUS]
        ):
            return False
    return True


@numba.njit(cache=True)
def _kept(
    found: npt.NDArray[np.int64], size: int, query: int, row: int, bits: int
) -> tuple[npt.NDArray[np.int64], int]:
    """The hits with one more; room is doubled where there is none."""
    if size == found.shape[0]:
        found = np.concatenate((found, np.empty_like(found)))
    found[size, 0], found[size, 1], found[size, 2] = query, row, bits
    return found, size + 1


@numba.njit(cache=True, inline="always")
def _bounds(
    offsets: npt.NDArray[np.uint32],
    rows: npt.NDArray[np.uint32],
    band: npt.NDArray[np.int64],
    masks: npt.NDArray[np.uint32],
    key: np.int64,
    base: np.int64,
    spans: npt.NDArray[np.int64],
) -> tuple[np.int64, np.int64]:
    """Write down the buckets of a band that hold something and ask for their rows; how many, with how many rows."""
    filled, total = np.int64(0), np.int64(0)
    start, first = band[START], band[MASKS]
    for number in range(first, first + band[TRIED]):
        bucket = start + (key ^ np.int64(masks[number]))
        low, high = np.int64(offsets[bucket]), np.int64(offsets[bucket + 1])
        if high > low:
            spans[filled, 0], spans[filled, 1] = base + low, base + high
            filled += 1
            total += high - low
            if base >= 0:
                prefetch(rows, base + low)
    return filled, total


@numba.njit(cache=True)
def _near(  # noqa: C901, PLR0913, PLR0917  # one pipeline: its stages take turns over the same arrays
    codes: npt.NDArray[np.uint64],
    offsets: npt.NDArray[np.uint32],
    rows: npt.NDArray[np.uint32],
    table: npt.NDArray[np.int64],
    masks: npt.NDArray[np.uint32],
    query: npt.NDArray[np.uint64],
    distance: int,
    most: int,
    number: int,
    found: npt.NDArray[np.int64],
    size: int,
) -> tuple[npt.NDArray[np.int64], int]:
    """The hits with those of one query; size -1 where its buckets hold more than ``most`` rows."""
    bands, count = table.shape[0], codes.shape[0] // 4
    spans = np.empty((2, table[:, TRIED].max(), 2), np.int64)
    filled = np.zeros(2, np.int64)
    lag = np.zeros((_LAG, 2), np.int64)
    waiting, total = 0, 0
    for step in range(bands + 2):
        if step < bands:
            key = _key(query, 0, table[step, POSITION], table[step, WIDTH])
            for mask in range(table[step, MASKS], table[step, MASKS] + table[step, TRIED]):
                prefetch(offsets, table[step, START] + (key ^ np.int64(masks[mask])))
        if 0 < step <= bands:
            key = _key(query, 0, table[step - 1, POSITION], table[step - 1, WIDTH])
            slot = (step - 1) & 1
            filled[slot], more = _bounds(offsets, rows, table[step - 1], masks, key, (step - 2) * count, spans[slot])
            total += more
            if total > most:
                return found, -1
        for span in range(filled[step & 1] if step > 1 else 0):
            for place in range(spans[step & 1, span, 0], spans[step & 1, span, 1]):
                row = place + count if place < 0 else np.int64(rows[place])
                prefetch(codes, 4 * row)
                if waiting >= _LAG:
                    near = lag[waiting & (_LAG - 1), 0]
                    bits = _distance(codes, near, query)
                    if bits <= distance and _fresh(codes, near, query, table, lag[waiting & (_LAG - 1), 1]):
                        found, size = _kept(found, size, number, near, bits)
                lag[waiting & (_LAG - 1), 0] = row
                lag[waiting & (_LAG - 1), 1] = step - 2
                waiting += 1
    for left in range(max(0, waiting - _LAG), waiting):
        near = lag[left & (_LAG - 1), 0]
        bits = _distance(codes, near, query)
        if bits <= distance and _fresh(codes, near, query, table, lag[left & (_LAG - 1), 1]):
            found, size = _kept(found, size, number, near, bits)
    return found, size


@numba.njit(cache=True, nogil=True)
def within_bands(
    codes: npt.NDArray[np.uint64],
    offsets: npt.NDArray[np.uint32],
    rows: npt.NDArray[np.uint32],
    table: npt.NDArray[np.int64],
    masks: npt.NDArray[np.uint32],
    queries: npt.NDArray[np.uint64],
    distance: int,
    most: int,
) -> npt.NDArray[np.int64]:
    """Every (query, row, bits) with at most ``distance`` differing bits, in the order of the queries.

    Lines of memory are asked for a stage before they are read: the bounds of one band's buckets while those of the band
    before are read, rows while bounds are read, codes 64 rows before they are compared.

    Parameters:
        codes: (4 N,) uint64, sorted.
        offsets: uint32, flat, as `sort_into_buckets` makes them for each band.
        rows: ((B - 1) N,) uint32: the rows by bucket of every band but the first, whose rows ascend.
        table: (B, 6) int64, see above; its radii must be exact for the distance.
        masks: uint32, flat.
        queries: (Q, 4) uint64.
        distance: the largest number of differing bits.
        most: where the buckets hold more rows than this, all rows are compared one by one instead; always, where it
            is -1.

    Returns:
        (M, 3) int64: query number, row number, differing bits.
    """
    found = np.empty((64, 3), np.int64)
    size = 0
    for number in range(queries.shape[0]):
        query = queries[number]
        begin = size
        found, size = _near(codes, offsets, rows, table, masks, query, distance, most, number, found, size)
        if size < 0:
            size = begin
            for row in range(codes.shape[0] // 4):
                bits = _distance(codes, row, query)
                if bits <= distance:
                    found, size = _kept(found, size, number, row, bits)
    return found[:size]
