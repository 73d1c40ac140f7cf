"""Runs the full benches and keeps docs/figures/NAME.json: what the bench prints, and the commit that it was made from.

Usage: python scripts/campaign.py [--dirty] [NAME...]

Without a name every bench that is there runs. A tree with changes that are not committed is refused: its figures would
name a commit that did not make them; `--dirty` runs all the same and marks the commit.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "docs" / "figures"
SEED = 2020
BENCHES: dict[str, int | None] = {
    "alteration": None,
    "census": None,
    "census-10m": 10_000_000,
    "decode": None,
    "derivative": None,
    "index": 10_000_000,
    "index-100m": 100_000_000,
    "ingest": 1_000_000,
    "ingest-5gb": 11_300_000,
    "intervals": 2_000,
    "investigate": None,
    "pdq": 300,
    "service": 1_000_000,
    "soak": 1_000_000,
    "startup": None,
}
"""Every bench that makes figures, with the size of its full run; None is the bench's own. What follows a dash in a name
tells apart runs of one bench."""


def main(arguments: list[str]) -> int:
    """Run the benches that are named, or all; 0 where each gave figures."""
    parser = argparse.ArgumentParser(description="Runs the full benches and keeps their figures in docs/figures/.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHES)}; none means all")
    parser.add_argument("--dirty", action="store_true", help="also where changes are not committed")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in BENCHES]
    if unknown:
        parser.error(f"no such bench: {', '.join(unknown)} (there are: {', '.join(BENCHES)})")
    commit = commit_of(dirty=chosen.dirty)
    failed = [name for name in chosen.names or BENCHES if not keep(name, commit)]
    if failed:
        print(f"no figures from: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def commit_of(*, dirty: bool) -> str:
    """The commit that the figures are made from."""
    commit = _git("rev-parse", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "src", "scripts", "requirements")
    if changed and not dirty:
        sys.exit("changes are not committed (commit them first, or run with --dirty):\n" + changed)
    return f"{commit} with changes" if changed else commit


def keep(name: str, commit: str) -> bool:
    """Run one bench in a process of its own and keep its figures; whether there are any."""
    print(f"bench {name} ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "takeback", "bench", name.partition("-")[0], "--json", "--seed", str(SEED)]
    size = BENCHES[name]
    command += [] if size is None else ["--size", str(size)]
    start = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # our own program
    if done.returncode:
        print(f"bench {name} ended with exit code {done.returncode}:\n{done.stderr.strip()}", file=sys.stderr)
        return False
    FIGURES.mkdir(parents=True, exist_ok=True)
    kept = FIGURES / f"{name}.json"
    text = json.dumps({**json.loads(done.stdout), "commit": commit}, indent=1, ensure_ascii=False)
    partial = kept.with_name(f"{kept.name}.partial")
    partial.write_text(f"{text}\n", encoding="utf-8")
    partial.replace(kept)
    print(f"bench {name}: {time.monotonic() - start:.0f} s, kept in {kept.relative_to(ROOT)}", file=sys.stderr)
    return True


def _git(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603  # git with fixed arguments
        ["git", *arguments],  # noqa: S607  # git is where the path says
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
