"""An opened case folder: its keys, its database, its vault. The rooms of `CaseStore` build on it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from takeback.crypto.sealing import derive
from takeback.errors import HarmRule
from takeback.store.database import Database
from takeback.store.disk import Disk
from takeback.store.header import CaseHeader
from takeback.store.vault import Vault

DATABASE = "case.db"
VAULT = "vault"
RUNS = "runs"
MIRROR = "ledger.jsonl"
LOCK = "lock"


class CaseFolder:
    """What every room of an opened case shares."""

    def __init__(self, path: Path, header: CaseHeader, case_key: bytes, disk: Disk) -> None:
        self.path = path
        self.header = header
        self._case_key = case_key
        self._disk = disk
        self._database = Database(path / DATABASE, derive(case_key, "database"))
        self._vault = Vault(path / VAULT, derive(case_key, "vault address"), disk)

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing; one inside another joins it."""
        return self._database.transaction()

    def is_sealed(self, sha256: str) -> bool:
        """Whether these bytes stay unseen."""
        return bool(self._database.number("SELECT COUNT(*) FROM sealed WHERE sha256 = ?", (sha256,)))

    def _refuse_sealed(self, sha256: str) -> None:
        if self.is_sealed(sha256):
            message = f"media {sha256[:12]}... is sealed unseen: nothing that was made from it is kept"
            raise HarmRule(message)

    def key(self, label: str) -> bytes:
        """A 32-byte key of the case for one use; the same label gives the same key."""
        return derive(self._case_key, f"use {label}")
