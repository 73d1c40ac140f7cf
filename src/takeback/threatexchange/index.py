"""The index that python-threatexchange asks: our exact Hamming index, written as plain bytes that run nothing.

A file is, little-endian, ``<magic><count: uint64><count x 32 bytes of hashes><what lies beside them, in MessagePack>``
and the SHA-256 of all that.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import threading
from collections.abc import Iterable, Sequence
from typing import BinaryIO, Generic, Self, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
from threatexchange.signal_type.index import IndexMatchUntyped, SignalSimilarityInfoWithIntDistance, SignalTypeIndex

from takeback.errors import HashIndexError
from takeback.matching.hamming_index import HammingIndex
from takeback.model.signal import HASH_WORDS, Signal
from takeback.threatexchange.metadata import plain, rebuilt

T = TypeVar("T")

DISTANCE = 31
"""How many bits may differ, as in their index."""
MAGIC = b"takeback pdq index 1\n"
_COUNT = struct.Struct("<Q")
_DIGEST_BYTES = 32
_ROW_BYTES = 8 * HASH_WORDS
_LOG = logging.getLogger("takeback.threatexchange")


class PdqIndex(SignalTypeIndex, Generic[T]):  # type: ignore[misc]  # mypy is told not to follow their package
    """Every hash within 31 bits of a query, exactly, with whatever was kept beside it.

    A hash that is none is set aside with its reason (`set_aside`) and costs no other one.
    """

    def __init__(self, entries: Iterable[tuple[str, T]] = ()) -> None:
        super().__init__()
        self.set_aside: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._beside: list[T] = []
        self._waiting: list[tuple[int, int, int, int]] = []
        self._words = np.empty((0, HASH_WORDS), np.uint64)
        self._index = HammingIndex.build(self._words)
        self.add_all(entries)

    def __len__(self) -> int:
        return len(self._beside)

    @classmethod
    def get_match_threshold(cls) -> int:
        """The largest distance of a match."""
        return DISTANCE

    def add(self, signal_str: str, entry: T) -> None:
        """Makes one more hash findable; the same hash again is one more entry."""
        self.add_all([(signal_str, entry)])

    def add_all(self, entries: Iterable[tuple[str, T]]) -> None:
        """Makes more hashes findable."""
        for digits, entry in entries:
            try:
                words = _words_of(digits)
            except ValueError as error:
                self.set_aside.append((digits, str(error)))
                _LOG.warning("set aside: %s", error)
                continue
            with self._lock:
                self._waiting.append(words)
                self._beside.append(entry)

    def query(self, query: str) -> Sequence[IndexMatchUntyped]:
        """The entries within 31 bits of a hash, nearest first; a ValueError where it is no hash."""
        self._settle()
        hits = self._index.search(np.array([_words_of(query)], np.uint64), distance=DISTANCE)
        return [
            IndexMatchUntyped(SignalSimilarityInfoWithIntDistance(int(distance)), self._beside[int(number)])
            for number, distance in zip(hits.id, hits.distance, strict=True)
        ]

    def serialize(self, fout: BinaryIO) -> None:
        """Writes hashes and what lies beside them; a HashIndexError where that has no plain form."""
        self._settle()
        written = hashlib.sha256()
        beside = msgspec.msgpack.encode([plain(each) for each in self._beside])
        for part in (MAGIC, _COUNT.pack(len(self)), self._words.astype("<u8").tobytes(), beside):
            written.update(part)
            fout.write(part)
        fout.write(written.digest())

    @classmethod
    def deserialize(cls, fin: BinaryIO) -> Self:
        """What `serialize` wrote; a HashIndexError where it is anything else, or was changed."""
        content = fin.read()
        if not content.startswith(MAGIC):
            raise HashIndexError("not an index that this extension wrote (build it again: threatexchange dataset -r)")
        body, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
        start = len(MAGIC) + _COUNT.size
        if hashlib.sha256(body).digest() != digest or len(body) < start:
            raise HashIndexError("an index that ends early or was changed (build it again: threatexchange dataset -r)")
        (count,) = _COUNT.unpack_from(body, len(MAGIC))
        end = start + count * _ROW_BYTES
        if end > len(body):
            raise HashIndexError("an index with fewer hashes than it says (build it again: threatexchange dataset -r)")
        words = np.frombuffer(body[start:end], dtype="<u8").reshape(-1, HASH_WORDS).astype(np.uint64)
        return cls._of(words, _beside(body[end:], count))

    @classmethod
    def _of(cls, words: npt.NDArray[np.uint64], beside: list[object]) -> Self:
        made = cls()
        made._words = words
        made._beside = beside  # type: ignore[assignment]  # what their caller kept is what their caller reads
        made._index = HammingIndex.build(words)
        return made

    def _settle(self) -> None:
        """Hands the hashes that wait to the index, all at once."""
        with self._lock:
            if self._waiting:
                waiting, self._waiting = self._waiting, []
                fresh = np.array(waiting, dtype=np.uint64).reshape(-1, HASH_WORDS)
                self._index.add(np.arange(len(self._words), len(self._words) + len(fresh)), fresh)
                self._words = np.concatenate((self._words, fresh))


def _beside(packed: bytes, count: int) -> list[object]:
    try:
        values = msgspec.msgpack.decode(packed, type=list)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HashIndexError(f"an index whose entries cannot be read: {error} (build it again)") from error
    if len(values) != count:
        raise HashIndexError(f"an index with {count} hashes and {len(values)} entries (build it again)")
    try:
        return [rebuilt(each) for each in values]
    except (TypeError, RecursionError) as error:
        raise HashIndexError(f"an index whose entries make no sense: {error} (build it again)") from error


def _words_of(digits: str) -> tuple[int, int, int, int]:
    return Signal.from_hex(digits, quality=0).words
