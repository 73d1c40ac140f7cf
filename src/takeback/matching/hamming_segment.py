"""One immutable segment of an index: codes sorted, their ids, and their rows by the buckets of each band."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import numpy as np
import numpy.typing as npt

from takeback.matching.hamming_columns import Columns
from takeback.matching.hamming_log import Ids, Words
from takeback.matching.hamming_plan import POSITION, START, WIDTH, bands_for, directory_bytes, permutation, widths_for
from takeback.model.signal import HASH_WORDS

_CODE_BYTES = 32
_SMALL_IDS = 1 << 32

Rows = npt.NDArray[np.uint32]


@cache
def _kernels() -> ModuleType:
    """The kernels, imported when they are first needed: a look-up is too short to ask for them each time."""
    from takeback.kernels import hamming_bands

    return hamming_bands


def permuted_codes(words: Words) -> Words:
    """Hashes with their bits in the order of the codes in segments."""
    codes: Words = _kernels().permuted(words, permutation())
    return codes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """Distinct codes in their order, with everything that finds them; in memory or mapped.

    ``codes`` (U, 4) uint64: the hashes with their bits permuted; ``ids`` (U,) uint32 or int64: an id of each, less
    ``base``; ``extra_rows`` (E,) uint32 ascending, ``extra_ids`` (E,) int64: further ids of codes that have several;
    ``offsets`` uint32: where the buckets of each band begin; ``rows`` ((B - 1) U,) uint32: the rows by bucket of every
    band but the first.
    """

    widths: tuple[int, ...]
    base: int
    codes: Words
    ids: npt.NDArray[np.uint32] | Ids
    extra_rows: Rows
    extra_ids: Ids
    offsets: Rows
    rows: Rows

    @property
    def hashes(self) -> int:
        """How many pairs of an id and a hash there are."""
        return len(self.ids) + len(self.extra_ids)

    @property
    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """The columns, in the order of the file."""
        return (self.codes, self.ids, self.extra_rows, self.extra_ids, self.offsets, self.rows)

    def search(self, codes: Words, distance: int) -> tuple[Ids, Ids, Ids]:
        """Every (query, id, bits) with at most ``distance`` differing bits, for queries permuted like the codes."""
        bands = bands_for(self.widths, distance, len(self.codes))
        flat = self.codes.reshape(-1)
        found = _kernels().within_bands(
            flat, self.offsets, self.rows, bands.table, bands.masks, codes, distance, bands.most
        )
        query, row, bits = found[:, 0], found[:, 1], found[:, 2]
        if not len(found):  # as most look-ups end, which are so short that the rest would be a tenth of them
            return query, row, bits
        ids = self.ids[row].astype(np.int64) + self.base
        if not (len(self.extra_ids) and len(row)):
            return query, ids, bits
        low, high = (np.searchsorted(self.extra_rows, row.astype(np.uint32), side=side) for side in ("left", "right"))
        many = high - low
        place = np.repeat(low - np.cumsum(many) + many, many) + np.arange(int(many.sum()))
        return (
            np.concatenate((query, np.repeat(query, many))),
            np.concatenate((ids, self.extra_ids[place])),
            np.concatenate((bits, np.repeat(bits, many))),
        )

    def all_ids(self) -> Ids:
        """The id of every hash."""
        return np.concatenate((self.ids.astype(np.int64) + self.base, self.extra_ids))

    def between(self, low: int, high: int) -> tuple[Words, Ids]:
        """The codes of these rows with their ids, a code that has several as often."""
        first, last = np.searchsorted(self.extra_rows, np.array([low, high], np.uint32))
        codes = np.concatenate((self.codes[low:high], self.codes[self.extra_rows[first:last]]))
        return codes, np.concatenate((self.ids[low:high].astype(np.int64) + self.base, self.extra_ids[first:last]))


def build(parts: Iterable[tuple[Words, Ids]], most: int, columns: Columns) -> Segment:
    """A segment of the pairs in ``parts``, each pair once.

    Parameters:
        parts: codes (N, 4) with their ids, in any order within a part; every part after the ones with smaller codes.
        most: how many pairs there are at most in all.
        columns: where the segment is to lie.
    """
    codes = columns.column(np.uint64, HASH_WORDS * most).reshape(-1, HASH_WORDS)
    ids = np.empty(most, np.int64)
    extra_rows, extra_ids = [np.empty(0, np.uint32)], [np.empty(0, np.int64)]
    size = 0
    for some, theirs in parts:
        unique, first, again, more = distinct(some, theirs)
        codes[size : size + len(unique)] = unique
        ids[size : size + len(unique)] = first
        extra_rows.append((again + size).astype(np.uint32))
        extra_ids.append(more)
        size += len(unique)
    codes[size:] = 0
    columns.cut(_CODE_BYTES * size)
    codes, ids = codes[:size], ids[:size]
    base = int(ids.min()) if size else 0
    small = size > 0 and int(ids.max()) - base < _SMALL_IDS
    kept = columns.column(np.uint32, size) if small else columns.column(np.int64, size)
    base = base if small else 0
    np.subtract(ids, base, out=kept, casting="unsafe")
    del ids
    rows, more = np.concatenate(extra_rows), np.concatenate(extra_ids)
    kept_rows, kept_more = columns.column(np.uint32, len(rows)), columns.column(np.int64, len(more))
    kept_rows[:], kept_more[:] = rows, more
    widths = widths_for(size)
    offsets = columns.column(np.uint32, directory_bytes(widths) // 4)
    by_bucket = columns.column(np.uint32, (len(widths) - 1) * size)
    _sort(codes, widths, offsets, by_bucket)
    return Segment(
        widths=widths,
        base=base,
        codes=codes,
        ids=kept,
        extra_rows=kept_rows,
        extra_ids=kept_more,
        offsets=offsets,
        rows=by_bucket,
    )


def _sort(codes: Words, widths: tuple[int, ...], offsets: Rows, rows: Rows) -> None:
    """Sort the rows into the buckets of each band."""
    scratch, size = np.empty(len(codes), np.uint64), len(codes)
    for number, band in enumerate(bands_for(widths, 0, size).table):
        begin, width = int(band[START]), int(band[WIDTH])
        theirs = rows[(number - 1) * size : number * size] if number else rows[:0]
        buckets = offsets[begin : begin + (1 << width) + 1]
        _kernels().sort_into_buckets(codes.reshape(-1), int(band[POSITION]), width, buckets, theirs, scratch)


def distinct(codes: Words, ids: Ids) -> tuple[Words, Ids, Ids, Ids]:
    """The distinct codes in order, an id of each, and the rows and ids of further ids; every pair once."""
    order = np.argsort(codes[:, 0])
    codes, ids = codes[order], ids[order]
    same = codes[1:, 0] == codes[:-1, 0]
    if same.any():  # few, but where pictures repeat: put these in their whole order
        tied = np.flatnonzero(np.concatenate((same, [False])) | np.concatenate(([False], same)))
        whole = tied[np.lexsort((ids[tied], *(codes[tied, word] for word in (3, 2, 1, 0))))]
        codes[tied], ids[tied] = codes[whole], ids[whole]
        same = (codes[1:] == codes[:-1]).all(axis=1)
        again = same & (ids[1:] == ids[:-1])
        if again.any():
            stays = np.concatenate(([True], ~again))
            codes, ids, same = codes[stays], ids[stays], same[~again]
    first = np.concatenate(([True], ~same))[: len(codes)]
    row = np.cumsum(first) - 1
    return codes[first], ids[first], row[~first], ids[~first]
