"""Stage results that outlive a crash, and the run whose key is destroyed when it ends."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import shutil
from pathlib import Path

from takeback.crypto.sealing import derive, new_key, seal, unseal
from takeback.errors import VerificationFailed
from takeback.model.clearing import SealedItem
from takeback.model.digest import Sha256
from takeback.store.coding import encode
from takeback.store.database import Database
from takeback.store.disk import Disk
from takeback.store.folder import RUNS, CaseFolder

_NAME_DIGITS = 32
_SHELF_DIGITS = 2
_SAID_OF_A_FINDING = (
    ("confirmation", "finding"),
    ("statement", "finding"),
    ("release", "finding"),
    ("answer", "scope"),
)


class RunBlobs:
    """The blobs of one run, read with its folder and key alone: what a worker needs of it.

    A name starts with the SHA-256 of the media that the blob is about, up to the first ``/``: sealing that media then
    drops the blob. A blob that a power cut took is simply not there: it is made again.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder = folder
        self.key = key
        self._names = derive(key, "names")

    def get(self, name: str) -> bytes | None:
        """The blob of this name; None where it is not there, or not whole."""
        path = self._path(name)
        try:
            return unseal(self.key, path.read_bytes(), context=path.name.encode())
        except (FileNotFoundError, VerificationFailed):
            return None

    def _path(self, name: str) -> Path:
        about = self._part(name.partition("/")[0])
        return self._shelf(about) / f"{about}-{self._part(name)}"

    def _shelf(self, about: str) -> Path:
        """A folder holds one blob of 256, so that dropping those about one media looks at few."""
        return self.folder / about[:_SHELF_DIGITS]

    def _part(self, name: str) -> str:
        return hmac.new(self._names, name.encode(), hashlib.sha256).hexdigest()[:_NAME_DIGITS]


class Run(RunBlobs):
    """One run of the main job: blobs under a key of its own, gone when it ends."""

    def __init__(self, id: str, digest: str, key: bytes, folder: Path, database: Database, disk: Disk) -> None:
        super().__init__(folder, key)
        self.id = id
        self.digest = digest
        self._database = database
        self._disk = disk

    def put(self, name: str, content: bytes) -> None:
        """Keeps a blob until the run ends; one about a sealed item is not kept."""
        if self._database.number("SELECT COUNT(*) FROM sealed WHERE sha256 = ?", (name.partition("/")[0],)):
            return
        path = self._path(name)
        self._disk.folder(path.parent)
        self._disk.write(path, seal(self.key, content, context=path.name.encode()), durable=False)

    def drop(self, sha256: str) -> None:
        """Removes every blob about these bytes."""
        about = self._part(sha256)
        for path in self._shelf(about).glob(f"{about}-*"):
            path.unlink(missing_ok=True)

    def end(self) -> None:
        """Destroys the key, then the blobs; after that nothing can open what a disk may still hold of them."""
        with self._database.transaction():
            self._database.execute("DELETE FROM run WHERE id = ?", (self.id,))
            self._database.after_commit(self._database.compact)
            self._database.after_commit(lambda: shutil.rmtree(self.folder, ignore_errors=True))


