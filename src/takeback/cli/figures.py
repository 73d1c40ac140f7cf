"""`takeback bench`: every figure that we claim, measured by a command."""

from __future__ import annotations

from pathlib import Path

import click

from takeback.cli.printing import JSON, tell

NAMES = (
    "alteration",
    "census",
    "decode",
    "derivative",
    "index",
    "ingest",
    "intervals",
    "investigate",
    "pdq",
    "service",
    "soak",
    "startup",
)


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.option("--size", type=click.IntRange(min=1), help="How much to measure on; what it counts depends on the bench.")
@click.option("--photos", type=click.Path(path_type=Path), help="A folder of photographs to measure on.")
@click.option("--seed", type=int, default=2020, show_default=True, help="What randomness starts from.")
@JSON
def bench(name: str, size: int | None, photos: Path | None, seed: int, *, as_json: bool) -> None:
    """Measure something next to a peer and print the figures, each with its n."""
    from takeback.bench.run import run

    result = run(name, size=size, photos=photos, seed=seed)
    tell(result, result.lines(), as_json=as_json)
