"""Following an index in its folder: what changed since it was last looked at, and nothing read twice."""

from __future__ import annotations

from takeback.errors import HashIndexError
from takeback.matching import hamming_log
from takeback.matching.hamming_folder import Folder, Manifest
from takeback.matching.hamming_log import Record, Spoilt, Tail
from takeback.matching.hamming_view import Held, Missing, View

_TRIES = 20


class _Log:
    """How far one log was read, and what of it was no record."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.end = 0
        self.spoilt: tuple[Spoilt, ...] = ()
        self.missing: Missing | None = None

    def more(self, folder: Folder) -> tuple[Record, ...]:
        """The records that were appended since."""
        content = folder.log_bytes(self.name, at=self.end)
        if not self.end:
            if content[: len(hamming_log.MAGIC)] != hamming_log.MAGIC:
                self.missing = Missing(file=self.name, reason="not a log of this version")
                self.end = max(1, len(content))
                return ()
            content = content[len(hamming_log.MAGIC) :]
            self.end = len(hamming_log.MAGIC)
        if self.missing is not None:
            return ()
        reading = hamming_log.read(content, at=self.end)
        self.end = reading.end
        self.spoilt += reading.spoilt
        return reading.records

    @property
    def lost(self) -> tuple[Missing, ...]:
        """What of this log cannot be used."""
        if self.missing is not None:
            return (self.missing,)
        return tuple(
            Missing(
                file=self.name, hashes=each.count, reason=f"{each.size} bytes at {each.at} do not match their checksum"
            )
            for each in self.spoilt
        )


class Reader:
    """Reads an index as it grows. One thread at a time; the views that it gives are free of it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.manifest: Manifest | None = None
        self._content = b""
        self._logs: tuple[_Log, ...] = ()
        self._view: View | None = None

    def latest(self) -> View:
        """The state of now; the very same view where nothing changed."""
        for _ in range(_TRIES):
            try:
                return self._look()
            except FileNotFoundError:  # merged away between reading the manifest and opening what it names
                continue
        raise HashIndexError(f"files that the index's manifest names are missing: {self.folder.path} (restore them)")

    def _look(self) -> View:
        content = self.folder.manifest_bytes()
        if content != self._content or self._view is None:
            self._view = self._opened(self.folder.decoded(content))
            self._content = content
        records = [record for log in self._logs for record in log.more(self.folder)]
        missing = tuple(each for log in self._logs for each in log.lost)
        if records or len(missing) != len(self._view.missing):
            self._view = View(
                name=self._view.name,
                tail=self._view.tail.after(records),
                held=self._view.held,
                missing=missing,
            )
        return self._view

    def _opened(self, manifest: Manifest) -> View:
        held: tuple[Held, ...] = ()
        self._logs = tuple(_Log(name) for name in manifest.logs)
        self.manifest = manifest
        return View(name=manifest.name, tail=Tail(manifest.sequence), held=held)

    def append(self, record: Record) -> View:
        """Put a record after all that was read, and see it; whoever calls holds the lock and read everything."""
        assert self._view is not None, "a writer reads first"
        log = self._logs[-1]
        content = hamming_log.encoded(record)
        self.folder.append(log.name, content, at=log.end)
        log.end += len(content)
        self._view = self._view.with_tail(self._view.tail.after([record]))
        return self._view
