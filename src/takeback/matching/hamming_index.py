"""Exact search of perceptual hashes within a Hamming distance, in memory or in a folder that processes share."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from takeback.errors import HashIndexError, IndexBusy, IndexDamaged
from takeback.matching.hamming_folder import Folder, Manifest
from takeback.matching.hamming_log import Ids, Record, Tail, Words
from takeback.matching.hamming_merge import Merge, folded_in_memory, without_missing
from takeback.matching.hamming_reader import Reader
from takeback.matching.hamming_view import Hits, Missing, View
from takeback.model.signal import HASH_WORDS

REFRESH_SECONDS = 0.2
MERGE_SECONDS = 600.0
TAIL_MOST = 16_384
"""A longer tail would cost a search more than another segment does."""
FOLD_FROM = 4096
"""From so many hashes on a segment in memory is made: comparing fewer one by one takes as long."""
_NAME_BYTES = 4
_BITS = 256


def _checked(words: Words) -> Words:
    """The hashes as the kernels take them; a ValueError where they are none."""
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
        if len(words) >= FOLD_FROM:
            index.merge()
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
    def changes(self) -> int:
        """How many additions and withdrawals it has seen; it never becomes less."""
        return self._view.changes

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Which parts of the index cannot be used, with the ids that they held where these are known."""
        return self._view.missing

    def add(self, ids: Iterable[int], words: Words) -> None:
        """Make more hashes findable; one id may have several, for example the 8 forms of a photograph.

        Tens of thousands at once are written as a segment, and a tail that has grown as long is folded into one; this
        takes longer than adding few.
        """
        paired, words = _paired(ids, words)
        if self._reader is not None and len(paired) > TAIL_MOST:
            self._fold((paired, words), wait=True)
        elif len(paired):
            self._append(paired, words)
            if len(self._view.tail.ids) > TAIL_MOST:
                self._fold(wait=False)

    def withdraw(self, ids: Iterable[int]) -> None:
        """Make every hash of these ids unfindable at once; unknown ids are ignored."""
        dropped = np.unique(np.fromiter(ids, np.int64))
        if len(dropped):
            self._append(dropped, None)
            if len(self._view.tail.withdrawn) > TAIL_MOST:
                self._fold(wait=False)

    def _append(self, ids: Ids, words: Words | None) -> None:
        with self._writing():
            record = Record(sequence=self._view.tail.sequence + 1, ids=ids, words=words)
            if self._reader is None:
                self._view = replace(self._view, tail=self._view.tail.after([record]))
            else:
                self._view = self._reader.append(record)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold what one writer at a time may hold, and have seen all that was written before."""
        with self._lock:
            self._must_be_writable()
            if self._reader is None:
                yield
                return
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
        if not self._view.verified:
            self._look()
        view = self._view
        if (view.gone or view.spoilt) and not partial:
            named = "; ".join(str(each) for each in view.missing)
            raise IndexDamaged(f"a part of the index is unusable: {named} (add its hashes again, or search partially)")
        return view.search(words, distance)

    def refresh(self) -> bool:
        """See what other processes changed; whether they did. A search does so itself, every 0.2 seconds at most."""
        if not self._lock.acquire(blocking=False):
            return False  # another thread is at it
        try:
            before = self._view
            self._look()
            return self._view is not before
        finally:
            self._lock.release()

    def _look(self) -> None:
        """See the state of now. Before their first search segments are read, and their checksums compared."""
        with self._lock:
            if self._reader is not None:
                self._view = self._reader.latest(verify=True)
                self._next_refresh = time.monotonic() + REFRESH_SECONDS

    def merge(self, *, everything: bool = False) -> bool:
        """Fold tail and withdrawals into segments; whether there was anything to fold. Searches go on meanwhile.

        Small segments are rewritten with what is folded in, large ones once that is worth it, or all where
        ``everything`` says so; what was withdrawn is then in no file any more. An IndexBusy where another is at it.
        """
        return self._fold(everything=everything, wait=False, busy=True)

    def merge_in_background(self, *, everything: bool = False) -> Future[bool]:
        """`merge` in a thread of its own, which does not keep the process from ending; what it comes to."""
        outcome: Future[bool] = Future()

        def run() -> None:
            try:
                outcome.set_result(self.merge(everything=everything))
            except Exception as error:  # noqa: BLE001  # whoever asks for the outcome gets it
                outcome.set_exception(error)

        threading.Thread(target=run, name="merge of an index", daemon=True).start()
        return outcome

    def _fold(
        self, extra: tuple[Ids, Words] | None = None, *, everything: bool = False, wait: bool, busy: bool = False
    ) -> bool:
        """Run a merge, here or in the folder."""
        self._must_be_writable()
        if self._reader is None:
            with self._lock:
                before = self._view
                if len(before.tail.ids) or len(before.tail.withdrawn):
                    self._view = folded_in_memory(before)
                return self._view is not before
        try:
            with self._reader.folder.locked("merge", wait=MERGE_SECONDS if wait else 0.0):
                view = Merge(self._reader, self._lock).run(extra, everything=everything)
        except IndexBusy:
            if wait or busy:
                raise
            return False  # somebody else is folding the same tail
        if view is None:
            return False
        self._look()
        return True

    def accept_missing(self) -> tuple[Missing, ...]:
        """Go on without what is damaged or gone, and without saying so again; what that is."""
        if self._reader is None:
            return ()
        self._look()
        if self._view.spoilt:
            self.merge()
        with self._writing():
            missing = self._reader.latest(verify=True).missing
            if missing:
                self._view = self._reader.swap(without_missing(self._reader.manifest, missing))
            return missing

    def _must_be_writable(self) -> None:
        if not self._writable:
            where = "closed" if self._reader is None else f"open for reading alone: {self._reader.folder.path}"
            raise HashIndexError(f"the index is {where} (open it with writable=True)")

    def close(self) -> None:
        """Let go of the files; a search afterwards raises an IndexDamaged."""
        closed = Missing(file="all of it", reason="the index is closed")
        self._view, self._reader, self._writable = View(name="closed", tail=Tail(0), gone=(closed,)), None, False
