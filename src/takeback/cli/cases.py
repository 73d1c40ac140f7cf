"""`takeback case`: making a case, seeing what it holds, raising a cap, looking at an original."""

from __future__ import annotations

from pathlib import Path

import click

from takeback.cli.asking import case_passphrase
from takeback.cli.keys import open_key
from takeback.cli.printing import CASE, JSON, tell
from takeback.errors import UsageError

KEY_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def case() -> None:
    """Make a case, see what it holds, raise a cap, look at an original."""


@case.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--title", default="", help="A title; it stays inside the encrypted case.")
@click.option("--role", required=True, help="In which role you work: helpline, researcher, newsroom, platform, ...")
@click.option("--legal-basis", required=True, help="On which legal basis you hold the material.")
@click.option("--jurisdiction", required=True, help="Where you work, for example UK or DE.")
@click.option("--trust", multiple=True, metavar="LINE", help="Accept consents signed by this public key only; repeat.")
@JSON
def new(
    folder: Path, title: str, role: str, legal_basis: str, jurisdiction: str, trust: tuple[str, ...], *, as_json: bool
) -> None:
    """Make an empty, encrypted case in DIR, and print the age recipient that packs are encrypted to."""
    from takeback.crypto.keyfile import parse_public
    from takeback.jobs.case import Case, case_facts

    facts = case_facts(
        title or folder.name,
        role=role,
        legal_basis=legal_basis,
        jurisdiction=jurisdiction,
        trusted=tuple(parse_public(line) for line in trust),
    )
    with Case.create(folder, facts, passphrase=case_passphrase(folder, new=True)) as made:
        recipient = made.store.recipient
        tell(
            {"case": str(folder), "id": made.store.header.id, "recipient": recipient},
            [
                f"case made: {folder}",
                f"packs are encrypted to: {recipient}",
                *([] if trust else ["no keys are pinned: any two keys can sign a consent (--trust LINE pins them)"]),
            ],
            as_json=as_json,
        )


@case.command()
@CASE
@click.option("--damage", is_flag=True, help="Also list where the sources could not be read; places may hold names.")
@JSON
def show(folder: Path, *, damage: bool, as_json: bool) -> None:
    """Say what a case holds: counts, photographs, findings by id; no names, no locators."""
    from takeback.jobs.overview import overview

    found = overview(folder, passphrase=case_passphrase(folder), damage=damage)
    tell(found, found.lines(), as_json=as_json)


@case.command()
@CASE
@click.option("--photographs", type=click.IntRange(min=1), help="Photographs a person.")
@click.option("--persons", type=click.IntRange(min=1), help="Persons a case.")
@click.option("--reason", required=True, help="Why; the record keeps it.")
@click.option("--key", "first", required=True, type=KEY_FILE, help="The key of the first person.")
@click.option("--second-key", "second", required=True, type=KEY_FILE, help="The key of the second person.")
def cap(folder: Path, photographs: int | None, persons: int | None, reason: str, first: Path, second: Path) -> None:
    """Raise a cap of the case: a recorded act of two people."""
    from takeback.jobs.case import Case
    from takeback.jobs.people import raise_caps

    with Case.open(folder, passphrase=case_passphrase(folder)) as opened:
        act = raise_caps(
            opened, open_key(first), open_key(second), photographs=photographs, persons=persons, reason=reason
        )
    click.echo(f"raised: {act.subject}")


@case.command()
@CASE
@click.argument("original")
@click.option("--reason", required=True, help="Why a person must look; the record keeps it.")
@click.option("--key", "first", required=True, type=KEY_FILE, help="The key of the first person.")
@click.option("--second-key", "second", required=True, type=KEY_FILE, help="The key of the second person.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where the photograph is written.")
def look(folder: Path, original: str, reason: str, first: Path, second: Path, out: Path) -> None:
    """Write a sealed ORIGINAL out for a person to look at: a counted act of two people."""
    from takeback.jobs.case import Case
    from takeback.jobs.documents import write_new
    from takeback.jobs.people import look as look_at

    if out.exists():
        raise UsageError(f"there is a file here already: {out} (choose another --out)")
    with Case.open(folder, passphrase=case_passphrase(folder)) as opened:
        write_new(out, look_at(opened, original, open_key(first), open_key(second), reason=reason), mode=0o600)
    click.echo(f"written: {out} (this look is counted in the report)")
