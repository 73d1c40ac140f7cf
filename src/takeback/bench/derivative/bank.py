"""The enrolled side of the measurement: photographs fingerprinted once, kept in a work folder, opened by any worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np

from takeback.bench.derivative.resumed import kept_in, whole_lines
from takeback.bench.photographs import pixels_of
from takeback.errors import UnusableInput
from takeback.jobs.find import HASH_DISTANCE
from takeback.matching.hamming_index import HammingIndex
from takeback.matching.photograph_index import PhotographIndex
from takeback.model.digest import sha256_of
from takeback.model.original import Original, PackLevel
from takeback.model.signal import HASH_WORDS, LOW_QUALITY, Signal
from takeback.protocols import Secrets
from takeback.signals.decode import Decoder
from takeback.signals.features import ENROLLED_COARSE, extract, pack, searchable, unpack
from takeback.signals.pdq import PdqHasher

PART = 24
LARGE = 480
"""Of photographs with so long a side, in pixels, the share that is refused is reported."""


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """One photograph of the album: where it lies, its size, and its hashes or why it is not enrolled."""

    name: str
    path: str
    width: int = 0
    height: int = 0
    hashes: tuple[str, ...] = ()
    quality: int = 0
    refused: str = ""

    @property
    def large(self) -> bool:
        """Whether it counts for the share that is refused."""
        return max(self.width, self.height) >= LARGE

    @property
    def folder(self) -> str:
        """The collection that it comes from."""
        return self.name.partition("/")[0]

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The hashes of its 8 dihedral forms."""
        return tuple(Signal.from_hex(each, quality=self.quality) for each in self.hashes)


def _feature_file(work: Path, name: str) -> Path:
    return work / "features" / sha256_of(name.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrol:
    """The stage that fingerprints photographs and keeps their features in the work folder."""

    work: str
    name: str = "enrol"
    version: str = "1"
    parameters: str = ""

    def __call__(self, part: tuple[tuple[str, str], ...], secrets: Secrets) -> tuple[Enrolled, ...]:
        """What became of each (name, path); those that cannot be decoded have no size."""
        del secrets
        with Decoder() as decoder:
            return tuple(self._enrol(name, Path(path), decoder) for name, path in part)

    def _enrol(self, name: str, path: Path, decoder: Decoder) -> Enrolled:
        pixels = pixels_of(path, decoder)
        if pixels is None:
            return Enrolled(name=name, path=str(path), refused="cannot be decoded")
        height, width = pixels.shape[:2]
        features = extract(pixels, full_width=width, full_height=height, coarse=ENROLLED_COARSE)
        reason = searchable(features, pixels)
        if reason is not None:
            return Enrolled(name=name, path=str(path), width=width, height=height, refused=reason)
        forms = PdqHasher().dihedral(pixels)
        _feature_file(Path(self.work), name).write_bytes(pack(features))
        return Enrolled(
            name=name,
            path=str(path),
            width=width,
            height=height,
            hashes=tuple(each.hex for each in forms),
            quality=forms[0].quality,
        )


def enrol_all(files: Sequence[Path], work: Path, *, size: int) -> tuple[Enrolled, ...]:
    """The first ``size`` photographs that can serve, with those refused on the way; an interrupted run resumes."""
    kept = work / "enrolled.json"
    if kept.exists():
        return msgspec.json.decode(kept.read_bytes(), type=tuple[Enrolled, ...])
    (work / "features").mkdir(parents=True, exist_ok=True)
    found = tuple(_until(files, work, size))
    kept.with_suffix(".partial").write_bytes(msgspec.json.encode(found))
    kept.with_suffix(".partial").replace(kept)
    return found


def _until(files: Sequence[Path], work: Path, size: int) -> Iterator[Enrolled]:
    served = 0
    for each in _enrolled(files, work):
        if served == size:
            return
        if each.width:
            yield each
            served += not each.refused


def _enrolled(files: Sequence[Path], work: Path) -> Iterator[Enrolled]:
    """What became of each file, in order; what an interrupted run did is not done again."""
    kept = work / "enrolled.ndjson"
    done = whole_lines(kept, Enrolled)
    yield from done
    named = [(f"{path.parent.name}/{path.name}", str(path)) for path in files[len(done) :]]
    parts = (tuple(named[start : start + PART]) for start in range(0, len(named), PART))
    for lines in kept_in(kept, Enrol(work=str(work)), parts, lambda part: f"enrolling {part[0][0]} and on"):
        yield from lines


def original_of(enrolled: Enrolled, work: Path) -> Original:
    """The original as the index and the examination take it."""
    features = unpack(_feature_file(work, enrolled.name).read_bytes())
    return Original(
        id=enrolled.name,
        person="bench",
        sha256=sha256_of(enrolled.name.encode()),
        width=enrolled.width,
        height=enrolled.height,
        level=PackLevel.SEALED,
        signals=enrolled.signals,
        features=features,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """What a worker needs: who is enrolled, their index, and the folder with their features."""

    work: Path
    photographs: dict[str, Enrolled]
    index: PhotographIndex
    forms: Forms

    def original(self, name: str) -> Original:
        """One original, read anew."""
        return original_of(self.photographs[name], self.work)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forms:
    """The hashes of the enrolled photographs that are good enough to match, in their 8 forms, to be searched exactly.

    ``names`` has the photograph of each.
    """

    names: tuple[str, ...]
    index: HammingIndex

    @classmethod
    def of(cls, enrolled: Iterable[Enrolled]) -> Forms:
        """Those of the photographs that were not refused."""
        rows = [
            (each.name, form.words)
            for each in enrolled
            if not each.refused and each.quality >= LOW_QUALITY
            for form in each.signals
        ]
        words = np.array([words for _, words in rows], np.uint64).reshape(-1, HASH_WORDS)
        return cls(names=tuple(name for name, _ in rows), index=HammingIndex.build(words))

    def close(self, signal: Signal) -> tuple[str, ...]:
        """The photographs that a picture's hash is close to, as the job has it."""
        if signal.quality < LOW_QUALITY:
            return ()
        hits = self.index.search(np.array([signal.words], np.uint64), distance=HASH_DISTANCE)
        return tuple(sorted({self.names[row] for row in hits.id.tolist()}))


def build_index(enrolled: Sequence[Enrolled], work: Path) -> PhotographIndex:
    """The index over all that are enrolled, saved in the work folder; one that is there already is opened."""
    usable = [each for each in enrolled if not each.refused]
    kept = _kept_index(work)
    if kept is not None and len(kept) == len(usable):
        return kept
    index = PhotographIndex()
    index.enrol(original_of(each, work) for each in usable)
    index.save(work / "index")
    return index


def _kept_index(work: Path) -> PhotographIndex | None:
    try:
        return PhotographIndex.open(work / "index")
    except UnusableInput:
        return None


@lru_cache(maxsize=1)
def open_bank(work: str) -> Bank:
    """The bank that lies in a work folder; one a worker."""
    folder = Path(work)
    enrolled = msgspec.json.decode((folder / "enrolled.json").read_bytes(), type=tuple[Enrolled, ...])
    return Bank(
        work=folder,
        photographs={each.name: each for each in enrolled},
        index=PhotographIndex.open(folder / "index"),
        forms=Forms.of(enrolled),
    )
