"""The audit trail of the service: an entry a request, on the disk before the answer leaves."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import heapq
import hmac
import itertools
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from takeback.errors import UnusableInput
from takeback.store.disk import TEMPORARY, Disk, disk_errors_are_said

FOLDER_NAME = "audit"
KEY_NAME = "audit.key"
ROTATE_BYTES = 64 << 20
ROTATE_SECONDS = 86_400.0
_KEY_BYTES = 32
_ALGORITHM = "sha256"
_DIGEST_DIGITS = 32
_HEAD_DIGITS = 32


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who asked what, when, and what they learned.

    ``subjects`` are keyed digests of what was asked about, never the hash itself: a trail of perceptual hashes would be
    a list of what people uploaded, and such a hash can be turned back into something like its picture. Whoever holds
    the key can still answer "was this hash looked up". ``hits`` are ids of entries, ``by`` is the id of a token.
    """

    time: datetime
    by: str
    act: str
    status: int
    reason: str = ""
    subjects: tuple[str, ...] = ()
    hits: tuple[int, ...] = ()
    distances: bool = False
    note: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it lies in a file; ``before`` is a digest over the line before it, so that a cut line shows."""

    before: str
    entry: Entry


class AuditTrail:
    """Appends entries to a file of its own; an entry counts when `keep` returns.

    Entries that wait at the same time share one write and one flush to the disk (group commit); those that come while
    one goes on are the next. A file is closed when it is large or a day old, and the next begins; nothing here deletes
    one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        disk: Disk | None = None,
        rotate_bytes: int = ROTATE_BYTES,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._folder = folder / FOLDER_NAME
        self._disk = disk or Disk()
        self._rotate_bytes = rotate_bytes
        self.now = now or _utc_now
        self._disk.folder(self._folder)
        self._mac = hmac.new(audit_key(folder, disk=self._disk), digestmod=_ALGORITHM)
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit")
        self._file = -1
        self._size = 0
        self._path = self._folder
        self._opened = self.now()
        self._head = ""
        self._encoder = msgspec.json.Encoder()

    def digest(self, subject: str) -> str:
        """The keyed digest by which the trail knows a hash."""
        mac = self._mac.copy()  # the half of it that is the same for every subject is done
        mac.update(subject.lower().encode())
        return mac.hexdigest()[:_DIGEST_DIGITS]

    async def keep(self, entry: Entry) -> None:
        """Returns when the entry is on the disk; a StorageFull or CaseError says why it cannot be."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._encoder.encode(entry), done))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        await done

    async def close(self) -> None:
        """Everything that waits is written, and the file let go."""
        if self._flushing is not None:
            await self._flushing
        self._thread.shutdown()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await loop.run_in_executor(self._thread, self._write, [content for content, _ in batch])
            except Exception as error:  # noqa: BLE001  # whatever it was, no request of the batch may be answered
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)
        self._flushing = None

    def _write(self, contents: Iterable[bytes]) -> None:
        now = self.now()
        age = (now - self._opened).total_seconds()
        if self._file < 0 or self._size >= self._rotate_bytes or age >= ROTATE_SECONDS:
            self._begin(now)
        lines, head = bytearray(), self._head
        for content in contents:
            line = b'{"before":"%s","entry":%s}\n' % (head.encode(), content)
            head = _head_of(line)
            lines += line
        with disk_errors_are_said(self._path):
            try:
                self._disk.put(self._file, bytes(lines))
                os.fdatasync(self._file)
            except OSError:
                os.ftruncate(self._file, self._size)
                raise
        self._size += len(lines)
        self._head = head

    def _begin(self, now: datetime) -> None:
        """A new file; its first line goes on from the last line of the file before it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._path = self._folder / f"{now:%Y%m%dT%H%M%S%f}Z-{os.getpid()}-{secrets.token_hex(3)}.ndjson"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        with disk_errors_are_said(self._path):
            self._file = os.open(self._path, flags, 0o600)
            self._disk.flush_folder(self._folder)
        self._size, self._opened = 0, now


def audit_key(folder: Path, *, disk: Disk | None = None) -> bytes:
    """The key of the digests of this bank's trail; made when it is first asked for."""
    path = folder / KEY_NAME
    if not path.exists():
        made = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
        writer = disk or Disk()
        with disk_errors_are_said(path):
            try:
                writer.append(made, secrets.token_bytes(_KEY_BYTES), at=0)
                with contextlib.suppress(FileExistsError):  # another process was first: its key is the key
                    os.link(made, path)
                writer.flush_folder(folder)
            finally:
                made.unlink(missing_ok=True)
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        message = f"the key of the audit trail is damaged: {path} (restore it; without it no digest can be compared)"
        raise UnusableInput(message)
    return key


def digest_of(subject: str, key: bytes) -> str:
    """A keyed digest of a hash in lower-case hexadecimal digits."""
    return hmac.digest(key, subject.lower().encode(), _ALGORITHM).hex()[:_DIGEST_DIGITS]


def newest(folder: Path, wanted: Callable[[Entry], bool], *, limit: int) -> list[Entry]:
    """The newest entries that are wanted, the newest first; lines that are torn are left out."""
    found: list[Entry] = []
    for path in (folder / FOLDER_NAME).glob("*.ndjson"):
        of_file = filter(wanted, _entries_of(path))
        found = heapq.nlargest(limit, (*found, *itertools.islice(of_file, limit)), key=lambda entry: entry.time)
    return found


def _entries_of(path: Path) -> Iterator[Entry]:
    """The entries of a file, the newest first."""
    decoder = msgspec.json.Decoder(Line)
    for line in reversed(path.read_bytes().splitlines()):
        try:
            yield decoder.decode(line).entry
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


def breaks(folder: Path) -> list[str]:
    """Where a file of the trail was changed or cut in its middle: names of files with the number of the line."""
    found: list[str] = []
    decoder = msgspec.json.Decoder(Line)
    for path in sorted((folder / FOLDER_NAME).glob("*.ndjson")):
        head: str | None = None
        for number, line in enumerate(path.read_bytes().splitlines(keepends=True), start=1):
            try:
                before = decoder.decode(line).before
            except (msgspec.DecodeError, UnicodeDecodeError):
                found.append(f"{path.name}:{number}")
                break
            if head is not None and before != head:
                found.append(f"{path.name}:{number}")
                break
            head = _head_of(line)
    return found


def _head_of(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:_HEAD_DIGITS]


def _utc_now() -> datetime:
    return datetime.now(tz=UTC)
