"""A case on the disk: one folder, one encrypted database, one vault, one writer."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import weakref
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from takeback.crypto.passphrase import Cost, unwrap, wrap
from takeback.crypto.sealing import KEY_BYTES, new_key
from takeback.errors import CaseError, StorageFull, WrongPassphrase
from takeback.store.chain import Chain
from takeback.store.database import locked_message
from takeback.store.disk import TEMPORARY, Disk, disk_errors_are_said, full_message
from takeback.store.facts import CaseFacts, CaseSecrets
from takeback.store.findings import Findings
from takeback.store.folder import DATABASE, LOCK, RUNS, VAULT
from takeback.store.header import FORMAT, FORMAT_VERSION, HEADER, CaseHeader, encode_header, read_header
from takeback.store.material import Material
from takeback.store.people import People
from takeback.store.results import Results


class CaseStore(Material, Results, People, Findings, Chain):
    """An opened case. Everything personal in it lies under the case key; one process at a time holds it.

    Use it as a context manager: leaving it closes the case.
    """

    @classmethod
    def create(
        cls, path: Path, facts: CaseFacts, passphrase: str, *, cost: Cost | None = None, disk: Disk | None = None
    ) -> Self:
        """A new case, open; nothing is left of it where it could not be made whole."""
        disk, key, halves = disk or Disk(), new_key(), CaseSecrets.new()
        if not _free(path):
            message = f"there is something here already: {path} (choose a folder that does not exist)"
            raise CaseError(message)
        header = CaseHeader(
            format=FORMAT,
            version=FORMAT_VERSION,
            id=secrets.token_hex(8),
            created=facts.created.isoformat(timespec="seconds"),
            recipient=halves.recipient,
            ledger_key=halves.ledger.public,
            case_key=wrap(key, passphrase, cost=cost),
        )
        made = path.parent / f"{TEMPORARY}{secrets.token_hex(8)}"
        with disk_errors_are_said(path):
            try:
                cls._lay(made, header, key, facts, halves, disk)
                made.rename(path)
                disk.flush_folder(path.parent)
            except BaseException as error:
                shutil.rmtree(made, ignore_errors=True)
                if isinstance(error, StorageFull):  # said of the temporary folder, which nobody knows
                    raise StorageFull(full_message(path)) from error
                raise
        return cls._enter(path, header, key, disk)

    @classmethod
    def _lay(
        cls, made: Path, header: CaseHeader, key: bytes, facts: CaseFacts, halves: CaseSecrets, disk: Disk
    ) -> None:
        for folder in (made, made / VAULT, made / RUNS):
            disk.folder(folder)
        disk.write(made / LOCK, b"")
        disk.write(made / HEADER, encode_header(header))
        case = cls(made, header, key, disk)
        try:
            case._database.create()
            case._lay_facts(facts, halves)
            case._database.compact()
        finally:
            case._database.close()

    @classmethod
    def open(cls, path: Path, passphrase: str, *, disk: Disk | None = None) -> Self:
        """The case in a folder; a CaseError that says what, where, and the way out where it cannot be opened."""
        header = read_header(path)
        if header.case_key is None:
            _remove_content(path)
            message = f"case was forgotten on {header.forgotten}: {path} (only its ledger is left: `takeback verify`)"
            raise CaseError(message)
        try:
            key = unwrap(header.case_key, passphrase)
        except WrongPassphrase as error:
            message = f"wrong passphrase for the case in {path} ({error})"
            raise WrongPassphrase(message) from error
        if len(key) != KEY_BYTES or not (path / DATABASE).is_file():
            message = f"case has no database, or a damaged key: {path} (restore the case folder from a copy)"
            raise CaseError(message)
        return cls._enter(path, header, key, disk or Disk())

    @classmethod
    def _enter(cls, path: Path, header: CaseHeader, key: bytes, disk: Disk) -> Self:
        lock = _lock(path)
        try:
            case = cls(path, header, key, disk)
            try:
                case._lock = lock
                case._settle()
            except BaseException:
                case._database.close()
                raise
        except BaseException:
            os.close(lock)
            raise
        # A forked worker must not hold the lock on when this process dies.
        os.register_at_fork(after_in_child=partial(_let_go_in_child, weakref.ref(case)))
        return case

    _lock: int = -1

    def _settle(self) -> None:
        """Takes up after whatever the last process left: the version, the mirror, files without a row."""
        self._database.check_version()
        self._check_header()
        for folder in (self.path / VAULT, self.path / RUNS):
            self._disk.folder(folder)
        self._vault.sweep(self._database.texts("SELECT address FROM blob UNION ALL SELECT address FROM partition"))
        self._sweep_runs()
        for left in self.path.glob(f"{TEMPORARY}*"):
            left.unlink(missing_ok=True)
        self._open_mirror()

    def close(self) -> None:
        """Writes out what is due and lets the case go; closing twice is closing once."""
        if self._lock < 0:
            return
        try:
            self._mirror.complete()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        lock, self._lock = self._lock, -1
        try:
            self._database.close()
        finally:
            os.close(lock)

    def forget_all(self, *, time: str) -> None:
        """Destroys the case key, the database and the vault, and closes; the ledger in the open stays and verifies."""
        self._mirror.complete()
        header, path = self.path / HEADER, self.path
        with header.open("r+b") as old:
            content = encode_header(msgspec.structs.replace(self.header, case_key=None, forgotten=time))
            self._disk.write(header, content)
            size = old.seek(0, os.SEEK_END)
            old.seek(0)
            self._disk.put(old.fileno(), b"\0" * size)
            os.fsync(old.fileno())
        self._let_go()
        _remove_content(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _free(path: Path) -> bool:
    return not path.exists() or (path.is_dir() and not any(path.iterdir()))


def _remove_content(path: Path) -> None:
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (path / name).unlink(missing_ok=True)
    for name in (VAULT, RUNS):
        shutil.rmtree(path / name, ignore_errors=True)


def _lock(path: Path) -> int:
    descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise CaseError(locked_message(path)) from error
    return descriptor


def _let_go_in_child(case: weakref.ref[CaseStore]) -> None:
    opened = case()
    if opened is not None and opened._lock >= 0:  # noqa: SLF001  # the lock is the store's own
        os.close(opened._lock)  # noqa: SLF001  # as above
