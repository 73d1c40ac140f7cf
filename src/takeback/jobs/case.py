"""A case: its folder and its ledger, opened together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from takeback.crypto.keyfile import PublicKey
from takeback.crypto.passphrase import Cost
from takeback.evidence.ledger import Ledger
from takeback.model.evidence import LedgerEntry
from takeback.model.finding import Finding
from takeback.model.measure import Measure
from takeback.store.case_store import CaseStore
from takeback.store.facts import CaseFacts

OPERATOR = "operator"
NOBODY = ""
"""Whose notes those are that rest on no person: forgetting anybody leaves them."""


def utc_now() -> datetime:
    """The clock of whoever does not pass another."""
    return datetime.now(tz=UTC)


class Case:
    """An open case; close it, or use it in a ``with`` block.

    Examples:
        >>> import tempfile
        >>> from takeback.crypto.passphrase import CHEAP
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     facts = case_facts("A made-up case", role="researcher", legal_basis="consent", jurisdiction="EU")
        ...     with Case.create(Path(folder, "case"), facts, passphrase="correct horse", cost=CHEAP) as case:
        ...         case.findings
        ()
    """

    def __init__(self, store: CaseStore, clock: Callable[[], datetime] = utc_now) -> None:
        self.store = store
        self.clock = clock
        self.ledger = Ledger(store, store.ledger_key, OPERATOR, clock)

    @classmethod
    def create(
        cls,
        path: Path,
        facts: CaseFacts,
        *,
        passphrase: str,
        clock: Callable[[], datetime] = utc_now,
        cost: Cost | None = None,
    ) -> Case:
        """An empty, encrypted case in a new folder; its first ledger entry says that it was made."""
        store = CaseStore.create(path, facts, passphrase, cost=cost)
        case = cls(store, clock)
        case.record(
            "case_created",
            public={"recipient": store.recipient},
            private={"facts": f"{facts.title}\n{facts.role}\n{facts.legal_basis}\n{facts.jurisdiction}"},
        )
        return case

    @classmethod
    def open(cls, path: Path, *, passphrase: str, clock: Callable[[], datetime] = utc_now) -> Case:
        """The case in this folder; a CaseError says why it does not open."""
        return cls(CaseStore.open(path, passphrase), clock)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, in the order of the findings' ids."""
        return tuple(self.store.findings())

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What was measured of the network."""
        return tuple(self.store.measures())

    def record(
        self,
        action: str,
        *,
        public: Mapping[str, str | int] | None = None,
        private: Mapping[str, str] | None = None,
        person: str | None = None,
    ) -> LedgerEntry:
        """Enter an act into the ledger; what is personal goes in as commitments, which forgetting ``person`` closes."""
        return self.ledger.append(action, public=public or {}, private=private or {}, person=person)

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: what is kept and recorded inside is there together, or not at all."""
        return self.store.transaction()

    def close(self) -> None:
        """Let go of the folder's lock."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def case_facts(
    title: str,
    *,
    role: str,
    legal_basis: str,
    jurisdiction: str,
    trusted: tuple[PublicKey, ...] = (),
    clock: Callable[[], datetime] = utc_now,
) -> CaseFacts:
    """What a new case says of itself."""
    return CaseFacts(
        title=title, role=role, legal_basis=legal_basis, jurisdiction=jurisdiction, created=clock(), trusted=trusted
    )
