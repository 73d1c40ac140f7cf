"""Exact search of perceptual hashes within a Hamming distance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from takeback.errors import PackError
from takeback.model.signal import HASH_WORDS

_ROW = np.dtype([("id", "<i8"), ("words", "<u8", (HASH_WORDS,))])

Words = npt.NDArray[np.uint64]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hits:
    """What a search found, in columns (M,): query number, id, distance in bits; sorted by query, distance and id."""

    query: Ids
    id: Ids
    distance: Ids

    def __len__(self) -> int:
        return len(self.query)


def _checked(words: Words) -> Words:
    words = np.ascontiguousarray(words, np.uint64)
    if words.ndim != 2 or words.shape[1] != HASH_WORDS:  # noqa: PLR2004 - rows and words
        raise ValueError(f"hashes are rows of {HASH_WORDS} words, not an array of shape {words.shape}")
    return words


class HammingIndex:
    """Every enrolled hash within a distance, exactly.

    Examples:
        >>> import numpy as np
        >>> index = HammingIndex.build(np.zeros((1, 4), np.uint64), ids=[7])
        >>> index.search(np.ones((1, 4), np.uint64)).distance.tolist()
        [4]
    """

    def __init__(self, words: Words, ids: Ids) -> None:
        self._words = words
        self._ids = ids

    @classmethod
    def build(cls, words: Words, *, ids: Sequence[int] | None = None) -> HammingIndex:
        """An index of hashes (N, 4) uint64; ids count from 0 where none are given."""
        index = cls(np.empty((0, HASH_WORDS), np.uint64), np.empty(0, np.int64))
        index.add(range(len(words)) if ids is None else ids, words)
        return index

    @classmethod
    def open(cls, path: Path) -> HammingIndex:
        """The index saved at ``path``, memory-mapped; a PackError where it is none."""
        try:
            rows = np.load(path, mmap_mode="r", allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise PackError(f"not an index of hashes: {path} (build it again)") from error
        if rows.dtype != _ROW or rows.ndim != 1:
            raise PackError(f"not an index of hashes of this version: {path} (build it again)")
        return cls(np.ascontiguousarray(rows["words"]), np.ascontiguousarray(rows["id"]))

    def save(self, path: Path) -> None:
        """Write the index as one .npy file; what was there is replaced at once or not at all."""
        rows = np.empty(len(self), _ROW)
        rows["id"], rows["words"] = self._ids, self._words
        partial = path.with_name(path.name + ".partial")
        with partial.open("wb") as file:
            np.save(file, rows, allow_pickle=False)
        partial.replace(path)

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Iterable[int], words: Words) -> None:
        """Make more hashes findable; one id may have several, for example the 8 forms of a photograph."""
        words = _checked(words)
        added = np.fromiter(ids, np.int64)
        if len(added) != len(words):
            raise ValueError(f"{len(added)} ids for {len(words)} hashes")
        self._words = np.concatenate((self._words, words))
        self._ids = np.concatenate((self._ids, added))

    def withdraw(self, ids: Iterable[int]) -> None:
        """Make every hash of these ids unfindable at once; unknown ids are ignored."""
        keep = ~np.isin(self._ids, np.fromiter(ids, np.int64))
        self._words, self._ids = self._words[keep], self._ids[keep]

    def search(self, words: Words, *, distance: int = 31) -> Hits:
        """Every enrolled hash within ``distance`` bits of each query (Q, 4)."""
        from takeback.kernels.hamming import within

        query, row, bits = within(self._words, _checked(words), distance)
        id = self._ids[row]
        order = np.lexsort((id, bits, query))
        return Hits(query=query[order], id=id[order], distance=bits[order])
