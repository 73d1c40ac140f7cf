"""The entries of opened hash banks: added, withdrawn, disabled, judged and reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from takeback.errors import HashRefused, UsageError
from takeback.jobs.bank_floods import day_of
from takeback.jobs.bank_folder import BankFolder
from takeback.model.bank import (
    BankEntry,
    BankHash,
    EntryAct,
    EntryState,
    GivenOpinion,
    HashFault,
    Opinion,
    Provenance,
    Verdict,
)
from takeback.store.banks import AddedEntry


class BankEntries(BankFolder):
    """What may be done to entries."""

    def add(self, bank: str, hashes: Iterable[BankHash], provenance: Provenance) -> tuple[int, ...]:
        """The ids of the entries that hold these hashes, new or known already; all or none are added."""
        return tuple(each.id for each in self.add_records(bank, [(hash, provenance) for hash in hashes]))

    def add_records(self, bank: str, records: Sequence[tuple[BankHash, Provenance]]) -> tuple[AddedEntry, ...]:
        """As `add`, each hash with a provenance of its own; says which entries are new.

        A hash that the bank holds already stays the entry that it is, withdrawn or not.
        """
        with self.batch():
            taken = self._bank(bank)
            for hash, _ in records:
                if not taken.takes(hash):
                    message = f"bank {bank!r} is a {taken.kind.value} bank and takes no {type(hash).__name__}"
                    raise HashRefused(message, reason=HashFault.WRONG_BANK)
            return self._tables.add(bank, records, time=self._clock())

    def entry(self, id: int) -> BankEntry:
        """The entry of that id; a UsageError where there is none."""
        with self._lock:
            found = self._tables.entries([id])
        if id not in found:
            raise UsageError(f"no bank has an entry {id} (`takeback bank search` prints the ids)")
        return found[id].at(self._clock())

    def entries(self, bank: str, *, after: int = 0, limit: int = 1000) -> tuple[BankEntry, ...]:
        """The entries of a bank with ids beyond ``after``, at most ``limit``, by id."""
        with self._lock:
            pages = self._tables.all_entries(bank, after=after)
            return tuple(entry.at(self._clock()) for entry, _ in zip(pages, range(limit), strict=False))

    def all_entries(self, bank: str) -> Iterator[BankEntry]:
        """Every entry of a bank by id, however many there are; what is added meanwhile may be among them."""
        after = 0
        while some := self.entries(bank, after=after):
            yield from some
            after = some[-1].id

    def whole_hash(self, entry: BankEntry) -> BankHash:
        """The hash of an entry with the hashes of its orientations."""
        with self._lock:
            return self._tables.whole_hash(entry)

    def counts(self, bank: str) -> dict[EntryState, int]:
        """How many entries of a bank are in which state."""
        with self._lock:
            return self._tables.counts(bank, now=self._clock())

    def withdraw(self, ids: Sequence[int], *, by: str, reason: str) -> None:
        """From now on these match nowhere; importing their hashes again does not bring them back, a review does."""
        self._put(ids, EntryState.WITHDRAWN, "withdrawn", by, reason)

    def disable(self, ids: Sequence[int], *, until: datetime | None, by: str, reason: str = "") -> None:
        """From now on these do not match: until an instant at which they do again, or until somebody enables them."""
        self._put(ids, EntryState.DISABLED, "disabled", by, reason, until=until)

    def enable(self, ids: Sequence[int], *, by: str, reason: str = "") -> None:
        """From now on these match; a UsageError where one is withdrawn or in quarantine, which needs a review."""
        with self.batch():
            for entry in self._tables.entries(ids).values():
                if entry.state in {EntryState.WITHDRAWN, EntryState.QUARANTINED}:
                    message = f"entry {entry.id} is {entry.state.value}: only a review brings it back"
                    raise UsageError(f"{message} (`takeback bank review` with the verdict keep)")
            self._tables.set_state(ids, EntryState.ACTIVE, action="enabled", by=by, reason=reason, time=self._clock())

    def erase(self, ids: Sequence[int]) -> None:
        """Removes all trace of entries, from the index too; importing their hashes again brings them back."""
        with self.batch():
            self._tables.erase(ids)
        self.settle(everything=True)

    def erase_withdrawn(self, bank: str) -> int:
        """Removes all trace of the entries of a bank that were withdrawn; how many those were."""
        with self.batch():
            count = self._tables.erase(self._tables.ids_in(bank, EntryState.WITHDRAWN))
        self.settle(everything=True)
        return count

    def give_opinion(self, id: int, opinion: Opinion, *, by: str, reason: str = "") -> None:
        """Notes what somebody thinks of an entry; what was disputed is listed for review."""
        with self.batch():
            self.entry(id)
            given = GivenOpinion(opinion=opinion, by=by, given=self._clock(), reason=reason)
            self._tables.give_opinion(id, given)

    def hear(self, id: int, opinion: Opinion, *, by: str, reason: str = "") -> bool:
        """As `give_opinion`; whether it is news."""
        with self.batch():
            given = self.entry(id).opinions
            news = not any((each.opinion, each.by, each.reason) == (opinion, by, reason) for each in given)
            if news:
                self.give_opinion(id, opinion, by=by, reason=reason)
        return news

    def review(self, id: int, verdict: Verdict, *, by: str, reason: str) -> None:
        """Ends a review: the entry counts from now on, or it is withdrawn."""
        if verdict is Verdict.WITHDRAW:
            self.withdraw([id], by=by, reason=reason)
            return
        with self.batch():
            now = self._clock()
            self._tables.set_state([id], EntryState.ACTIVE, action="kept", by=by, reason=reason, time=now)
            self._tables.accept_hits(id, day_of(now))

    def to_review(self) -> tuple[BankEntry, ...]:
        """The entries that wait for a person: in quarantine, or disputed since their last review."""
        with self._lock:
            found = self._tables.entries(self._tables.to_review())
        return tuple(found[id] for id in sorted(found))

    def acts(self, id: int) -> tuple[EntryAct, ...]:
        """Everything that was done to an entry, in order."""
        with self._lock:
            return self._tables.acts_of(id)

    def entries_of_record(self, exchange: str, record: str) -> tuple[int, ...]:
        """The ids of the entries that a record of an exchange brought."""
        with self._lock:
            return self._tables.entries_of_record(exchange, record)

    def records(self, id: int) -> tuple[tuple[str, str], ...]:
        """The exchange records that an entry stands for, as exchange and id there."""
        with self._lock:
            return self._tables.records_of(id)

    def withdraw_record(self, bank: str, exchange: str, record: str, *, by: str) -> tuple[int, ...]:
        """Takes note that an exchange withdrew a record; which entries of the bank are withdrawn by it.

        An entry stays that stands for another record too, or that came from no exchange.
        """
        with self.batch():
            left = self._tables.entries(self._tables.drop_record(bank, exchange, record)).values()
            live = [each for each in left if each.provenance.exchange and each.state is not EntryState.WITHDRAWN]
            ids = tuple(sorted(each.id for each in live))
            if ids:
                self.withdraw(ids, by=by, reason=f"record {record} was withdrawn by {exchange}")
        return ids

    def withdraw_hash(self, bank: str, hash: BankHash, *, source: str, by: str, reason: str) -> tuple[int, ...]:
        """Withdraws the entry that holds this very hash, if there is one and it came from this source; its id."""
        with self.batch():
            found = self._tables.entries(self._tables.entries_of_hash(bank, hash)).values()
            live = [each for each in found if each.state is not EntryState.WITHDRAWN]
            ids = tuple(each.id for each in live if each.provenance.source == source)
            if ids:
                self.withdraw(ids, by=by, reason=reason)
        return ids

    def _put(
        self, ids: Sequence[int], state: EntryState, action: str, by: str, reason: str, until: datetime | None = None
    ) -> None:
        with self.batch():
            self._tables.set_state(ids, state, action=action, by=by, reason=reason, time=self._clock(), until=until)
