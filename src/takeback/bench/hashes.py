"""Made-up hashes for measuring an index: random ones in chunks that can be made again, crowds, and planted queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.model.signal import HASH_BITS, HASH_WORDS

CHUNK = 50_000_000
CROWDS = 20
CROWD_FLIPS = 8
CROWDED = 0.02
_ID_BITS = 62

Words = npt.NDArray[np.uint64]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """So many random hashes with random ids of 62 bits; a share of them may crowd around a few."""

    size: int
    seed: int
    crowded: float = 0.0

    def chunks(self) -> Iterator[tuple[Ids, Words]]:
        """The ids and hashes, the same ones each time."""
        for begin in range(0, self.size, CHUNK):
            many = min(CHUNK, self.size - begin)
            rng = np.random.default_rng([self.seed, begin])
            words = rng.integers(0, 1 << 64, (many, HASH_WORDS), dtype=np.uint64)
            ids = rng.integers(0, 1 << _ID_BITS, many)
            rows = np.flatnonzero(rng.random(many) < self.crowded) if self.crowded else np.empty(0, np.int64)
            if len(rows):
                centres = np.random.default_rng(self.seed).integers(0, 1 << 64, (CROWDS, HASH_WORDS), dtype=np.uint64)
                words[rows] = flipped(centres[rng.integers(0, CROWDS, len(rows))], CROWD_FLIPS, rng)
            yield ids, words


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planted:
    """Queries that lie so many bits from an enrolled hash: ``words`` (Q, 4), the hash's ``id`` and the ``distance``."""

    words: Words
    id: Ids
    distance: Ids

    def __len__(self) -> int:
        return len(self.id)


def planted(collection: Collection, many: int, *, farthest: int = 31) -> Planted:
    """Queries from hashes drawn at random, at every distance from 0 to the farthest in turn."""
    rng = np.random.default_rng([collection.seed, 1])
    words, ids = [], []
    for theirs, hashes in collection.chunks():
        share = -(-many * len(theirs) // collection.size)
        rows = rng.integers(0, len(theirs), share)
        words.append(hashes[rows])
        ids.append(theirs[rows])
    chosen = rng.permutation(sum(map(len, ids)))[:many]
    distance = np.arange(len(chosen)) % (farthest + 1)
    found = np.concatenate(words)[chosen]
    for row, flips in enumerate(distance):
        for bit in rng.choice(HASH_BITS, flips, replace=False):
            found[row, bit // 64] ^= np.uint64(1 << int(bit % 64))
    return Planted(words=found, id=np.concatenate(ids)[chosen], distance=distance)


def flipped(words: Words, flips: int, rng: np.random.Generator) -> Words:
    """The hashes, each with so many random bits changed; a bit drawn twice is as it was."""
    found = words.copy()
    rows = np.arange(len(words))
    for _ in range(flips):
        bit = rng.integers(0, HASH_BITS, len(words))
        found[rows, bit // 64] ^= np.uint64(1) << (bit % 64).astype(np.uint64)
    return found


def big_endian(words: Words) -> npt.NDArray[np.uint8]:
    """The hashes as (N, 32) bytes, most significant first: how other programs keep them."""
    return words.astype(">u8").view(np.uint8).reshape(len(words), -1)
