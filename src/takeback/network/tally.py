"""What a census gathers as it reads: counts, rows, distinct texts, samples; tallies of parts add up."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from takeback.model.channel import Poll
from takeback.network.part import Ints, Mask, Part, texts_of
from takeback.network.timeline import Stretch

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[str, ...]
RowSet = dict[str, list[Ints]]
"""Rows by channel: post numbers (N,), or post and place (N, 2); in any order until they are digested."""

_PENDING = 1 << 20
_PIECES = 32
"""After so many pieces, rows are joined: many small arrays take more memory than what they hold."""

_HEX_DIGITS = 64
_WORTH = np.full(256, 255, np.uint8)
_WORTH[list(b"0123456789abcdef")] = range(16)


class Counts:
    """How often each of many texts, or digests as bytes, was seen, in columns, so that millions fit."""

    def __init__(self) -> None:
        self._seen: list[tuple[pa.Array, pa.Array]] = []
        self._pending = 0

    def add(self, texts: pa.Array) -> None:
        """Count texts; missing ones are left out."""
        import pyarrow.compute as pc

        found = pc.value_counts(texts.drop_null())
        self._append(found.field("values"), found.field("counts"))

    def merge(self, other: Counts) -> None:
        """Count what the other has seen too."""
        for texts, counts in other._seen:
            self._append(texts, counts)

    def table(self) -> pa.Table:
        """Each text once, with its count, in the order of texts: columns ``text`` and ``count``."""
        self._settle()
        import pyarrow as pa

        texts, counts = self._seen[0] if self._seen else (pa.array([], pa.string()), pa.array([], pa.int64()))
        return pa.table({"text": texts, "count": counts})

    def _append(self, texts: pa.Array, counts: pa.Array) -> None:
        self._seen.append((texts, counts))
        self._pending += len(texts)
        if self._pending > _PENDING and len(self._seen) > 1:
            self._settle()
            self._pending = 0

    def _settle(self) -> None:
        import pyarrow as pa

        if not self._seen:
            return
        texts = pa.concat_arrays([texts_of(texts) for texts, _ in self._seen])
        counts = pa.concat_arrays([counts for _, counts in self._seen])
        grouped = pa.table({"text": texts, "count": counts}).group_by("text").aggregate([("count", "sum")])
        ordered = grouped.sort_by("text").combine_chunks()
        columns = (ordered.column("text"), ordered.column("count_sum"))
        first, second = (each.chunk(0) if each.num_chunks else each.combine_chunks() for each in columns)
        self._seen = [(first, second)]


def union(counts: Iterable[Counts]) -> Counts:
    """What several have seen, as one."""
    joined = Counts()
    for each in counts:
        joined.merge(each)
    return joined


def binary(digests: pa.Array) -> pa.Array:
    """SHA-256 digests of 64 hexadecimal digits as 32 bytes each, which take half of the memory; (N,) without nulls.

    Raises:
        ValueError: One of them is no such digest.
    """
    import pyarrow as pa

    held = texts_of(digests).drop_null()
    _, offsets, content = held.buffers()
    bounds = np.frombuffer(offsets, np.int32, len(held) + 1, held.offset * 4) if len(held) else np.zeros(1, np.int32)
    written = np.frombuffer(content, np.uint8)[bounds[0] : bounds[-1]] if len(held) else np.zeros(0, np.uint8)
    halves = _WORTH[written]
    if not (np.diff(bounds) == _HEX_DIGITS).all() or (halves > 15).any():  # noqa: PLR2004  # the largest digit
        message = "not a SHA-256 (64 lower-case hexadecimal digits) among the digests of files"
        raise ValueError(message)
    whole = halves[0::2] << 4 | halves[1::2]
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(_HEX_DIGITS // 2), len(held), [None, pa.py_buffer(whole)])


def digests_in(counts: Iterable[Counts]) -> Iterator[str]:
    """Every SHA-256 that one of several has seen, once and in order; those of one first digit at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [column for each in counts if len(column := each.table().column("text").combine_chunks())]
    width = _HEX_DIGITS // 2
    bytes_of = [np.frombuffer(each.buffers()[1], np.uint8, len(each) * width, each.offset * width) for each in columns]
    digits = [each[::width] >> 4 for each in bytes_of]
    for digit in range(16) if columns else ():
        parts = [each.filter(pa.array(first == digit)) for each, first in zip(columns, digits, strict=True)]
        distinct = pc.unique(pa.concat_arrays(parts))
        yield from (each.hex() for each in distinct.take(pc.array_sort_indices(distinct)).to_pylist())


