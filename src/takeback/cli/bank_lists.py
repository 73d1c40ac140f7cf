"""The lists of `takeback bank`: looking hashes up, taking lists in and out, saying what there is."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from takeback.cli.asking import case_passphrase, settings
from takeback.cli.bank_acts import BY, DISTANCES, ENTRY, FOLDER, NAME, OneOf, opened
from takeback.cli.printing import JSON, one_line, tell
from takeback.cli.progress import Progress
from takeback.errors import UnusableInput, UsageError
from takeback.exchanges.hash_formats import FORMATS, HashFormat
from takeback.model.bank import Provenance

if TYPE_CHECKING:
    from takeback.jobs.bank_search import Asked

EXIT_NEEDS_A_PERSON = 1
WRITTEN = [format for format, each in FORMATS.items() if each.write is not None]


@click.command()
@FOLDER
@click.argument("hashes", metavar="[HASH]...", nargs=-1)
@click.option("--sha256", multiple=True, help="A SHA-256 to look up; repeat. (HASH is a PDQ, or an MD5 of 32 digits.)")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Hashes, one a line.")
@click.option("--bank", "banks", multiple=True, help="Look in this bank only; repeat. Negative banks veto always.")
@click.option("--distance", type=DISTANCES, help="Instead of each bank's own.")
@click.option("--quality", type=click.IntRange(0, 100), help="The quality of the hashes; under 50 no hit stands alone.")
@click.option("--low-quality", is_flag=True, help="Let hits of low quality stand.")
@JSON
def search(  # noqa: PLR0913  # one argument an option
    folder: Path,
    hashes: tuple[str, ...],
    sha256: tuple[str, ...],
    file: Path | None,
    banks: tuple[str, ...],
    distance: int | None,
    quality: int | None,
    *,
    low_quality: bool,
    as_json: bool,
) -> int:
    """Look up each HASH: every entry that is as close, and whether its hit stands."""
    from takeback.jobs.bank_search import search as look_up

    asked = _asked((*hashes, *_lines(file)), sha256, quality)
    if not asked:
        raise UsageError("nothing to look up (give a HASH, --sha256 or --file)")
    with opened(folder, writable=False) as store:
        answers = look_up(store, asked, banks=banks or None, distance=distance, low_quality=low_quality)
        version = store.index_version
    lines = [line for answer in answers for line in answer.lines()]
    tell({"index_version": version, "answers": answers}, lines, as_json=as_json)
    return EXIT_NEEDS_A_PERSON if any(answer.refused for answer in answers) else 0


@click.command(name="import")
@FOLDER
@NAME
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", type=OneOf(HashFormat), help="The format; without it, it is seen from the content.")
@click.option("--exchange", help="The exchange that the list comes from; stopncii and ncmec are known by their format.")
@BY
@JSON
@click.option("--quiet", is_flag=True, help="No progress on standard error.")
def import_(
    folder: Path,
    name: str,
    file: Path,
    format: HashFormat | None,
    exchange: str | None,
    by: str,
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """Take the hash list FILE into the bank BANK; what cannot be used is set aside with its reason."""
    from takeback.jobs.bank_import import import_list

    provenance = Provenance(added_by=by, source="import", exchange=exchange)
    progress = Progress(quiet=settings(quiet=quiet or None).quiet)
    with opened(folder) as store:
        outcome = import_list(store, name, file, by=provenance, format=format, progress=progress)
    tell(outcome, outcome.lines(), as_json=as_json)
    return EXIT_NEEDS_A_PERSON if outcome.set_aside else 0


@click.command()
@FOLDER
@NAME
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file to write.")
@click.option("--format", type=OneOf(WRITTEN), default=HashFormat.NDJSON.value, show_default=True, help="The format.")
@click.option(
    "--case",
    "cases",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A case whose enrolled photographs must not be blocked; repeat.",
)
@click.option("--no-enrolled", is_flag=True, help="Say that no enrolled photographs are kept that could be blocked.")
@click.option("--notes", is_flag=True, help="With notes, metadata and opinions, which hold names.")
@click.option("--withdrawn", is_flag=True, help="With the entries that were withdrawn, said to be so.")
@JSON
@click.option("--quiet", is_flag=True, help="No progress on standard error.")
def export(  # noqa: PLR0913  # one argument an option
    folder: Path,
    name: str,
    out: Path,
    format: HashFormat,
    cases: tuple[Path, ...],
    *,
    no_enrolled: bool,
    notes: bool,
    withdrawn: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Write the bank BANK out as a list; a perceptual hash that would block an enrolled photograph stays here."""
    from takeback.exchanges.export_guard import unguarded
    from takeback.jobs.bank_export import export_bank
    from takeback.jobs.bank_guard import guard_of, record_export
    from takeback.jobs.case import Case

    if bool(cases) == no_enrolled:
        message = "a list leaves compared with enrolled photographs, or because there are none"
        raise UsageError(f"{message} (give --case for each case that keeps any, or say --no-enrolled; not both)")
    progress = Progress(quiet=settings(quiet=quiet or None).quiet)
    with ExitStack() as stack:
        held = [stack.enter_context(Case.open(each, passphrase=case_passphrase(each))) for each in cases]
        store = stack.enter_context(opened(folder, writable=False))
        outcome = export_bank(
            store,
            name,
            out,
            format=format,
            guard=unguarded if no_enrolled else guard_of(held),
            notes=notes,
            withdrawn=withdrawn,
            progress=progress,
        )
        record_export(held, folder, to=out.name, entries=outcome.entries)
    tell(outcome, outcome.lines(), as_json=as_json)
    return EXIT_NEEDS_A_PERSON if outcome.withheld or outcome.left_out else 0


