"""Run `takeback bench derivative` and keep its figures: the JSON for the docs, and the error rates that findings cite.

python scripts/measure_derivative.py [--size N]
python scripts/measure_derivative.py --photos FOLDER --population "what they show" [--series NAME ...] [--size N]

Without a folder it measures on the reference data, on which thresholds were set, and keeps docs/figures/derivative.json
alone. With a folder of photographs that nobody set thresholds on, one subfolder for each source, it keeps
docs/figures/derivative-heldout.json and the error rates; a source named with --series was taken in a row (views of one
place, frames of one drive).
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import msgspec

from takeback.bench.derivative import bench, measure
from takeback.bench.result import BenchResult

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "docs" / "figures"
RATES = ROOT / "src" / "takeback" / "matching" / "error_rates.json"
SEED = 2020


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git the caller has
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def rates(result: BenchResult, population: str) -> dict[str, object]:
    """What `takeback.matching.calibration` reads."""

    def counted(suffix: str) -> dict[str, object]:
        figure = result.figures[f"false_photographs{suffix}"]
        series = result.figures.get(f"false_scene_photographs{suffix}")
        apart = f"; of {series.n} more taken in a row, {series.value} were taken for one another" if series else ""
        unit = "photographs with at least one false finding"
        return {"errors": figure.value, "n": figure.n, "unit": unit, "population": population + apart}

    pairs = result.figures["hash_close_pairs"]
    return {
        "version": 1,
        "measured_by": "takeback bench derivative",
        "seed": result.seed,
        "findings": {
            "pixels": [[6.0, counted("")]],
            "features": [[100.0, counted("_features")]],
        },
        "hash_match": {
            "errors": round((pairs.value or 0) * pairs.n),
            "n": pairs.n,
            "unit": "pairs of distinct photographs within 31 bits",
            "population": population,
        },
    }


def keep(result: BenchResult, name: str) -> None:
    """Write the figures with the commit that they were made from."""
    kept = {"commit": _commit(), **msgspec.to_builtins(result)}
    FIGURES.mkdir(parents=True, exist_ok=True)
    (FIGURES / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")


def main() -> None:
    """Measure, and write what is kept."""
    parser = argparse.ArgumentParser(description="Measures how well derivatives are found, and keeps the figures.")
    parser.add_argument("--size", type=int, help="photographs to enrol")
    parser.add_argument("--photos", type=Path, help="a folder of photographs on which no threshold was set")
    parser.add_argument("--population", help="what they show, in the words that findings cite")
    parser.add_argument("--series", nargs="*", default=[], metavar="NAME", help="subfolders taken in a row")
    chosen = parser.parse_args()
    if chosen.photos is None:
        result = bench(size=chosen.size, seed=SEED)
        keep(result, "derivative")
    elif chosen.population is None:
        parser.error("say what the photographs show: --population TEXT")
    else:
        series = frozenset(chosen.series)
        result = measure(
            size=chosen.size, photos=chosen.photos, seed=SEED, series=series, note=f"Held out: {chosen.population}"
        )
        keep(result, "derivative-heldout")
        table = rates(result, chosen.population)
        RATES.write_bytes(msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n")
    print("\n".join(result.lines()))


if __name__ == "__main__":
    main()
