"""What every command prints: JSON where it was asked for, lines for people otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

CASE = click.option("--case", "folder", required=True, type=click.Path(path_type=Path), help="The folder of the case.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")


def tell(value: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print the value as JSON, or the lines, in which no character acts on the terminal."""
    from takeback.report.words import visible

    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
        return
    for line in lines:
        click.echo(visible(line))


def one_line(text: str) -> str:
    """A text of somebody else's without its line ends, so that it cannot pass for lines of ours."""
    return " ".join(text.split())
