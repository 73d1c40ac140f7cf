"""An estimate of what was altered, from where features that should be found again are missing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.consensus import WORKING_SIDE, cosines
from takeback.matching.geometry import Matrix3, inverse, project
from takeback.matching.grid import ALTERED, OUTSIDE, SURVIVES, UNSURE, grid_size
from takeback.model.finding import CoarseGrid
from takeback.model.signal import Features

_NEAR = 5.0
_LIKE = 0.75
_EXPECTED = 6
_FOREIGN = 3
_RARE = 0.002
_SMALLEST_FEATURE = 2.5
_LEAST_RATE = 0.15
_AROUND = 20.0
_OFF = 3.0

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureComparison:
    """What features alone say: the coarse grid, the rate at which features are found again where the pictures
    agree, and over all of the covered share.
    """

    grid: CoarseGrid
    rate: float
    overall: float
    covered: float

    @property
    def altered(self) -> float:
        """The share of the original's cells where features that should be there are missing."""
        return self.grid.cells.count(ALTERED) / len(self.grid.cells)

    @property
    def solid(self) -> bool:
        """Whether an altered area is thicker than a line of text or a caption: a block of 3 by 3 cells, but for one."""
        cells = np.array(list(self.grid.cells)).reshape(self.grid.rows, self.grid.columns) == ALTERED
        around = _around(cells.astype(np.float64))[1:-1, 1:-1]
        return bool((around >= 8).any())  # noqa: PLR2004 - nine but for one

    @property
    def surviving(self) -> float:
        """The share of the original's cells where features are found again."""
        return self.grid.cells.count(SURVIVES) / len(self.grid.cells)


def _found_again(original: Features, view: Features, places: npt.NDArray[np.float64]) -> tuple[Counts, Counts]:
    """Which features of the original are seen near their place, and which of the view are any of them; as 0 or 1."""
    unit = max(view.width, view.height) / WORKING_SIDE
    apart = np.linalg.norm(places[:, None] - view.frames[None, :, :2].astype(np.float64), axis=2)
    same = (apart < _NEAR * unit) & (cosines(original, view) > _LIKE)
    return same.any(axis=1).astype(np.float64), same.any(axis=0).astype(np.float64)


def _around(counts: Counts) -> Counts:
    """Sums over each cell and its eight neighbours."""
    padded = np.pad(counts, 1)
    rows, columns = counts.shape
    shifted = [padded[row : row + rows, column : column + columns] for row in range(3) for column in range(3)]
    return np.asarray(np.sum(shifted, axis=0), np.float64)


def _at_most(found: int, expected: int, rate: float) -> float:
    """The chance of at most ``found`` successes of ``expected`` at this rate."""
    return sum(math.comb(expected, k) * rate**k * (1 - rate) ** (expected - k) for k in range(found + 1))


def _per_cell(points: npt.NDArray[np.float64], weight: Counts, size: tuple[int, int], shape: tuple[int, int]) -> Counts:
    """Sums of weights per coarse cell; points outside the picture count nowhere."""
    counts = np.zeros(shape)
    within = (points >= 0).all(axis=1) & (points[:, 0] < size[0]) & (points[:, 1] < size[1])
    columns = np.clip((points[within, 0] * shape[1] / size[0]).astype(int), 0, shape[1] - 1)
    rows = np.clip((points[within, 1] * shape[0] / size[1]).astype(int), 0, shape[0] - 1)
    np.add.at(counts, (rows, columns), weight[within])
    return counts


def moved_share(original: Features, media: Features, pairs: npt.NDArray[np.intp], matrix: Matrix3) -> float:
    """The share of nearly agreeing correspondences that sit elsewhere than the transform says.

    Parameters:
        original, media: the two pictures' features.
        pairs: (M, 2) feature numbers in the original and the media.
        matrix: (3, 3), full pixels of the original to those of the media.
    """
    unit = max(media.width, media.height) / WORKING_SIDE
    places = project(matrix, original.frames[pairs[:, 0], :2].astype(np.float64))
    off = np.linalg.norm(places - media.frames[pairs[:, 1], :2], axis=1) / unit
    around = off < _AROUND
    return float(np.mean(off[around] > _OFF)) if around.any() else 1.0


def _looked_for(original: Features, view: Features, matrix: Matrix3, detail: float) -> tuple[Counts, Counts, Counts]:
    """Which features of the original are found again, which of the view are any of them, which should be; as 0 or 1."""
    places = project(matrix, original.frames[:, :2].astype(np.float64))
    again, known = _found_again(original, view, places)
    scale = original.frames[:, 2] * detail * WORKING_SIDE / max(view.width, view.height)
    fits = ((places >= 0) & (places < (view.width, view.height))).all(axis=1) & (scale > _SMALLEST_FEATURE)
    return again, known, (fits | (again > 0)).astype(np.float64)


def found_again(original: Features, view: Features, matrix: Matrix3, *, detail: float) -> float:
    """The share of the original's features that is found again in its place, of those that the view could show."""
    again, _, wanted = _looked_for(original, view, matrix, detail)
    return _share(again, wanted)


def _share(again: Counts, wanted: Counts) -> float:
    return float(again.sum() / max(1.0, wanted.sum()))


def compare_features(original: Features, view: Features, matrix: Matrix3, *, detail: float) -> FeatureComparison:
    """What became of each coarse cell of the original, by features alone.

    A cell is altered where features that should be found again are missing far beyond chance and others stand there.

    Parameters:
        original: features of the original.
        view: features of the picture, mirrored beforehand where the picture is.
        matrix: (3, 3), full pixels of the original to those of the view.
        detail: pixels of the view for one pixel of the original, by side.
    """
    size = (original.width, original.height)
    columns, rows = grid_size(*size)
    shape = (rows, columns)
    centres = np.array(
        [((c + 0.5) * size[0] / columns, (r + 0.5) * size[1] / rows) for r in range(rows) for c in range(columns)]
    )
    there = project(matrix, centres)
    seen = ((there >= 0) & (there < (view.width, view.height))).all(axis=1).reshape(shape)
    again, known, wanted = _looked_for(original, view, matrix, detail)
    points = original.frames[:, :2].astype(np.float64)
    expected = _around(_per_cell(points, wanted, size, shape))
    found = _around(_per_cell(points, again, size, shape))
    own = _per_cell(points, again, size, shape)
    back = project(inverse(matrix), view.frames[:, :2].astype(np.float64))
    foreign = _around(_per_cell(back, 1 - known, size, shape))
    enough = expected >= _EXPECTED
    rates = found[enough] / expected[enough]
    rate = float(np.quantile(rates, 0.75)) if len(rates) else 0.0
    overall = _share(again, wanted)
    cells = np.full(shape, UNSURE)
    cells[(own > 0) | (found >= 3)] = SURVIVES  # noqa: PLR2004 - itself, or three around it
    if rate >= _LEAST_RATE:
        for row, column in np.argwhere(enough & (own == 0) & (foreign >= _FOREIGN)):
            chance = _at_most(int(found[row, column]), int(expected[row, column]), rate)
            if chance < _RARE:
                cells[row, column] = ALTERED
    cells[~seen] = OUTSIDE
    grid = CoarseGrid(columns=columns, rows=rows, cells="".join(cells.ravel()))
    return FeatureComparison(grid=grid, rate=rate, overall=overall, covered=float(seen.mean()))
