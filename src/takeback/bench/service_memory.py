"""Whether the memory of a service stays flat while hashes come and go."""

from __future__ import annotations

import os
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from takeback.bench.open_loop import Load
from takeback.bench.result import Figure
from takeback.bench.service_load import BANK, STATED_RATE, Served, Words, at_rate, random_hash
from takeback.jobs.bank_store import BankStore
from takeback.model.bank import Provenance
from takeback.model.signal import HASH_WORDS

SWAP_SECONDS = 0.5
SWAPPED = 20
_SAMPLES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What came of many look-ups while the index changed: each stretch of the load, and the memory after each."""

    loads: tuple[Load, ...]
    resident: tuple[int, ...]

    @property
    def answered(self) -> int:
        """How many look-ups were answered."""
        return sum(len(load.latencies) for load in self.loads)

    @property
    def failed(self) -> int:
        """How many were not."""
        return sum(load.failed for load in self.loads)

    @property
    def drift(self) -> Figure:
        """The last tenth of the memory samples against the first; lowest and highest sample as the interval."""
        tenth = max(1, len(self.resident) // 10)
        first, last = (statistics.median(each) for each in (self.resident[:tenth], self.resident[-tenth:]))
        if not first:  # the platform does not tell
            return Figure(value=None, unit="share", n=self.answered)
        low, high = min(self.resident) / first - 1, max(self.resident) / first - 1
        return Figure(value=last / first - 1, unit="share", n=self.answered, low=low, high=high)


def soak(service: Served, banks: Path, words: Words, rng: np.random.Generator, count: int) -> Soaked:
    """Look so many hashes up at the stated rate while others come and go."""
    loads, resident = [], []
    with _swapping(banks, int(rng.integers(1 << 32))):
        for _ in range(_SAMPLES):
            loads.append(at_rate(service, words, rng, STATED_RATE, max(1, count // _SAMPLES)))
            resident.append(_resident(service.process))
    return Soaked(loads=tuple(loads), resident=tuple(resident))


def drift_words(looked_up: int) -> str:
    """What `Soaked.drift` is, for a note."""
    return (
        f"rss_drift_share: resident memory of the server over {looked_up} look-ups at {STATED_RATE:g}/s while "
        f"{SWAPPED} hashes came and went every {SWAP_SECONDS:g} s, last tenth against first, lowest and highest sample "
        "in brackets"
    )


@contextmanager
def _swapping(banks: Path, seed: int) -> Iterator[None]:
    ended = threading.Event()
    swapper = threading.Thread(target=_swap, args=(banks, ended, seed), daemon=True)
    swapper.start()
    try:
        yield
    finally:
        ended.set()
        swapper.join()


def _swap(banks: Path, ended: threading.Event, seed: int) -> None:
    """Add some hashes and withdraw those of the time before, again and again: each makes the index another one."""
    rng = np.random.default_rng(seed)
    before: tuple[int, ...] = ()
    with BankStore.open(banks) as store:
        while not ended.wait(SWAP_SECONDS):
            fresh = rng.integers(0, 2**64, (SWAPPED, HASH_WORDS), dtype=np.uint64)
            added = store.add(BANK, map(random_hash, fresh), Provenance(added_by="bench", source="import"))
            if before:
                store.withdraw(before, by="bench", reason="swapped")
            before = added


def _resident(process: int) -> int:
    """The resident memory of one process in bytes; 0 where the platform does not tell."""
    try:
        fields = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
