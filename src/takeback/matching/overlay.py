"""The overlay guard: marks that recur at one place across unrelated pictures have no vote.

Watermarks, caption bars, frames and interfaces match each other, whatever lies under them. They are known by recurring
across near-duplicate clusters of pictures, so that reposts of one picture, or many pictures made from one original, do
not silence it; and what covers much of an enrolled photograph is that photograph, wherever it recurs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from takeback.matching.columns import CorpusPicture, read_columns
from takeback.matching.consensus import agree, correspond, descriptor_norms
from takeback.matching.marks import Overlay, Overlays, none
from takeback.matching.near_duplicates import Partition
from takeback.matching.recurring import CLUSTERS, COSINE, LEAST, Mark, Search
from takeback.matching.unrelated import covers_much
from takeback.model.signal import Features
from takeback.signals.features import mirrored

__all__ = ["CLUSTERS", "CorpusPicture", "Overlay", "Overlays", "find_overlays", "none"]
_SAME_PICTURES = 0.5
_SAME_FEATURES = 1 / 3


def find_overlays(pictures: Iterable[CorpusPicture]) -> Overlays:
    """The marks that recur at one place across at least 3 unrelated clusters of pictures.

    Parameters:
        pictures: of the whole corpus; those of the same bytes count once, as posted. Their order does not matter. A
            sequence is read picture by picture, once from end to end and then where it is needed, and never held.
    """
    corpus = pictures if isinstance(pictures, Sequence) else list(pictures)
    columns = read_columns(corpus)
    if len(columns) < CLUSTERS:
        return none()
    search = Search(corpus, columns)
    return _written(_without_photographs(list(search.marks()), search.enrolled()))


def _without_photographs(marks: list[Mark], photographs: Iterable[Features]) -> list[Mark]:
    """The marks but for features that, taken together, show much of an enrolled photograph: these are its own."""
    for photograph in photographs:
        for view in (photograph, mirrored(photograph)):
            found = [_shown(view, each) for each in marks]
            shown = np.zeros(len(view), bool)
            for own, _ in found:
                shown[own] = True
            if covers_much(view, shown):
                marks = [_rest(mark, theirs) for mark, (_, theirs) in zip(marks, found, strict=True)]
                marks = [each for each in marks if len(each.frames) >= LEAST]
    return marks


def _shown(photograph: Features, mark: Mark) -> tuple[np.ndarray, np.ndarray]:
    """Which features of a photograph a mark shows in one geometry, and which of the mark's features do."""
    nothing = np.empty(0, np.intp)
    left, right, _ = correspond(photograph, mark.features)
    consensus = agree(photograph, mark.features, (left, right)) if len(left) >= LEAST else None
    return (nothing, nothing) if consensus is None else (left[consensus.inliers], right[consensus.inliers])


def _rest(mark: Mark, numbers: np.ndarray) -> Mark:
    return mark.keep(~np.isin(np.arange(len(mark.frames)), numbers))


def _same_mark(first: Mark, second: Mark) -> bool:
    """Whether two marks are one: on the same pictures, or made of the same features at another place."""
    union = len(first.pictures | second.pictures)
    if len(first.pictures & second.pictures) >= _SAME_PICTURES * union:
        return True
    products = first.features.descriptors.astype(np.float32) @ second.features.descriptors.astype(np.float32).T
    norms = descriptor_norms(first.features)[:, None] * descriptor_norms(second.features)[None]
    alike = products >= COSINE * norms
    fewer = min(alike.any(axis=0).sum(), alike.any(axis=1).sum())
    return bool(fewer >= LEAST and fewer >= _SAME_FEATURES * min(alike.shape))


def _joined(marks: Sequence[Mark]) -> Iterator[list[Mark]]:
    """The marks that are one, together."""
    partition = Partition(len(marks))
    for first in range(len(marks)):
        for second in range(first + 1, len(marks)):
            if partition.find(first) != partition.find(second) and _same_mark(marks[first], marks[second]):
                partition.join(first, second)
    for head in sorted({partition.find(number) for number in range(len(marks))}):
        yield [mark for number, mark in enumerate(marks) if partition.find(number) == head]


def _written(marks: Sequence[Mark]) -> Overlays:
    """The marks in columns."""
    if not marks:
        return none()
    groups = list(_joined(marks))
    overlays = []
    for group in groups:
        own = b"".join(each.features.descriptors.tobytes() for each in group)
        overlays.append(
            Overlay(
                id=hashlib.sha256(own).hexdigest()[:16],
                pictures=len(frozenset().union(*(each.pictures for each in group))),
                clusters=len(frozenset().union(*(each.clusters for each in group))),
            )
        )
    rows = [(number, mark) for number, group in enumerate(groups) for mark in group]
    return Overlays(
        overlays=tuple(overlays),
        frames=np.concatenate([mark.frames for _, mark in rows]),
        systems=np.concatenate([np.full(len(mark.frames), mark.system, np.int64) for _, mark in rows]),
        descriptors=np.concatenate([mark.features.descriptors for _, mark in rows]),
        belongs=np.concatenate([np.full(len(mark.frames), number, np.int64) for number, mark in rows]),
    )
