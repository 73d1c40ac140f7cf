"""`takeback confirm`, `release`, `seal`, `forget`: what takes a human, or two."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from takeback.cli.asking import case_passphrase
from takeback.cli.keys import open_key
from takeback.cli.printing import CASE
from takeback.errors import UsageError

KEY_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("finding")
@CASE
@click.option("--key", required=True, type=KEY_FILE, help="The key of whoever confirms.")
@click.option("--shows", required=True, help="What the picture shows, in your words.")
@click.option("--how-known", required=True, help="How you know.")
def confirm(finding: str, folder: Path, key: Path, shows: str, how_known: str) -> None:
    """Confirm a FINDING and state, by name, what the picture shows; geometry never says that."""
    from takeback.jobs.case import Case
    from takeback.jobs.people import confirm as keep
    from takeback.jobs.people import figures_of

    with Case.open(folder, passphrase=case_passphrase(folder)) as case:
        for line in figures_of(case, finding):
            click.echo(line, err=True)
        if sys.stdin.isatty() and not click.confirm("Do the figures and the drawing support it?", err=True):
            raise UsageError(f"not confirmed: {finding} (nothing was recorded)")
        statement = keep(case, finding, open_key(key), shows=shows, how_known=how_known)
    click.echo(f"confirmed: {finding} by {statement.by}")


@click.command()
@click.argument("findings", metavar="FINDING...", nargs=-1, required=True)
@CASE
@click.option("--key", required=True, type=KEY_FILE, help="The key that countersigned the person's consent.")
def release(findings: tuple[str, ...], folder: Path, key: Path) -> None:
    """Let the locators of findings out of the seal; only the second key may."""
    from takeback.jobs.case import Case
    from takeback.jobs.people import release as let_out

    with Case.open(folder, passphrase=case_passphrase(folder)) as case:
        released = let_out(case, findings, open_key(key))
    click.echo(f"released: {', '.join(released)}")


@click.command()
@click.argument("sha256")
@CASE
@click.option("--reason", required=True, help="Why; the record keeps it.")
def seal(sha256: str, folder: Path, reason: str) -> None:
    """Seal an item that may show a minor, by its SHA256: at once, unseen, everywhere in the case."""
    from takeback.jobs.case import Case
    from takeback.jobs.people import seal as seal_bytes
    from takeback.model.digest import parse_sha256

    try:
        digest = parse_sha256(sha256)
    except ValueError as error:
        raise UsageError(str(error)) from error
    with Case.open(folder, passphrase=case_passphrase(folder)) as case:
        places = seal_bytes(case, digest, reason=reason)
    click.echo(f"sealed: {places} places; run `takeback investigate` again before publishing")


@click.command()
@CASE
@click.option("--person", help="Forget this person alone, by the pseudonym in the consent.")
@click.option("--all", "everything", is_flag=True, help="Forget the whole case; only its ledger stays.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
def forget(folder: Path, person: str | None, *, everything: bool, yes: bool) -> int:
    """Forget a person or the whole case, by destroying keys; the ledger still verifies."""
    from takeback.jobs.case import Case
    from takeback.jobs.people import forget_all, forget_person

    if everything == (person is not None):
        raise UsageError("say what to forget: --person ID, or --all")
    what = "the whole case" if everything else f"person {person}"
    if not yes and not click.confirm(f"Forget {what}? It cannot be undone.", err=True):
        click.echo("nothing was forgotten")
        return 1
    case = Case.open(folder, passphrase=case_passphrase(folder))
    if person is not None:
        with case:
            forget_person(case, person)
    else:
        forget_all(case)
    click.echo(f"forgotten: {what}")
    return 0
