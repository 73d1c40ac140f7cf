"""The one database of a case: SQLCipher, one writer, nested transactions, errors that say the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from takeback.errors import CaseError, StorageFull
from takeback.store.sql_errors import SqlErrors

SCHEMA_VERSION = 2
_ROWS_AT_ONCE = 500

Value = str | int | bytes | None
Row = tuple[Value, ...]


class _Cursor(Protocol):
    rowcount: int

    def fetchall(self) -> list[Row]: ...


class _Connection(Protocol):
    in_transaction: bool

    def execute(self, sql: str, values: Sequence[Value] = (), /) -> _Cursor: ...

    def close(self) -> None: ...


class Database:
    """A SQLCipher database that this process alone holds, from opening to closing."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._depth = 0
        self._after: list[Callable[[], None]] = []
        self._said = SqlErrors(
            path, kind=CaseError, name="case database", locked=locked_message(path), restore="the case folder"
        )
        self._connection = self._connect(key)

    def _connect(self, key: bytes) -> _Connection:
        from sqlcipher3 import dbapi2

        with self._said:
            connection: _Connection = dbapi2.connect(str(self._path), isolation_level=None, timeout=0)
        try:
            with self._said:
                connection.execute("PRAGMA cipher_log_level = NONE")
                connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA temp_store = MEMORY")
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Folds the log into the one file, if the disk has room, and lets go."""
        try:
            with suppress(StorageFull):  # what is committed is safe in the log; the next opening folds it in
                self.compact()
        finally:
            self._connection.close()

    def compact(self) -> None:
        """Folds the write-ahead log into the file, so that what was deleted is in neither."""
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def create(self) -> None:
        """Lays the tables of this version."""
        with self.transaction():
            for statement in statements("schema.sql"):
                self.execute(statement)
            self.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def check_version(self) -> None:
        """A CaseError where the tables are of a version that this program does not know."""
        version = self.number("PRAGMA user_version")
        if version != SCHEMA_VERSION:
            message = (
                f"case database of version {version}, this takeback knows {SCHEMA_VERSION}: {self._path} "
                "(open it with the takeback that made it, or a newer one)"
            )
            raise CaseError(message)

    def execute(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Runs one statement and returns how many rows it changed."""
        if self._depth and not self._connection.in_transaction:
            message = f"case database took a transaction back after an error: {self._path} (run the same again)"
            raise CaseError(message)
        with self._said:
            return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Every row of a small answer."""
        with self._said:
            return self._connection.execute(sql, values).fetchall()

    def pages(self, sql: str, start: Row, values: Sequence[Value] = ()) -> Iterator[Row]:
        """Every row of a large answer, a page at a time, so that writing may go on between two rows.

        ``sql`` selects its ordering key first (as many columns as ``start``), asks for keys beyond ``start`` by its
        last placeholders but one, and ends with ``LIMIT ?``.
        """
        last = start
        while True:
            page = self.rows(sql, (*values, *last, _ROWS_AT_ONCE))
            yield from page
            if len(page) < _ROWS_AT_ONCE:
                return
            last = page[-1][: len(start)]

    def blobs(self, sql: str, values: Sequence[Value] = ()) -> list[bytes]:
        """The first column of every row, which holds bytes."""
        return [_bytes(row[0]) for row in self.rows(sql, values)]

    def texts(self, sql: str, values: Sequence[Value] = ()) -> list[str]:
        """The first column of every row, as text."""
        return [str(row[0]) for row in self.rows(sql, values)]

    def blob(self, sql: str, values: Sequence[Value] = ()) -> bytes | None:
        """The bytes in the first column of the first row, if there is one."""
        return next(iter(self.blobs(sql, values)), None)

    def number(self, sql: str, values: Sequence[Value] = ()) -> int:
        """The number in the first column of the first row; 0 where there is none."""
        found = self.rows(sql, values)
        value = found[0][0] if found else 0
        return value if isinstance(value, int) else 0

    def after_commit(self, act: Callable[[], None]) -> None:
        """Does this once the outermost transaction is on the disk; never, where it is rolled back."""
        self._after.append(act)
        if not self._depth:
            self._run_after()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one inside another joins it, and an error takes back the inner one alone if it is caught."""
        mark, name = len(self._after), f"level_{self._depth}"
        self.execute(f"SAVEPOINT {name}" if self._depth else "BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
            self.execute(f"RELEASE {name}" if self._depth > 1 else "COMMIT")
        except BaseException:
            del self._after[mark:]
            if self._connection.in_transaction:
                self.execute(f"ROLLBACK TO {name}" if self._depth > 1 else "ROLLBACK")
            raise
        finally:
            self._depth -= 1
        if not self._depth:
            self._run_after()

    def _run_after(self) -> None:
        acts, self._after = self._after, []
        try:
            while acts:
                acts.pop(0)()
        finally:
            if acts:  # one that failed must not keep the others from being done
                self._after = acts
                self._run_after()


def statements(name: str) -> list[str]:
    """The statements of a script that lies beside this module."""
    script = files("takeback.store").joinpath(name).read_text(encoding="utf-8")
    bare = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    return [statement for statement in bare.split(";") if statement.strip()]


def locked_message(path: Path) -> str:
    """What to say of a case that somebody else has open."""
    return f"case is locked by another process: {path} (wait for it to end, or close it)"


def _bytes(value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    message = "case database: a row holds no bytes where bytes belong (restore the case folder from a copy)"
    raise CaseError(message)
