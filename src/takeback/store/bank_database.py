"""The database of a folder of hash banks: shared by several processes, one of them writing at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from takeback.errors import BankError
from takeback.store.database import Row, Value, statements
from takeback.store.sql_errors import SqlErrors

BANK_VERSION = 1
APPLICATION = 0x74626B31  # "tbk1": what says that a file is one of ours
BUSY_SECONDS = 10.0
AT_ONCE = 500


class _Cursor(Protocol):
    rowcount: int

    def fetchall(self) -> list[Row]: ...

    def fetchmany(self, size: int, /) -> list[Row]: ...


class _Connection(Protocol):
    in_transaction: bool

    def execute(self, sql: str, values: Sequence[Value | float] = (), /) -> _Cursor: ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Value | float]], /) -> _Cursor: ...

    def close(self) -> None: ...


class BankDatabase:
    """A database of banks, open; errors are a BankError or a StorageFull that says the way out."""

    def __init__(self, path: Path, *, writable: bool = True, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = path
        self._writable = writable
        self._depth = 0
        self._said = SqlErrors(
            path,
            kind=BankError,
            name="database of hash banks",
            locked=f"hash banks are being written by another process: {path} (try again when it ends)",
            restore="the folder",
        )
        self._connection = self._connect(busy_seconds)

    def _connect(self, busy_seconds: float) -> _Connection:
        from sqlcipher3 import dbapi2

        with self._said:
            connection: _Connection = dbapi2.connect(
                str(self._path), isolation_level=None, timeout=busy_seconds, check_same_thread=False
            )
        try:
            with self._said:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA temp_store = MEMORY")
                connection.execute("PRAGMA secure_delete = ON")
                if not self._writable:
                    connection.execute("PRAGMA query_only = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Lets go; the last one to leave folds the log into the file."""
        self._connection.close()

    def create(self) -> None:
        """Lays the tables of this version."""
        with self.transaction():
            for statement in statements("bank_schema.sql"):
                self.execute(statement)
            self.execute(f"PRAGMA application_id = {APPLICATION}")
            self.execute(f"PRAGMA user_version = {BANK_VERSION}")

    def check_version(self) -> None:
        """A BankError where this is no database of banks, or one of a version that this program does not know."""
        if self.number("PRAGMA application_id") != APPLICATION:
            raise BankError(f"not a database of hash banks: {self._path} (`takeback bank new` makes one)")
        version = self.number("PRAGMA user_version")
        if version != BANK_VERSION:
            message = (
                f"hash banks of version {version}, this takeback knows {BANK_VERSION}: {self._path} "
                "(open them with the takeback that made them, or a newer one)"
            )
            raise BankError(message)

    @property
    def changes(self) -> int:
        """A number that is another one after another process has committed something."""
        return self.number("PRAGMA data_version")

    def execute(self, sql: str, values: Sequence[Value | float] = ()) -> int:
        """Runs one statement and returns how many rows it changed."""
        with self._said:
            return self._connection.execute(sql, values).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value | float]]) -> None:
        """Runs one statement for each row."""
        with self._said:
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[Value | float] = ()) -> list[Row]:
        """Every row of a small answer."""
        with self._said:
            return self._connection.execute(sql, values).fetchall()

    def rows_in(self, sql: str, keys: Sequence[Value]) -> Iterator[Row]:
        """Every row for many keys, some at a time; ``sql`` has ``({})`` where the list of keys belongs."""
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            yield from self.rows(sql.format(", ".join("?" * len(some))), some)

    def number(self, sql: str, values: Sequence[Value | float] = ()) -> int:
        """The number in the first column of the first row; 0 where there is none."""
        found = self.rows(sql, values)
        value = found[0][0] if found else 0
        return value if isinstance(value, int) else 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one inside another joins it."""
        if self._depth:
            yield
            return
        if not self._writable:
            raise BankError(f"these banks were opened for reading: {self._path} (open them as writable to change them)")
        self.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self.execute("ROLLBACK")
            raise
        finally:
            self._depth -= 1
