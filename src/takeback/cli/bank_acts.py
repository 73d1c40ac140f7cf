"""The acts of `takeback bank`: making banks; adding, withdrawing, disabling, judging, reviewing entries."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from takeback.cli.printing import JSON, tell
from takeback.errors import UsageError
from takeback.model.bank import DISTANCE, BankKind, HarmHash, NegativeHash, Opinion, Provenance, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from takeback.jobs.bank_store import BankStore

E = TypeVar("E", bound=Enum)


class OneOf(click.Choice[E]):
    """One of an enumeration, by its value."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """What is written on the command line for it."""
        del ctx
        return str(choice.value) if isinstance(choice, Enum) else str(choice)


FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
NAME = click.argument("name", metavar="BANK")
ENTRY = click.IntRange(min=0, max=(1 << 63) - 1)
IDS = click.argument("ids", metavar="ENTRY...", type=ENTRY, nargs=-1, required=True)
BY = click.option("--by", required=True, help="Who does this: a name or a role; the record keeps it.")
REASON = click.option("--reason", required=True, help="Why; the record keeps it.")
MAY_GIVE_REASON = click.option("--reason", default="", help="Why; the record keeps it.")
FLOODS = click.IntRange(min=1, max=1_000_000_000)
DISTANCES = click.IntRange(min=0, max=DISTANCE)


def opened(folder: Path, *, writable: bool = True) -> BankStore:
    """The banks in this folder."""
    from takeback.jobs.bank_store import BankStore

    return BankStore.open(folder, writable=writable)


@click.command()
@FOLDER
@NAME
@click.option(
    "--kind",
    type=OneOf(BankKind),
    default=BankKind.HARM.value,
    show_default=True,
    help="harm: images confirmed abusive. negative: known to collide; a hit there vetoes.",
)
@click.option("--distance", type=DISTANCES, default=DISTANCE, show_default=True, help="How many bits may differ.")
@click.option(
    "--enabled-share",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="The share of its entries that count.",
)
def new(folder: Path, name: str, kind: BankKind, distance: int, enabled_share: float) -> None:
    """Make a bank BANK in the folder DIR, which is made if it is not there."""
    from takeback.jobs.bank_store import BankStore

    with BankStore.open(folder) if BankStore.there(folder) else BankStore.create(folder) as store:
        store.new_bank(name, kind=kind, distance=distance, enabled_share=enabled_share)
    click.echo(f"bank made: {name} ({kind.value}, within {distance} bits) in {folder}")


@click.command()
@FOLDER
@NAME
@click.option("--distance", type=DISTANCES, help="How many bits may differ.")
@click.option("--enabled-share", type=click.FloatRange(0, 1), help="The share of its entries that count.")
@click.option("--flood-least", type=FLOODS, help="So many hits in a day may be a flood.")
@click.option("--flood-times", type=FLOODS, help="... if they are so many times the busiest day before.")
def change(folder: Path, name: str, **changes: float | None) -> None:
    """Change how the bank BANK is matched."""
    from dataclasses import replace

    given = {key: value for key, value in changes.items() if value is not None}
    if not given:
        raise UsageError("nothing to change (give --distance, --enabled-share, --flood-least or --flood-times)")
    with opened(folder) as store:
        changed = store.change_bank(name, replace(store.bank(name), **given))  # type: ignore[arg-type]  # click gave each its field's type
    click.echo(f"changed: {changed.name}, within {changed.distance} bits, enabled share {changed.enabled_share}")


@click.command()
@FOLDER
@NAME
@click.option("--yes", is_flag=True, help="Say that it should really go, with all of its entries.")
def remove(folder: Path, name: str, *, yes: bool) -> None:
    """Take the bank BANK away with all of its entries; there is no way back."""
    if not yes:
        raise UsageError(f"removing bank {name!r} removes every entry in it (say --yes)")
    with opened(folder) as store:
        count = store.remove_bank(name)
    click.echo(f"removed: {name} with {count} entries")


@click.command()
@FOLDER
@NAME
@click.option("--pdq", help="The PDQ hash: 64 hexadecimal digits.")
@click.option("--quality", type=int, help="Its quality from 0 to 100; under 50 it never matches alone.")
@click.option("--sha256", help="The SHA-256 of the file.")
@click.option("--md5", help="The MD5 of the file.")
@click.option("--note", default="", help="A note for whoever reviews it.")
@BY
@JSON
def add(  # noqa: PLR0913  # one argument an option
    folder: Path,
    name: str,
    *,
    pdq: str | None,
    quality: int | None,
    sha256: str | None,
    md5: str | None,
    note: str,
    by: str,
    as_json: bool,
) -> None:
    """Add one image to the bank BANK by its hashes; of a hash that comes alone one orientation is found."""
    with opened(folder) as store:
        kind = HarmHash if store.bank(name).kind is BankKind.HARM else NegativeHash
        hash = kind.of(pdq=pdq, quality=quality, sha256=sha256, md5=md5)
        [added] = store.add_records(name, [(hash, Provenance(added_by=by, note=note))])
    became = "added" if added.new else "withdrawn here, and stays so" if added.withdrawn else "known already"
    lines = [
        f"entry {added.id}: {became}",
        *(["quality under 50: kept, never matched alone"] if hash.low_quality else []),
    ]
    tell(added, lines, as_json=as_json)


@click.command()
@FOLDER
@IDS
@BY
@REASON
def withdraw(folder: Path, ids: tuple[int, ...], by: str, reason: str) -> None:
    """Withdraw entries: from now on they match nowhere, and importing them again does not bring them back."""
    _act(folder, lambda store: store.withdraw(ids, by=by, reason=reason), f"withdrawn: {_listed(ids)}")


@click.command()
@FOLDER
@click.argument("ids", metavar="[ENTRY]...", type=ENTRY, nargs=-1)
@click.option("--withdrawn", metavar="BANK", help="Every withdrawn entry of this bank.")
@click.option("--yes", is_flag=True, help="Say that they should really go.")
def erase(folder: Path, ids: tuple[int, ...], withdrawn: str | None, *, yes: bool) -> None:
    """Remove all trace of entries; importing their hashes again brings them back."""
    if bool(ids) == bool(withdrawn):
        raise UsageError("either entries or --withdrawn BANK")
    if not yes:
        raise UsageError("what is erased is gone, with its provenance and everything that was done to it (say --yes)")
    with opened(folder) as store:
        if withdrawn is None:
            store.erase(ids)
        count = len(set(ids)) if withdrawn is None else store.erase_withdrawn(withdrawn)
    click.echo(f"erased: {count} entries")


@click.command()
@FOLDER
@IDS
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day on which they count again (UTC).")
@BY
@MAY_GIVE_REASON
def disable(folder: Path, ids: tuple[int, ...], until: datetime | None, by: str, reason: str) -> None:
    """Disable entries, until a day or until somebody enables them."""
    end = None if until is None else until.replace(tzinfo=UTC)
    said = f"disabled: {_listed(ids)}" + ("" if end is None else f" until {date.isoformat(end.date())}")
    _act(folder, lambda store: store.disable(ids, until=end, by=by, reason=reason), said)


@click.command()
@FOLDER
@IDS
@BY
@MAY_GIVE_REASON
def enable(folder: Path, ids: tuple[int, ...], by: str, reason: str) -> None:
    """Enable entries that were disabled."""
    _act(folder, lambda store: store.enable(ids, by=by, reason=reason), f"enabled: {_listed(ids)}")


@click.command()
@FOLDER
@click.argument("entry", type=ENTRY)
@click.argument("opinion", type=OneOf(Opinion))
@BY
@MAY_GIVE_REASON
def opinion(folder: Path, entry: int, opinion: Opinion, by: str, reason: str) -> None:
    """Say what you think of ENTRY; what is disputed waits for a review."""
    said = f"noted: {by} would {opinion.value} entry {entry}"
    _act(folder, lambda store: store.give_opinion(entry, opinion, by=by, reason=reason), said)


@click.command()
@FOLDER
@click.argument("entry", type=ENTRY, required=False)
@click.argument("verdict", type=OneOf(Verdict), required=False)
@click.option("--by", help="Who reviews; the record keeps it.")
@click.option("--reason", help="Why; the record keeps it.")
@JSON
def review(
    folder: Path, entry: int | None, verdict: Verdict | None, by: str | None, reason: str | None, *, as_json: bool
) -> None:
    """List what waits for a person; with ENTRY and a verdict, end its review."""
    if entry is None:
        with opened(folder, writable=False) as store:
            waiting = store.to_review()
        lines = [f"entry {each.id} in {each.bank}: {each.state.value}, {_opinions(each.opinions)}" for each in waiting]
        tell(waiting, lines or ["nothing waits"], as_json=as_json)
        return
    if verdict is None or not by or not reason:
        raise UsageError("a review needs a verdict (keep or withdraw), --by and --reason")
    with opened(folder) as store:
        store.review(entry, verdict, by=by, reason=reason)
        left = store.entry(entry)
    tell(left, [f"reviewed: entry {entry} is {left.state.value}"], as_json=as_json)


@click.command()
@FOLDER
def repair(folder: Path) -> None:
    """Make the index anew from the tables, which hold everything that is in it."""
    _act(folder, lambda store: store.repair(), f"made anew: the index of {folder}")


def _act(folder: Path, act: Callable[[BankStore], None], said: str) -> None:
    """Do it in the banks of this folder, then say so."""
    with opened(folder) as store:
        act(store)
    click.echo(said)


def _listed(ids: tuple[int, ...]) -> str:
    return ", ".join(map(str, ids))


def _opinions(given: tuple[object, ...]) -> str:
    from collections import Counter

    counts = Counter(getattr(each, "opinion", Opinion.CONFIRM).value for each in given)
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "no opinion"


COMMANDS = (new, change, remove, add, withdraw, erase, disable, enable, opinion, review, repair)
