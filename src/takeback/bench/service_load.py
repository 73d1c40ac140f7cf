"""A hash bank of random hashes, its service in a process of its own, and look-ups sent to it over loopback."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from takeback.bench.open_loop import Load, offer
from takeback.jobs.bank_store import BankStore
from takeback.model.bank import HarmHash, HarmSignal, Provenance
from takeback.model.signal import HASH_WORDS

STATED_RATE = 1000.0
"""Look-ups a second that a service is promised to answer."""
CONNECTIONS = 32
BANK = "BENCH"
HITS = 50
"""One look-up in so many is near a hash of the bank; the others are near none."""
_AT_ONCE = 25_000
_FLIPPED = 8
_WARM = 4000

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running service: where it listens, its process, a token for look-ups."""

    port: int
    process: int
    token: str


def fill(banks: Path, hashes: int, rng: np.random.Generator) -> Words:
    """A bank of random hashes; they are returned as words (N, 4)."""
    words = rng.integers(0, 2**64, (hashes, HASH_WORDS), dtype=np.uint64)
    with BankStore.create(banks) as store:
        store.new_bank(BANK)
        for start in range(0, hashes, _AT_ONCE):
            store.add(
                BANK, map(random_hash, words[start : start + _AT_ONCE]), Provenance(added_by="bench", source="import")
            )
        store.settle()
    return words


def random_hash(row: Words) -> HarmHash:
    """The hash of these four words, as a bank takes it."""
    first, second, third, fourth = (int(word) for word in row)
    return HarmHash(signal=HarmSignal(words=(first, second, third, fourth)), quality=100)


@contextmanager
def served(banks: Path) -> Iterator[Served]:
    """A service in a process of its own, and a token for it."""
    program = [sys.executable, "-m", "takeback", "bank"]
    made = subprocess.run(  # noqa: S603  # our own program
        [*program, "token", "new", str(banks), "--name", "bench", "--scope", "lookup", "--rate", "1000000"],
        check=True,
        capture_output=True,
        text=True,
    )
    token = made.stdout.split()[0]
    process = subprocess.Popen(  # noqa: S603  # as above
        [*program, "serve", str(banks), "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        found = re.search(r":(\d+)$", process.stderr.readline().strip())
        assert found, "the service did not start"
        yield Served(port=int(found[1]), process=process.pid, token=token)
    finally:
        process.terminate()
        process.communicate()


def warm(service: Served, words: Words, rng: np.random.Generator) -> None:
    """Ask until every page, kernel and file that a look-up needs was needed once."""
    at_rate(service, words, rng, STATED_RATE / 2, _WARM)


def at_rate(service: Served, words: Words, rng: np.random.Generator, rate: float, count: int) -> Load:
    """Offer so many look-ups at a rate."""
    return offer(service.port, _requests(service.token, words, rng, count), rate=rate, connections=CONNECTIONS)


def _requests(token: str, words: Words, rng: np.random.Generator, count: int) -> list[bytes]:
    asked = rng.integers(0, 2**64, (count, HASH_WORDS), dtype=np.uint64)
    near = words[rng.integers(0, len(words), len(asked[::HITS]))].copy()
    near[:, 0] ^= np.uint64((1 << _FLIPPED) - 1)
    asked[::HITS] = near
    template = "GET /m/raw_lookup?signal_type=pdq&signal={} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n\r\n"
    return [template.format(row.astype(">u8").tobytes().hex(), token).encode() for row in asked]
