"""How long `takeback --help` takes, next to the bare interpreter in the same run."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from takeback.bench.result import BenchResult, Figure

ROUNDS = 15


def bench(*, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """Start both programs in turn, ``size`` times each; the figure is the median of whole processes."""
    del photos
    rounds = size or ROUNDS
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(rounds):
        bare.append(_seconds([sys.executable, "-c", "pass"]))
        ours.append(_seconds([sys.executable, "-m", "takeback", "--help"]))
    mine, peer = _figure(ours), _figure(bare)
    return BenchResult(
        bench="startup",
        seed=seed,
        n=rounds,
        figures={"help_s": mine},
        peers={"python": {"help_s": peer}},
        ratios={"help_s_vs_python": statistics.median(ours) / statistics.median(bare)},
        note=f"Median of whole processes, lowest and highest in brackets; {load()}.",
    )


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own interpreter and module
    return time.perf_counter() - start


def _figure(seconds: list[float]) -> Figure:
    return Figure(value=statistics.median(seconds), unit="s", n=len(seconds), low=min(seconds), high=max(seconds))


def load() -> str:
    """How busy the machine was in the last minute, and whether the bench came before others or after, in words."""
    cores = os.cpu_count() or 1
    try:
        niceness = os.nice(0)
        ranked = f", at a niceness of {niceness}" if niceness else ""
        return f"load average {os.getloadavg()[0]:.1f} on {cores} cores{ranked}"
    except (AttributeError, OSError):  # not every platform tells
        return f"load average unknown on {cores} cores"
