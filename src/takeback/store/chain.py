"""The rows of the ledger, in the transaction of the act that they record, and their mirror in the open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import to_builtins

from takeback.crypto.canonical import canonical
from takeback.errors import CaseError, StorageFull
from takeback.model.evidence import LedgerEntry, Opening
from takeback.store.coding import decode, decode_all, encode
from takeback.store.database import Database
from takeback.store.disk import Disk
from takeback.store.folder import MIRROR, CaseFolder


class Mirror:
    """`ledger.jsonl`: every committed entry, one a line, appended after the commit and completed on opening."""

    def __init__(self, path: Path, database: Database, disk: Disk) -> None:
        self._path = path
        self._database = database
        self._disk = disk
        self._count, self._length = self._whole_lines()

    def _whole_lines(self) -> tuple[int, int]:
        """How many lines of the file are rows of the database, and where the last of them ends."""
        count = length = 0
        if not self._path.exists():
            return count, length
        entries = _lines(self._database, 0)
        with self._path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                if line != next(entries, None):
                    message = (
                        f"the ledger in the open and the one in the database differ at line {count + 1}: {self._path} "
                        "(one of them was changed or put back from a copy: keep both, and run `takeback verify`)"
                    )
                    raise CaseError(message)
                count, length = count + 1, length + len(line)
        return count, length

    def complete(self) -> None:
        """Cuts a torn last line and appends every entry that the file lacks."""
        missing = list(_lines(self._database, self._count))
        size = self._path.stat().st_size if self._path.exists() else 0
        if missing or size != self._length:
            content = b"".join(missing)
            self._disk.append(self._path, content, at=self._length)
            self._count, self._length = self._count + len(missing), self._length + len(content)

    def follow(self) -> None:
        """Completes the file if the disk has room: the entries are safe in the database, the next opening completes."""
        try:
            self.complete()
        except StorageFull:
            return


class Chain(CaseFolder):
    """The room of the ledger."""

    _mirror: Mirror

    def _open_mirror(self) -> None:
        self._mirror = Mirror(self.path / MIRROR, self._database, self._disk)
        self._mirror.complete()

    def ledger_append(self, entry: LedgerEntry, openings: Iterable[Opening] = (), *, person: str | None = None) -> None:
        """Keeps an entry and what its commitments stand for; forgetting ``person`` drops the openings alone."""
        with self.transaction():
            self._database.execute("INSERT INTO ledger VALUES (?, ?)", (entry.seq, canonical(to_builtins(entry))))
            for opening in openings:
                query = "INSERT INTO opening VALUES (?, ?, ?, ?)"
                self._database.execute(query, (opening.seq, opening.field, person, encode(opening)))
            self._database.after_commit(self._mirror.follow)

    def ledger_last(self) -> LedgerEntry | None:
        """The newest entry, if there is one."""
        line = self._database.blob("SELECT line FROM ledger ORDER BY seq DESC LIMIT 1")
        return None if line is None else decode(line, LedgerEntry)

    def ledger_entries(self) -> Iterator[LedgerEntry]:
        """Every entry, oldest first."""
        return (decode(line, LedgerEntry) for line in _lines(self._database, 0))

    def openings(self) -> tuple[Opening, ...]:
        """What the commitments stand for, as far as it was not forgotten."""
        return decode_all(self._database.blobs("SELECT content FROM opening ORDER BY seq, field"), Opening)


def _lines(database: Database, after: int) -> Iterator[bytes]:
    for _, line in database.pages("SELECT seq, line FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?", (after,)):
        yield (line if isinstance(line, bytes) else b"") + b"\n"
