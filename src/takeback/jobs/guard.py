"""The stage that learns which marks recur across unrelated pictures of the corpus and the enrolled photographs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np

from takeback.jobs.fingerprint import Fingerprinted
from takeback.matching.overlay import CorpusPicture, Overlays, find_overlays
from takeback.model.original import Original
from takeback.model.signal import Features, Signal
from takeback.signals.features import unpack
from takeback.store.results import Run, RunBlobs


def guard(
    run: Run, fingerprints: Sequence[Fingerprinted], *, name: str, originals: Sequence[Original] = ()
) -> Overlays:
    """The overlays in force, kept in the run's folder; made once a run, and again if a power cut took them.

    A run is of one corpus and one bank: a new source or photograph begins another. A mark may lie on an enrolled
    photograph too, so these are looked at with the pictures.
    """
    kept = run.get(name)
    if kept is not None:
        return Overlays.from_bytes(kept)
    overlays = find_overlays(Corpus(run, fingerprints, originals))
    run.put(name, overlays.to_bytes())
    return overlays


class Corpus(Sequence[CorpusPicture]):
    """Enrolled photographs and the pictures of a run, each read from the run's folder when it is asked for."""

    def __init__(self, files: RunBlobs, fingerprints: Sequence[Fingerprinted], originals: Sequence[Original]) -> None:
        self._files = files
        self._fingerprints = [each for each in fingerprints if each.hash and not each.not_searchable]
        self._originals = [each for each in originals if each.features is not None]

    def __len__(self) -> int:
        return len(self._originals) + len(self._fingerprints)

    @overload
    def __getitem__(self, number: int) -> CorpusPicture: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[CorpusPicture]: ...
    def __getitem__(self, number: int | slice) -> CorpusPicture | Sequence[CorpusPicture]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        number %= len(self)
        if number < len(self._originals):
            return _enrolled(self._originals[number])
        return self._posted(self._fingerprints[number - len(self._originals)])

    def _posted(self, each: Fingerprinted) -> CorpusPicture:
        """A picture without features where a power cut took them."""
        content = self._files.get(each.sha256)
        features = _nothing(each) if content is None else unpack(content)
        signal = Signal.from_hex(each.hash, quality=each.quality)
        return CorpusPicture(sha256=each.sha256, signal=signal, features=features)


def _enrolled(original: Original) -> CorpusPicture:
    assert original.features is not None
    signal = original.signals[0] if original.signals else None
    return CorpusPicture(sha256=original.sha256, signal=signal, features=original.features, enrolled=True)


def _nothing(each: Fingerprinted) -> Features:
    return Features(
        frames=np.empty((0, 4), np.float32),
        descriptors=np.empty((0, 128), np.uint8),
        width=max(each.width, 1),
        height=max(each.height, 1),
    )
