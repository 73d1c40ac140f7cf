"""`takeback notices`: ask, answer, list, prepare, record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from takeback.cli.asking import case_passphrase
from takeback.cli.printing import CASE, JSON, tell
from takeback.errors import UnusableInput, UsageError
from takeback.model.notice import Deadline

if TYPE_CHECKING:
    from takeback.jobs.letters import LetterLine


@click.group()
def notices() -> None:
    """Ask, answer, prepare and record takedown notices; sending is up to a person."""


@notices.command()
@CASE
@click.option("--out", type=click.Path(path_type=Path), help="Write the questions to this file.")
def ask(folder: Path, out: Path | None) -> None:
    """Write down what only a person can say, once for every regime; nothing is pre-filled."""
    from takeback.jobs.case import Case
    from takeback.jobs.documents import write_new
    from takeback.jobs.letters import ask as questions

    with Case.open(folder, passphrase=case_passphrase(folder)) as case:
        text = questions(case)
    if out is None:
        click.echo(text, nl=False)
        return
    write_new(out, text.encode())
    click.echo(f"written: {out} (fill it in, then: takeback notices answer {out} --case {folder})")


@notices.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@CASE
def answer(file: Path, folder: Path) -> None:
    """Take the answers in FILE into the case."""
    from takeback.jobs.case import Case
    from takeback.jobs.letters import answer as keep
    from takeback.jobs.letters import unanswered

    text = _text(file)
    with Case.open(folder, passphrase=case_passphrase(folder)) as case:
        count = keep(case, text)
        missing = unanswered(case)
    click.echo(f"answers taken: {count}; still open: {', '.join(missing) or 'none'}")


@notices.command(name="list")
@CASE
@JSON
def list_(folder: Path, *, as_json: bool) -> None:
    """Say which letters are complete, which are not and why, and which clocks run."""
    from takeback.jobs.case import Case
    from takeback.jobs.letters import lines, states

    with Case.open(folder, passphrase=case_passphrase(folder)) as case:
        possible, prepared = lines(case), states(case)
    tell(
        {"possible": possible, "prepared": prepared},
        [
            *_possible(possible),
            *(f"{each.id}: {each.state}; due {_due(each.deadline)}" for each in prepared),
        ],
        as_json=as_json,
    )


@notices.command()
@CASE
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new folder for the letters.")
@JSON
def prepare(folder: Path, out: Path, *, as_json: bool) -> int:
    """Write every complete letter as PDF, JSON and text; none that lacks an element is written."""
    from takeback.jobs.case import Case
    from takeback.jobs.letters import prepare_letters

    with Case.open(folder, passphrase=case_passphrase(folder)) as case:
        made = prepare_letters(case, out)
    tell(
        {"out": str(out), "notices": [each.id for each in made]},
        [f"{each.id}: to {each.recipient.name} by {each.recipient.channel}: {each.recipient.address}" for each in made]
        or ["no letter is complete: `takeback notices list` says what is missing"],
        as_json=as_json,
    )
    return 0 if made else 1


@notices.command()
@click.argument(
    "event", type=click.Choice(["sent", "received", "acknowledged", "refused", "removed", "reappeared", "withdrawn"])
)
@click.argument("notice")
@CASE
@click.option("--at", help="When, in ISO 8601 with an offset.  [default: now]")
@click.option("--note", default="", help="A note for the record.")
def record(event: str, notice: str, folder: Path, at: str | None, note: str) -> None:
    """Record an EVENT of a NOTICE as it happened; sent, received and acknowledged start the clock."""
    from takeback.jobs.case import Case
    from takeback.jobs.letters import record_event
    from takeback.model.notice import NoticeEvent

    with Case.open(folder, passphrase=case_passphrase(folder)) as case:
        clock = record_event(case, notice, NoticeEvent(event), _instant(at), note=note)
    click.echo(f"recorded: {event}" + (f"; due {_due(clock)}" if clock else ""))


def _possible(lines: Iterable[LetterLine]) -> list[str]:
    """Which letters are complete and which are not: what holds for several regimes and findings is said once."""
    findings: dict[tuple[str, str], list[str]] = {}
    for each in lines:
        said = "complete" if each.ready else each.reason.removeprefix(f"{each.finding} ")
        findings.setdefault((each.regime, said), []).append(each.finding)
    regimes: dict[tuple[str, str], list[str]] = {}
    for (regime, said), named in findings.items():
        regimes.setdefault((said, ", ".join(named)), []).append(regime)
    return [f"{', '.join(under)}: {named}: {said}" for (said, named), under in regimes.items()]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UnusableInput(
            f"{file} holds no answers: it is not UTF-8 text (save it as UTF-8, or write it again: takeback notices ask)"
        ) from error


def _due(deadline: Deadline | None) -> str:
    if deadline is None:
        return "no clock runs"
    return f"{deadline.due:%Y-%m-%d %H:%M} UTC" if deadline.due else deadline.text


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(tz=UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--at is no ISO 8601 instant: {text[:80]!r} (for example 2026-11-24T10:15:00Z)") from error
    if at.tzinfo is None:
        raise UsageError(f"--at has no offset: {text[:80]!r} (write 2026-11-24T10:15:00Z, or +01:00)")
    return at.astimezone(UTC)
