from __future__ import annotations

from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from takeback.errors import BankError, StorageFull, TakebackError
from takeback.store.sql_errors import SqlErrors

PATH = Path("/x/banks.db")


@pytest.fixture
def said() -> SqlErrors:
    return SqlErrors(PATH, kind=BankError, name="database", locked="somebody writes (wait)", restore="the folder")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ("database or disk is full", StorageFull, "no space left"),
        ("database is locked", BankError, r"^somebody writes \(wait\)$"),
        ("file is not a database", BankError, r"^database is damaged: /x/banks.db \(restore the folder from a copy\)$"),
        ("database disk image is malformed", BankError, "is damaged"),
        ("no such table: entry", BankError, r"^database: no such table: entry: /x/banks.db$"),
    ],
)
def test_what_sqlite_says_leaves_as_an_error_of_ours(
    said: SqlErrors, error: str, kind: type[TakebackError], words: str
) -> None:
    with pytest.raises(kind, match=words) as raised, said:
        raise dbapi2.OperationalError(error)
    assert isinstance(raised.value.__cause__, dbapi2.OperationalError)


def test_what_is_no_error_of_sqlite_passes(said: SqlErrors) -> None:
    with pytest.raises(KeyError), said:
        raise KeyError("x")
    with said:
        pass
