"""Which bands of bits to sort codes by, and how far to search in each: the cheapest that stays exact."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from takeback.model.signal import HASH_BITS, HASH_WORDS

POSITION, WIDTH, START = range(3)
"""Columns of a table of bands, as `takeback.kernels.hamming_bands` has them."""
DISTANCE = 31
"""What bands are planned for; other distances are searched with other radii in the same bands."""
_DIRECTORY_BYTES, _LEAST_DIRECTORY, _MOST_DIRECTORY = 56, 1 << 16, 600_000_000
"""How many bytes of bucket offsets a code may cost, how few are always allowed, and how many in all: with its own 32
bytes, 4 in each band and its id, a code takes less than 140 at 10 million and less than 90 at 100 million."""
_WIDEST = 28
_MOST_MASKS = 200_000
_SCAN_NS = 3.5
_PROBE_NS, _FAR_PROBE_NS, _FAR_DIRECTORY = 8.0, 30.0, 1 << 26
_ROW_NS, _FAR_ROW_NS, _FAR_CODES = 20.0, 45.0, 1 << 22
_OFFSET_BYTES = 4
_SCAN_FROM = 8
"""Rows of crowded buckets lie near each other: looking at one takes up to so many times as long as in a scan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a look-up in one bucket and one row in it take in nanoseconds, among so many codes and bytes of offsets.

    Measured on one machine, with cold caches where the arrays are large; only their proportion matters to a plan.
    """

    codes: int
    directory: int

    def band(self, width: int, radius: int) -> float:
        """What searching a band of this width within this radius takes."""
        buckets = sum(math.comb(width, flips) for flips in range(radius + 1))
        return buckets * self._bucket(width)

    def more(self, width: int, radius: int) -> float:
        """What it adds to search within ``radius`` where one less was searched already."""
        return math.comb(width, radius) * self._bucket(width)

    def _bucket(self, width: int) -> float:
        probe = _PROBE_NS + _FAR_PROBE_NS * min(1.0, self.directory / _FAR_DIRECTORY)
        row = _ROW_NS + _FAR_ROW_NS * min(1.0, self.codes / _FAR_CODES)
        return probe + row * self.codes / (1 << width)

    @property
    def scan(self) -> float:
        """What comparing every code takes."""
        return _SCAN_NS * self.codes


def directory_bytes(widths: Sequence[int]) -> int:
    """The bytes of bucket offsets of bands of these widths."""
    return _OFFSET_BYTES * sum((1 << width) + 1 for width in widths)


@lru_cache
def widths_for(codes: int, distance: int = DISTANCE) -> tuple[int, ...]:
    """The widths of the bands, together 256 bits, whose search for ``distance`` among so many codes is the cheapest."""
    allowed = min(max(_LEAST_DIRECTORY, _DIRECTORY_BYTES * codes), _MOST_DIRECTORY)
    best: tuple[int, ...] = (HASH_BITS // 32,) * 32
    least = math.inf
    for widths, radii in _candidates(distance):
        size = directory_bytes(widths)
        if size <= allowed:
            costs = Costs(codes=codes, directory=size)
            cost = sum(costs.band(width, radius) for width, radius in zip(widths, radii, strict=True))
            if cost < least:
                best, least = widths, cost
    return best


def _candidates(distance: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Widths and radii that are exact: bands of two radii, those of the larger one as wide as is left for them."""
    for bands in range(HASH_BITS // _WIDEST + 1, distance + 2):
        lower, wide = divmod(distance + 1, bands)
        narrow = bands - wide
        if not wide:
            yield _shared(HASH_BITS, bands), (lower - 1,) * bands
            continue
        for width in range(1, _WIDEST + 1):
            left = HASH_BITS - narrow * width
            if wide <= left <= wide * _WIDEST:
                yield (*_shared(left, wide), *(width,) * narrow), (*(lower,) * wide, *(lower - 1,) * narrow)


def _shared(bits: int, bands: int) -> tuple[int, ...]:
    """So many bits in bands that are as wide as each other, or one bit wider."""
    width, wider = divmod(bits, bands)
    return (width + 1,) * wider + (width,) * (bands - wider)


def radii_for(widths: Sequence[int], distance: int, codes: int) -> tuple[int, ...] | None:
    """The cheapest radii that are exact for this distance; None where comparing every code is cheaper.

    Each step searches one bit farther in the band where that costs least. The cost of a band grows faster with every
    bit, so that no other radii with the same sum are cheaper.
    """
    costs = Costs(codes=codes, directory=directory_bytes(widths))
    radii = [-1] * len(widths)
    cost = 0.0
    for _ in range(distance + 1):
        added, band = min(
            (costs.more(width, radii[band] + 1), band) for band, width in enumerate(widths) if radii[band] < width
        )
        radii[band] += 1
        cost += added
        if cost > costs.scan or math.comb(widths[band], radii[band]) > _MOST_MASKS:
            return None
    return tuple(radii)


@lru_cache
def masks(width: int, radius: int) -> npt.NDArray[np.uint32]:
    """Every word of ``width`` bits with at most ``radius`` of them set, neighbours in memory next to each other."""
    set_bits = [
        sum(1 << bit for bit in bits) for flips in range(radius + 1) for bits in combinations(range(width), flips)
    ]
    return np.array(sorted(set_bits), np.uint32)


@lru_cache
def permutation() -> npt.NDArray[np.uint64]:
    """Where the bits of each byte value go, (32, 256, 4) uint64: version 1 of a fixed order that looks random.

    Neighbouring bits of a perceptual hash depend on each other; spread over bands they crowd fewer buckets. A distance
    does not change when the bits of both codes are put in the same order.
    """
    order = sorted(range(HASH_BITS), key=lambda bit: hashlib.sha256(b"takeback bands 1" + bytes([bit])).digest())
    table = np.zeros((HASH_BITS // 8, 256, HASH_WORDS), np.uint64)
    values = np.arange(256)
    for bit, place in enumerate(order):
        word, inside = divmod(place, 64)
        holding = (values >> (bit % 8)) & 1 == 1
        table[bit // 8, holding, word] |= np.uint64(1 << inside)
    return table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bands:
    """What the kernel needs to search within a distance: table and masks, and from how many rows on it scans."""

    table: npt.NDArray[np.int64]
    masks: npt.NDArray[np.uint32]
    most: int


@lru_cache(maxsize=1024)
def bands_for(widths: tuple[int, ...], distance: int, codes: int) -> Bands:
    """How to search so many codes in bands of these widths."""
    radii = radii_for(widths, distance, codes)
    most = -1 if radii is None else max(1, codes // _SCAN_FROM)
    found, placed = [np.empty(0, np.uint32)], dict[tuple[int, int], tuple[int, int]]()
    table, position, start = [], 0, 0
    for width, radius in zip(widths, radii or (-1,) * len(widths), strict=True):
        if (width, radius) not in placed:
            each = masks(width, radius)
            placed[width, radius] = (sum(map(len, found)), len(each))
            found.append(each)
        table.append((position, width, start, radius, *placed[width, radius]))
        position += width
        start += (1 << width) + 1
    return Bands(table=np.array(table, np.int64), masks=np.concatenate(found), most=most)
