"""`takeback doctor`: what is installed, what is missing, what is in force."""

from __future__ import annotations

import click

from takeback.cli.printing import JSON, tell


@click.command()
@JSON
def doctor(*, as_json: bool) -> int:
    """Say what is installed, which optional parts are missing, and whether clock, disk and sandbox will do."""
    from takeback.jobs.health import health

    found = health()
    tell(
        found,
        [
            f"{'ok     ' if each.ok else 'missing' if each.optional else 'WRONG  '} {each.name}: {each.what}"
            for each in found
        ],
        as_json=as_json,
    )
    return 0 if all(each.ok or each.optional for each in found) else 1
