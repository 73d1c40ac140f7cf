"""The marks that recur in a corpus: what they are known by, and which features of a picture are part of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import numpy.typing as npt

from takeback.errors import PackError
from takeback.matching.consensus import descriptor_norms
from takeback.matching.places import LIMITS, SYSTEMS, placed
from takeback.matching.unrelated import with_neighbours
from takeback.model.digest import Sha256, sha256_of
from takeback.model.finding import Examination
from takeback.model.signal import Features

VERSION = 2
SEEN = 3
"""From so many of its features on, a mark is seen in a picture: fewer agree by chance, and make no finding."""
_SAME_COSINE = 0.80
_ROW = 32 + 128 + 8 + 8

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """A mark that recurs: its signature, and how many pictures share it. It says what is shared, never by whom.

    ``pictures`` counts distinct files, ``clusters`` near-duplicates once.
    """

    id: str
    pictures: int
    clusters: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlays:
    """The marks that recur in a corpus.

    ``frames`` (N, 4) float64: place, logarithm of scale and angle in the coordinate system ``systems`` (N,) of
    `takeback.matching.places`; ``descriptors`` (N, 128) uint8; ``belongs`` (N,) the number of the overlay in
    ``overlays``. No pixels.
    """

    overlays: tuple[Overlay, ...]
    frames: npt.NDArray[np.float64]
    systems: npt.NDArray[np.int64]
    descriptors: npt.NDArray[np.uint8]
    belongs: npt.NDArray[np.int64]

    @property
    def digest(self) -> Sha256:
        """What the overlays in force are known by."""
        return sha256_of(self.to_bytes())

    def exclusion(self, features: Features) -> tuple[Mask, tuple[str, ...]]:
        """Which of a picture's features are part of known marks (N,), and the ids of those marks."""
        mask = np.zeros(len(features), bool)
        if not len(self.frames) or not len(features):
            return mask, ()
        found, rows = self._seen(features)
        belongs = self.belongs[rows]
        seen = [number for number in np.unique(belongs) if len(np.unique(found[belongs == number])) >= SEEN]
        mask[found[np.isin(belongs, seen)]] = True
        return with_neighbours(features.frames, mask), tuple(sorted(self.overlays[number].id for number in seen))

    def _seen(self, features: Features) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        from takeback.kernels.marks import seen_again

        used = set(np.unique(self.systems).tolist())
        nothing = np.full((len(features), 4), np.inf)
        frames = np.stack([placed(features, each) if each in used else nothing for each in range(len(SYSTEMS))])
        norms = np.maximum(np.sqrt(np.square(self.descriptors.astype(np.float64)).sum(axis=1)), 1.0)
        marks = (self.frames, self.systems, self.descriptors, norms)
        found, rows = seen_again(frames, features.descriptors, descriptor_norms(features), marks, LIMITS, _SAME_COSINE)
        return found, rows

    def others(self, shared: Sequence[str]) -> tuple[int, ...]:
        """How many other pictures of the corpus share each of these marks."""
        pictures = {each.id: each.pictures for each in self.overlays}
        return tuple(max(pictures.get(each, 1) - 1, 0) for each in shared)

    def stamp(self, examination: Examination) -> Examination:
        """The examination with the digest of these overlays, and how many others share those that it names."""
        return replace(examination, overlays_digest=self.digest, overlay_others=self.others(examination.overlays))

    def to_bytes(self) -> bytes:
        """The overlays as bytes: a header in JSON, then the columns."""
        header = msgspec.json.encode(
            {
                "version": VERSION,
                "rows": len(self.frames),
                "overlays": [[each.id, each.pictures, each.clusters] for each in self.overlays],
            }
        )
        columns = (
            self.frames.astype("<f8").tobytes(),
            self.descriptors.tobytes(),
            self.belongs.astype("<i8").tobytes(),
            self.systems.astype("<i8").tobytes(),
        )
        return len(header).to_bytes(4, "little") + header + b"".join(columns)

    @classmethod
    def from_bytes(cls, content: bytes) -> Overlays:
        """The overlays written by `to_bytes`; a PackError where they are damaged or of another version."""
        length = int.from_bytes(content[:4], "little")
        try:
            header = msgspec.json.decode(content[4 : 4 + length], type=_Header)
        except msgspec.MsgspecError as error:
            raise PackError("the stored overlays are damaged (run the guard again)") from error
        body = content[4 + length :]
        rows = header.rows
        if header.version != VERSION or len(body) != rows * _ROW:
            raise PackError("the stored overlays are damaged or of another version (run the guard again)")
        return cls(
            overlays=tuple(
                Overlay(id=id, pictures=pictures, clusters=count) for id, pictures, count in header.overlays
            ),
            frames=np.frombuffer(body, "<f8", rows * 4).reshape(rows, 4).astype(np.float64),
            descriptors=np.frombuffer(body, np.uint8, rows * 128, rows * 32).reshape(rows, 128).copy(),
            belongs=np.frombuffer(body, "<i8", rows, rows * 160).astype(np.int64),
            systems=np.frombuffer(body, "<i8", rows, rows * 168).astype(np.int64),
        )


class _Header(msgspec.Struct, frozen=True):
    version: int
    rows: int
    overlays: list[tuple[str, int, int]]


def none() -> Overlays:
    """No overlays at all."""
    return Overlays(
        overlays=(),
        frames=np.empty((0, 4)),
        systems=np.empty(0, np.int64),
        descriptors=np.empty((0, 128), np.uint8),
        belongs=np.empty(0, np.int64),
    )
