"""One batch of the posts of one channel, with the columns that several measures read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from takeback.model.channel import PostKind
from takeback.model.media import MediaKind

if TYPE_CHECKING:
    import pyarrow as pa

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

PICTURES = frozenset({MediaKind.PHOTO, MediaKind.IMAGE_FILE})
"""What counts as a picture: thumbnails belong to another file, stickers and animations are counted apart."""
UNDATED = np.iinfo(np.int64).min
"""What `Part.seconds` holds where a post has no time."""
KINDS = tuple(PostKind)
UNPOSTED = frozenset({"service", "page"})
"""Kinds of rows that nobody posted: service rows are the platform's own, a page has the time of its archiving."""


def parts(batches: Iterable[pa.RecordBatch]) -> Iterator[Part]:
    """The batches, one channel each, without the superseded versions of posts."""
    import pyarrow.compute as pc

    for batch in batches:
        current = batch.filter(pc.invert(batch.column("superseded"))) if _any(batch.column("superseded")) else batch
        if not current.num_rows:
            continue
        names = texts_of(current.column("channel"))
        channels = sorted(pc.unique(names).to_pylist())
        for channel in channels:
            rows = current if len(channels) == 1 else current.filter(pc.equal(names, channel))
            yield Part(channel, rows)


class Part:
    """Rows of one channel in columns; each derived column is made once, when it is first asked for."""

    def __init__(self, channel: str, rows: pa.RecordBatch) -> None:
        self.channel = channel
        self.rows = rows

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @cached_property
    def ids(self) -> Ints:
        """The posts' numbers, (N,)."""
        return _ints(self.rows.column("id"))

    @cached_property
    def kinds(self) -> npt.NDArray[np.uint8]:
        """Their kinds as places in `KINDS`, (N,)."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pc.index_in(texts_of(self.rows.column("kind")), value_set=pa.array([each.value for each in KINDS]))
        return found.to_numpy(zero_copy_only=False).astype(np.uint8)  # type: ignore[no-any-return]  # no types in pyarrow

    @cached_property
    def posted(self) -> Mask:
        """Whether somebody posted it, (N,)."""
        return posted(self.kinds)

    @cached_property
    def seconds(self) -> Ints:
        """Seconds since 1970, UTC; `UNDATED` where there is no time, (N,)."""
        return _ints(self.rows.column("time"), missing=UNDATED)

    @cached_property
    def zone_known(self) -> Mask:
        """Whether the source gave the zone of the time, (N,)."""
        return bools_of(self.rows.column("zone_known"))

    @cached_property
    def media(self) -> Listed:
        """The files that the source holds."""
        return Listed(self.rows.column("media"))

    @cached_property
    def missing(self) -> Listed:
        """The files that posts name and the source does not hold."""
        return Listed(self.rows.column("missing"))

    @cached_property
    def pictures(self) -> Ints:
        """How many pictures each post names, held or absent, (N,)."""
        counted = np.zeros(len(self), np.int64)
        for each in (self.media, self.missing):
            chosen = each.among("kind", PICTURES)
            counted += np.bincount(each.parents[chosen], minlength=len(self))
        return counted

    def given(self, column: str) -> Mask:
        """Whether a column has a value, (N,)."""
        import pyarrow.compute as pc

        return bools_of(pc.is_valid(self.rows.column(column)))

    def texts(self, column: str) -> pa.Array:
        """A column of texts, without its dictionary if it has one."""
        return texts_of(self.rows.column(column))

    def some(self, column: str, mask: Mask) -> Iterator[tuple[int, str]]:
        """The numbers and texts of the rows that the mask chooses, where there is a text."""
        where = np.flatnonzero(mask)
        chosen = self.texts(column).take(_array(where)).to_pylist()
        yield from ((int(self.ids[row]), text) for row, text in zip(where, chosen, strict=True) if text)


def posted(kinds: npt.NDArray[np.uint8]) -> Mask:
    """Whether rows of these kinds were posted by somebody."""
    return ~np.isin(kinds, [place for place, kind in enumerate(KINDS) if kind.value in UNPOSTED])


class Listed:
    """A column of lists, laid flat: ``parents`` (M,) is the row of each item, ``places`` (M,) its place in the list."""

    def __init__(self, column: pa.Array) -> None:
        import pyarrow.compute as pc

        self.items = column.flatten()
        self.parents: Ints = pc.list_parent_indices(column).to_numpy(zero_copy_only=False).astype(np.int64)
        starts = np.searchsorted(self.parents, self.parents)
        self.places: Ints = np.arange(len(self.parents), dtype=np.int64) - starts

    def __len__(self) -> int:
        return len(self.parents)

    def field(self, name: str) -> pa.Array:
        """One field of the items, as texts."""
        import pyarrow.compute as pc

        return texts_of(pc.struct_field(self.items, name))

    def among(self, name: str, values: Iterable[str]) -> Mask:
        """Which items have one of the values in a field, (M,)."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pa.array([str(value) for value in values], pa.string())
        return bools_of(pc.is_in(self.field(name), value_set=wanted))


def texts_of(column: pa.Array) -> pa.Array:
    """The column as plain texts."""
    import pyarrow as pa

    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def bools_of(column: pa.Array) -> Mask:
    """A column of yes and no, no where there is nothing."""
    found: Mask = column.fill_null(False).to_numpy(zero_copy_only=False).astype(np.bool_)
    return found


def _ints(column: pa.Array, *, missing: int = 0) -> Ints:
    import pyarrow as pa

    plain = column.cast(pa.int64())
    found: Ints = (plain.fill_null(missing) if plain.null_count else plain).to_numpy(zero_copy_only=False)
    return found


def _any(column: pa.Array) -> bool:
    return bool(column.true_count)


def _array(rows: Ints) -> pa.Array:
    import pyarrow as pa

    return pa.array(rows)
