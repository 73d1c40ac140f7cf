"""How often each entry of a bank was hit, by day."""

from __future__ import annotations

from collections.abc import Mapping

from takeback.store.bank_forms import BankRoom

HISTORY_DAYS = 28


class BankHitCounts(BankRoom):
    """The counts of hits."""

    def count_hits(self, hits: Mapping[int, int], day: int) -> None:
        """Adds hits to a day (days since 1970-01-01, UTC); an entry that is gone is passed over."""
        with self._database.transaction():
            self._database.execute_many(
                "INSERT INTO hit_day (entry, day, hits) SELECT id, ?, ? FROM entry WHERE id = ? "
                "ON CONFLICT (entry, day) DO UPDATE SET hits = hits + excluded.hits",
                ((day, count, entry) for entry, count in hits.items()),
            )
            self._database.execute("DELETE FROM hit_day WHERE day < ?", (day - HISTORY_DAYS,))

    def hit_days(self, entry: int) -> dict[int, int]:
        """The hits of an entry by day, for as long as they are kept."""
        rows = self._database.rows("SELECT day, hits FROM hit_day WHERE entry = ? ORDER BY day", (entry,))
        return {day: hits for day, hits in rows if isinstance(day, int) and isinstance(hits, int)}

    def accept_hits(self, entry: int, day: int) -> None:
        """Makes a day's hits part of the history: a review found that they are as they should be."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO hit_day (entry, day, hits) SELECT entry, day - 1, hits FROM hit_day "
                "WHERE entry = ? AND day = ? ON CONFLICT (entry, day) DO UPDATE SET hits = MAX(hits, excluded.hits)",
                (entry, day),
            )
            self._database.execute("DELETE FROM hit_day WHERE entry = ? AND day = ?", (entry, day))
