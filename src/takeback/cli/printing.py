"""What every command prints: JSON where it was asked for, lines for people otherwise."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

CASE = click.option("--case", "folder", required=True, type=click.Path(path_type=Path), help="The folder of the case.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")


def tell(value: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print the value as JSON, or the lines, in which no character acts on the terminal."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
        return
    for line in lines:
        click.echo(harmless(line))


def harmless(text: str) -> str:
    """The text with every control, format and unassigned character but the line end as U+XXXX, so that none can act."""
    if text.isprintable():
        return text
    return "".join(f"U+{ord(each):04X}" if _acts(each) else each for each in text)


def _acts(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def one_line(text: str) -> str:
    """A text of somebody else's without its line ends, so that it cannot pass for lines of ours."""
    return " ".join(text.split())
