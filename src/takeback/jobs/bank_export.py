"""Writing a bank out as a hash list, past a guard that holds back what would block an enrolled photograph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from takeback.errors import HashRefused, UsageError
from takeback.exchanges.export_guard import Guard, Guarded
from takeback.exchanges.hash_formats import FORMATS, HashFormat
from takeback.exchanges.hash_records import HarmRecord, record_of
from takeback.jobs.bank_store import BankStore
from takeback.jobs.progress import Progress, silent
from takeback.model.bank import BankEntry, BankKind, EntryState, HarmHash, HashFault
from takeback.store.disk import TEMPORARY, disk_errors_are_said

_AT_ONCE = 5000


@dataclass(kw_only=True)
class Exported:
    """What went out. ``entries`` is the sum of ``written`` and ``left_out``.

    ``withheld`` counts, by reason, the hashes that stayed here, whole or in part; ``records`` names their entries.
    """

    format: HashFormat
    entries: int = 0
    written: int = 0
    left_out: int = 0
    withheld: dict[str, int] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    records: dict[int, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"{self.entries} entries: {self.written} written ({self.format.value}), {self.left_out} left out",
            *(f"withheld {count} hashes, {self.messages[why]}" for why, count in self.withheld.items()),
        ]


def export_bank(
    store: BankStore,
    bank: str,
    path: Path,
    *,
    format: HashFormat,
    guard: Guard,
    notes: bool = False,
    withdrawn: bool = False,
    progress: Progress = silent,
) -> Exported:
    """Write the entries of a harm bank that count to ``path``, whole or not at all.

    ``guard`` says what may leave of each hash. ``notes``: with notes, metadata and opinions, which hold names.
    ``withdrawn``: with the entries that were withdrawn, said to be so.
    """
    writer = FORMATS[format].write
    if writer is None:
        raise UsageError(f"the format {format.value!r} is only read (write another one)")
    if store.bank(bank).kind is not BankKind.HARM:
        raise HashRefused("a negative bank goes to no exchange and into no list", reason=HashFault.WRONG_BANK)
    outcome = Exported(format=format)
    partial = path.with_name(f"{TEMPORARY}{path.name}")
    records = _records(store, bank, guard, outcome, notes=notes, withdrawn=withdrawn, progress=progress)
    with disk_errors_are_said(path):
        try:
            with partial.open("wb") as file:
                outcome.written = writer(records, file)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    outcome.left_out = outcome.entries - outcome.written
    progress("export", outcome.entries, outcome.entries)
    return outcome


def _records(
    store: BankStore, bank: str, guard: Guard, outcome: Exported, *, notes: bool, withdrawn: bool, progress: Progress
) -> Iterator[HarmRecord]:
    wanted = {EntryState.ACTIVE, *([EntryState.WITHDRAWN] if withdrawn else [])}
    entries = (each for each in store.all_entries(bank) if each.state in wanted)
    while some := tuple(islice(entries, _AT_ONCE)):
        hashes = [_harm(store, each) for each in some]
        for entry, guarded in zip(some, guard(hashes), strict=True):
            outcome.entries += 1
            _note(outcome, entry, guarded)
            if guarded.hash is not None:
                yield record_of(entry, guarded.hash, notes=notes)
        progress("export", outcome.entries, None)


def _harm(store: BankStore, entry: BankEntry) -> HarmHash:
    """The hash with all of its orientations."""
    hash = store.whole_hash(entry)
    assert isinstance(hash, HarmHash)  # a harm bank takes nothing else
    return hash


def _note(outcome: Exported, entry: BankEntry, guarded: Guarded) -> None:
    if guarded.withheld is not None:
        why = guarded.withheld.value
        outcome.withheld[why] = outcome.withheld.get(why, 0) + 1
        outcome.messages[why] = guarded.withheld.message
        outcome.records[entry.id] = why
