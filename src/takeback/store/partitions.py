"""Posts in bulk: sealed Parquet files, each of one channel from one source, and the index of them in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from takeback.model.channel import Post
from takeback.store.coding import encode
from takeback.store.database import Row
from takeback.store.folder import CaseFolder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.int64]

_OWNER = "posts"
_NEVER = -(1 << 62)
_FLAT = ("channel", "kind", "author", "author_id", "forward_name", "forward_origin", "action", "source")
"""Columns whose values recur, and are written as a dictionary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One file of posts: which of a channel it holds, from which source, and where it lies in the vault."""

    number: int
    source: str
    channel: str
    first: int
    last: int
    address: str


class Partitions(CaseFolder):
    """The room of posts. A file is on the disk before its row is, and both are there or neither is."""

    def post_batches(self, channel: str | None = None) -> Iterator[pa.RecordBatch]:
        """Every version of every post, by channel and number, as columns; a batch is of one channel.

        ``superseded`` is true of all versions of a post but the one that counts: a flagged one, else the one that was
        edited last, else that of the first source. All versions of a post are in one batch.
        """
        order = {
            source: place for place, source in enumerate(self._database.texts("SELECT id FROM source ORDER BY number"))
        }
        channels = [channel] if channel is not None else self._post_channels()
        for each in channels:
            yield from _merged(self._partitions(each), self._read_partition, order)

    def count_posts(self) -> int:
        """How many posts there are, each counted once."""
        return self._database.number("SELECT COALESCE(SUM(fresh), 0) FROM partition")

    def _post_channels(self) -> list[str]:
        return self._database.texts("SELECT DISTINCT channel FROM partition ORDER BY channel")

    def _partitions(self, channel: str, first: int = -(1 << 63), last: int = (1 << 63) - 1) -> list[Partition]:
        """The partitions of a channel that may hold a number of this range, by first number."""
        query = (
            "SELECT number, source, channel, first, last, address FROM partition"
            " WHERE channel = ? AND first <= ? AND last >= ? ORDER BY first, number"
        )
        return [_partition(row) for row in self._database.rows(query, (channel, last, first))]

    def _add_rows(self, source: str, batch: pa.RecordBatch) -> tuple[int, list[tuple[Post, int]]]:
        """Keep what is new of a batch; how many numbers were new to the source, and posts that clash with one."""
        import pyarrow.compute as pc

        new, clashes = 0, []
        channels = batch.column("channel").unique().to_pylist()
        for channel in channels:
            whole = len(channels) == 1
            rows = batch if whole else batch.filter(pc.equal(batch.column("channel").cast("string"), channel))
            added, clashing = self._add_channel(source, channel, rows)
            new += added
            clashes += clashing
        return new, clashes

    def _add_channel(self, source: str, channel: str, rows: pa.RecordBatch) -> tuple[int, list[tuple[Post, int]]]:
        import numpy as np

        ids = _ids(rows)
        near = self._partitions(channel, int(ids.min()), int(ids.max()))
        own = [each for each in near if each.source == source]
        clashes: list[tuple[Post, int]] = []
        if own or not (ids[1:] > ids[:-1]).all():
            rows, clashes = self._without_known(rows, source, own)
            ids = _ids(rows)
        if not ids.size:
            return 0, clashes
        new = fresh = ids if (ids[1:] > ids[:-1]).all() else np.unique(ids)
        for each in near:
            held = _ids(self._read_partition(each, ["id"]))
            fresh = np.setdiff1d(fresh, held, assume_unique=True)
            if each.source == source:
                new = np.setdiff1d(new, held, assume_unique=True)
        self._write_partition(source, channel, rows, ids, int(fresh.size))
        return int(new.size), clashes

    def _without_known(
        self, rows: pa.RecordBatch, source: str, own: Sequence[Partition]
    ) -> tuple[pa.RecordBatch, list[tuple[Post, int]]]:
        """What is not there yet, by number, and what is another post under a number that is taken, and which one."""
        import numpy as np

        from takeback.tables.posts import batch_of, posts_of

        wanted = set(_ids(rows).tolist())
        known: dict[int, list[bytes]] = {}
        for each in sorted(own, key=lambda partition: partition.number):
            held = self._read_partition(each)
            near = np.isin(_ids(held), np.fromiter(wanted, np.int64))
            for post in posts_of(held.filter(_mask(near))):
                known.setdefault(post.id, []).append(encode(post))
        kept: list[Post] = []
        clashes: list[tuple[Post, int]] = []
        for post in posts_of(rows):
            content, there = encode(post), known.setdefault(post.id, [])
            if content in there:
                continue
            if there:
                clashes.append((post, len(there) + 1))
            there.append(content)
            kept.append(post)
        kept.sort(key=lambda post: post.id)
        return batch_of(kept, source), clashes

    def _write_partition(self, source: str, channel: str, rows: pa.RecordBatch, ids: Numbers, fresh: int) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = pa.BufferOutputStream()
        pq.write_table(
            pa.Table.from_batches([rows]),
            sink,
            compression="zstd",
            compression_level=1,
            use_dictionary=list(_FLAT),
            write_statistics=False,
        )
        content = sink.getvalue().to_pybytes()
        address = self._vault.put(content, owner=_OWNER, key=self.key("post tables"))
        self._database.execute(
            "INSERT INTO partition (source, channel, first, last, rows, fresh, address) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (source, channel, int(ids[0]), int(ids[-1]), rows.num_rows, fresh, address),
        )

    def _read_partition(self, partition: Partition, columns: list[str] | None = None) -> pa.RecordBatch:
        import pyarrow as pa
        import pyarrow.parquet as pq

        from takeback.tables.posts import SCHEMA, empty

        content = self._vault.get(partition.address, key=self.key("post tables"))
        table = pq.read_table(pa.BufferReader(content), columns=columns, use_threads=False)
        found = (table if columns else table.cast(SCHEMA)).combine_chunks().to_batches()
        return found[0] if found else empty()


class _Reading:
    """Rows of one channel that were read and not yet told, each with its source's place and its own order."""

    def __init__(self, batch: pa.RecordBatch, number: int) -> None:
        import numpy as np

        self.batch = batch
        self.ids = _ids(batch)
        self.order = np.arange(batch.num_rows, dtype=np.int64) + (number << 32)


