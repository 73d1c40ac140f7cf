"""Following an index in its folder: what changed since it was last looked at, and nothing read twice."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np

from takeback.errors import IndexBusy
from takeback.matching import hamming_log
from takeback.matching.hamming_file import Mapped, Unusable, open_mapped
from takeback.matching.hamming_folder import Folder, Manifest, Stored
from takeback.matching.hamming_log import Ids, Record, Tail
from takeback.matching.hamming_view import Held, Missing, View

_TRIES = 20


class _Log:
    """How far one log was read, and what of it was no record."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.end = 0
        self.missing: tuple[Missing, ...] = ()

    def more(self, folder: Folder) -> tuple[Record, ...]:
        """The records that were appended since."""
        begin = len(hamming_log.MAGIC)
        content = folder.log_bytes(self.name, at=self.end)
        if not self.end:
            if content[:begin] != hamming_log.MAGIC:
                self.missing = (Missing(file=self.name, reason="it is no log of this version"),)
                self.end = max(begin, len(content))
                return ()
            self.end, content = begin, content[begin:]
        reading = hamming_log.read(content, at=self.end)
        self.end = reading.end
        for each in reading.spoilt:
            reason = f"{each.size} bytes from {each.at} on do not match their checksum"
            self.missing += (Missing(file=self.name, hashes=each.count, reason=reason),)
        return reading.records


class Reader:
    """Reads an index as it grows. One thread at a time; the views that it gives are free of it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.manifest: Manifest
        self._content = b""
        self._logs: tuple[_Log, ...] = ()
        self._mapped: dict[str, Mapped | Missing] = {}
        self._verified: set[str] = set()
        self._view: View | None = None

    def latest(self, *, verify: bool = False) -> View:
        """The state of now; the very same view where nothing changed.

        Segments that were not read before are read once where ``verify`` says so, and left out where they are damaged.
        """
        for _ in range(_TRIES):
            try:
                return self._look(self.folder.manifest_bytes(), verify=verify)
            except FileNotFoundError:  # merged away between reading the manifest and opening what it names
                continue
        raise IndexBusy(f"an index that changes faster than it can be read: {self.folder.path} (try again)")

    def _look(self, content: bytes, *, verify: bool) -> View:
        view, self._view = self._view, None  # whatever fails from here on, everything is read again
        if view is None or content != self._content:
            self._content = content
            self.manifest = self.folder.decoded(content)
            self._logs = tuple(_Log(name) for name in self.manifest.logs)
            view = self._opened(Tail(self.manifest.sequence), verify=verify)
        elif verify and not view.verified:
            view = self._opened(view.tail, verify=True)
        records = [record for log in self._logs for record in self._more(log)]
        spoilt = sum((log.missing for log in self._logs), ())
        if records or spoilt != view.spoilt:
            view = replace(view, tail=view.tail.after(records), spoilt=spoilt)
        self._view = view
        return view

    def _opened(self, tail: Tail, *, verify: bool) -> View:
        """The segments of the manifest, those that were open before as they were."""
        known, self._mapped = self._mapped, {}
        held: list[Held] = []
        gone = [Missing(file=each.file, reason=each.reason, hashes=each.hashes) for each in self.manifest.lost]
        for stored in self.manifest.segments:
            one = self._mapped[stored.file] = self._usable(stored, known.get(stored.file), verify=verify)
            if isinstance(one, Missing):
                gone.append(one)
            else:
                held.append(Held(file=stored.file, segment=one.segment, withdrawn=self._withdrawn(stored)))
        self._verified &= self._mapped.keys()
        verified = all(each.file in self._verified for each in held)
        name, bulk = self.manifest.name, self.manifest.bulk
        return View(name=name, tail=tail, held=tuple(held), gone=tuple(gone), bulk=bulk, verified=verified)

    def _usable(self, stored: Stored, known: Mapped | Missing | None, *, verify: bool) -> Mapped | Missing:
        """The segment, or why it is missing."""
        try:
            one = known if isinstance(known, Mapped) else open_mapped(self.folder.path / stored.file, stored.sha256)
            if verify and stored.file not in self._verified:
                one.verify()
                self._verified.add(stored.file)
            self._withdrawn(stored)
        except FileNotFoundError:
            self._unchanged_or_raise()
            return Missing(file=stored.file, hashes=stored.hashes, reason="the file is gone")
        except Unusable as unusable:
            return Missing(file=stored.file, hashes=stored.hashes, ids=unusable.ids, reason=unusable.reason)
        return one

    def _more(self, log: _Log) -> tuple[Record, ...]:
        try:
            return log.more(self.folder)
        except FileNotFoundError:
            self._unchanged_or_raise()
            log.missing = (Missing(file=log.name, reason="the file is gone"),)
            return ()

    def _unchanged_or_raise(self) -> None:
        """Go on where the manifest still names a file that is not there; else it was merged away: raise again."""
        if self.folder.manifest_bytes() != self._content:
            raise  # noqa: PLE0704  # called from an except clause alone

    def _withdrawn(self, stored: Stored) -> Ids:
        return self.folder.withdrawn_ids(stored.withdrawn) if stored.withdrawn else np.empty(0, np.int64)

    def wrote(self, name: str) -> None:
        """This process wrote that segment itself: it need not read it again."""
        self._verified.add(name)

    def swap(self, manifest: Manifest) -> View:
        """Put a manifest in place, and see it; whoever calls holds the lock and read everything."""
        self.folder.swap(manifest)
        return self.latest()

    def append(self, record: Record) -> View:
        """Put a record after all that was read, and see it; whoever calls holds the lock and read everything."""
        if self._logs[-1].missing:  # what is spoilt stays as it is; it is no place to go on from
            self.swap(self.rotated())
        assert self._view is not None, "a writer reads first"
        log, content = self._logs[-1], hamming_log.encoded(record)
        view = replace(self._view, tail=self._view.tail.after([record]))
        self.folder.append(log.name, content, at=log.end)
        log.end += len(content)
        self._view = view
        return view

    def rotated(self) -> Manifest:
        """The manifest with another log at its end."""
        generation = self.manifest.generation + 1
        logs = (*self.manifest.logs, self.folder.new_log(generation))
        return msgspec.structs.replace(self.manifest, generation=generation, logs=logs)