@click.command()
@FOLDER
@JSON
def info(folder: Path, *, as_json: bool) -> None:
    """Say which banks there are, how they are matched, and how many entries are in which state."""
    with opened(folder, writable=False) as store:
        banks = store.banks()
        counts = {bank.name: store.counts(bank.name) for bank in banks}
        to_review, waiting, version = len(store.to_review()), store.waiting(), store.index_version
    tell(
        {
            "index_version": version,
            "to_review": to_review,
            "waiting_for_the_index": waiting,
            "banks": [{"bank": bank, "entries": counts[bank.name]} for bank in banks],
        },
        [
            *(
                f"{bank.name} ({bank.kind.value}, within {bank.distance} bits): "
                + ", ".join(f"{count} {state.value}" for state, count in counts[bank.name].items())
                for bank in banks
            ),
            f"waiting for review: {to_review}; index version {version}",
            *([f"waiting for the index: {waiting} hashes; look-ups find them too, more slowly"] if waiting else []),
        ],
        as_json=as_json,
    )


@click.command()
@FOLDER
@click.argument("entry", type=ENTRY)
@JSON
def show(folder: Path, entry: int, *, as_json: bool) -> None:
    """Show ENTRY with its provenance, its opinions, and everything that was done to it."""
    with opened(folder, writable=False) as store:
        found, acts, records = store.entry(entry), store.acts(entry), store.records(entry)
    pdq = "none" if found.hash.signal is None else found.hash.signal.hex
    tell(
        {"entry": found, "pdq": None if found.hash.signal is None else pdq, "records": records, "acts": acts},
        [
            f"entry {found.id} in {found.bank}: {found.state.value}"
            + ("" if found.disabled_until is None else f" until {found.disabled_until:%Y-%m-%d}"),
            f"pdq {pdq}, quality {'unknown' if found.quality is None else found.quality}",
            f"sha256 {found.hash.sha256 or 'none'}, md5 {found.hash.md5 or 'none'}",
            f"added by {found.provenance.added_by} from {found.provenance.source} at {found.created.isoformat()}",
            *(f"record {record} of {exchange}" for exchange, record in records),
            *([f"note: {one_line(found.provenance.note)}"] if found.provenance.note else []),
            *(
                f"{each.by} would {each.opinion.value}: {one_line(each.reason) or 'no reason'}"
                for each in found.opinions
            ),
            *(
                f"{each.time.isoformat()} {each.action} by {each.by}: {one_line(each.reason) or 'no reason'}"
                for each in acts
            ),
        ],
        as_json=as_json,
    )


def _asked(hashes: Iterable[str], sha256: Iterable[str], quality: int | None) -> list[Asked]:
    from takeback.jobs.bank_search import Asked, kind_of

    perceptual = [Asked(digits=each, kind=kind_of(each), quality=quality) for each in hashes]
    return [*perceptual, *(Asked(digits=each, kind="sha256") for each in sha256)]


def _lines(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise UnusableInput(f"no list of hashes: {file}: {error.reason} (one hash a line, as text)") from error


COMMANDS = (search, import_, export, info, show)
