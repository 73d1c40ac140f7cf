"""Exact search of perceptual hashes within a Hamming distance, in memory or in a folder that processes share."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from takeback.errors import HashIndexError, IndexDamaged
from takeback.matching.hamming_folder import Folder, Manifest
from takeback.matching.hamming_log import Ids, Record, Tail, Words
from takeback.matching.hamming_reader import Reader
from takeback.matching.hamming_view import Hits, Missing, View
from takeback.model.signal import HASH_WORDS

REFRESH_SECONDS = 0.2
_NAME_BYTES = 4
_BITS = 256


def _checked(words: Words) -> Words:
    words = np.ascontiguousarray(words, np.uint64)
    if words.ndim != 2 or words.shape[1] != HASH_WORDS:  # noqa: PLR2004 - rows and words
        raise ValueError(f"hashes are rows of {HASH_WORDS} words, not an array of shape {words.shape}")
    return words


def _paired(ids: Iterable[int], words: Words) -> tuple[Ids, Words]:
    words = _checked(words)
    paired = ids.astype(np.int64) if isinstance(ids, np.ndarray) else np.fromiter(ids, np.int64)
    if len(paired) != len(words):
        raise ValueError(f"{len(paired)} ids for {len(words)} hashes")
    return paired, words


class HammingIndex:
    """Every enrolled hash within a distance, exactly.

    An index is a set of pairs of an id and a hash: adding a pair again changes nothing that a search finds. `build`
    makes one in memory. `create` and `open` take a folder: what is added or withdrawn there is on the disk when the
    call returns, and counts in every process that has it open within a second. Its methods may be called from several
    threads.

    Examples:
        >>> import numpy as np
        >>> index = HammingIndex.build(np.zeros((1, 4), np.uint64), ids=[7])
        >>> index.search(np.ones((1, 4), np.uint64)).distance.tolist()
        [4]
    """

    def __init__(self, view: View, reader: Reader | None = None, *, writable: bool = True) -> None:
        self._view = view
        self._reader = reader
        self._writable = writable
        self._lock = threading.RLock()
        self._next_refresh = time.monotonic() + REFRESH_SECONDS

    @classmethod
    def build(cls, words: Words, *, ids: Sequence[int] | None = None) -> HammingIndex:
        """An index in memory of hashes (N, 4) uint64; ids count from 0 where none are given."""
        index = cls(View(name="memory", tail=Tail(0)))
        index.add(np.arange(len(words)) if ids is None else ids, words)
        return index

    @classmethod
    def create(cls, path: Path) -> HammingIndex:
        """An empty index in a new folder, open for writing; a HashIndexError where one is already."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Folder(path)
        with folder.locked("change"):
            if any(path.glob("manifest*")):
                raise HashIndexError(f"an index is here already: {path} (open it, or choose another folder)")
            name = secrets.token_hex(_NAME_BYTES)
            folder.swap(Manifest(name=name, generation=0, sequence=0, logs=(folder.new_log(0),)))
        return cls.open(path, writable=True)

    @classmethod
    def open(cls, path: Path, *, writable: bool = False) -> HammingIndex:
        """The index in this folder, memory-mapped; a HashIndexError where it is none, or of another version."""
        reader = Reader(Folder(path))
        return cls(reader.latest(), reader, writable=writable)

    def __len__(self) -> int:
        return self._view.size

    @property
    def version(self) -> str:
        """The state that a search sees; each addition and withdrawal makes another, merging does not."""
        return self._view.version

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Which parts of the index cannot be used, with the ids that they held where these are known."""
        return self._view.missing

    def add(self, ids: Iterable[int], words: Words) -> None:
        """Make more hashes findable; one id may have several, for example the 8 forms of a photograph."""
        paired, words = _paired(ids, words)
        if len(paired):
            self._append(paired, words)

    def withdraw(self, ids: Iterable[int]) -> None:
        """Make every hash of these ids unfindable at once; unknown ids are ignored."""
        dropped = np.unique(np.fromiter(ids, np.int64))
        if len(dropped):
            self._append(dropped, None)

    def _append(self, ids: Ids, words: Words | None) -> None:
        with self._writing():
            record = Record(sequence=self._view.tail.sequence + 1, ids=ids, words=words)
            if self._reader is None:
                self._view = self._view.with_tail(self._view.tail.after([record]))
            else:
                self._view = self._reader.append(record)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold what one writer at a time may hold, and have seen all that was written before."""
        with self._lock:
            if self._reader is None:
                yield
                return
            if not self._writable:
                raise HashIndexError(f"open for reading alone: {self._reader.folder.path} (open it with writable=True)")
            with self._reader.folder.locked("change"):
                self._view = self._reader.latest()
                yield

    def search(self, words: Words, *, distance: int = 31, partial: bool = False) -> Hits:
        """Every enrolled hash within ``distance`` bits of each query (Q, 4).

        Where a part of the index is unusable, an IndexDamaged says which, unless ``partial`` takes what is left; the
        hits then say what is missing.
        """
        if not 0 <= distance <= _BITS:
            raise ValueError(f"a distance is 0 to {_BITS} bits, not {distance}")
        words = _checked(words)
        if self._reader is not None and time.monotonic() >= self._next_refresh:
            self.refresh()
        view = self._view
        if view.missing and not partial:
            named = "; ".join(str(each) for each in view.missing)
            raise IndexDamaged(f"a part of the index is unusable: {named} (add its hashes again, or search partially)")
        return view.search(words, distance)

    def refresh(self) -> bool:
        """See what other processes changed; whether they did. A search does so itself, every 0.2 seconds at most."""
        if self._reader is None or not self._lock.acquire(blocking=False):
            return False  # another thread is at it
        try:
            before = self._view
            self._view = self._reader.latest()
            self._next_refresh = time.monotonic() + REFRESH_SECONDS
            return self._view is not before
        finally:
            self._lock.release()

    def merge(self) -> bool:
        """Fold tail and withdrawals into segments; whether there was anything to fold. Searches go on meanwhile."""
        return False

    def merge_in_background(self) -> Future[bool]:
        """`merge` in a thread of its own; what it comes to."""
        outcome: Future[bool] = Future()
        outcome.set_result(self.merge())
        return outcome

    def close(self) -> None:
        """Let go of the files; searching afterwards finds nothing and says so with a HashIndexError."""
        self._view = View(name="closed", tail=Tail(0), missing=(Missing(file="all", reason="the index is closed"),))
        self._reader = None
