"""What people think of the entries of banks, and everything that was done to one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from takeback.model.bank import EntryAct, GivenOpinion, Opinion
from takeback.store.bank_forms import BankRoom
from takeback.store.bank_rows import instant, seconds


class BankOpinions(BankRoom):
    """The opinions and the acts."""

    def give_opinion(self, entry: int, given: GivenOpinion) -> None:
        """One person's opinion; it takes the place of an earlier one of theirs."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO opinion (entry, by, opinion, reason, given) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (entry, by) DO UPDATE SET opinion = excluded.opinion, reason = excluded.reason, "
                "given = excluded.given",
                (entry, given.by, given.opinion, given.reason, seconds(given.given)),
            )
            self._record_acts([entry], given.opinion, by=given.by, reason=given.reason, time=given.given)

    def acts_of(self, entry: int) -> tuple[EntryAct, ...]:
        """Everything that was done to an entry, in order."""
        rows = self._database.rows("SELECT action, by, time, reason FROM act WHERE entry = ? ORDER BY number", (entry,))
        return tuple(
            EntryAct(action=str(action), by=str(by), time=instant(time), reason=str(reason))
            for action, by, time, reason in rows
        )

    def to_review(self) -> tuple[int, ...]:
        """The entries in quarantine, and those disputed since their last review by no fewer than confirm them."""
        quarantined = "SELECT id FROM entry WHERE state = 'quarantined'"
        disputed = (
            "SELECT entry FROM opinion GROUP BY entry HAVING SUM(opinion = 'dispute') > 0 "
            "AND SUM(opinion = 'dispute') >= SUM(opinion = 'confirm')"
        )
        settled = "SELECT MAX(number) FROM act AS done WHERE done.entry = listed.id AND done.action = 'kept'"
        last_dispute = "SELECT MAX(number) FROM act AS said WHERE said.entry = listed.id AND said.action = 'dispute'"
        rows = self._database.rows(
            f"{quarantined} UNION SELECT listed.id FROM entry AS listed WHERE listed.state <> 'withdrawn' "  # noqa: S608  # our own conditions
            f"AND listed.id IN ({disputed}) AND ({last_dispute}) > COALESCE(({settled}), 0) ORDER BY 1"
        )
        return tuple(row[0] for row in rows if isinstance(row[0], int))

    def _record_acts(self, entries: Iterable[int], action: str, *, by: str, reason: str, time: datetime) -> None:
        at = seconds(time)
        self._database.execute_many(
            "INSERT INTO act (entry, action, by, reason, time) VALUES (?, ?, ?, ?, ?)",
            ((entry, action, by, reason, at) for entry in entries),
        )

    def _opinions_of(self, entries: Sequence[int]) -> dict[int, tuple[GivenOpinion, ...]]:
        found: dict[int, tuple[GivenOpinion, ...]] = {}
        sql = "SELECT entry, opinion, by, given, reason FROM opinion WHERE entry IN ({}) ORDER BY given, by"
        for entry, opinion, by, given, reason in self._database.rows_in(sql, entries):
            assert isinstance(entry, int)
            said = GivenOpinion(opinion=Opinion(str(opinion)), by=str(by), given=instant(given), reason=str(reason))
            found[entry] = (*found.get(entry, ()), said)
        return found
