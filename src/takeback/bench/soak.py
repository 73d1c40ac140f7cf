"""Many look-ups while the index changes all the time: whether memory stays flat, and how late answers get.

The campaign asks a million times. `takeback bench service` does the same for a few seconds.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from takeback.bench.result import BenchResult, Figure
from takeback.bench.service_load import CONNECTIONS, STATED_RATE, fill, served, warm
from takeback.bench.service_memory import Soaked, drift_words, soak
from takeback.bench.startup import load as machine_load

SIZE = 20_000


def bench(*, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """Look up ``size`` hashes in as many (20,000 if not said), at a thousand a second."""
    del photos
    count = size or SIZE
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        banks = Path(folder) / "banks"
        words = fill(banks, count, rng)
        with served(banks) as service:
            warm(service, words, rng)
            soaked = soak(service, banks, words, rng, count)
    return BenchResult(bench="soak", seed=seed, n=count, figures=_figures(soaked), note=_note(soaked))


def _figures(soaked: Soaked) -> dict[str, Figure]:
    latencies = np.array([each for load in soaked.loads for each in load.latencies])
    p50, p99, worst = (1e3 * float(each) for each in np.quantile(latencies, (0.5, 0.99, 1.0)))
    return {
        "rss_drift_share": soaked.drift,
        "p50_ms": Figure(value=p50, unit="ms", n=soaked.answered),
        "p99_ms": Figure(value=p99, unit="ms", n=soaked.answered),
        "longest_ms": Figure(value=worst, unit="ms", n=soaked.answered),
        "failed": Figure(value=soaked.failed, unit="requests", n=soaked.answered + soaked.failed),
    }


def _note(soaked: Soaked) -> str:
    return (
        f"GET /m/raw_lookup by hash at {STATED_RATE:g}/s, open-loop from another process over {CONNECTIONS} "
        f"connections; {drift_words(soaked.answered)}; {machine_load()}."
    )
