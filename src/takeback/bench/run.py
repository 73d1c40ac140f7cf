"""Running a bench by its name."""

from __future__ import annotations

import importlib
from pathlib import Path

import msgspec

from takeback.bench.result import BenchResult


def run(name: str, *, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """The figures of the bench of that name: the module `takeback.bench.<name>` measures them."""
    measured = importlib.import_module(f"takeback.bench.{name}").bench(size=size, photos=photos, seed=seed)
    return measured if isinstance(measured, BenchResult) else msgspec.convert(measured, BenchResult)
