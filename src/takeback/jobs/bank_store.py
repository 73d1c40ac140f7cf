"""The hash banks of a folder, opened: what the command line, the exchanges and a service work with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from takeback.errors import HashRefused, UsageError
from takeback.jobs.bank_floods import FloodWatch, day_of
from takeback.jobs.bank_index import BankIndex
from takeback.jobs.bank_lookup import LookUp, by_digest, by_words
from takeback.jobs.case import utc_now
from takeback.model.bank import (
    Bank,
    BankEntry,
    BankHash,
    BankHit,
    BankKind,
    EntryAct,
    EntryState,
    GivenOpinion,
    HashFault,
    Opinion,
    Provenance,
    Verdict,
)
from takeback.model.signal import HASH_WORDS
from takeback.store.banks import AddedEntry, BankTables

Answers = tuple[tuple[BankHit, ...], ...]


class BankStore:
    """The harm banks and negative banks of a folder.

    Several processes may have one folder open, and each may write; what one commits counts in every other at its next
    look-up. Within a process it may be used from several threads. The tables are the truth and every hit is held
    against them, so that a withdrawal counts at once.

    Protected banks, which hold ordinary photographs, are not here and cannot be reached from here: `BankHash` takes no
    signal of theirs.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> from takeback.model.bank import HarmHash
        >>> with tempfile.TemporaryDirectory() as folder, BankStore.create(Path(folder, "banks")) as store:
        ...     bank = store.new_bank("reported")
        ...     ids = store.add("reported", [HarmHash.of(pdq="f" * 64)], Provenance(added_by="moderator"))
        ...     [[hit.distance for hit in hits] for hits in store.lookup(np.full((1, 4), 2**64 - 1, np.uint64))]
        [[0]]
    """

    def __init__(
        self, folder: Path, tables: BankTables, *, writable: bool, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.folder = folder
        self.writable = writable
        self._tables = tables
        self._clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._index = BankIndex(folder, tables, writable=writable)
        self._seen = (tables.changes, tables.generation)
        self._banks = {bank.name: bank for bank in tables.banks()}
        self._floods = FloodWatch(folder) if writable else None

    @classmethod
    def create(cls, folder: Path, *, clock: Callable[[], datetime] = utc_now) -> Self:
        """No bank yet, in a new folder; a BankError where something is there already."""
        return cls(folder, BankTables.create(folder), writable=True, clock=clock)

    @classmethod
    def open(cls, folder: Path, *, writable: bool = True, clock: Callable[[], datetime] = utc_now) -> Self:
        """The banks in this folder; a BankError says why they cannot be used."""
        return cls(folder, BankTables.open(folder, writable=writable), writable=writable, clock=clock)

    def close(self) -> None:
        """Lets go of the folder."""
        with self._lock:
            if self._floods is not None:
                self._floods.write(self._banks, self._clock())
                self._floods.close()
            self._index.close()
            self._tables.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Several acts as one: all of them are done, or none; one inside another joins it."""
        with self._lock:
            if self._depth:
                yield
                return
            self._catch_up()
            self._depth = 1
            try:
                with self._tables.transaction():
                    yield
            finally:
                self._depth = 0
            self._index.hand_over()
            self._renew(self._tables.changes)

    # --- banks ---

    def banks(self) -> tuple[Bank, ...]:
        """Every bank, by name."""
        with self._lock:
            self._catch_up()
            return tuple(self._banks.values())

    def bank(self, name: str) -> Bank:
        """The bank of that name; a UsageError lists the names there are."""
        with self._lock:
            self._catch_up()
            return self._bank(name)

    def new_bank(
        self, name: str, *, kind: BankKind = BankKind.HARM, distance: int | None = None, enabled_share: float = 1.0
    ) -> Bank:
        """One more bank, empty."""
        bank = Bank(name=name, kind=kind, enabled_share=enabled_share)
        bank = bank if distance is None else replace(bank, distance=distance)
        with self.batch():
            self._tables.new_bank(bank)
        return bank

    def change_bank(self, name: str, changed: Bank) -> Bank:
        """Gives a bank another name, distance, share or flood limits; its kind cannot change."""
        with self.batch():
            if self._bank(name).kind is not changed.kind:
                raise UsageError(f"the kind of bank {name!r} cannot change (make another bank)")
            self._tables.change_bank(name, changed)
        return changed

    def remove_bank(self, name: str) -> int:
        """Takes a bank away with all of its entries; returns how many those were."""
        with self.batch():
            return self._tables.remove_bank(name)

    # --- entries ---

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
        return found[id]

    def entries(self, bank: str, *, after: int = 0, limit: int = 1000) -> tuple[BankEntry, ...]:
        """The entries of a bank with ids beyond ``after``, at most ``limit``, by id."""
        with self._lock:
            pages = self._tables.all_entries(bank, after=after)
            return tuple(entry for entry, _ in zip(pages, range(limit), strict=False))

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
            return self._tables.counts(bank)

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

    def withdraw_hash(self, bank: str, hash: BankHash, *, by: str, reason: str) -> tuple[int, ...]:
        """Withdraws the entry that holds this very hash, if there is one; its id."""
        with self.batch():
            found = self._tables.entries(self._tables.entries_of_hash(bank, hash)).values()
            ids = tuple(each.id for each in found if each.state is not EntryState.WITHDRAWN)
            if ids:
                self.withdraw(ids, by=by, reason=reason)
        return ids

    # --- look-ups ---

    @property
    def index_version(self) -> str:
        """Another text after every change of what look-ups may find, the same in every process."""
        with self._lock:
            self._catch_up()
            return str(self._seen[1])

    def lookup(
        self,
        words: npt.NDArray[np.uint64],
        *,
        quality: Sequence[int | None] | None = None,
        banks: Iterable[str] | None = None,
        distance: int | None = None,
        low_quality: bool = False,
        now: datetime | None = None,
    ) -> Answers:
        """For each query (Q, 4) uint64 the entries of harm banks that are as close, nearest first.

        ``quality``: of each query. ``banks``: only these; None is all of them. ``distance``: instead of each bank's
        own. Negative banks veto always. Where one of the two hashes has a quality under 50 the hit does not
        stand, unless ``low_quality`` asks for it. Disabled and withdrawn entries are not found; see `BankHit.stands`.
        """
        if words.ndim != 2 or words.shape[1] != HASH_WORDS:  # noqa: PLR2004  # rows and words
            raise ValueError(f"hashes are rows of {HASH_WORDS} words, not an array of shape {words.shape}")
        if quality is not None and len(quality) != len(words):
            raise ValueError(f"{len(quality)} qualities for {len(words)} hashes")
        with self._lock:
            self._catch_up()
            look_up = self._look_up(banks, distance=distance, low_quality=low_quality, now=now)
            hits = self._index.search(words, distance=look_up.radius)
            return self._counted(by_words(self._tables, look_up, hits, words, quality), look_up)

    def lookup_sha256(
        self, digests: Sequence[str], *, banks: Iterable[str] | None = None, now: datetime | None = None
    ) -> Answers:
        """For each SHA-256 the entries that hold it."""
        return self._lookup_digest("sha256", digests, banks, now)

    def lookup_md5(
        self, digests: Sequence[str], *, banks: Iterable[str] | None = None, now: datetime | None = None
    ) -> Answers:
        """For each MD5 the entries that hold it."""
        return self._lookup_digest("md5", digests, banks, now)

    def _lookup_digest(
        self, column: str, digests: Sequence[str], banks: Iterable[str] | None, now: datetime | None
    ) -> Answers:
        with self._lock:
            self._catch_up()
            look_up = self._look_up(banks, distance=None, low_quality=True, now=now)
            return self._counted(by_digest(self._tables, look_up, column, digests), look_up)

    def _counted(self, answers: Answers, look_up: LookUp) -> Answers:
        if self._floods is not None:
            self._floods.count(answers, self._banks, look_up.now)
        return answers

    # --- upkeep ---

    def now(self) -> datetime:
        """The time by the clock of these banks."""
        return self._clock()

    def settle(self) -> None:
        """Makes look-ups as quick as they can be after much was added."""
        with self._lock:
            self._index.settle()

    def repair(self) -> None:
        """Makes the index anew from the tables, which hold everything that it holds."""
        with self._lock:
            self._index.repair()
            self._catch_up()

    # --- inside ---

    def _look_up(
        self, banks: Iterable[str] | None, *, distance: int | None, low_quality: bool, now: datetime | None
    ) -> LookUp:
        names = None if banks is None else frozenset(self._bank(name).name for name in banks)
        return LookUp.among(
            self._banks, names, distance=distance, low_quality=low_quality, now=self._clock() if now is None else now
        )

    def _bank(self, name: str) -> Bank:
        banks = {bank.name: bank for bank in self._tables.banks()} if self._depth else self._banks
        if name not in banks:
            raise UsageError(f"no bank is called {name!r} (there are: {', '.join(banks) or 'none'})")
        return banks[name]

    def _put(
        self, ids: Sequence[int], state: EntryState, action: str, by: str, reason: str, until: datetime | None = None
    ) -> None:
        with self.batch():
            self._tables.set_state(ids, state, action=action, by=by, reason=reason, time=self._clock(), until=until)

    def _catch_up(self) -> None:
        """Takes in what any process has committed since."""
        changes = self._tables.changes
        if changes != self._seen[0]:
            self._renew(changes)

    def _renew(self, changes: int) -> None:
        generation = self._tables.generation
        if generation != self._seen[1]:
            self._banks = {bank.name: bank for bank in self._tables.banks()}
        if generation != self._seen[1] or self._index.waits:
            self._index.catch_up()
        self._seen = (changes, generation)
