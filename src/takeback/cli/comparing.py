"""`takeback compare`."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from takeback.cli.asking import case_passphrase, passphrase_in
from takeback.cli.printing import CASE, JSON, tell
from takeback.errors import UsageError

if TYPE_CHECKING:
    from takeback.jobs.side_by_side import Stretch

_TWO = 2
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@CASE
@click.option("--against", type=click.Path(path_type=Path), help="The folder of a second case.")
@click.option("--against-secret", "secret", type=FILE, help="A file with the passphrase of the second case.")
@click.option(
    "--window",
    "windows",
    multiple=True,
    metavar="FROM..TO",
    help="Days, both included: 2026-01-01..2026-03-31. Two of one case; with --against, one for both or one for each.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new folder for the comparison.")
@JSON
def compare(
    folder: Path, against: Path | None, secret: Path | None, windows: tuple[str, ...], out: Path, *, as_json: bool
) -> None:
    """Set two windows of a case, or two cases, side by side; say of each number whether the two can be told apart."""
    from takeback.jobs.case import Case
    from takeback.jobs.side_by_side import compare_cases, compare_windows

    stretches = tuple(_stretch(each) for each in windows)
    if against is None and len(stretches) != _TWO:
        raise UsageError(f"one case takes two --window, not {len(stretches)} (or name a second case with --against)")
    if len(stretches) > _TWO:
        raise UsageError(f"a comparison has two sides: {len(stretches)} --window are too many")
    with ExitStack() as opened:
        case = opened.enter_context(Case.open(folder, passphrase=case_passphrase(folder)))
        if against is None:
            made = compare_windows(case, stretches[0], stretches[1], out)
        else:
            if against.resolve() == folder.resolve():
                raise UsageError("--against names the same folder as --case (name two --window of it instead)")
            other = passphrase_in(secret) if secret else case_passphrase(against)
            second = opened.enter_context(Case.open(against, passphrase=other))
            sides = (stretches[0], stretches[-1]) if stretches else (None, None)
            made = compare_cases(case, second, out, windows=sides)
    verdicts = [each.verdict.value for each in made.rows]
    tell(
        {
            "out": str(out),
            "tests": made.tests,
            "verdicts": {each: verdicts.count(each) for each in sorted(set(verdicts))},
        },
        [
            f"written: {out}: comparison.html, comparison.json, comparison.pdf",
            f"{len(verdicts)} numbers side by side, {made.tests} of them tested:",
            *(f"  {each}: {verdicts.count(each)}" for each in sorted(set(verdicts))),
        ],
        as_json=as_json,
    )


def _stretch(text: str) -> Stretch:
    from takeback.jobs.side_by_side import Stretch

    first, _, last = text.partition("..")
    try:
        return Stretch(first=date.fromisoformat(first), last=date.fromisoformat(last))
    except ValueError as error:
        raise UsageError(f"--window is FROM..TO, for example 2026-01-01..2026-03-31, not {text[:80]!r}") from error
