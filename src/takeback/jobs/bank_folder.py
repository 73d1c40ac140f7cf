"""A folder of hash banks, opened: its tables, its index, what other processes changed, the banks by name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from takeback.errors import UsageError
from takeback.jobs.bank_floods import FloodWatch
from takeback.jobs.bank_index import BankIndex
from takeback.model.bank import Bank, BankKind
from takeback.store.banks import DATABASE, BankTables


def utc_now() -> datetime:
    """The clock of whoever does not pass another."""
    return datetime.now(tz=UTC)


class BankFolder:
    """What every room of the opened banks shares."""

    def __init__(
        self, folder: Path, tables: BankTables, *, writable: bool, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.folder = folder
        self.writable = writable
        self._tables = tables
        self._clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._seen = (tables.changes, tables.generation)  # before the index looks: what comes later is seen later
        self._index = BankIndex(folder, tables, writable=writable)
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

    @staticmethod
    def there(folder: Path) -> bool:
        """Whether this is a folder of banks."""
        return (folder / DATABASE).is_file()

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
            try:
                self._index.hand_over()
            finally:
                self._renew(self._tables.changes)

    # --- upkeep ---

    def settle(self, *, everything: bool = False) -> None:
        """Makes look-ups as quick as they can be after much was added; ``everything``: no file holds what is gone."""
        with self._lock:
            self._index.settle(everything=everything)
            if everything:
                self._tables.compact()

    def waiting(self) -> int:
        """How many hashes are not in the index yet, because it was busy or the disk full; look-ups find them too."""
        with self._lock:
            return self._tables.pending_count()

    def repair(self) -> None:
        """Makes the index anew from the tables, which hold everything that it holds."""
        with self._lock:
            self._index.repair()
            self._catch_up()

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

    # --- inside ---

    def _bank(self, name: str) -> Bank:
        banks = {bank.name: bank for bank in self._tables.banks()} if self._depth else self._banks
        if name not in banks:
            raise UsageError(f"no bank is called {name!r} (there are: {', '.join(banks) or 'none'})")
        return banks[name]

    def _catch_up(self) -> None:
        """Takes in what any process has committed since."""
        changes = self._tables.changes
        if changes != self._seen[0]:
            self._renew(changes)

    def _moved(self) -> bool:
        """Whether another process changed what may be found since this last caught up."""
        return self._tables.changes != self._seen[0] and self._tables.generation != self._seen[1]

    def _renew(self, changes: int) -> None:
        generation = self._tables.generation
        if generation != self._seen[1]:
            self._banks = {bank.name: bank for bank in self._tables.banks()}
        if generation != self._seen[1] or self._index.waits:
            self._index.catch_up()
        self._seen = (changes, generation)
