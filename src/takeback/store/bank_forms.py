"""The perceptual hashes of the banks, one row an orientation, and what the index has still to be told of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from takeback.model.signal import HASH_WORDS
from takeback.store.bank_database import BankDatabase
from takeback.store.database import Row, Value

_PAGE = 100_000

FormColumns = tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]
"""Ids (N,) int64 and words (N, 4) uint64."""


class BankRoom:
    """What every room of the opened tables shares."""

    def __init__(self, database: BankDatabase) -> None:
        self._database = database

    @property
    def changes(self) -> int:
        """Another number after another process has committed something."""
        return self._database.changes

    @property
    def generation(self) -> int:
        """Another number after every change of what may be found, by whichever process."""
        return self._database.number("SELECT value FROM fact WHERE name = 'generation'")

    def _changed(self) -> None:
        self._take("generation", 1)

    def _take(self, name: str, count: int) -> int:
        """The first of ``count`` numbers that were never given out under this name."""
        first = 1 + self._database.number("SELECT value FROM fact WHERE name = ?", (name,))
        self._database.execute(
            "INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) "
            "DO UPDATE SET value = value + excluded.value",
            (name, count),
        )
        return first


class BankForms(BankRoom):
    """The orientations of the entries."""

    def forms(self, ids: Iterable[int]) -> dict[int, tuple[int, int, bytes]]:
        """Entry, orientation and words (32 bytes) of each form that there is."""
        sql = "SELECT id, entry, orientation, words FROM form WHERE id IN ({})"
        return {id: (entry, turn, words) for id, entry, turn, words in self._database.rows_in(sql, sorted(set(ids)))}  # type: ignore[misc]  # STRICT columns

    def forms_of(self, entry: int) -> tuple[bytes, ...]:
        """The words (32 bytes each) of an entry, by orientation."""
        sql = "SELECT words FROM form WHERE entry = ? ORDER BY orientation"
        return tuple(row[0] for row in self._database.rows(sql, (entry,)) if isinstance(row[0], bytes))

    def all_forms(self) -> Iterator[FormColumns]:
        """Every form of an entry that is not withdrawn, by id, in columns, a page at a time."""
        sql = (
            "SELECT form.id, words FROM form JOIN entry ON entry.id = form.entry "
            "WHERE form.id > ? AND state <> 'withdrawn' ORDER BY form.id LIMIT ?"
        )
        last = 0
        while True:
            ids, words = _columns(self._database.rows(sql, (last, _PAGE)))
            if len(ids):
                yield ids, words
            if len(ids) < _PAGE:
                return
            last = int(ids[-1])

    def pending_forms(self) -> FormColumns:
        """The forms that the index does not know yet."""
        sql = "SELECT form.id, words FROM pending_form JOIN form ON form.id = pending_form.id ORDER BY form.id"
        return _columns(self._database.rows(sql))

    def pending_count(self) -> int:
        """How many forms the index has still to be told of."""
        return self._database.number("SELECT COUNT(*) FROM pending_form")

    def pending_withdrawals(self) -> tuple[int, ...]:
        """The forms that the index still knows and need not."""
        rows = self._database.rows("SELECT form FROM pending_withdrawal ORDER BY form")
        return tuple(row[0] for row in rows if isinstance(row[0], int))

    @property
    def index_number(self) -> int:
        """Which index of the folder is the one in use; 0 before there is one."""
        return self._database.number("SELECT value FROM fact WHERE name = 'index'")

    def next_index(self) -> int:
        """The number of a new index that takes the place of the one in use."""
        self._changed()
        return self._take("index", 1)

    @property
    def told(self) -> int:
        """How many changes the index in use had seen when it was last told something: one with fewer is an old copy."""
        return self._database.number("SELECT value FROM fact WHERE name = 'told'")

    def forget_pending(self, *, told: int) -> None:
        """Notes that a new index knows every form and no other."""
        with self._database.transaction():
            self._database.execute("INSERT OR REPLACE INTO fact (name, value) VALUES ('told', ?)", (told,))
            self._database.execute("DELETE FROM pending_form")
            self._database.execute("DELETE FROM pending_withdrawal")

    def clear_pending(self, added: Sequence[int], withdrawn: Sequence[int], *, told: int) -> None:
        """Notes that the index was told of these forms, and has seen so many changes since."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO fact (name, value) VALUES ('told', ?) ON CONFLICT (name) "
                "DO UPDATE SET value = MAX(value, excluded.value)",
                (told,),
            )
            self._database.execute_many("DELETE FROM pending_form WHERE id = ?", ((int(id),) for id in added))
            self._database.execute_many(
                "DELETE FROM pending_withdrawal WHERE form = ?", ((int(id),) for id in withdrawn)
            )

    def _insert_forms(self, entries: Iterable[tuple[int, Sequence[bytes]]], *, first: int = 0) -> None:
        """The forms of entries, their orientations counted from ``first``."""
        given = [(entry, turn, words) for entry, forms in entries for turn, words in enumerate(forms, first)]
        start = self._take("form", len(given))
        self._database.execute_many(
            "INSERT INTO form (id, entry, orientation, words) VALUES (?, ?, ?, ?)",
            ((start + place, *row) for place, row in enumerate(given)),
        )
        self._database.execute_many(
            "INSERT INTO pending_form (id) VALUES (?)", ((start + place,) for place in range(len(given)))
        )

    def _withdraw_forms_of(self, entries: Iterable[int]) -> None:
        for entry in entries:
            self._withdraw_forms("entry = ?", (entry,))

    def _withdraw_forms(self, where: str, values: Sequence[Value]) -> None:
        """Has the index drop the forms; one that it was never told of is only forgotten."""
        found = f"SELECT id FROM form WHERE {where}"  # noqa: S608  # our own conditions
        told = f"{found} AND id NOT IN (SELECT id FROM pending_form)"  # noqa: S608  # as above
        self._database.execute(f"INSERT OR IGNORE INTO pending_withdrawal {told}", values)
        self._database.execute(f"DELETE FROM pending_form WHERE id IN ({found})", values)  # noqa: S608  # as above

    def _renew_forms_of(self, entries: Iterable[int]) -> None:
        """Gives the forms new ids: what the index was told to drop stays dropped under the old ones."""
        for entry in entries:
            forms = self.forms_of(entry)
            self._database.execute("DELETE FROM form WHERE entry = ?", (entry,))
            self._insert_forms([(entry, forms)])


def _columns(rows: Sequence[Row]) -> FormColumns:
    ids = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    packed = b"".join(row[1] for row in rows if isinstance(row[1], bytes))
    return ids, np.frombuffer(packed, ">u8").reshape(-1, HASH_WORDS).astype(np.uint64)
