"""Folding tail and withdrawals into segments, while searches and writers go on."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from takeback.matching import hamming_file, hamming_segment
from takeback.matching.hamming_columns import InMemory
from takeback.matching.hamming_folder import Lost, Manifest, Stored
from takeback.matching.hamming_log import Ids, Tail, Words
from takeback.matching.hamming_reader import Reader
from takeback.matching.hamming_sources import Hashes, Living, Source, part_bits, parts
from takeback.matching.hamming_view import Held, Missing, View

_SHARE = 4
"""A segment is rewritten once what is folded into it is more than a quarter of it: each hash is so a few times."""
_MOST_WITHDRAWN = 5
"""... or once more than a fifth of it was withdrawn."""

Extra = tuple[Ids, Words]


def chosen(view: View, more: int, *, everything: bool) -> tuple[Held, ...]:
    """Which segments to rewrite when so many hashes are to be folded in: small ones, and those with many withdrawn."""
    withdrawn = [held for held in view.held if _MOST_WITHDRAWN * len(held.dead(view.tail)) > held.segment.hashes]
    if everything:
        settled = len(view.held) == 1 and not more and not len(view.held[0].dead(view.tail))
        return () if settled else view.held
    found, size = set(), more
    for held in sorted(view.held, key=lambda each: each.segment.hashes):
        if size and held.segment.hashes < _SHARE * size:
            found.add(held.file)
            size += held.segment.hashes
    return tuple(held for held in view.held if held.file in found or held in withdrawn)


def folded_in_memory(view: View) -> View:
    """The view with everything in one segment."""
    sources, pairs, bits = _sources(view, view.held, ())
    segment = hamming_segment.build(parts(sources, bits), pairs, InMemory())
    held = (Held(segment=segment, withdrawn=np.empty(0, np.int64)),) if segment.hashes else ()
    return replace(view, tail=Tail(view.tail.sequence), held=held)


def _sources(view: View, held: Sequence[Held], extra: Sequence[Extra]) -> tuple[list[Source], int, int]:
    alive = view.tail.rows_alive
    hashes = [(view.tail.ids[alive], view.tail.words[alive]), *extra]
    pairs = sum(len(ids) for ids, _ in hashes) + sum(each.segment.hashes for each in held)
    bits = part_bits(pairs)
    sources: list[Source] = [Hashes(words, ids, bits) for ids, words in hashes if len(ids)]
    sources += [Living(each.segment, each.living(view.tail), bits) for each in held]
    return sources, pairs, bits


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frozen:
    """What a merge works on: a view that nothing is added to any more, and how many logs it rests on."""

    view: View
    logs: int


class Merge:
    """One merge of an index in a folder; whoever runs it holds the lock of merges.

    It may be killed at any instant: until the manifest is swapped nothing refers to what it wrote, and what it read is
    all there.
    """

    def __init__(self, reader: Reader, lock: threading.RLock) -> None:
        self._reader = reader
        self._folder = reader.folder
        self._lock = lock

    def run(self, extra: Extra | None = None, *, everything: bool = False) -> View | None:
        """The view with tail, withdrawals and ``extra`` in segments; None where there was nothing to fold."""
        self._folder.remove_partial()
        with self._lock, self._folder.locked("change"):
            view = self._reader.latest(verify=True)
            more = int(np.count_nonzero(view.tail.rows_alive)) + (len(extra[0]) if extra else 0)
            rewritten = chosen(view, more, everything=everything)
            if not (more or rewritten or len(view.tail.withdrawn) or view.spoilt):
                return None
            frozen = _Frozen(view=view, logs=len(self._reader.manifest.logs))
            self._reader.swap(self._reader.rotated())
            generation = self._reader.manifest.generation
        partial = self._folder.path / f"segment-{generation:012d}.partial"
        with self._folder.disk_errors_are_said(partial):
            written = self._written(frozen.view, rewritten, extra, partial)
        with self._lock, self._folder.locked("change"):
            self._reader.latest()
            return self._listed(frozen, rewritten, written, partial, bulk=extra is not None)

    def _written(self, view: View, held: Sequence[Held], extra: Extra | None, partial: Path) -> Stored | None:
        sources, pairs, bits = _sources(view, held, () if extra is None else (extra,))
        if not pairs:
            return None
        digest, hashes = hamming_file.write(parts(sources, bits), pairs, partial)
        if hashes:
            return Stored(file=f"{partial.stem}.hashes", sha256=digest, hashes=hashes)
        partial.unlink()
        return None

    def _listed(
        self, frozen: _Frozen, rewritten: Sequence[Held], written: Stored | None, partial: Path, *, bulk: bool
    ) -> View:
        """Name the new segment in the manifest instead of those that went into it."""
        manifest, gone = self._reader.manifest, {held.file for held in rewritten}
        segments = [self._with_withdrawn(each, frozen.view) for each in manifest.segments if each.file not in gone]
        if written is not None:
            partial.rename(self._folder.path / written.file)
            self._folder.flush()
            self._reader.wrote(written.file)
            segments.append(written)
        swapped = msgspec.structs.replace(
            manifest,
            generation=manifest.generation + 1,
            sequence=frozen.view.tail.sequence,
            bulk=manifest.bulk + bulk,
            segments=tuple(segments),
            lost=(*manifest.lost, *(_lost(each) for each in frozen.view.spoilt)),
            logs=manifest.logs[frozen.logs :],
        )
        return self._reader.swap(swapped)

    def _with_withdrawn(self, stored: Stored, view: View) -> Stored:
        """The segment with all that was withdrawn from it until now.

        One that cannot be read is given every id that was withdrawn: should its file come back, none of them may.
        """
        if not len(view.tail.withdrawn):
            return stored
        held = next((each for each in view.held if each.file == stored.file), None)
        if held is None:
            before = self._folder.withdrawn_ids(stored.withdrawn) if stored.withdrawn else view.tail.withdrawn
            dead = np.union1d(before, view.tail.withdrawn)
        else:
            dead = held.dead(view.tail)
            if len(dead) == len(held.withdrawn):
                return stored
        return msgspec.structs.replace(stored, withdrawn=self._folder.write_withdrawn(dead))


def without_missing(manifest: Manifest, missing: Sequence[Missing]) -> Manifest:
    """The manifest without the segments that are damaged or gone."""
    named = {each.file for each in missing}
    segments = tuple(each for each in manifest.segments if each.file not in named)
    return msgspec.structs.replace(manifest, generation=manifest.generation + 1, segments=segments, lost=())


def _lost(missing: Missing) -> Lost:
    return Lost(file=missing.file, reason=missing.reason, hashes=missing.hashes)
