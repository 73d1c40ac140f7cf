"""What a segment is built from: hashes as they came and segments built before, part by part in their order."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from takeback.matching.hamming_log import Ids, Words
from takeback.matching.hamming_plan import permutation
from takeback.matching.hamming_segment import Segment
from takeback.model.signal import HASH_WORDS

_PART = 32_768
_MOST_BITS = 10

Alive = Callable[[Ids], npt.NDArray[np.bool_]]


class Source(Protocol):
    """Codes with their ids, sorted by their first bits."""

    def __len__(self) -> int:
        """How many pairs at most."""

    def part(self, number: int) -> tuple[Words, Ids]:
        """The pairs whose codes begin with these bits."""


def part_bits(pairs: int) -> int:
    """By how many first bits to divide so many pairs, so that a part fits into a cache."""
    return min(_MOST_BITS, max(0, math.ceil(math.log2(max(1, pairs) / _PART))))


def parts(sources: Sequence[Source], bits: int) -> Iterator[tuple[Words, Ids]]:
    """Each part of all sources together."""
    for number in range(1 << bits):
        found = [source.part(number) for source in sources]
        codes = np.concatenate([np.empty((0, HASH_WORDS), np.uint64), *(codes for codes, _ in found)])
        yield codes, np.concatenate([np.empty(0, np.int64), *(ids for _, ids in found)])


class Hashes:
    """Hashes with their ids, as they came."""

    def __init__(self, words: Words, ids: Ids, bits: int) -> None:
        from takeback.kernels.hamming_bands import dealt

        self._codes, self._ids, self._bounds = dealt(words, ids, permutation(), bits)

    def __len__(self) -> int:
        return len(self._ids)

    def part(self, number: int) -> tuple[Words, Ids]:
        """The pairs whose codes begin with these bits."""
        low, high = self._bounds[number : number + 2]
        return self._codes[low:high], self._ids[low:high]


class Living:
    """What is alive of a segment."""

    def __init__(self, segment: Segment, alive: Alive, bits: int) -> None:
        self._segment = segment
        self._alive = alive
        first = segment.codes[:, 0]
        begins = (number << (64 - bits) for number in range(1 << bits))
        self._bounds = [*(bisect_left(first, begin) for begin in begins), len(first)]

    def __len__(self) -> int:
        return self._segment.hashes

    def part(self, number: int) -> tuple[Words, Ids]:
        """The pairs whose codes begin with these bits, without the ids that were withdrawn."""
        codes, ids = self._segment.between(self._bounds[number], self._bounds[number + 1])
        alive = self._alive(ids)
        return (codes, ids) if alive.all() else (codes[alive], ids[alive])
