"""The index of the banks in a folder: a copy of what the tables hold, told of every change, made anew from them."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from takeback.errors import BankError, HashIndexError, IndexBusy, IndexUnreadable, StorageFull
from takeback.matching.hamming_index import HammingIndex
from takeback.matching.hamming_view import Hits
from takeback.store.banks import BankTables

_PREFIX = "index-"
_PASSING = (IndexBusy, IndexUnreadable)
_WHOLE = 2_000_000
"""So many hashes are rewritten in about a second: up to then one file is worth it, since each costs a look-up."""


class BankIndex:
    """Every form in the tables within a distance, in every process.

    A change is committed to the tables with a note that the index has still to be told; the note goes away once the
    index has it on the disk. What is noted is searched beside the index, so that a crash in between hides nothing.
    """

    def __init__(self, folder: Path, tables: BankTables, *, writable: bool) -> None:
        self._folder = folder
        self._tables = tables
        self._writable = writable
        self._number = 0
        self._tail: HammingIndex | None = None
        try:
            self._index = self._opened()
        except HashIndexError as error:
            self._may_mend(error)
            self._index = self._made_anew()
        if writable:
            self.hand_over()
        self.catch_up()

    def catch_up(self) -> None:
        """Takes in what any process changed."""
        ids, words = self._tables.pending_forms()  # first: what is not noted any more, the index then has
        self._tail = HammingIndex.build(words, ids=ids.tolist()) if len(ids) else None
        open_now = self._number
        try:
            if self._tables.index_number != self._number:
                before, self._index = self._index, self._opened()
                before.close()
            else:
                self._index.refresh()
        except _PASSING as error:
            self._number = open_now  # so that the next try opens the other one again
            raise self._not_now(error) from error
        except HashIndexError as error:
            self._may_mend(error)
            self._index = self._made_anew()

    @property
    def state(self) -> tuple[int, int]:
        """Which index it is and how many changes of it were seen: the same before and after a search of one state."""
        return self._number, self._index.changes

    @property
    def waits(self) -> bool:
        """Whether there was something that the index had still to be told when this last looked."""
        return self._tail is not None

    def hand_over(self) -> None:
        """Tells the index what it has not been told yet; what it cannot take now stays noted."""
        with suppress(HashIndexError, StorageFull):  # what is noted in the tables is searched all the same
            if self._tables.index_number != self._number:
                self.catch_up()  # made anew by another process just before the change: that one must be told
            ids, words = self._tables.pending_forms()
            gone = self._tables.pending_withdrawals()
            if len(ids):
                self._index.add(ids, words)
            if gone:
                self._index.withdraw(gone)
            if len(ids) or gone:
                with self._tables.transaction():
                    if self._tables.index_number == self._number:  # otherwise it was an index that is gone by now
                        self._tables.clear_pending(ids.tolist(), gone, told=self._index.changes)

    def search(self, words: npt.NDArray[np.uint64], *, distance: int) -> Hits:
        """Every form within so many bits of each query (Q, 4), in no order; a BankError where the index is damaged."""
        try:
            hits = self._index.search(words, distance=distance)
        except HashIndexError as error:
            self._may_mend(error)
            self.repair()
            hits = self._index.search(words, distance=distance)
        if self._tail is None:
            return hits
        more = self._tail.search(words, distance=distance)
        return Hits(
            query=np.concatenate((hits.query, more.query)),
            id=np.concatenate((hits.id, more.id)),
            distance=np.concatenate((hits.distance, more.distance)),
        )

    def settle(self, *, everything: bool) -> None:
        """Folds what was added lately into the body of the index; ``everything``: and drops what was withdrawn."""
        with suppress(IndexBusy, StorageFull):  # whoever is at it does the same; nothing is lost by doing it later
            self._index.merge(everything=everything or len(self._index) <= _WHOLE)

    def repair(self) -> None:
        """Makes the index anew from the tables; the other processes take it up at their next look-up."""
        self._index.close()
        self._index = self._made_anew()
        self.catch_up()

    def close(self) -> None:
        """Lets go of its files."""
        self._index.close()

    def _opened(self) -> HammingIndex:
        """The index in use; one that another process made anew meanwhile took its place, and is tried then."""
        while True:
            self._number = self._tables.index_number
            try:
                return self._whole(self._place(self._number))
            except HashIndexError:
                if self._number == self._tables.index_number:
                    raise

    def _whole(self, place: Path) -> HammingIndex:
        """The index there; one that has seen less than it was told is an old copy, and would hide what came after."""
        told = self._tables.told
        index = HammingIndex.open(place, writable=self._writable)
        if index.changes < told:
            index.close()
            raise HashIndexError(f"{place} is older than the tables, or was cut")
        return index

    def _made_anew(self) -> HammingIndex:
        """Under the one transaction that keeps every other writer out; the old index is there until the new one is."""
        with self._tables.transaction():
            if self._tables.index_number != self._number:
                return self._opened()  # another process was first
            number = self._tables.next_index()
            place = self._place(number)
            shutil.rmtree(place, ignore_errors=True)
            index = HammingIndex.create(place)
            for ids, words in self._tables.all_forms():
                index.add(ids, words)
            self._tables.forget_pending(told=index.changes)
        self._number, self._tail = number, None
        for old in self._folder.glob(f"{_PREFIX}*"):
            if old != place:
                shutil.rmtree(old, ignore_errors=True)
        return index

    def _place(self, number: int) -> Path:
        return self._folder / f"{_PREFIX}{number}"

    def _not_now(self, error: HashIndexError) -> BankError:
        way_out = f"try again; if it stays so, remove {self._place(self._number)} and it is made anew"
        return BankError(f"the index of the hash banks cannot be used now: {error} ({way_out})")

    def _may_mend(self, error: HashIndexError) -> None:
        """A BankError unless the files of the index are at fault, and this process may make them anew.

        What passes by itself is no reason to make a large index anew, least of all in every process at once.
        """
        if isinstance(error, _PASSING):
            raise self._not_now(error) from error
        if not self._writable:
            way_out = f"run `takeback bank repair {self._folder}`"
            raise BankError(f"the index of the hash banks is damaged: {error} ({way_out})") from error
