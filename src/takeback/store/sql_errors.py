"""What a database could not do, said in our words with the way out."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from takeback.errors import BankError, CaseError, StorageFull
from takeback.store.disk import full_message


class SqlErrors:
    """Around statements: an error of SQLite leaves as a StorageFull or as the error of this kind of database.

    A class and no generator: statements run several times in a look-up that is over in a fraction of a millisecond.

    Parameters:
        path: of the database.
        kind: what is raised where the disk is not full.
        name: what the database is called in messages.
        locked: what to say where another process holds it.
        restore: what to restore from a copy where it is damaged.
    """

    def __init__(self, path: Path, *, kind: type[BankError | CaseError], name: str, locked: str, restore: str) -> None:
        from sqlcipher3 import dbapi2

        self._path = path
        self._kind = kind
        self._name = name
        self._locked = locked
        self._restore = restore
        self._errors = dbapi2.Error

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, self._errors):
            raise self._said(str(error)) from error

    def _said(self, said: str) -> BankError | CaseError | StorageFull:
        if "disk is full" in said:
            return StorageFull(full_message(self._path))
        if "locked" in said:
            return self._kind(self._locked)
        if "not a database" in said or "malformed" in said:
            return self._kind(f"{self._name} is damaged: {self._path} (restore {self._restore} from a copy)")
        return self._kind(f"{self._name}: {said}: {self._path}")
