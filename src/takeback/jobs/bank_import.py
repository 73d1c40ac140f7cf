"""Taking a hash list into a bank: whatever can be used goes in, the rest is set aside with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from takeback.errors import UnusableInput
from takeback.exchanges.hash_formats import FORMATS, HEAD_BYTES, HashFormat, format_of
from takeback.exchanges.hash_records import HarmRecord, SetAside
from takeback.jobs.bank_store import BankStore
from takeback.jobs.progress import Progress, silent
from takeback.model.bank import Provenance

SHOWN = 100
_AT_ONCE = 5000


@dataclass(kw_only=True)
class Imported:
    """What became of a list: ``read`` is the sum of the four counts below it.

    Beside it: ``low_quality`` of those that are in, which never match on their own; ``still_withdrawn`` of the known,
    which a person withdrew here; ``shown``, the first that were set aside.
    """

    format: HashFormat
    read: int = 0
    added: int = 0
    known: int = 0
    withdrawn: int = 0
    set_aside: int = 0
    low_quality: int = 0
    still_withdrawn: int = 0
    opinions: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    shown: list[SetAside] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people."""
        return [
            self._counts(),
            *([f"{self.low_quality} have a quality under 50: kept, never matched alone"] if self.low_quality else []),
            *([f"{self.still_withdrawn} were withdrawn here and stay so"] if self.still_withdrawn else []),
            *([f"{self.opinions} opinions of others taken in"] if self.opinions else []),
            *(f"set aside, {reason}: {count}" for reason, count in sorted(self.reasons.items())),
            *(f"  record {each.number}: {each.message}" for each in self.shown),
        ]

    def _counts(self) -> str:
        return (
            f"read {self.read} records ({self.format.value}): {self.added} added, {self.known} known already, "
            f"{self.withdrawn} withdrawn, {self.set_aside} set aside"
        )


def import_list(
    store: BankStore,
    bank: str,
    path: Path,
    *,
    by: Provenance,
    format: HashFormat | None = None,
    progress: Progress = silent,
) -> Imported:
    """Take the hash list at ``path`` into a bank; interrupted, the same again goes on.

    ``by``: who imports, and from which exchange where it is one; otherwise the format says it. A record that the
    exchange has withdrawn is withdrawn here too, where it came from that exchange.

    Raises:
        UnusableInput: where the file cannot be read at all, is empty, or is in no format that is known.
    """
    store.bank(bank)
    found = _format(path) if format is None else format
    exchange = by.exchange or FORMATS[found].exchange
    by = replace(by, source=exchange or by.source, exchange=exchange)
    outcome = Imported(format=found)
    with path.open("rb") as file:
        records = FORMATS[found].read(file)
        while some := tuple(islice(records, _AT_ONCE)):
            _take(store, bank, some, by, outcome)
            progress("import", outcome.read, None)
    if not outcome.read:
        raise UnusableInput(f"there is no record in {path} (is it the right file, and the right format?)")
    store.settle()
    progress("import", outcome.read, outcome.read)
    return outcome


def _format(path: Path) -> HashFormat:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise UnusableInput(f"cannot be read: {path}: {error.strerror} (give the path of a hash list)") from error
    if not head.strip():
        raise UnusableInput(f"the file is empty: {path} (is it the right one?)")
    found = format_of(head)
    if found is None:
        names = ", ".join(FORMATS)
        raise UnusableInput(f"in no format that is known: {path} (name it with --format: {names})")
    return found


def _take(store: BankStore, bank: str, some: tuple[HarmRecord | SetAside, ...], by: Provenance, to: Imported) -> None:
    """One batch in one transaction: what was counted is there, and what is there was counted."""
    records = [each for each in some if isinstance(each, HarmRecord)]
    aside = [each for each in some if isinstance(each, SetAside)]
    live = [(each, each.hash) for each in records if not each.withdrawn and each.hash is not None]
    gone = [each for each in records if each.withdrawn]
    with store.batch():
        added = store.add_records(bank, [(hash, _provenance(each, by)) for each, hash in live])
        for (record, _), entry in zip(live, added, strict=True):
            for said in record.opinions:
                to.opinions += store.hear(entry.id, said.opinion, by=said.by, reason=said.reason)
        for each in gone:
            _withdraw(store, bank, each, by)
    to.read += len(some)
    to.added += sum(each.new for each in added)
    to.known += sum(not each.new for each in added)
    to.still_withdrawn += sum(each.withdrawn for each in added)
    to.withdrawn += len(gone)
    to.low_quality += sum(hash.low_quality for _, hash in live)
    to.set_aside += len(aside)
    to.reasons = dict(Counter(to.reasons) + Counter(each.reason.value for each in aside))
    to.shown.extend(aside[: SHOWN - len(to.shown)])


def _provenance(record: HarmRecord, by: Provenance) -> Provenance:
    return replace(by, exchange_record=record.record, note=record.note or by.note, metadata=record.metadata)


def _withdraw(store: BankStore, bank: str, record: HarmRecord, by: Provenance) -> None:
    if by.exchange is not None and record.record is not None:
        store.withdraw_record(bank, by.exchange, record.record, by=by.added_by)
    elif record.hash is not None:
        reason = f"a list says that it is withdrawn ({by.source})"
        store.withdraw_hash(bank, record.hash, source=by.source, by=by.added_by, reason=reason)