def _merged(
    partitions: Sequence[Partition], read: Callable[[Partition], pa.RecordBatch], order: dict[str, int]
) -> Iterator[pa.RecordBatch]:
    """The rows of all partitions by number; only those whose ranges overlap are in memory together."""
    waiting: list[_Reading] = []
    for place, partition in enumerate(partitions):
        waiting.append(_Reading(read(partition), partition.number))
        following = partitions[place + 1].first if place + 1 < len(partitions) else None
        told, rest = [], []
        for each in waiting:
            cut = each.ids.size if following is None else int(each.ids.searchsorted(following))
            if cut:
                told.append(_part(each, 0, cut))
            if cut < each.ids.size:
                rest.append(_part(each, cut, each.ids.size))
        waiting = rest
        if told:
            yield _told(told, order)


def _part(reading: _Reading, start: int, stop: int) -> _Reading:
    part = object.__new__(_Reading)
    part.batch = reading.batch.slice(start, stop - start)
    part.ids, part.order = reading.ids[start:stop], reading.order[start:stop]
    return part


def _told(parts: Sequence[_Reading], order: dict[str, int]) -> pa.RecordBatch:
    """These rows by number, source and order, each marked where another version counts."""
    import numpy as np
    import pyarrow as pa

    ids = np.concatenate([each.ids for each in parts])
    if len(parts) == 1 and (ids[1:] > ids[:-1]).all():
        return parts[0].batch
    table = pa.Table.from_batches([each.batch for each in parts]).unify_dictionaries().combine_chunks()
    batch = table.to_batches()[0]
    within = np.concatenate([each.order for each in parts])
    sources = batch.column("source").to_pylist()
    alphabet = {source: place for place, source in enumerate(sorted(order))}
    by_name = np.array([alphabet[source] for source in sources])
    by_intake = np.array([order[source] for source in sources])
    edited = batch.column("edited").cast("int64").fill_null(_NEVER).to_numpy()
    flagged = batch.column("flagged_minor").to_numpy(zero_copy_only=False)
    best = np.lexsort((within, by_intake, -edited, ~flagged, ids))
    superseded = np.ones(ids.size, np.bool_)
    leads = np.ones(ids.size, np.bool_)
    leads[1:] = ids[best][1:] != ids[best][:-1]
    superseded[best[leads]] = False
    place = batch.schema.get_field_index("superseded")
    batch = batch.set_column(place, batch.schema.field(place), pa.array(superseded))
    return batch.take(pa.array(np.lexsort((within, by_name, ids))))


def _ids(batch: pa.RecordBatch) -> Numbers:
    found: Numbers = batch.column("id").to_numpy()
    return found


def _mask(wanted: npt.NDArray[np.bool_]) -> pa.Array:
    import pyarrow as pa

    return pa.array(wanted)


def _partition(row: Row) -> Partition:
    number, source, channel, first, last, address = row
    return Partition(
        number=int(number or 0),
        source=str(source),
        channel=str(channel),
        first=int(first or 0),
        last=int(last or 0),
        address=str(address),
    )
