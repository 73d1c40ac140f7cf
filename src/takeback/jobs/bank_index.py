"""The index of the banks in a folder: a copy of what the tables hold, brought up to date from them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.matching.hamming_index import HammingIndex, Hits
from takeback.model.signal import HASH_WORDS
from takeback.store.banks import BankTables


class BankIndex:
    """Every form in the tables within a distance."""

    def __init__(self, tables: BankTables) -> None:
        self._tables = tables
        self._index = HammingIndex.build(np.empty((0, HASH_WORDS), np.uint64))
        self.catch_up()

    def catch_up(self) -> None:
        """Takes in what the tables hold now."""
        self._index = HammingIndex.build(np.empty((0, HASH_WORDS), np.uint64))
        for ids, words in self._tables.all_forms():
            self._index.add(ids.tolist(), words)

    def search(self, words: npt.NDArray[np.uint64], *, distance: int) -> Hits:
        """Every form within so many bits of each query (Q, 4), sorted by query, distance and id."""
        return self._index.search(words, distance=distance)
