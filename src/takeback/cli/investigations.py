"""`takeback investigate` and `takeback census`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from takeback.cli.asking import case_passphrase, settings
from takeback.cli.printing import CASE, JSON, tell
from takeback.cli.progress import Progress
from takeback.errors import UnusableInput, UsageError

if TYPE_CHECKING:
    from takeback.model.measure import Measure

ANY = click.Path(path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


NOT_SAID = (
    "acquisition: not recorded (write acquisition.toml beside the source: collected_by, collected_from, collected_to, "
    "application, settings, note; then run this again)"
)


class Given(TypedDict):
    """What the command line of `investigate` gives."""

    sources: tuple[Path, ...]
    packs: tuple[Path, ...]
    folder: Path
    identities: tuple[Path, ...]
    channels: Path | None
    audience: Path | None
    acquisition: Path | None
    engine: str | None
    workers: int | None
    quiet: bool | None
    as_json: bool


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=ANY)
@click.option("--pack", "packs", multiple=True, type=FILE, help="A protection pack; repeat for more.")
@CASE
@click.option(
    "--identity",
    "identities",
    multiple=True,
    type=FILE,
    help="An age identity file for packs that were encrypted to another key than the case's.",
)
@click.option("--channels", type=FILE, help="channels.csv: usernames that exports lack.")
@click.option("--audience", type=FILE, help="audience.csv: member counts with their dates.")
@click.option("--acquisition", type=FILE, help="acquisition.toml: who collected the material, when, how.")
@click.option("--engine", help="Where work runs: serial or local.  [default: local]")
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes.  [default: one a core]")
@click.option("--quiet", is_flag=True, default=None, help="No progress.")
@JSON
def investigate(**given: Unpack[Given]) -> int:
    """Find media made from enrolled photographs in exports, folders or zips that you lawfully hold.

    Nothing is downloaded. Interrupted anywhere, run it again: it resumes. Where something was found stays sealed until
    a second person releases it.
    """
    from takeback.jobs.case import Case
    from takeback.jobs.intake import NOT_RECORDED, SideFiles
    from takeback.jobs.investigate import investigate as run
    from takeback.jobs.network_report import acquisition_of
    from takeback.plugins import engine as engine_named

    chosen = settings(engine=given["engine"], workers=given["workers"], quiet=given["quiet"])
    with Case.open(given["folder"], passphrase=case_passphrase(given["folder"])) as case:
        found = run(
            case,
            given["sources"],
            given["packs"],
            engine=engine_named(chosen.engine, workers=chosen.worker_count),
            today=datetime.now(tz=UTC).date(),
            identities=[_identity(each) for each in given["identities"]],
            side=SideFiles(channels=given["channels"], audience=given["audience"], acquisition=given["acquisition"]),
            progress=Progress(quiet=chosen.quiet),
        )
        damage = len(case.store.damage())
        recorded = acquisition_of(case) != NOT_RECORDED
    tell(
        found,
        [
            (
                f"searched {found.searched} of {found.media} pictures against {found.originals} photographs "
                f"({found.comparisons} comparisons)"
            ),
            f"findings: {found.findings} ({found.derivatives} derivative, {found.copies} copy), sealed until released",
            f"not findings: {found.same_scene} same scene, {found.undecided} undecided",
            f"pairs whose hashes are close: {found.hash_matches}",
            (
                f"not searched: {sum(found.not_searched.values())} by kind, {sum(found.refused.values())} refused, "
                f"{found.not_searchable} not searchable, {found.sealed} sealed unseen"
            ),
            *(f"refused: {number} {reason.replace('_', ' ')}" for reason, number in found.refused.items()),
            f"damage in the sources: {damage}" + (" (takeback case show --damage lists it)" if damage else ""),
            *([] if recorded else [NOT_SAID]),
        ],
        as_json=given["as_json"],
    )
    return 1 if damage or found.refused else 0


class Counted(TypedDict):
    """What the command line of `census` gives."""

    sources: tuple[Path, ...]
    folder: Path
    graph: Path | None
    channels: Path | None
    audience: Path | None
    acquisition: Path | None
    out: Path | None
    quiet: bool | None
    as_json: bool


@click.command()
@click.argument("sources", metavar="[SOURCE]...", nargs=-1, type=ANY)
@CASE
@click.option("--graph", type=ANY, help="Also write the forward graph, as GEXF and GraphML, into this new folder.")
@click.option("--channels", type=FILE, help="channels.csv: usernames that exports lack.")
@click.option("--audience", type=FILE, help="audience.csv: member counts with their dates.")
@click.option("--acquisition", type=FILE, help="acquisition.toml: who collected the material, when, how.")
@click.option("--out", type=ANY, help="Also write the report of the network, without findings, into this new folder.")
@click.option("--quiet", is_flag=True, default=None, help="No progress.")
@JSON
def census(**given: Unpack[Counted]) -> int:
    """Measure the network alone: no pack is needed, no picture is decoded.

    Without SOURCE it measures what the case holds already.
    """
    from takeback.jobs.case import Case
    from takeback.jobs.census import measure_network, write_graph
    from takeback.jobs.intake import SideFiles, take_in
    from takeback.jobs.investigate import pass_gate
    from takeback.jobs.outcome import fingerprints_of
    from takeback.jobs.publish import publish_network

    folder, graph, out = given["folder"], given["graph"], given["out"]
    with Case.open(folder, passphrase=case_passphrase(folder)) as case:
        intake = take_in(
            case,
            given["sources"],
            side=SideFiles(channels=given["channels"], audience=given["audience"], acquisition=given["acquisition"]),
            progress=Progress(quiet=settings(quiet=given["quiet"]).quiet),
        )
        if not case.store.sources():
            raise UsageError(
                f"the case holds no source yet: {folder} (name one: takeback census SOURCE --case {folder})"
            )
        pass_gate(case)
        if graph is not None:
            write_graph(case, graph)
        measures = measure_network(case, fingerprints=fingerprints_of(case), findings=case.findings)
        made = None if out is None else publish_network(case, out)
        damage = len(case.store.damage())
    lines = list(lines_of(measures))
    if damage:
        lines.append(f"damage in the sources: {damage} (takeback case show --damage lists it)")
    written = [f"written: {made.out}: {', '.join(made.files)}"] if made else []
    tell(measures, [*lines, *written], as_json=given["as_json"])
    return 1 if intake.damage else 0


MOST_LINES = 12
"""Of one kind of measure that is taken of every channel."""


def lines_of(measures: Iterable[Measure]) -> Iterator[str]:
    """A line for each measure; of those that are taken of every channel the first few, and how many more there are."""
    held: Counter[str] = Counter()
    for measure in measures:
        kind, channel, _ = measure.id.partition(".channel.")
        held[kind] += bool(channel)
        if not channel or held[kind] <= MOST_LINES:
            yield _line(measure)
    for kind, number in held.items():
        if number > MOST_LINES:
            yield f"{kind} of more channels: {number - MOST_LINES} measures (--json lists them, --out reports them)"


def _line(measure: Measure) -> str:
    """A measure on one line: its value with its interval, or its bounds, and always its n."""
    from takeback.report.words import unit_of

    value, ends = measure.value, (measure.low, measure.high)
    if measure.low is None or measure.high is None:
        said = "not measured" if value is None else f"{_plain(value)} {unit_of(value, measure.unit)}"
    elif value is None:
        said = f"between {' and '.join(map(_plain, ends))} {measure.unit}"
    else:
        level = "" if measure.level is None else f" at {measure.level:.0%}"
        said = f"{_plain(value)} {unit_of(value, measure.unit)}, {' to '.join(map(_plain, ends))}{level}"
    return f"{measure.name}: {said} (n {measure.n})"


def _plain(value: float | str | None) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if value.is_integer() else f"{value:g}"


def _identity(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UnusableInput(f"{file} is not an age identity file: it is not text") from error
