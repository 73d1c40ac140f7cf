"""A process of its own that changes an index until it is killed: `python hash_index_writer.py FOLDER SEED WHAT`.

WHAT is "changes": batches of additions and withdrawals, each said on standard output before it begins and after it is
done; or "merges": one merge after the other. Batch k adds the ids 10 k to 10 k + 9, and every third one withdraws the
ids of the batch before.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from takeback.matching.hamming_index import HammingIndex

BATCH = 10


def words_of(ids: np.ndarray) -> np.ndarray:
    """The hash of each id: a mix of its bits, so that whoever checks can make it again."""
    mixed = (ids[:, None].astype(np.uint64) * np.uint64(4) + np.arange(4, dtype=np.uint64)) * np.uint64(
        0x9E3779B97F4A7C15
    )
    return (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)


def batch(number: int) -> np.ndarray:
    """The ids of a batch."""
    return np.arange(number * BATCH, (number + 1) * BATCH)


def say(line: str) -> None:
    """Tell whoever started this process, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def change(folder: Path, first: int) -> None:
    """Add and withdraw until the end of days."""
    index = HammingIndex.open(folder, writable=True)
    number = first
    while True:
        say(f"begin {number}")
        index.add(batch(number), words_of(batch(number)))
        say(f"added {number}")
        if number % 3 == 2:
            index.withdraw(batch(number - 1))
            say(f"withdrew {number}")
        number += 1


def merge(folder: Path, seed: int) -> None:
    """Merge until the end of days."""
    index = HammingIndex.open(folder, writable=True)
    generator = np.random.default_rng(seed)
    index.search(words_of(batch(0)))  # kernels are there before the first instant that may be the last
    index.merge()
    say("begin")
    while True:
        index.merge(everything=bool(generator.random() < 0.5))


if __name__ == "__main__":
    if sys.argv[3] == "changes":
        change(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        merge(Path(sys.argv[1]), int(sys.argv[2]))
