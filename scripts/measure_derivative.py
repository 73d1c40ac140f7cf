"""Run `takeback bench derivative` and keep its figures: the JSON for the docs, and the error rates that findings cite.

python scripts/measure_derivative.py [PHOTOGRAPHS ENROLLED]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from takeback.bench.derivative import bench
from takeback.bench.result import BenchResult

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "docs" / "figures" / "derivative.json"
RATES = ROOT / "src" / "takeback" / "matching" / "error_rates.json"
POPULATION = (
    "ordinary photographs, on some of which thresholds were set: objects, clothes, shops, landscapes; few people"
)


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git the caller has
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def _rates(result: BenchResult) -> dict[str, object]:
    """What `takeback.matching.calibration` reads."""

    def counted(name: str) -> dict[str, object]:
        figure = result.figures[name]
        unit = "photographs with at least one false finding"
        return {"errors": figure.value, "n": figure.n, "unit": unit, "population": POPULATION}

    pairs = result.figures["hash_close_pairs"]
    return {
        "version": 1,
        "measured_by": "takeback bench derivative",
        "seed": result.seed,
        "findings": {
            "pixels": [[6.0, counted("false_photographs")]],
            "features": [[100.0, counted("false_photographs_features")]],
        },
        "hash_match": {
            "errors": round((pairs.value or 0) * pairs.n),
            "n": pairs.n,
            "unit": "pairs of distinct photographs within 31 bits",
            "population": POPULATION,
        },
    }


def main() -> None:
    """Measure, and write both files."""
    result = bench(size=int(sys.argv[1]) if len(sys.argv) > 1 else None)
    kept = {"commit": _commit(), **msgspec.to_builtins(result)}
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")
    RATES.write_bytes(msgspec.json.format(msgspec.json.encode(_rates(result)), indent=1) + b"\n")
    print("\n".join(result.lines()))


if __name__ == "__main__":
    main()
