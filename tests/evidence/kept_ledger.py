"""A ledger kept in memory, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from takeback.crypto.signing import SigningKey
from takeback.evidence.ledger import Ledger
from takeback.model.evidence import LedgerEntry, Opening

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = SigningKey.from_bytes(bytes(range(32)))


class Kept:
    """A ledger's storage in memory."""

    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []
        self.openings: list[Opening] = []

    def ledger_append(self, entry: LedgerEntry, openings: Iterable[Opening] = (), *, person: str | None = None) -> None:
        self.entries.append(entry)
        self.openings.extend(openings)

    def ledger_last(self) -> LedgerEntry | None:
        return self.entries[-1] if self.entries else None


def a_ledger(count: int = 6) -> Kept:
    kept, now = Kept(), iter(START + timedelta(seconds=second) for second in range(count))
    ledger = Ledger(kept, KEY, "operator", lambda: next(now))
    for number in range(count):
        ledger.append(
            "file.intake" if number else "case_created",
            public={"size": number},
            private={"place": f"photos/{number}.jpg"},
        )
    return kept
