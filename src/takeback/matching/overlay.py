"""The overlay guard: marks that recur at one place across unrelated pictures have no vote.

Watermarks, caption bars, frames and interfaces match each other, whatever lies under them. They are known by recurring
across near-duplicate clusters of pictures, so that reposts of one picture, or many pictures made from one original, do
not silence it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from takeback.errors import PackError
from takeback.matching.consensus import agree, correspond, descriptor_norms
from takeback.matching.missing import project
from takeback.matching.near_duplicates import Partition, close_pairs
from takeback.model.digest import Sha256, sha256_of
from takeback.model.signal import LOW_QUALITY, Features, Signal

VERSION = 1
CLUSTERS = 3
"""From so many unrelated clusters on, what recurs is an overlay."""
_GRID = 32
_PLACE = 0.025
_LOG_SCALE = 0.45
_ANGLE = 0.30
_COSINE = 0.88
_SAME_COSINE = 0.80
_REACH = 2.0
_MOST_OF_FRAME = 0.5
_ENROLLED_FRAME = 1 / 3
"""A picture made from an enrolled photograph may keep less of it; a mark covers less still."""
_CELLS = 8
_SAME_PICTURES = 0.5
_BITS = 31

Frames = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CorpusPicture:
    """What the guard needs of one picture of the investigated material, or of an enrolled photograph."""

    sha256: Sha256
    signal: Signal | None
    features: Features
    enrolled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """A mark that recurs: its signature, and how many pictures share it. It says what is shared, never by whom."""

    id: str
    pictures: int
    clusters: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlays:
    """The marks that recur in a corpus.

    ``frames`` (N, 4) float64: place as shares of the picture, logarithm of relative scale, angle; ``descriptors``
    (N, 128) uint8; ``belongs`` (N,) the number of the overlay in ``overlays``. No pixels.
    """

    overlays: tuple[Overlay, ...]
    frames: Frames
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
        frames = relative_frames(features)
        products = features.descriptors.astype(np.float32) @ self.descriptors.astype(np.float32).T
        own = np.maximum(np.sqrt(np.square(self.descriptors.astype(np.float64)).sum(axis=1)), 1.0)
        alike = products >= _SAME_COSINE * descriptor_norms(features)[:, None] * own[None]
        seen: set[int] = set()
        for feature in np.flatnonzero(alike.any(axis=1)):
            marks = np.flatnonzero(alike[feature])
            near = marks[_near(frames[feature], self.frames[marks])]
            if near.size:
                mask[feature] = True
                seen.update(int(self.belongs[mark]) for mark in near)
        return _with_neighbours(features, mask), tuple(sorted(self.overlays[number].id for number in seen))

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
        if header.version != VERSION or len(body) != rows * (32 + 128 + 8):
            raise PackError("the stored overlays are damaged or of another version (run the guard again)")
        return cls(
            overlays=tuple(
                Overlay(id=id, pictures=pictures, clusters=count) for id, pictures, count in header.overlays
            ),
            frames=np.frombuffer(body, "<f8", rows * 4).reshape(rows, 4).astype(np.float64),
            descriptors=np.frombuffer(body, np.uint8, rows * 128, rows * 32).reshape(rows, 128).copy(),
            belongs=np.frombuffer(body, "<i8", rows, rows * 160).astype(np.int64),
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
        descriptors=np.empty((0, 128), np.uint8),
        belongs=np.empty(0, np.int64),
    )


def relative_frames(features: Features) -> Frames:
    """Frames as the guard compares them: place as shares of the picture, logarithm of relative scale, angle."""
    frames = features.frames.astype(np.float64)
    frames[:, 0] /= features.width
    frames[:, 1] /= features.height
    frames[:, 2] = np.log(np.maximum(frames[:, 2], 1e-3) / max(features.width, features.height))
    return frames


def _with_neighbours(features: Features, mask: Mask) -> Mask:
    """Also the features that lie within the patch of a marked one: they look at the same mark."""
    marked = features.frames[mask]
    apart = np.linalg.norm(features.frames[:, None, :2] - marked[None, :, :2], axis=2)
    return np.asarray(mask | (apart < _REACH * marked[None, :, 2]).any(axis=1), bool)


def _near(frame: Frames, others: Frames) -> Mask:
    """Which of the others lie at nearly the same place, size and angle."""
    lean = np.abs(others[:, 3] - frame[3]) % (2 * np.pi)
    return np.asarray(
        (np.abs(others[:, :2] - frame[:2]).max(axis=1) <= _PLACE)
        & (np.abs(others[:, 2] - frame[2]) <= _LOG_SCALE)
        & (np.minimum(lean, 2 * np.pi - lean) <= _ANGLE),
        bool,
    )


def same_picture(first: Features, second: Features, *, share: float = _MOST_OF_FRAME) -> bool:
    """Whether two pictures align with each other over at least this share of the frame: they were made from one.

    Marks on top align too: a part of the frame counts only where most of its features are found again.
    """
    left, right, _ = correspond(first, second)
    consensus = agree(first, second, (left, right))
    if consensus is None:
        return False
    agreeing = np.zeros(len(first), bool)
    places = project(consensus.matrix, first.frames[:, :2].astype(np.float64))
    inside = ((places >= 0) & (places < (second.width, second.height))).all(axis=1)
    agreeing[left[consensus.inliers]] = True
    relative = relative_frames(first)
    cell = np.clip((relative[:, 1] * _CELLS).astype(int), 0, _CELLS - 1) * _CELLS
    cell += np.clip((relative[:, 0] * _CELLS).astype(int), 0, _CELLS - 1)
    there = np.bincount(cell[inside], minlength=_CELLS**2)
    again = np.bincount(cell[agreeing], minlength=_CELLS**2)
    occupied = np.count_nonzero(there >= 2)  # noqa: PLR2004 - one feature says little
    alike = np.count_nonzero((there >= 2) & (again >= 0.34 * there))  # noqa: PLR2004 - a third of the features recur in copies
    return bool(occupied > 0 and alike > share * occupied)


def find_overlays(pictures: Iterable[CorpusPicture]) -> Overlays:
    """The marks that recur at one place across at least 3 unrelated clusters of pictures.

    Parameters:
        pictures: of the whole corpus; those of the same bytes count once, as posted. Their order does not matter.
    """
    unique = {each.sha256: each for each in sorted(pictures, key=lambda each: not each.enrolled)}
    corpus = [unique[digest] for digest in sorted(unique)]
    if len(corpus) < CLUSTERS:
        return none()
    table = _Table.of(corpus)
    related = _Related(corpus)
    groups = [
        (group, clusters)
        for group in table.groups()
        if (clusters := related.clusters({int(table.pictures[feature]) for feature in group})) >= CLUSTERS
    ]
    return _written(table, groups)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """All features of the corpus in columns, sorted by the cell of their place."""

    frames: Frames
    descriptors: npt.NDArray[np.uint8]
    pictures: npt.NDArray[np.int64]
    cells: npt.NDArray[np.int64]

    @classmethod
    def of(cls, corpus: list[CorpusPicture]) -> _Table:
        frames = np.concatenate([relative_frames(each.features) for each in corpus])
        descriptors = np.concatenate([each.features.descriptors for each in corpus])
        pictures = np.repeat(np.arange(len(corpus)), [len(each.features) for each in corpus])
        steps = np.clip((frames[:, :2] * _GRID).astype(np.int64), 0, _GRID - 1)
        cell = steps[:, 1] * _GRID + steps[:, 0]
        order = np.argsort(cell, kind="stable")
        bounds = np.searchsorted(cell[order], np.arange(_GRID**2 + 1))
        return cls(
            frames=frames[order],
            descriptors=descriptors[order],
            pictures=pictures[order].astype(np.int64),
            cells=bounds.astype(np.int64),
        )

    def groups(self) -> Iterator[list[int]]:
        """Features joined by recurring, in groups that span at least 3 pictures."""
        from takeback.kernels.recurrence import recurring_pairs

        norms = np.maximum(np.sqrt(np.square(self.descriptors.astype(np.float64)).sum(axis=1)), 1.0)
        limits = np.array([_PLACE, _LOG_SCALE, _ANGLE])
        firsts, seconds = recurring_pairs(
            self.frames, self.descriptors, norms, self.pictures, self.cells, limits, _COSINE
        )
        partition = Partition(len(self.frames))
        for first, second in zip(firsts.tolist(), seconds.tolist(), strict=True):
            partition.join(first, second)
        members: dict[int, list[int]] = {}
        for feature in np.unique(np.concatenate((firsts, seconds))).tolist():
            members.setdefault(partition.find(feature), []).append(feature)
        for root in sorted(members):
            if len({int(self.pictures[feature]) for feature in members[root]}) >= CLUSTERS:
                yield members[root]


class _Related:
    """Which pictures of a corpus are of one cluster: near-duplicate hashes that also align, or alignment alone."""

    def __init__(self, corpus: list[CorpusPicture]) -> None:
        self._corpus = corpus
        self._known: dict[tuple[int, int], bool] = {}
        self._partition = Partition(len(corpus))
        hashed = [
            (number, each.signal)
            for number, each in enumerate(corpus)
            if each.signal is not None and each.signal.quality >= LOW_QUALITY
        ]
        words = np.array([signal.words for _, signal in hashed], np.uint64).reshape(-1, 4)
        for first, second in close_pairs(words, distance=_BITS):
            if self._same(hashed[first][0], hashed[second][0]):
                self._partition.join(hashed[first][0], hashed[second][0])

    def clusters(self, pictures: set[int]) -> int:
        """How many unrelated clusters these pictures come from; those of enrolled photographs alone count once.

        A person's own photographs may share a backdrop, which is no mark.
        """
        heads: list[int] = []
        for number in sorted({self._partition.find(each) for each in pictures}):
            head = self._partition.find(number)
            if head in heads:
                continue
            enough = self._unrelated(heads, pictures) >= CLUSTERS
            akin = None if enough else next((each for each in heads if self._same(each, head)), None)
            if akin is None:
                heads.append(head)
            else:
                self._partition.join(akin, head)
        return self._unrelated(heads, pictures)

    def _unrelated(self, heads: list[int], pictures: set[int]) -> int:
        roots = {self._partition.find(each) for each in heads}
        posted = {self._partition.find(each) for each in pictures if not self._corpus[each].enrolled}
        return len(roots & posted) + bool(roots - posted)

    def _same(self, first: int, second: int) -> bool:
        pair = (min(first, second), max(first, second))
        if pair not in self._known:
            self._known[pair] = self._compare(*(self._corpus[each] for each in pair))
        return self._known[pair]

    @staticmethod
    def _compare(first: CorpusPicture, second: CorpusPicture) -> bool:
        """Whether both were made from one picture; an enrolled photograph is looked for in the other."""
        if second.enrolled and not first.enrolled:
            first, second = second, first
        share = _ENROLLED_FRAME if first.enrolled else _MOST_OF_FRAME
        return same_picture(first.features, second.features, share=share)


def _written(table: _Table, groups: list[tuple[list[int], int]]) -> Overlays:
    """Groups of features that occur in the same pictures become one overlay each."""
    if not groups:
        return none()
    seen = [frozenset(int(table.pictures[feature]) for feature in group) for group, _ in groups]
    partition = Partition(len(groups))
    for first in range(len(groups)):
        for second in range(first + 1, len(groups)):
            union = len(seen[first] | seen[second])
            if len(seen[first] & seen[second]) >= _SAME_PICTURES * union:
                partition.join(first, second)
    heads = sorted({partition.find(number) for number in range(len(groups))})
    frames, descriptors, belongs, overlays = [], [], [], []
    for overlay, head in enumerate(heads):
        mine = [number for number in range(len(groups)) if partition.find(number) == head]
        rows = [groups[number][0] for number in mine]
        own = np.stack([np.round(table.descriptors[row].mean(axis=0)).astype(np.uint8) for row in rows])
        frames.append(np.stack([table.frames[row[0]] for row in rows]))
        descriptors.append(own)
        belongs.append(np.full(len(rows), overlay, np.int64))
        overlays.append(
            Overlay(
                id=hashlib.sha256(own.tobytes()).hexdigest()[:16],
                pictures=len(frozenset().union(*(seen[number] for number in mine))),
                clusters=max(groups[number][1] for number in mine),
            )
        )
    return Overlays(
        overlays=tuple(overlays),
        frames=np.concatenate(frames),
        descriptors=np.concatenate(descriptors),
        belongs=np.concatenate(belongs),
    )
