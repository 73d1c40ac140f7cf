"""Prints docs/reference/cli.md from the program itself; `--write` replaces the page.

Usage: python scripts/cli_reference.py [--write]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from takeback.cli.main import cli

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "cli.md"
HEAD = """\
# Commands

<!-- Made by `python scripts/cli_reference.py --write`; a test compares this page with the program. -->

Every command has `--help`. What a command reports goes to standard output, progress and errors go to standard error.
[Exit codes](exit-codes.md) are the same everywhere. Passphrases never come from a flag: see [settings](settings.md).
"""


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """The command and everything below it, by full name, in the order of their names."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, help_option_names=["-h", "--help"])
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from commands(found, f"{name} {each}")


def help_of(command: click.Command, name: str) -> str:
    """What `--help` prints, 100 columns wide."""
    settings = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "terminal_width": 100}
    return command.get_help(click.Context(command, info_name=name, **settings))


def page() -> str:
    """The whole reference page."""
    parts = [HEAD]
    for name, command in commands(cli, "takeback"):
        level = "##" if name.count(" ") < 2 else "###"  # noqa: PLR2004  # a subcommand stands below its group
        parts.append(f"{level} {name}\n\n```text\n{help_of(command, name)}\n```\n")
    return "\n".join(parts)


def main() -> None:
    """Print the page, or replace it."""
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
        print(f"written: {PAGE}")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
