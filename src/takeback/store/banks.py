"""The tables of a folder of hash banks: the truth about every entry, of which an index is only a copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from takeback.errors import BankError, UsageError
from takeback.model.bank import Bank, BankEntry, BankHash, EntryState, HarmSignal, Provenance
from takeback.model.signal import DIHEDRAL_FORMS
from takeback.store.bank_database import AT_ONCE, BUSY_SECONDS, BankDatabase
from takeback.store.bank_forms import BankForms
from takeback.store.bank_hits import BankHitCounts
from takeback.store.bank_opinions import BankOpinions
from takeback.store.bank_records import BankRecords
from takeback.store.bank_rows import (
    ENTRY_COLUMNS,
    ENTRY_TABLES,
    bank_of,
    entry_of,
    identity,
    provenance_blob,
    seconds,
    words_blob,
)
from takeback.store.disk import Disk, disk_errors_are_said

DATABASE = "banks.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedEntry:
    """What became of one hash: the entry that holds it, whether it is a new one, and whether it was withdrawn here."""

    id: int
    new: bool
    withdrawn: bool = False


class BankTables(BankForms, BankRecords, BankOpinions, BankHitCounts):
    """The opened tables of the banks in a folder; several processes may have them open."""

    @classmethod
    def create(cls, folder: Path, *, disk: Disk | None = None) -> Self:
        """Empty tables in a new folder."""
        if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
            raise BankError(f"there is something here already: {folder} (choose a folder that does not exist)")
        with disk_errors_are_said(folder):
            (disk or Disk()).folder(folder)
        database = BankDatabase(folder / DATABASE)
        try:
            database.create()
        except BaseException:
            database.close()
            (folder / DATABASE).unlink(missing_ok=True)
            raise
        return cls(database)

    @classmethod
    def open(cls, folder: Path, *, writable: bool = True, busy_seconds: float = BUSY_SECONDS) -> Self:
        """The tables in a folder; a BankError says why they cannot be used."""
        if not (folder / DATABASE).is_file():
            raise BankError(
                f"no hash banks here: {folder} has no {DATABASE} (make them with `takeback bank new DIR NAME`)"
            )
        database = BankDatabase(folder / DATABASE, writable=writable, busy_seconds=busy_seconds)
        try:
            database.check_version()
        except BaseException:
            database.close()
            raise
        return cls(database)

    def never_wait(self) -> None:
        """From now on an act that another process stands in the way of fails at once."""
        self._database.rows("PRAGMA busy_timeout = 0")

    def close(self) -> None:
        """Lets go."""
        self._database.close()

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing; one inside another joins it."""
        return self._database.transaction()

    # --- banks ---

    def banks(self) -> tuple[Bank, ...]:
        """Every bank, by name."""
        columns = "name, kind, distance, enabled_share, flood_least, flood_times"
        return tuple(bank_of(row) for row in self._database.rows(f"SELECT {columns} FROM bank ORDER BY name"))  # noqa: S608  # our own columns

    def new_bank(self, bank: Bank) -> None:
        """One more bank."""
        with self.transaction():
            if self._database.number("SELECT COUNT(*) FROM bank WHERE name = ?", (bank.name,)):
                raise UsageError(f"there is a bank {bank.name!r} already (choose another name)")
            self._database.execute(
                "INSERT INTO bank (name, kind, distance, enabled_share, flood_least, flood_times) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (bank.name, bank.kind, bank.distance, bank.enabled_share, bank.flood_least, bank.flood_times),
            )
            self._changed()

    def change_bank(self, name: str, bank: Bank) -> None:
        """A bank's name, distance, share and limits; its kind stays what it was."""
        with self.transaction():
            number = self._number_of(name)
            if bank.name != name and self._database.number("SELECT COUNT(*) FROM bank WHERE name = ?", (bank.name,)):
                raise UsageError(f"there is a bank {bank.name!r} already (choose another name)")
            self._database.execute(
                "UPDATE bank SET name = ?, distance = ?, enabled_share = ?, flood_least = ?, flood_times = ? "
                "WHERE number = ?",
                (bank.name, bank.distance, bank.enabled_share, bank.flood_least, bank.flood_times, number),
            )
            self._changed()

    def remove_bank(self, name: str) -> int:
        """Takes a bank away with everything in it; returns how many entries that were."""
        with self.transaction():
            number = self._number_of(name)
            self._withdraw_forms("entry IN (SELECT id FROM entry WHERE bank = ?)", (number,))
            entries = self._database.number("SELECT COUNT(*) FROM entry WHERE bank = ?", (number,))
            self._database.execute("DELETE FROM bank WHERE number = ?", (number,))
            self._changed()
        return entries

    def _number_of(self, name: str) -> int:
        number = self._database.number("SELECT number FROM bank WHERE name = ?", (name,))
        if not number:
            names = ", ".join(bank.name for bank in self.banks()) or "none"
            raise UsageError(f"no bank is called {name!r} (there are: {names})")
        return number

    # --- entries ---

    def add(self, bank: str, pairs: Sequence[tuple[BankHash, Provenance]], *, time: datetime) -> tuple[AddedEntry, ...]:
        """Each hash's entry, new or known, in one transaction."""
        with self.transaction():
            number = self._number_of(bank)
            keys = [identity(hash) for hash, _ in pairs]
            known = self._known(number, keys)
            next_id = self._take("entry", len(set(keys) - known.keys()))
            added: list[AddedEntry] = []
            fresh: list[tuple[int, bytes, BankHash, Provenance]] = []
            for key, (hash, provenance) in zip(keys, pairs, strict=True):
                if key in known:
                    added.append(known[key])
                    continue
                fresh.append((next_id, key, hash, provenance))
                added.append(AddedEntry(id=next_id, new=True))
                known[key] = AddedEntry(id=next_id, new=False)
                next_id += 1
            self._insert(number, fresh, seconds(time))
            again = [(each.id, hash) for each, (hash, _) in zip(added, pairs, strict=True) if not each.new]
            fuller = self._complete([(id, hash) for id, hash in again if hash.forms or hash.quality is not None])
            self._add_records((each.id, provenance) for each, (_, provenance) in zip(added, pairs, strict=True))
            if fresh or fuller:
                self._changed()
        return tuple(added)

    def _complete(self, known: Sequence[tuple[int, BankHash]]) -> bool:
        """Adds the orientations and the quality that an entry came without at first; whether any were missing."""
        fuller = False
        states = self._states([id for id, _ in known])
        for id, hash in known:
            if hash.quality is not None:
                sql = "UPDATE entry SET quality = ? WHERE id = ? AND quality IS NULL"
                fuller |= bool(self._database.execute(sql, (hash.quality, id)))
            if states[id] is not EntryState.WITHDRAWN and len(hash.forms) > len(self.forms_of(id)) == 1:
                self._insert_forms([(id, _forms(hash)[1:])], first=1)
                fuller = True
        return fuller

    def _known(self, bank: int, keys: Sequence[bytes]) -> dict[bytes, AddedEntry]:
        columns = "identity, id, state = 'withdrawn'"
        sql = f"SELECT {columns} FROM entry WHERE bank = {bank} AND identity IN ({{}})"  # noqa: S608  # a number of ours
        return {
            _bytes(key): AddedEntry(id=_int(id), new=False, withdrawn=bool(withdrawn))
            for key, id, withdrawn in self._database.rows_in(sql, keys)
        }

    def _insert(self, bank: int, fresh: Sequence[tuple[int, bytes, BankHash, Provenance]], time: int) -> None:
        self._database.execute_many(
            "INSERT INTO entry (id, bank, identity, quality, sha256, md5, provenance, state, created, changed) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (id, bank, key, hash.quality, _raw(hash.sha256), _raw(hash.md5), provenance_blob(provenance),
                 EntryState.ACTIVE, time, time)
                for id, key, hash, provenance in fresh
            ),
        )  # fmt: skip  # one row on one line reads better
        self._insert_forms((id, _forms(hash)) for id, _, hash, _ in fresh)

    def entries(self, ids: Iterable[int]) -> dict[int, BankEntry]:
        """The entries of these ids; an id that there is none of is left out."""
        keys = sorted(set(ids))
        sql = f"SELECT {ENTRY_COLUMNS} FROM {ENTRY_TABLES} WHERE entry.id IN ({{}})"  # noqa: S608  # our own columns
        rows = list(self._database.rows_in(sql, keys))
        opinions = self._opinions_of(keys)
        return {entry.id: entry for entry in (entry_of(row, opinions.get(_int(row[0]), ())) for row in rows)}

    def entries_known_by(self, column: str, digests: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """The ids of the entries with each cryptographic hash; ``column`` is ``sha256`` or ``md5``."""
        if column not in {"sha256", "md5"}:
            raise ValueError(column)
        found: dict[str, tuple[int, ...]] = {}
        sql = f"SELECT {column}, id FROM entry WHERE {column} IN ({{}}) ORDER BY id"  # noqa: S608  # checked above
        for digest, id in self._database.rows_in(sql, sorted({bytes.fromhex(each) for each in digests})):
            assert isinstance(digest, bytes)
            found[digest.hex()] = (*found.get(digest.hex(), ()), _int(id))
        return found

    def entries_of_hash(self, bank: str, hash: BankHash) -> tuple[int, ...]:
        """The id of the entry that holds this very hash, if there is one."""
        return tuple(each.id for each in self._known(self._number_of(bank), [identity(hash)]).values())

    def whole_hash(self, entry: BankEntry) -> BankHash:
        """The hash of an entry with the hashes of its orientations."""
        forms = self.forms_of(entry.id)
        signals = tuple(HarmSignal.from_hex(words.hex()) for words in forms) if len(forms) == DIHEDRAL_FORMS else ()
        return replace(entry.hash, forms=signals)

    def all_entries(self, bank: str, *, after: int = 0) -> Iterator[BankEntry]:
        """Every entry of a bank by id, a page at a time; ``after`` resumes."""
        number = self._number_of(bank)
        sql = "SELECT id FROM entry WHERE bank = ? AND id > ? ORDER BY id LIMIT ?"
        while True:
            ids = [_int(row[0]) for row in self._database.rows(sql, (number, after, AT_ONCE))]
            found = self.entries(ids)
            yield from (found[id] for id in ids if id in found)
            if len(ids) < AT_ONCE:
                return
            after = ids[-1]

    def counts(self, bank: str, *, now: datetime) -> dict[EntryState, int]:
        """How many entries of a bank are in which state at an instant."""
        state = "CASE WHEN state = 'disabled' AND disabled_until <= ? THEN 'active' ELSE state END"
        sql = f"SELECT {state}, COUNT(*) FROM entry WHERE bank = ? GROUP BY 1"  # noqa: S608  # our own text
        values = (seconds(now), self._number_of(bank))
        found = {EntryState(str(state)): _int(count) for state, count in self._database.rows(sql, values)}
        return {state: found.get(state, 0) for state in EntryState}

    def set_state(
        self,
        ids: Sequence[int],
        state: EntryState,
        *,
        action: str,
        by: str,
        reason: str,
        time: datetime,
        until: datetime | None = None,
    ) -> None:
        """Puts entries into a state, in one transaction, with who did it and why; a UsageError names an unknown id."""
        with self.transaction():
            before = self._states(ids)
            at = seconds(time)
            self._database.execute_many(
                "UPDATE entry SET state = ?, disabled_until = ?, changed = ? WHERE id = ?",
                ((state, None if until is None else seconds(until), at, id) for id in before),
            )
            self._record_acts(before, action, by=by, reason=reason, time=time)
            if state is EntryState.WITHDRAWN:
                self._withdraw_forms_of([id for id, old in before.items() if old is not EntryState.WITHDRAWN])
            else:
                self._renew_forms_of([id for id, old in before.items() if old is EntryState.WITHDRAWN])
            self._changed()

    def ids_in(self, bank: str, state: EntryState) -> tuple[int, ...]:
        """The ids of the entries of a bank that are in a state."""
        sql = "SELECT id FROM entry WHERE bank = ? AND state = ? ORDER BY id"
        return tuple(_int(row[0]) for row in self._database.rows(sql, (self._number_of(bank), state)))

    def erase(self, ids: Sequence[int]) -> int:
        """Removes entries with everything that hangs on them; how many. A UsageError names an id that there is not."""
        with self.transaction():
            known = list(self._states(ids))
            self._withdraw_forms_of(known)
            self._database.execute_many("DELETE FROM entry WHERE id = ?", ((id,) for id in known))
            self._changed()
        return len(known)

    def compact(self) -> None:
        """Folds the log into the file, so that what was erased is in neither; not where somebody still reads it."""
        self._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _states(self, ids: Sequence[int]) -> dict[int, EntryState]:
        found = {
            _int(id): EntryState(str(state))
            for id, state in self._database.rows_in("SELECT id, state FROM entry WHERE id IN ({})", sorted(set(ids)))
        }
        for id in ids:
            if id not in found:
                raise UsageError(f"no bank has an entry {id} (`takeback bank search` prints the ids)")
        return found


def _forms(hash: BankHash) -> tuple[bytes, ...]:
    signals = hash.forms or (() if hash.signal is None else (hash.signal,))
    return tuple(words_blob(each) for each in signals)


def _raw(digest: str | None) -> bytes | None:
    return None if digest is None else bytes.fromhex(digest)


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
