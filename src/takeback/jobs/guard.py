"""The stage that learns which marks recur across unrelated pictures of the corpus and the enrolled photographs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from takeback.jobs.fingerprint import Fingerprinted
from takeback.matching.overlay import CorpusPicture, Overlays, find_overlays
from takeback.model.original import Original
from takeback.model.signal import Signal
from takeback.signals.features import unpack
from takeback.store.results import Run


def guard(
    run: Run, fingerprints: Sequence[Fingerprinted], *, name: str, originals: Sequence[Original] = ()
) -> Overlays:
    """The overlays in force, kept in the run's folder; made once a run, and again if a power cut took them.

    A mark may lie on an enrolled photograph too, so these are looked at with the pictures.
    """
    kept = run.get(name)
    if kept is not None:
        return Overlays.from_bytes(kept)
    overlays = find_overlays([*_enrolled(originals), *_pictures(run, fingerprints)])
    run.put(name, overlays.to_bytes())
    return overlays


def _enrolled(originals: Sequence[Original]) -> Iterator[CorpusPicture]:
    for each in originals:
        if each.features is not None:
            signal = each.signals[0] if each.signals else None
            yield CorpusPicture(sha256=each.sha256, signal=signal, features=each.features, enrolled=True)


def _pictures(run: Run, fingerprints: Sequence[Fingerprinted]) -> Iterator[CorpusPicture]:
    for each in fingerprints:
        content = run.get(each.sha256)
        if content is not None:
            signal = Signal.from_hex(each.hash, quality=each.quality)
            yield CorpusPicture(sha256=each.sha256, signal=signal, features=unpack(content))
