"""Which records of which exchanges the entries of banks stand for."""

from __future__ import annotations

from collections.abc import Iterable

from takeback.model.bank import Provenance
from takeback.store.bank_forms import BankRoom


class BankRecords(BankRoom):
    """The records of exchanges; one may stand for several entries, and an entry for several records."""

    def entries_of_record(self, exchange: str, record: str) -> tuple[int, ...]:
        """The ids of the entries that a record of an exchange brought."""
        sql = "SELECT entry FROM record WHERE exchange = ? AND record = ? ORDER BY entry"
        return tuple(row[0] for row in self._database.rows(sql, (exchange, record)) if isinstance(row[0], int))

    def records_of(self, entry: int) -> tuple[tuple[str, str], ...]:
        """The exchange records that an entry stands for, as exchange and id there."""
        sql = "SELECT exchange, record FROM record WHERE entry = ? ORDER BY exchange, record"
        return tuple((str(exchange), str(record)) for exchange, record in self._database.rows(sql, (entry,)))

    def drop_record(self, bank: str, exchange: str, record: str) -> tuple[int, ...]:
        """Forgets that a bank's entries stand for a record; the ids of those that stand for none any more."""
        found = (
            "SELECT record.entry FROM record JOIN entry ON entry.id = record.entry "
            "JOIN bank ON bank.number = entry.bank WHERE record.exchange = ? AND record.record = ? AND bank.name = ?"
        )
        with self._database.transaction():
            ids = [row[0] for row in self._database.rows(found, (exchange, record, bank)) if isinstance(row[0], int)]
            self._database.execute_many(
                "DELETE FROM record WHERE exchange = ? AND record = ? AND entry = ?",
                ((exchange, record, id) for id in ids),
            )
        return tuple(id for id in ids if not self.records_of(id))

    def _add_records(self, pairs: Iterable[tuple[int, Provenance]]) -> None:
        self._database.execute_many(
            "INSERT OR IGNORE INTO record (exchange, record, entry) VALUES (?, ?, ?)",
            (
                (each.exchange, each.exchange_record, id)
                for id, each in pairs
                if each.exchange is not None and each.exchange_record is not None
            ),
        )
