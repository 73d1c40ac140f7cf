"""How many look-ups a second one process of the service answers, how late, and whether its memory stays flat.

Authentication and the durable audit trail are on. The load is open-loop and comes from another process, over loopback.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from takeback.bench.open_loop import Load, offer
from takeback.bench.result import BenchResult, Figure
from takeback.bench.startup import load as machine_load
from takeback.jobs.bank_store import BankStore
from takeback.model.bank import HarmHash, HarmSignal, Provenance
from takeback.model.signal import HASH_WORDS

HASHES = 50_000
RATES = (250.0, 500.0, 1000.0, 1500.0, 2000.0, 3000.0)
STATED_RATE = 1000.0
P99_MS = 50.0
_SECONDS = 10.0
_CONNECTIONS = 32
_AT_ONCE = 25_000
_HITS = 50
"""One look-up in so many is near a hash of the bank; the others are near none."""
_FLIPPED = 8
_SWAP_SECONDS = 0.5
_SWAPPED = 20
_SAMPLES = 40
_WARM = 4000
_ANSWERED = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    port: int
    process: int
    token: str


def bench(*, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """Look up in ``size`` hashes (50,000 if not said), then as many times again while hashes come and go."""
    del photos
    hashes = size or HASHES
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        banks = Path(folder) / "banks"
        words = _fill(banks, hashes, rng)
        with served(banks) as service:
            _at_rate(service, words, rng, STATED_RATE / 4, _WARM)  # pages, kernels, files
            before = _cpu_seconds(service.process)
            loads = list(_ladder(service, words, rng))
            spent = _cpu_seconds(service.process) - before
            drift, looked_up = _drift(service, banks, words, rng, max(hashes, _WARM))
    stated = next((load for load in loads if load.rate == STATED_RATE), loads[-1])
    best = max((load for load in loads if _holds(load)), key=lambda load: load.rate, default=loads[0])
    asked = sum(len(load.latencies) + load.failed for load in loads)
    return BenchResult(
        bench="service",
        seed=seed,
        n=hashes,
        figures={
            "requests_per_s": _figure(best.answered_per_s, "/s", len(best.latencies)),
            "p99_ms": _figure(1e3 * best.quantile(0.99), "ms", len(best.latencies)),
            "p50_ms": _figure(1e3 * best.quantile(0.5), "ms", len(best.latencies)),
            f"p99_ms_at_{stated.rate:.0f}": _figure(1e3 * stated.quantile(0.99), "ms", len(stated.latencies)),
            "cpu_ms_per_request": _figure(1e3 * spent / max(1, asked), "ms", asked),
            "failed": _figure(sum(load.failed for load in loads), "requests", asked),
            "rss_drift_share": drift,
        },
        note=_note(looked_up),
    )


def _note(looked_up: int) -> str:
    rates = ", ".join(f"{rate:g}" for rate in RATES)
    return (
        f"GET /m/raw_lookup by hash, one look-up in {_HITS} a hit; one server process with authentication and durable "
        f"audit; open-loop load over loopback from another process, {_CONNECTIONS} connections, latencies from when "
        f"a request was due. requests_per_s: at the highest rate offered (of {rates}) of which {_ANSWERED:.0%} was "
        f"answered with p99 under {P99_MS:g} ms, or at the lowest where none was. rss_drift_share: resident memory of "
        f"the server over {looked_up} look-ups while {_SWAPPED} hashes came and went every {_SWAP_SECONDS:g} s, last "
        f"tenth against first, lowest and highest sample in brackets; {machine_load()}."
    )


def _fill(banks: Path, hashes: int, rng: np.random.Generator) -> npt.NDArray[np.uint64]:
    """A bank of random hashes; they are returned as words (N, 4)."""
    words = rng.integers(0, 2**64, (hashes, HASH_WORDS), dtype=np.uint64)
    with BankStore.create(banks) as store:
        store.new_bank("BENCH")
        for start in range(0, hashes, _AT_ONCE):
            store.add(
                "BENCH", map(_hash, words[start : start + _AT_ONCE]), Provenance(added_by="bench", source="import")
            )
        store.settle()
    return words


def _hash(row: npt.NDArray[np.uint64]) -> HarmHash:
    first, second, third, fourth = (int(word) for word in row)
    return HarmHash(signal=HarmSignal(words=(first, second, third, fourth)), quality=100)


@contextmanager
def served(banks: Path) -> Iterator[_Served]:
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
        yield _Served(port=int(found[1]), process=process.pid, token=token)
    finally:
        process.terminate()
        process.communicate()


def _ladder(service: _Served, words: npt.NDArray[np.uint64], rng: np.random.Generator) -> Iterator[Load]:
    """Each rate in turn, until one does not hold and the stated one was tried."""
    for rate in RATES:
        load = _at_rate(service, words, rng, rate, int(rate * _SECONDS))
        yield load
        if rate >= STATED_RATE and not _holds(load):
            return


def _holds(load: Load) -> bool:
    offered = len(load.latencies) + load.failed
    return len(load.latencies) >= _ANSWERED * offered and 1e3 * load.quantile(0.99) < P99_MS


def _at_rate(
    service: _Served, words: npt.NDArray[np.uint64], rng: np.random.Generator, rate: float, count: int
) -> Load:
    return offer(service.port, _requests(service.token, words, rng, count), rate=rate, connections=_CONNECTIONS)


def _requests(token: str, words: npt.NDArray[np.uint64], rng: np.random.Generator, count: int) -> list[bytes]:
    asked = rng.integers(0, 2**64, (count, HASH_WORDS), dtype=np.uint64)
    near = words[rng.integers(0, len(words), len(asked[::_HITS]))].copy()
    near[:, 0] ^= np.uint64((1 << _FLIPPED) - 1)
    asked[::_HITS] = near
    template = "GET /m/raw_lookup?signal_type=pdq&signal={} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n\r\n"
    return [template.format(row.astype(">u8").tobytes().hex(), token).encode() for row in asked]


def _drift(
    service: _Served, banks: Path, words: npt.NDArray[np.uint64], rng: np.random.Generator, count: int
) -> tuple[Figure, int]:
    """How the server's memory moved over so many look-ups while hashes came and went; and how many were answered."""
    ended = threading.Event()
    swapper = threading.Thread(target=_swap, args=(banks, ended, int(rng.integers(1 << 32))), daemon=True)
    swapper.start()
    samples: list[int] = []
    answered = 0
    try:
        for _ in range(_SAMPLES):
            answered += len(_at_rate(service, words, rng, STATED_RATE / 2, count // _SAMPLES).latencies)
            samples.append(_resident(service.process))
    finally:
        ended.set()
        swapper.join()
    tenth = max(1, len(samples) // 10)
    first, last = statistics.median(samples[:tenth]), statistics.median(samples[-tenth:])
    if not first:
        return Figure(value=None, unit="share", n=answered), answered
    low, high = min(samples) / first - 1, max(samples) / first - 1
    return Figure(value=last / first - 1, unit="share", n=answered, low=low, high=high), answered


def _swap(banks: Path, ended: threading.Event, seed: int) -> None:
    """Add some hashes and withdraw those of the time before, again and again: each makes the index another one."""
    rng = np.random.default_rng(seed)
    before: tuple[int, ...] = ()
    with BankStore.open(banks) as store:
        while not ended.wait(_SWAP_SECONDS):
            fresh = rng.integers(0, 2**64, (_SWAPPED, HASH_WORDS), dtype=np.uint64)
            added = store.add("BENCH", map(_hash, fresh), Provenance(added_by="bench", source="import"))
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


def _cpu_seconds(process: int) -> float:
    """What one process spent on the processor so far, in seconds; 0 where the platform does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figure(value: float, unit: str, n: int) -> Figure:
    return Figure(value=value, unit=unit, n=n)
