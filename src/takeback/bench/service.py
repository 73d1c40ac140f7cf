"""How many look-ups a second one process of the service answers, how late, and whether its memory stays flat.

Authentication and the durable audit trail are on. The load is open-loop and comes from another process, over loopback.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from takeback.bench.open_loop import Load
from takeback.bench.result import BenchResult, Figure
from takeback.bench.service_load import CONNECTIONS, HITS, STATED_RATE, Served, Words, at_rate, fill, served, warm
from takeback.bench.service_memory import drift_words, soak
from takeback.bench.startup import load as machine_load

HASHES = 50_000
RATES = (500.0, 1000.0, 1250.0, 1500.0, 2000.0, 2500.0, 3000.0)
P99_MS = 50.0
_SECONDS = 10.0
_SOAKED = 20_000
_ANSWERED = 0.99


def bench(*, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """Look up in ``size`` hashes (50,000 if not said) at one rate after another, then while hashes come and go."""
    del photos
    hashes = size or HASHES
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        banks = Path(folder) / "banks"
        words = fill(banks, hashes, rng)
        with served(banks) as service:
            warm(service, words, rng)
            before = _cpu_seconds(service.process)
            loads = list(_ladder(service, words, rng))
            spent = _cpu_seconds(service.process) - before
            soaked = soak(service, banks, words, rng, _SOAKED)
    stated = next((load for load in loads if load.rate == STATED_RATE), loads[-1])
    best = max((load for load in loads if _holds(load)), key=lambda load: load.rate, default=loads[0])
    asked = sum(len(load.latencies) + load.failed for load in loads)
    failed = sum(load.failed for load in loads) + soaked.failed
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
            "failed": _figure(failed, "requests", asked + soaked.answered + soaked.failed),
            "rss_drift_share": soaked.drift,
        },
        note=_note(soaked.answered),
    )


def _note(looked_up: int) -> str:
    rates = ", ".join(f"{rate:g}" for rate in RATES)
    return (
        f"GET /m/raw_lookup by hash, one look-up in {HITS} a hit; one server process with authentication and durable "
        f"audit; open-loop load over loopback from another process, {CONNECTIONS} connections, latencies from when "
        f"a request was due. requests_per_s: at the highest rate offered (of {rates}) of which {_ANSWERED:.0%} was "
        f"answered with p99 under {P99_MS:g} ms, or at the lowest where none was. {drift_words(looked_up)}; "
        f"{machine_load()}."
    )


def _ladder(service: Served, words: Words, rng: np.random.Generator) -> Iterator[Load]:
    """Each rate in turn, until one does not hold and the stated one was tried."""
    for rate in RATES:
        load = at_rate(service, words, rng, rate, int(rate * _SECONDS))
        yield load
        if rate >= STATED_RATE and not _holds(load):
            return


def _holds(load: Load) -> bool:
    offered = len(load.latencies) + load.failed
    return len(load.latencies) >= _ANSWERED * offered and 1e3 * load.quantile(0.99) < P99_MS


def _cpu_seconds(process: int) -> float:
    """What one process spent on the processor so far, in seconds; 0 where the platform does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figure(value: float, unit: str, n: int) -> Figure:
    return Figure(value=value, unit=unit, n=n)
