"""The overlay guard: marks that recur at one place across unrelated pictures have no vote.

Watermarks, caption bars, frames and interfaces match each other, whatever lies under them. They are known by recurring
across near-duplicate clusters of pictures, so that reposts of one picture, or many pictures made from one original, do
not silence it; and what covers much of an enrolled photograph is that photograph, wherever it recurs.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.columns import CorpusPicture, read_columns
from takeback.matching.consensus import WORKING_SIDE, agree, correspond, cosines
from takeback.matching.marks import Overlay, Overlays, none
from takeback.matching.near_duplicates import Partition
from takeback.matching.recurring import CLUSTERS, COSINE, LEAST, Mark, Search
from takeback.matching.unrelated import covers_much, only
from takeback.model.signal import Features
from takeback.signals.features import mirrored

__all__ = ["CLUSTERS", "CorpusPicture", "Overlay", "Overlays", "find_overlays", "none"]
_SAME_PICTURES = 0.5
_SAME_FEATURES = 1 / 3
_GOOD_PART = 1 / 3
_SMALLEST = 2.5
"""A feature of a smaller scale, at the working side, is not counted on to be seen."""


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


def _without_photographs(marks: list[Mark], photographs: Iterable[tuple[int, Features]]) -> list[Mark]:
    """The marks but for what, taken together, shows much of an enrolled photograph: that is the photograph's own."""
    for number, photograph in photographs:
        for view in (photograph, mirrored(photograph)):
            for carried in (True, False):
                shown = [(mark, _shown(view, mark)) for mark in marks if (number in mark.pictures) is carried]
                if _much(view, [each for _, each in shown], dense=carried):
                    others = [mark for mark in marks if (number in mark.pictures) is not carried]
                    rest = [_rest(mark, each.theirs) for mark, each in shown]
                    marks = [*others, *(each for each in rest if len(each.frames) >= LEAST)]
    return marks


def _much(photograph: Features, shown: Iterable[_Shown], *, dense: bool) -> bool:
    """Whether what marks show, taken together, covers much of a photograph.

    A mark that lies on the photograph may be spread over it, and is the photograph's own where it is ``dense``, most of
    what is there. What lies elsewhere and shows the photograph in one geometry is no mark on it, however sparse.
    """
    seen, visible = (np.zeros(len(photograph), bool) for _ in range(2))
    for each in shown:
        seen[each.own] = True
        visible |= each.visible
    counted = (visible | seen) if dense else seen
    return covers_much(only(photograph, counted), seen[counted])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shown:
    """What a mark shows of a photograph in one geometry.

    ``own`` numbers the photograph's features and ``theirs`` the mark's; ``visible`` (N,) says which of the photograph's
    features are large enough to be seen at that scale.
    """

    own: npt.NDArray[np.intp]
    theirs: npt.NDArray[np.intp]
    visible: npt.NDArray[np.bool_]


def _shown(photograph: Features, mark: Mark) -> _Shown:
    left, right, _ = correspond(photograph, mark.features)
    consensus = agree(photograph, mark.features, (left, right)) if len(left) >= LEAST else None
    if consensus is None:
        nothing = np.empty(0, np.intp)
        return _Shown(own=nothing, theirs=nothing, visible=np.zeros(len(photograph), bool))
    detail = math.sqrt(abs(float(np.linalg.det(consensus.matrix[:2, :2]))))
    unit = WORKING_SIDE / max(mark.features.width, mark.features.height)
    return _Shown(
        own=left[consensus.inliers],
        theirs=right[consensus.inliers],
        visible=photograph.frames[:, 2] * detail * unit > _SMALLEST,
    )


def _rest(mark: Mark, numbers: npt.NDArray[np.intp]) -> Mark:
    """The mark without these features; nothing of it where they are a good part of it."""
    kept = ~np.isin(np.arange(len(mark.frames)), numbers)
    return mark.keep(kept & (np.count_nonzero(~kept) < _GOOD_PART * len(kept)))


def _same_mark(first: Mark, second: Mark) -> bool:
    """Whether two marks are one: on the same pictures, or made of the same features at another place."""
    union = len(first.pictures | second.pictures)
    if len(first.pictures & second.pictures) >= _SAME_PICTURES * union:
        return True
    alike = cosines(first.features, second.features) >= COSINE
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
