"""Synthetic enrolled photographs: the words of real ones, mixed, at places of their own; they fill an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from takeback.matching.inverted_file import Enrolled
from takeback.matching.postings import Postings

PARTS = 4
"""Each takes its words from so many real photographs, a run of features from each: repeated words stay repeated."""
_FLIPPED = 0.1
_SIGNATURE_BITS = 128
_LEAST = 8


def synthetic_photographs(real: Sequence[Enrolled], count: int, rng: np.random.Generator) -> Iterator[Enrolled]:
    """So many photographs with the word histogram and the burstiness of the real ones, and no picture behind them.

    Words come in runs from several real photographs. Signatures are those of features of other words, each bit
    flipped one time in ten, and frames those of other features: no synthetic photograph agrees with a real one but by
    chance.
    """
    full = [each for each in real if len(each.postings) >= _LEAST]
    signatures = np.concatenate([each.postings.signatures for each in full])
    frames = np.concatenate([each.postings.frames for each in full])
    for number in range(count):
        template = full[int(rng.integers(len(full)))]
        size = len(template.postings)
        words = np.concatenate([_run(full, -(-size // PARTS), rng) for _ in range(PARTS)])[:size]
        own = len(words)
        flips = np.packbits(rng.random((own, _SIGNATURE_BITS), dtype=np.float32) < _FLIPPED, axis=1).view(np.uint64)
        yield Enrolled(
            id=f"synthetic-{number}",
            width=template.width,
            height=template.height,
            postings=Postings(
                words=words,
                signatures=signatures[rng.integers(len(signatures), size=own)] ^ flips,
                frames=frames[rng.integers(len(frames), size=own)],
                features=np.arange(own, dtype=np.uint16),
            ),
        )


def _run(real: Sequence[Enrolled], size: int, rng: np.random.Generator) -> np.typing.NDArray[np.int32]:
    """The words of so many features of one real photograph."""
    words = real[int(rng.integers(len(real)))].postings.words
    return words[rng.permutation(len(words))[:size]]