class Results(CaseFolder):
    """The room of stage results, keyed by stage, version, parameters and the digest of the part."""

    def result(self, stage: str, version: str, parameters: str, digest: str) -> bytes | None:
        """The kept result of one part, if there is one."""
        query = "SELECT content FROM result WHERE stage = ? AND version = ? AND parameters = ? AND digest = ?"
        return self._database.blob(query, (stage, version, parameters, digest))

    def results(self, stage: str, version: str, parameters: str) -> frozenset[str]:
        """The digests of the parts that have a kept result."""
        query = "SELECT digest FROM result WHERE stage = ? AND version = ? AND parameters = ?"
        return frozenset(self._database.texts(query, (stage, version, parameters)))

    def keep_result(
        self, stage: str, version: str, parameters: str, digest: str, payload: bytes, *, media: str | None = None
    ) -> None:
        """Keeps the result of one part; the first one kept stays, and one about a sealed item is not kept.

        ``media`` names the media that it is about where that is not the digest itself: sealing the media drops it.
        """
        with self.transaction():
            self._database.execute(
                "INSERT INTO result SELECT ?1, ?2, ?3, ?4, ?5, ?6"
                " WHERE NOT EXISTS (SELECT 1 FROM sealed WHERE sha256 IN (?4, ?5)) ON CONFLICT DO NOTHING",
                (stage, version, parameters, digest, media or digest, payload),
            )

    def count_results(self, stage: str) -> int:
        """How many results of a stage are kept."""
        return self._database.number("SELECT COUNT(*) FROM result WHERE stage = ?", (stage,))

    def drop_results(self, *, stage: str | None = None) -> None:
        """Forgets the results of a stage, or of all."""
        with self.transaction():
            self._database.execute("DELETE FROM result WHERE ?1 IS NULL OR stage = ?1", (stage,))

    def begin_run(self, digest: str) -> Run:
        """The unfinished run of this digest, or a new one; an unfinished run of another digest is ended."""
        found = None
        for run in self._runs():
            if run.digest == digest and found is None:
                found = run
            else:
                run.end()
        return found or self._new_run(digest)

    def _new_run(self, digest: str) -> Run:
        id, key = secrets.token_hex(16), new_key()
        sealed = seal(self._case_key, key, context=f"run {id}".encode())
        with self.transaction():
            self._database.execute("INSERT INTO run VALUES (?, ?, ?)", (id, digest, sealed))
        return Run(id, digest, key, self.path / RUNS / id, self._database, self._disk)

    def _runs(self) -> list[Run]:
        runs = []
        for row in self._database.rows("SELECT id, digest, sealed_key FROM run ORDER BY id"):
            id, digest, sealed = str(row[0]), str(row[1]), row[2] if isinstance(row[2], bytes) else b""
            key = unseal(self._case_key, sealed, context=f"run {id}".encode())
            runs.append(Run(id, digest, key, self.path / RUNS / id, self._database, self._disk))
        return runs

    def _sweep_runs(self) -> None:
        runs = self._runs()
        known = {run.id for run in runs}
        sealed = self._database.texts("SELECT DISTINCT sha256 FROM sealed") if runs else []
        for run in runs:
            for sha256 in sealed:
                run.drop(sha256)
        for folder in (self.path / RUNS).glob("*"):
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def seal_item(self, item: SealedItem) -> None:
        """Seals an item unseen: whatever was made from its bytes goes, what remains is where, which bytes, and why."""
        with self.transaction():
            self._database.execute(
                "INSERT INTO sealed VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (item.sha256, item.place.source, item.place.path, encode(item)),
            )
            self._drop_media(item.sha256)

    def _drop_media(self, sha256: Sha256) -> None:
        self._database.execute("DELETE FROM result WHERE digest = ?1 OR media = ?1", (sha256,))
        self._database.execute("DELETE FROM examination WHERE media = ?", (sha256,))
        for table, column in _SAID_OF_A_FINDING:
            said = f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM finding WHERE media = ?)"  # noqa: S608  # own names
            self._database.execute(said, (sha256,))
        self._database.execute("DELETE FROM finding WHERE media = ?", (sha256,))
        addresses = self._database.texts("SELECT address FROM blob WHERE media = ?", (sha256,))
        self._database.execute("DELETE FROM blob WHERE media = ?", (sha256,))
        runs = self._runs()
        self._database.after_commit(lambda: self._remove(addresses, runs, sha256))

    def _remove(self, addresses: list[str], runs: list[Run], sha256: str) -> None:
        for address in addresses:
            self._vault.remove(address)
        for run in runs:
            run.drop(sha256)
