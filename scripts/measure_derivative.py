"""Run the full `takeback bench derivative` and keep its figures, and the error rates that findings cite.

python scripts/measure_derivative.py --photos FOLDER --population "what they show" [--series NAME ...]
    [--photographs N] [--attacked N] [--itself N] [--rendered N] [--marked N]
    [--work FOLDER]

FOLDER holds photographs on which no threshold was set, one subfolder for each collection, as
scripts/bring_photographs.py makes it; a collection named with --series was taken in a row (views of one place, frames
of one drive). Pairs that docs/figures/derivative-copies.tsv lists are one photograph under two names, and no pair. With
--work an interrupted run resumes. It keeps docs/figures/derivative.json and the packaged error rates.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import msgspec

from takeback.bench.derivative import Extent, measure
from takeback.bench.derivative.citing import table_of
from takeback.bench.overlays import EACH
from takeback.bench.result import BenchResult

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "docs" / "figures"
RATES = ROOT / "src" / "takeback" / "matching" / "error_rates.json"
SEED = 2037


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git the caller has
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def keep(result: BenchResult, commit: str) -> None:
    """Write the figures with the commit that they were made from."""
    FIGURES.mkdir(parents=True, exist_ok=True)
    kept = {"commit": commit, **msgspec.to_builtins(result)}
    (FIGURES / "derivative.json").write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")


def _copies() -> frozenset[frozenset[str]]:
    """The pairs that someone looked at and found to be one photograph."""
    lines = (FIGURES / "derivative-copies.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return frozenset(frozenset(line.split("\t")[:2]) for line in lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures how well derivatives are found, and keeps the figures.")
    parser.add_argument(
        "--photos", type=Path, required=True, help="a folder of photographs, one subfolder a collection"
    )
    parser.add_argument("--population", required=True, help="what they show, in the words that findings cite")
    parser.add_argument("--left-out", default="", help="which close pairs were no part of the run")
    parser.add_argument("--series", nargs="*", default=[], metavar="NAME", help="collections taken in a row")
    parser.add_argument("--photographs", type=int, default=100_000, help="how many to enrol at most")
    parser.add_argument("--attacked", type=int, default=0, help="edits to try; three a photograph unless said")
    parser.add_argument("--itself", type=int, default=0, help="photographs to look for as they are; all unless said")
    parser.add_argument("--rendered", type=int, default=500, help="second exposures of each kind to render")
    parser.add_argument("--marked", type=int, default=EACH, help="photographs to lay each kind of mark on")
    parser.add_argument("--work", type=Path, help="where an interrupted run left off")
    return parser.parse_args()


def main() -> None:
    """Measure, and write what is kept."""
    chosen = _arguments()
    commit, series, copies = _commit(), frozenset(chosen.series), _copies()
    extent = Extent(
        photographs=chosen.photographs,
        attacked=chosen.attacked,
        itself=chosen.itself,
        rendered=chosen.rendered,
        marked=chosen.marked,
    )
    with tempfile.TemporaryDirectory() as spare:
        work = chosen.work or Path(spare)
        note = f"Held out: {chosen.population}"
        result = measure(extent, photos=chosen.photos, seed=SEED, series=series, copies=copies, note=note, work=work)
        keep(result, commit)
        close = result.figures["hash_close_pairs"]
        table = table_of(
            work,
            series=series,
            population=chosen.population,
            seed=SEED,
            hash_match=(round((close.value or 0) * close.n), close.n),
            left_out=chosen.left_out,
            copies=copies,
        )
        RATES.write_bytes(msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n")
    print("\n".join(result.lines()))


if __name__ == "__main__":
    main()
