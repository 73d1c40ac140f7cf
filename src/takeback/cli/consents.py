"""`takeback consent` and `takeback enrol`: from ordinary photographs to a protection pack."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from takeback.cli.asking import settings
from takeback.cli.keys import open_key
from takeback.cli.printing import JSON, tell
from takeback.cli.progress import Progress
from takeback.errors import ConsentError, UsageError

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def consent() -> None:
    """Write, sign, countersign and check a consent.

    A consent is bound to the exact photographs. One person signs it, another countersigns: without two keys nothing
    is investigated.
    """


@consent.command()
@click.argument("photographs", metavar="PHOTO...", nargs=-1, required=True, type=FILE)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where the form is written.")
def new(photographs: tuple[Path, ...], out: Path) -> None:
    """Write a form to fill in for these photographs; nothing in it is pre-ticked."""
    from takeback.evidence.consent import template
    from takeback.jobs.documents import write_new
    from takeback.jobs.enrol import photograph_digests

    write_new(out, template(photograph_digests(photographs)).encode())
    click.echo(f"written: {out} (fill it in, then: takeback consent sign {out} --key KEY)")


@consent.command()
@click.argument("file", type=FILE)
@click.option("--key", required=True, type=FILE, help="The enroller's key.")
def sign(file: Path, key: Path) -> None:
    """Sign a filled-in form with the enroller's key."""
    from takeback.evidence.consent import sign as sign_text

    _replace(file, sign_text(_text(file), open_key(key), time=datetime.now(tz=UTC)))
    click.echo(f"signed: {file} (a second person now runs: takeback consent countersign {file} --key KEY)")


@consent.command()
@click.argument("file", type=FILE)
@click.option("--key", required=True, type=FILE, help="The second person's key.")
def countersign(file: Path, key: Path) -> None:
    """Countersign a signed consent with a second key."""
    from takeback.evidence.consent import countersign as countersign_text

    _replace(file, countersign_text(_text(file), open_key(key), time=datetime.now(tz=UTC)))
    click.echo(f"countersigned: {file}")


@consent.command()
@click.argument("file", type=FILE)
@JSON
def show(file: Path, *, as_json: bool) -> None:
    """Say what a signed consent covers, and whose keys signed it."""
    from takeback.evidence.consent import read_signed

    signed = read_signed(_text(file))
    second = signed.countersignature
    tell(
        signed,
        [
            f"purposes: {', '.join(sorted(each.value for each in signed.consent.purposes)) or 'none'}",
            f"photographs: {len(signed.consent.photographs)}",
            f"signed by {signed.signature.key} at {signed.signature.time:%Y-%m-%d %H:%M} UTC",
            f"countersigned by {second.key} at {second.time:%Y-%m-%d %H:%M} UTC" if second else "not countersigned",
        ],
        as_json=as_json,
    )


@click.command()
@click.argument("photographs", metavar="PHOTO...", nargs=-1, required=True, type=FILE)
@click.option("--consent", "consent_file", required=True, type=FILE, help="The signed consent.")
@click.option(
    "--level",
    type=click.Choice(["hash", "features", "sealed"]),
    default="features",
    show_default=True,
    help="What leaves the device: hashes; also local features; also the sealed photograph.",
)
@click.option(
    "--to",
    "recipients",
    multiple=True,
    required=True,
    metavar="AGE_RECIPIENT",
    help="The case's age recipient; repeat for more.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The pack to write.")
@click.option("--quiet", is_flag=True, help="No progress.")
@JSON
def enrol(
    photographs: tuple[Path, ...],
    consent_file: Path,
    level: str,
    recipients: tuple[str, ...],
    out: Path,
    *,
    quiet: bool,
    as_json: bool,
) -> int:
    """Make a protection pack from ordinary photographs; it is encrypted to its recipients at every level."""
    from takeback.jobs.documents import write_new
    from takeback.jobs.enrol import enrol as make_pack
    from takeback.model.original import PackLevel

    if out.exists():
        raise UsageError(f"there is a file here already: {out} (choose another --out)")
    made = make_pack(
        photographs,
        _text(consent_file),
        level=PackLevel(level),
        recipients=recipients,
        today=datetime.now(tz=UTC).date(),
        progress=Progress(quiet=quiet or settings().quiet),
    )
    write_new(out, made.pack)
    tell(
        {"pack": str(out), "level": level, "enrolled": made.enrolled, "refused": made.refused, "smooth": made.smooth},
        [
            f"written: {out} (level {level}, {made.enrolled} photographs)",
            *(f"refused: {each.path}: {each.reason}" for each in made.refused),
            *(
                f"smooth: {each}: it has few features, less of what was made from it will be found"
                for each in made.smooth
            ),
        ],
        as_json=as_json,
    )
    return 1 if made.refused else 0


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConsentError(f"{file} is not a consent: it is not UTF-8 text") from error


def _replace(file: Path, text: str) -> None:
    from takeback.jobs.documents import whole_or_not

    made = file.with_name(f".{file.name}.partial")
    with whole_or_not(file, undo=lambda: made.unlink(missing_ok=True)):
        made.write_text(text, encoding="utf-8")
        made.replace(file)
