"""What only another process can show of an index: the memory that it takes there, and when a change is seen there."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from takeback.bench.hashes import Words
from takeback.matching.hamming_index import HammingIndex
from takeback.model.signal import HASH_WORDS

_CHANGES = 10
_MEMORY = """
import sys
from pathlib import Path
import numpy as np
from takeback.matching.hamming_index import HammingIndex

def private():
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) * 1024

queries = np.random.default_rng(0).integers(0, 1 << 64, (200, 4), dtype=np.uint64)
HammingIndex.build(np.random.default_rng(1).integers(0, 1 << 64, (5000, 4), dtype=np.uint64)).search(queries)
before = private()
index = HammingIndex.open(Path(sys.argv[1]))
for row in range(len(queries)):
    index.search(queries[row : row + 1])
sys.stdout.write(f"{max(0, private() - before)}")
"""
_WATCH = """
import sys, time
from pathlib import Path
import numpy as np
from takeback.matching.hamming_index import HammingIndex

index, there = HammingIndex.open(Path(sys.argv[1])), False
query = np.array([[int(digits, 16) for digits in sys.argv[3:7]]], np.uint64)
index.search(query)
sys.stdout.write("ready\\n")
sys.stdout.flush()
for _ in range(int(sys.argv[2])):
    while bool(len(index.search(query, distance=0))) == there:
        pass
    there = not there
    sys.stdout.write(f"{time.monotonic()}\\n")
    sys.stdout.flush()
"""


def stored_bytes(folder: Path) -> int:
    """The bytes of all files of an index."""
    return sum(path.stat().st_size for path in folder.iterdir())


def private_bytes(folder: Path) -> int | None:
    """The memory of its own that a process takes to search an index; None where the platform does not tell."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    done = subprocess.run(  # noqa: S603  # our own interpreter and script
        [sys.executable, "-c", _MEMORY, str(folder)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def seconds_until_seen(index: HammingIndex, folder: Path, word: Words, id: int) -> list[float]:
    """How long after each of ten additions and withdrawals of a hash (4,) a search in another process answers so.

    The clock starts when the change returns, and both processes read the same one.
    """
    digits = [f"{int(each):x}" for each in word.reshape(HASH_WORDS)]
    watcher = subprocess.Popen(  # noqa: S603  # our own interpreter and script
        [sys.executable, "-c", _WATCH, str(folder), str(_CHANGES), *digits], stdout=subprocess.PIPE, text=True
    )
    assert watcher.stdout is not None, "it was asked for"
    watcher.stdout.readline()
    found = []
    for number in range(_CHANGES):
        if number % 2:
            index.withdraw([id])
        else:
            index.add([id], np.atleast_2d(word))
        told = time.monotonic()
        found.append(max(0.0, float(watcher.stdout.readline()) - told))
    watcher.wait()
    watcher.stdout.close()
    return found
