"""The tail of an index: what was added and withdrawn since its segments were written, one record after the other."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.model.signal import HASH_WORDS

VERSION = 1
MAGIC = b"tb-hash-tail\n\x00\x00" + bytes([VERSION])
ROW = np.dtype([("id", "<i8"), ("words", "<u8", (HASH_WORDS,))])
_ID = np.dtype("<i8")
_HEADER = struct.Struct("<4sIQI")
_CHECK = struct.Struct("<I")
_HEAD_BYTES = _HEADER.size + _CHECK.size
_ADD, _WITHDRAW = b"add\n", b"drop"
_KINDS = {_ADD: ROW, _WITHDRAW: _ID}

Words = npt.NDArray[np.uint64]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """One addition (``words`` (N, 4), one id each) or withdrawal (``words`` None); ``sequence`` counts both."""

    sequence: int
    ids: Ids
    words: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """Bytes of a log that are not what was written: where, how many, and how many hashes or ids they held if known."""

    at: int
    size: int
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a stretch of a log says; ``end`` is where the next record begins, before whatever is still being written."""

    records: tuple[Record, ...]
    spoilt: tuple[Spoilt, ...]
    end: int


def encoded(record: Record) -> bytes:
    """The bytes of a record: a head with a checksum of its own, so that its length can be trusted; then the rows."""
    if record.words is None:
        kind, body = _WITHDRAW, record.ids.astype(_ID).tobytes()
    else:
        rows = np.empty(len(record.ids), ROW)
        rows["id"], rows["words"] = record.ids, record.words
        kind, body = _ADD, rows.tobytes()
    head = _HEADER.pack(kind, len(record.ids), record.sequence, zlib.crc32(body))
    return head + _CHECK.pack(zlib.crc32(head)) + body


def read(content: bytes, *, at: int) -> Reading:
    """The whole records in ``content``, which begins at the offset ``at`` of its log.

    A record that ends beyond the content is still being written, or was when its writer was killed: it is no damage.
    """
    records: list[Record] = []
    spoilt: list[Spoilt] = []
    end = at
    for after, part in _parts(content, at):
        end = at + after
        if isinstance(part, Spoilt):
            spoilt.append(part)
        else:
            records.append(part)
    return Reading(records=tuple(records), spoilt=tuple(spoilt), end=end)


def _parts(content: bytes, at: int) -> Iterator[tuple[int, Record | Spoilt]]:
    """Each record, or what is in its place, with the place after it."""
    place = 0
    while len(content) - place >= _HEAD_BYTES:
        head = content[place : place + _HEADER.size]
        kind, count, sequence, check = _HEADER.unpack(head)
        if _CHECK.unpack_from(content, place + _HEADER.size)[0] != zlib.crc32(head) or kind not in _KINDS:
            yield len(content), Spoilt(at=at + place, size=len(content) - place, count=None)
            return
        start = place + _HEAD_BYTES
        end = start + count * _KINDS[kind].itemsize
        if end > len(content):
            return
        body = content[start:end]
        if zlib.crc32(body) != check:
            yield end, Spoilt(at=at + place, size=end - place, count=count)
        else:
            yield end, _record(kind, sequence, body)
        place = end


def _record(kind: bytes, sequence: int, body: bytes) -> Record:
    rows = np.frombuffer(body, _KINDS[kind])
    if kind == _WITHDRAW:
        return Record(sequence=sequence, ids=rows.astype(np.int64), words=None)
    return Record(sequence=sequence, ids=rows["id"].astype(np.int64), words=rows["words"].astype(np.uint64))


class Tail:
    """What the records of a log come to: rows to scan, and until which record each withdrawn id is withdrawn.

    It is never changed: `after` gives the tail that more records lead to. A row is dead where its id was withdrawn by a
    later record; it is left in place and passed over, so that a withdrawal costs what it names and no more.
    """

    __slots__ = ("ids", "sequence", "sequences", "until", "withdrawn", "words")

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        self.ids: Ids = np.empty(0, np.int64)
        self.sequences: Ids = np.empty(0, np.int64)
        self.words: Words = np.empty((0, HASH_WORDS), np.uint64)
        self.withdrawn: Ids = np.empty(0, np.int64)
        self.until: Ids = np.empty(0, np.int64)

    def after(self, records: Sequence[Record]) -> Tail:
        """The tail with these records at its end."""
        if not records:
            return self
        tail = Tail(max(self.sequence, records[-1].sequence))
        added = [(each.ids, each.words, each.sequence) for each in records if each.words is not None]
        tail.ids = np.concatenate((self.ids, *(ids for ids, _, _ in added)))
        tail.words = np.concatenate((self.words, *(words for _, words, _ in added)))
        tail.sequences = np.concatenate((self.sequences, *(np.full(len(ids), at) for ids, _, at in added)))
        dropped = [each for each in records if each.words is None]
        ids = np.concatenate((self.withdrawn, *(each.ids for each in dropped)))
        until = np.concatenate((self.until, *(np.full(len(each.ids), each.sequence) for each in dropped)))
        order = np.lexsort((-until, ids))
        tail.withdrawn, first = np.unique(ids[order], return_index=True)
        tail.until = until[order][first]
        return tail

    def alive(self, ids: Ids, sequences: Ids | int) -> npt.NDArray[np.bool_]:
        """Which of these ids, added by these records, were not withdrawn afterwards."""
        if not len(self.withdrawn):
            return np.ones(len(ids), np.bool_)
        place = np.minimum(np.searchsorted(self.withdrawn, ids), len(self.withdrawn) - 1)
        alive: npt.NDArray[np.bool_] = (self.withdrawn[place] != ids) | (self.until[place] < sequences)
        return alive

    @property
    def rows_alive(self) -> npt.NDArray[np.bool_]:
        """Which rows are findable."""
        return self.alive(self.ids, self.sequences)
