"""`takeback bank`: hash banks of images that were confirmed abusive."""

from __future__ import annotations

import click

from takeback.cli import bank_acts, bank_lists, serving


@click.group()
def bank() -> None:
    """Keep hash banks: add, withdraw, search, import, export, review."""


for command in (*bank_acts.COMMANDS, *bank_lists.COMMANDS, *serving.COMMANDS):
    bank.add_command(command)
