"""What was concluded, what humans said of it, and which notices came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from takeback.model.finding import Confirmation, DepictionStatement, Examination, Finding
from takeback.model.measure import Measure
from takeback.model.notice import Answer, NoticeEvent
from takeback.store.coding import decode_all, encode
from takeback.store.folder import CaseFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """What happened to a notice, when, as a person recorded it."""

    notice: str
    event: NoticeEvent
    time: datetime
    note: str


class Findings(CaseFolder):
    """The room of conclusions; what a run concludes replaces what the run before did, what humans said stays."""

    def replace_examinations(self, examinations: Iterable[Examination]) -> None:
        """Keeps these examinations, and no others."""
        with self.transaction():
            self._database.execute("DELETE FROM examination")
            for each in examinations:
                self._refuse_sealed(each.media)
                self._database.execute(
                    "INSERT INTO examination VALUES (?, ?, ?)", (each.original, each.media, encode(each))
                )

    def examinations(self) -> tuple[Examination, ...]:
        """Every examination, by original and media."""
        query = "SELECT content FROM examination ORDER BY original, media"
        return decode_all(self._database.blobs(query), Examination)

    def replace_findings(self, findings: Iterable[Finding]) -> None:
        """Keeps these findings, and no others."""
        with self.transaction():
            self._database.execute("DELETE FROM finding")
            for each in findings:
                self._refuse_sealed(each.examination.media)
                values = (each.id, each.person, each.examination.media, encode(each))
                self._database.execute("INSERT INTO finding VALUES (?, ?, ?, ?)", values)

    def findings(self) -> tuple[Finding, ...]:
        """Every finding, by id."""
        return decode_all(self._database.blobs("SELECT content FROM finding ORDER BY id"), Finding)

    def replace_measures(self, measures: Iterable[Measure]) -> None:
        """Keeps these measures in this order, and no others."""
        with self.transaction():
            self._database.execute("DELETE FROM measure")
            for each in measures:
                self._database.execute("INSERT INTO measure (id, content) VALUES (?, ?)", (each.id, encode(each)))

    def measures(self) -> tuple[Measure, ...]:
        """Every measure, in the order in which they were kept."""
        return decode_all(self._database.blobs("SELECT content FROM measure ORDER BY number"), Measure)

    def add_confirmation(self, confirmation: Confirmation) -> None:
        """Keeps that a human agrees with a finding."""
        self._add("INSERT INTO confirmation (finding, content) VALUES (?, ?)", confirmation.finding, confirmation)

    def confirmations(self) -> tuple[Confirmation, ...]:
        """Every confirmation, in order."""
        return decode_all(self._database.blobs("SELECT content FROM confirmation ORDER BY number"), Confirmation)

    def add_statement(self, statement: DepictionStatement) -> None:
        """Keeps what a human said that a media shows."""
        self._add("INSERT INTO statement (finding, content) VALUES (?, ?)", statement.finding, statement)

    def statements(self) -> tuple[DepictionStatement, ...]:
        """Every statement, in order."""
        return decode_all(self._database.blobs("SELECT content FROM statement ORDER BY number"), DepictionStatement)

    def add_answer(self, answer: Answer, *, scope: str = "", person: str | None = None) -> None:
        """Keeps what a person said for an element; ``scope`` is what it holds for (a regime, a finding, "" for all).

        Forgetting ``person`` drops it, and forgetting anybody does where that is None.
        """
        with self.transaction():
            self._database.execute(
                "INSERT INTO answer (scope, person, content) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (scope, person, encode(answer)),
            )

    def answers(self, scope: str = "") -> tuple[Answer, ...]:
        """Every answer in this scope, in order; of two for one element the later counts."""
        query = "SELECT content FROM answer WHERE scope = ? ORDER BY number"
        return decode_all(self._database.blobs(query, (scope,)), Answer)

    def add_notice(self, id: str, content: bytes, *, findings: Iterable[str] = ()) -> None:
        """Keeps a prepared notice as its JSON; ``findings`` are the ids that it rests on."""
        with self.transaction():
            self._database.execute(
                "INSERT INTO notice (id, content) VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET content = excluded.content",
                (id, content),
            )
            for finding in findings:
                query = "INSERT INTO notice_finding VALUES (?, ?) ON CONFLICT DO NOTHING"
                self._database.execute(query, (id, finding))

    def notices(self) -> dict[str, bytes]:
        """The JSON of every notice, by id, in the order of preparation."""
        ids = self._database.texts("SELECT id FROM notice ORDER BY number")
        return dict(zip(ids, self._database.blobs("SELECT content FROM notice ORDER BY number"), strict=True))

    def add_event(self, notice: str, event: NoticeEvent, time: datetime, note: str = "") -> None:
        """Keeps what happened to a notice."""
        recorded = RecordedEvent(notice=notice, event=event, time=time, note=note)
        self._add("INSERT INTO event (notice, content) VALUES (?, ?)", notice, recorded)

    def events(self) -> tuple[RecordedEvent, ...]:
        """Every event, in the order of recording."""
        return decode_all(self._database.blobs("SELECT content FROM event ORDER BY number"), RecordedEvent)

    def release(self, finding: str, key: str, time: str) -> None:
        """Lets the locators of a finding out of the seal, in the name of a key."""
        with self.transaction():
            self._database.execute("INSERT INTO release VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (finding, key, time))

    def released(self) -> frozenset[str]:
        """The findings whose locators are out of the seal."""
        return frozenset(self._database.texts("SELECT finding FROM release"))

    def releases(self) -> tuple[tuple[str, str, str], ...]:
        """Who released what: finding, key, time."""
        rows = self._database.rows("SELECT finding, key, time FROM release ORDER BY time, finding, key")
        return tuple((str(finding), str(key), str(time)) for finding, key, time in rows)

    def _add(self, query: str, subject: str, value: object) -> None:
        with self.transaction():
            self._database.execute(f"{query} ON CONFLICT DO NOTHING", (subject, encode(value)))
