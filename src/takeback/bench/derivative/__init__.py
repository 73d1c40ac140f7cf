"""`takeback bench derivative`: how well what was made from a photograph is found, how often others are accused."""

from __future__ import annotations

from pathlib import Path

from takeback.bench.derivative.measure import SIZE, Extent, measure
from takeback.bench.result import BenchResult

__all__ = ["Extent", "bench", "measure"]


def bench(*, size: int | None = None, photos: Path | None = None, seed: int = 2020) -> BenchResult:
    """`takeback bench derivative`."""
    photographs = size or SIZE
    extent = Extent(photographs=photographs, attacked=photographs + photographs // 2, rendered=photographs // 2)
    return measure(extent, photos=photos, seed=seed)
