"""`takeback simulate`: a made-up network of a given shape, with its truth."""

from __future__ import annotations

from pathlib import Path

import click

from takeback.cli.printing import JSON, tell
from takeback.errors import UsageError


@click.command()
@click.argument("network", required=False, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new folder.")
@click.option("--preset", help="A shape that ships with takeback: 2020.")
@click.option(
    "--media", default=0, show_default=True, type=click.IntRange(min=0), help="How many pictures are real files."
)
@click.option("--seed", type=click.IntRange(min=0), help="Of every choice.  [default: the shape's own]")
@JSON
def simulate(
    network: Path | None, out: Path, preset: str | None, media: int, seed: int | None, *, as_json: bool
) -> int:
    """Write a made-up network of the shape that the file NETWORK describes, or a preset, and its truth.

    An export as Telegram Desktop writes it, preview pages and promoting pages as a web archive, and truth.json. Nobody
    posted any of it; pictures are placeholders, or textures from a seed.
    """
    from takeback.simulate.shape import load_shape
    from takeback.simulate.shape import preset as shape_named
    from takeback.simulate.shaped import ShapedNetwork

    if (network is None) == (preset is None):
        raise UsageError("name either a file with the shape of a network, or --preset 2020")
    shape = load_shape(network) if network is not None else shape_named(preset or "")
    truth = ShapedNetwork(shape, seed=seed, media=media).write(out)
    lines = [
        f"channels {len(truth.channels)}, messages {truth.rows:,}, pictures {truth.pictures:,}",
        f"members {truth.combined_members:,} added up, {truth.unique_accounts:,} accounts",
        f"promoting pages {sum(truth.promotion.values()):,}, posts on preview pages {truth.preview_posts:,}",
        f"export: {out / 'export'}; pages: {out / 'previews.warc.gz'}; truth: {out / 'truth.json'}",
    ]
    tell(truth, lines, as_json=as_json)
    return 0
