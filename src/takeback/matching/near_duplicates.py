"""Near-duplicate clusters: reposts of one picture count once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from takeback.model.digest import Sha256
from takeback.model.signal import LOW_QUALITY, SignalBatch

DISTANCE = 31


class Partition:
    """Disjoint sets of the numbers from 0 on; the smallest number stands for its set."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def find(self, number: int) -> int:
        """The number that stands for the set of this one."""
        root = number
        while self._parents[root] != root:
            root = self._parents[root]
        while self._parents[number] != root:
            self._parents[number], number = root, self._parents[number]
        return root

    def join(self, first: int, second: int) -> None:
        """Make the sets of these two numbers one."""
        one, other = self.find(first), self.find(second)
        self._parents[max(one, other)] = min(one, other)


def close_pairs(words: npt.NDArray[np.uint64], *, distance: int = DISTANCE) -> Iterable[tuple[int, int]]:
    """Pairs of rows within a Hamming distance, each once."""
    from takeback.kernels.hamming import within

    words = np.ascontiguousarray(words)
    block = 256
    for start in range(0, len(words), block):
        queries, rows, _ = within(words[start:], words[start : start + block], distance)
        forward = rows > queries
        yield from zip((queries[forward] + start).tolist(), (rows[forward] + start).tolist(), strict=True)


def clusters(signals: SignalBatch, *, distance: int = DISTANCE) -> Mapping[Sha256, str]:
    """The near-duplicate cluster of each picture, named by the smallest SHA-256 in it.

    Pictures are joined where their hashes are within ``distance`` bits, and so are their neighbours in turn. A hash of
    low quality joins only pictures of the same bytes: blank pictures are all alike.
    """
    order = sorted(range(len(signals)), key=lambda number: signals.media[number])
    media = [signals.media[number] for number in order]
    partition = Partition(len(media))
    for number in range(1, len(media)):
        if media[number] == media[number - 1]:
            partition.join(number - 1, number)
    good = np.flatnonzero(signals.quality[order] >= LOW_QUALITY)
    for first, second in close_pairs(signals.words[order][good], distance=distance):
        partition.join(int(good[first]), int(good[second]))
    return {digest: str(media[partition.find(number)]) for number, digest in enumerate(media)}
