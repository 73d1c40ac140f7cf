"""Counts how often each entry is hit, and puts into quarantine what suddenly matches far more than its history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from takeback.errors import BankError, StorageFull
from takeback.matching.flood import is_flood
from takeback.model.bank import Bank, BankHit, EntryState, HeldBack
from takeback.store.bank_rows import seconds
from takeback.store.banks import BankTables

QUARANTINE = "takeback"
"""By whom an entry is put into quarantine."""
_AT_ONCE = 1000
_EVERY = timedelta(seconds=1)
_DAY = 86_400


class FloodWatch:
    """The hits of this process that are not in the tables yet; they are written together, about once a second.

    It has its own way to the tables and never waits for another writer there: look-ups stay quick, and what could not
    be written stays counted. What a crash takes with it is the hits of the last second.
    """

    def __init__(self, folder: Path) -> None:
        self._tables = BankTables.open(folder)
        self._tables.never_wait()
        self._hits: Counter[tuple[int, int]] = Counter()
        self._written: datetime | None = None

    def count(self, answers: Iterable[Iterable[BankHit]], banks: Mapping[str, Bank], now: datetime) -> None:
        """Takes note of hits that no negative bank vetoed, and writes them down when that is due.

        Each answer is one event, in which an entry counts once however many of its hashes were hit.
        """
        hit_now = [
            entry
            for hits in answers
            for entry in {hit.entry.id for hit in hits if HeldBack.VETOED not in hit.held_back}
        ]
        if hit_now:
            day = day_of(now)
            self._hits.update((day, entry) for entry in hit_now)
        self._written = self._written or now
        if self._hits and (self._hits.total() >= _AT_ONCE or now - self._written >= _EVERY):
            self.write(banks, now)

    def write(self, banks: Mapping[str, Bank], now: datetime) -> None:
        """Writes the hits down, and puts floods into quarantine."""
        self._written = now
        if not self._hits:
            return
        with suppress(BankError, StorageFull), self._tables.transaction():  # busy or full: they stay counted
            for day in sorted({day for day, _ in self._hits}):
                self._write_day(day, {entry: hits for (on, entry), hits in self._hits.items() if on == day}, banks, now)
            self._hits.clear()

    def _write_day(self, day: int, hits: Mapping[int, int], banks: Mapping[str, Bank], now: datetime) -> None:
        self._tables.count_hits(hits, day)
        floods = [
            entry.id
            for entry in self._tables.entries(hits).values()
            if entry.bank in banks
            and entry.at(now).state is EntryState.ACTIVE
            and self._flooded(entry.id, banks[entry.bank], day)
        ]
        if floods:
            self._tables.set_state(
                floods,
                EntryState.QUARANTINED,
                action="quarantined",
                by=QUARANTINE,
                reason="hit far more often in a day than ever before",
                time=now,
            )

    def _flooded(self, entry: int, bank: Bank, day: int) -> bool:
        days = self._tables.hit_days(entry)
        return is_flood(days.pop(day, 0), days.values(), least=bank.flood_least, times=bank.flood_times)

    def close(self) -> None:
        """Lets go of the tables."""
        self._tables.close()


def day_of(now: datetime) -> int:
    """Days since 1970-01-01, in UTC."""
    return seconds(now) // _DAY
