"""The features of a whole corpus in columns of 14 bytes each: what fits in memory of 84,000 pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from takeback.matching.sketch import sketches
from takeback.model.digest import Sha256
from takeback.model.signal import LOW_QUALITY, Features, Signal

if TYPE_CHECKING:
    from takeback.kernels.recurrence import Places

_FIRST_ROOM = 1 << 16
_MOST = 65535


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CorpusPicture:
    """What the guard needs of one picture of the investigated material, or of an enrolled photograph."""

    sha256: Sha256
    signal: Signal | None
    features: Features
    enrolled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """A corpus in columns, each picture once, in the order of their digests and not in its own.

    ``places`` are the columns that `takeback.kernels.recurrence` reads; ``numbers`` (P,) says which of the corpus
    each is, ``words`` (P, 4) and ``good`` (P,) are their hashes and whether these can be compared, ``enrolled`` (P,)
    says which are enrolled photographs.
    """

    places: Places
    numbers: npt.NDArray[np.int64]
    words: npt.NDArray[np.uint64]
    good: npt.NDArray[np.bool_]
    enrolled: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def features(self) -> int:
        """How many features there are."""
        return int(self.places[5][-1])

    def frames(self, picture: int) -> npt.NDArray[np.float32]:
        """About where the features of a picture lie (N, 4), in pixels and radians."""
        from takeback.kernels.recurrence import SCALE_LEAST, SCALE_STEP

        across, down, scales, angles, _, bounds, sizes = self.places
        part = slice(bounds[picture], bounds[picture + 1])
        width, height = (float(each) for each in sizes[picture])
        return np.column_stack(
            (
                across[part].astype(np.float32) * (width / _MOST),
                down[part].astype(np.float32) * (height / _MOST),
                np.exp(scales[part].astype(np.float32) * SCALE_STEP + SCALE_LEAST) * max(width, height),
                angles[part].astype(np.float32) * (2 * np.pi / 256),
            )
        )


def read_columns(corpus: Sequence[CorpusPicture]) -> Columns:
    """The columns of a corpus, which is read once, picture by picture; of the same bytes, as posted."""
    table = _Growing()
    rows: dict[Sha256, int] = {}
    numbers: list[int] = []
    pictures: list[tuple[Signal | None, bool]] = []
    for number in range(len(corpus)):
        picture = corpus[number]
        known = rows.get(picture.sha256)
        if known is not None:
            if not picture.enrolled:
                pictures[known] = (picture.signal, False)
            continue
        rows[picture.sha256] = len(numbers)
        numbers.append(number)
        pictures.append((picture.signal, picture.enrolled))
        table.add(picture.features)
    digests = list(rows)
    order = sorted(range(len(digests)), key=lambda row: digests[row])
    signals = [pictures[row][0] for row in order]
    return Columns(
        places=table.places(order),
        numbers=np.array([numbers[row] for row in order], np.int64),
        words=np.array([(0, 0, 0, 0) if each is None else each.words for each in signals], np.uint64).reshape(-1, 4),
        good=np.array([each is not None and each.quality >= LOW_QUALITY for each in signals], bool),
        enrolled=np.array([pictures[row][1] for row in order], bool),
    )


class _Growing:
    """Columns that grow by half, so that reading a corpus costs no more than one copy at a time."""

    def __init__(self) -> None:
        self._columns = [np.empty(_FIRST_ROOM, kind) for kind in (np.uint16, np.uint16, np.uint8, np.uint8, np.uint64)]
        self._bounds = [0]
        self._sizes: list[tuple[int, int]] = []

    def add(self, features: Features) -> None:
        begin = self._bounds[-1]
        end = begin + len(features)
        if end > len(self._columns[0]):
            room = max(end, len(self._columns[0]) * 3 // 2)
            for number, column in enumerate(self._columns):
                grown = np.empty(room, column.dtype)
                grown[:begin] = column[:begin]
                self._columns[number] = grown
        for column, values in zip(self._columns, _compact(features), strict=True):
            column[begin:end] = values
        self._bounds.append(end)
        self._sizes.append((features.width, features.height))

    def places(self, order: Sequence[int]) -> Places:
        """The columns of the pictures in this order; what was gathered is gone afterwards."""
        parts = [(self._bounds[row], self._bounds[row + 1]) for row in order]
        bounds = np.cumsum([0, *(end - begin for begin, end in parts)], dtype=np.int64)
        for number, column in enumerate(self._columns):
            self._columns[number] = np.concatenate([column[:0], *(column[begin:end] for begin, end in parts)])
        across, down, scales, angles, words = self._columns
        return (
            across.astype(np.uint16, copy=False),
            down.astype(np.uint16, copy=False),
            scales.astype(np.uint8, copy=False),
            angles.astype(np.uint8, copy=False),
            words.astype(np.uint64, copy=False),
            bounds,
            np.array([self._sizes[row] for row in order], np.int32).reshape(-1, 2),
        )


def _compact(features: Features) -> tuple[npt.NDArray[np.generic], ...]:
    from takeback.kernels.recurrence import SCALE_LEAST, SCALE_STEP

    frames = features.frames.astype(np.float64)
    shares = np.clip(np.rint(frames[:, :2] / (features.width, features.height) * _MOST), 0, _MOST)
    scale = np.log(np.maximum(frames[:, 2], 1e-3) / max(features.width, features.height))
    return (
        shares[:, 0].astype(np.uint16),
        shares[:, 1].astype(np.uint16),
        np.clip(np.rint((scale - SCALE_LEAST) / SCALE_STEP), 0, 255).astype(np.uint8),
        (np.rint(frames[:, 3] * (256 / (2 * np.pi))).astype(np.int64) % 256).astype(np.uint8),
        sketches(features.descriptors),
    )
