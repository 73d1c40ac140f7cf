"""`takeback key`: the signing keys of people."""

from __future__ import annotations

from pathlib import Path

import click

from takeback.cli.asking import key_passphrase
from takeback.crypto.keyfile import HumanKey
from takeback.errors import UsageError, WrongPassphrase


@click.group()
def key() -> None:
    """Make a signing key for a person, or show its public line.

    Two people with two keys are needed: one enrols, the other countersigns and releases.
    """


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The role or name that signatures are made under.")
def new(file: Path, name: str) -> None:
    """Make a key; a passphrase seals it. Its public line is printed."""
    from takeback.crypto.keyfile import HumanKey, encode, public_line
    from takeback.crypto.signing import SigningKey
    from takeback.jobs.documents import write_new

    if file.exists():
        raise UsageError(f"there is a file here already: {file} (keys are never replaced; choose another name)")
    made = HumanKey(name=name, signing=SigningKey.new())
    content = encode(made, key_passphrase(file, new=True))
    write_new(file, content, mode=0o600)
    click.echo(public_line(made))


@key.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def show(file: Path) -> None:
    """Print the public line of a key."""
    from takeback.crypto.keyfile import public_line

    click.echo(public_line(open_key(file)))


def open_key(file: Path) -> HumanKey:
    """The key in a file, opened by its passphrase."""
    from takeback.crypto.keyfile import decode

    try:
        return decode(file.read_bytes(), key_passphrase(file))
    except WrongPassphrase as error:
        raise WrongPassphrase(
            f"wrong passphrase for the key {file} (check the keyboard layout, or the file that "
            "TAKEBACK_KEY_PASSPHRASE_FILE names)"
        ) from error