class Sample:
    """The ``size`` texts with the lowest draws: a simple random sample without replacement, whatever the order."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.population = 0
        self._kept: list[tuple[int, str, int, str]] = []

    def add(self, channel: str, ids: Ints, texts: Iterable[str], draws: Iterable[int]) -> None:
        """Offer texts with their draws; ``population`` is raised by whoever knows how many there were."""
        for id, text, draw in zip(ids.tolist(), texts, draws, strict=True):
            self._keep((-draw, channel, -id, text))

    def bar(self) -> int:
        """The draw from which on nothing is kept any more."""
        return -self._kept[0][0] if len(self._kept) >= self.size else 1 << 64

    def merge(self, other: Sample) -> None:
        """Both populations as one."""
        self.population += other.population
        for each in other._kept:
            self._keep(each)

    def __iter__(self) -> Iterator[tuple[str, int, str]]:
        """Channel, number and text of what was drawn, in a fixed order."""
        return ((channel, -id, text) for _, channel, id, text in sorted(self._kept, reverse=True))

    def __len__(self) -> int:
        return len(self._kept)

    def _keep(self, each: tuple[int, str, int, str]) -> None:
        if len(self._kept) < self.size:
            heapq.heappush(self._kept, each)
        elif each > self._kept[0]:
            heapq.heapreplace(self._kept, each)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was gathered of some parts, under keys that begin with the name of the family of measures."""

    stretches: defaultdict[str, list[Stretch]] = field(default_factory=lambda: defaultdict(list))
    numbers: Counter[Key] = field(default_factory=Counter)
    rows: defaultdict[Key, RowSet] = field(default_factory=lambda: defaultdict(dict))
    counts: defaultdict[Key, Counts] = field(default_factory=lambda: defaultdict(Counts))
    samples: dict[Key, Sample] = field(default_factory=dict)
    polls: list[tuple[str, int, Poll]] = field(default_factory=list)
    single: dict[tuple[Key, str], array[int]] = field(default_factory=dict)

    def add_rows(self, key: Key, channel: str, rows: Ints) -> None:
        """Note rows of a channel under a key."""
        if not len(rows):
            return
        held = self.rows[key].setdefault(channel, [])
        held.append(np.asarray(rows, np.int64))
        if len(held) > _PIECES:
            held[:] = [np.concatenate(held)]

    def add_row(self, key: Key, channel: str, id: int) -> None:
        """Note one row of a channel under a key; `settle` puts it to the others."""
        self.single.setdefault((key, channel), array("q")).append(id)

    def settle(self) -> None:
        """Puts rows that were noted one by one to the others."""
        for (key, channel), ids in self.single.items():
            self.add_rows(key, channel, np.array(ids, np.int64))
        self.single.clear()

    def choose(self, key: Key, part: Part, mask: Mask) -> None:
        """Note the rows of a part that a mask chooses."""
        self.add_rows(key, part.channel, part.ids[mask])

    def sample(self, key: Key, size: int) -> Sample:
        """The sample of that name; it begins empty."""
        return self.samples.setdefault(key, Sample(size))

    def under(self, *head: str) -> dict[Key, int]:
        """The numbers whose keys begin so, by what follows, in order."""
        return {key[len(head) :]: self.numbers[key] for key in sorted(self.numbers) if key[: len(head)] == head}

    def rows_under(self, *head: str) -> dict[Key, RowSet]:
        """The rows whose keys begin so, by what follows, in order."""
        return {key[len(head) :]: self.rows[key] for key in sorted(self.rows) if key[: len(head)] == head}

    def merge(self, other: Tally) -> None:
        """Both as one; the other is spent."""
        self.settle()
        other.settle()
        for channel, stretches in other.stretches.items():
            self.stretches[channel].extend(stretches)
        self.numbers.update(other.numbers)
        for key, rows in other.rows.items():
            for channel, ids in rows.items():
                self.add_rows(key, channel, np.concatenate(ids))
        for key, counts in other.counts.items():
            self.counts[key].merge(counts)
        for key, sample in other.samples.items():
            self.sample(key, sample.size).merge(sample)
        self.polls.extend(other.polls)
