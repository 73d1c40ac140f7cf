"""Made-up hashes: random ones, copies, near copies, and crowds that share most of their bits."""

from __future__ import annotations

import numpy as np

Words = np.ndarray


def flipped(words: Words, flips: int, rng: np.random.Generator) -> Words:
    """The hashes (N, 4), each with up to so many random bits changed."""
    found = words.copy()
    for row in range(len(found)):
        for bit in rng.integers(0, 256, int(rng.integers(0, flips + 1))):
            found[row, bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    return found


def made_up(rng: np.random.Generator, size: int, *, kind: str) -> Words:
    """``size`` hashes: "random", "copies" of few, "crowded" around few, or "sharing" one of their words."""
    words = rng.integers(0, 2**64, (size, 4), dtype=np.uint64)
    if kind == "random" or not size:
        return words
    if kind == "sharing":
        words[:, int(rng.integers(4))] = words[0, 0]
        return words
    few = words[rng.integers(0, min(3, size), size)]
    return few if kind == "copies" else flipped(few, 24, rng)


def plain(words: Words, queries: Words, distance: int) -> set[tuple[int, int, int]]:
    """Every (query, row, bits) within a distance, by counting the bits of every pair."""
    bits = np.bitwise_count(words[None] ^ queries[:, None]).sum(axis=2).astype(int)
    return {(int(q), int(r), int(bits[q, r])) for q, r in np.argwhere(bits <= distance)}
