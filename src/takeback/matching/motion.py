"""Whether what two pictures share moved: what tells a photograph from another exposure of the same scene.

Whatever is made from a photograph is one flat picture, and so are its errors: noise and compression push each block its
own way. In another exposure something moved or the camera did, and neighbouring blocks went together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.displacement import SIDE, Blocks, deviations
from takeback.matching.field import fit_homography

Mask = npt.NDArray[np.bool_]
Plane = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]

CERTAIN = 6.2
"""A common movement so many times what independent errors make up is none of theirs."""
_LEAST_ERROR = 0.02
_FARTHEST = 0.4
_NEIGHBOURS = 1.9
_PAIRS = 30
_SAME_WAY = 0.1
_OFF, _OFF_ERRORS = 0.6, 6.0
_WHOLE, _UNLIKE, _LEAST_UNLIKE = 0.85, 0.3, 0.3
_FEWEST = 3
_SMALL, _MANY = 16, 400
_REACH, _LEAST_REACH = 0.04, 8
_TOUCHED, _COVERED, _TEXTURE = 0.15, 0.98, 6.0
_BETTER, _AWAY, _TOGETHER = 0.1, 1.5, 1.6
_COMPANY, _BESIDE = 2, 1.5
_FEWEST_CARRIED = 5
_REPEATED = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How neighbouring blocks moved together, after one flat transform.

    ``together`` is their common movement (root of the mean product of neighbours' displacements, pixels of the frame,
    negative where they move against each other), ``error`` what independent errors alone make of it, infinite where
    too few blocks tell. ``moved`` is the share of blocks that sit elsewhere along with a neighbour.
    """

    together: float
    error: float
    moved: float

    @property
    def seen_from(self) -> float:
        """The least common movement, in pixels, that would be certain."""
        return CERTAIN * self.error

    @property
    def certainty(self) -> float:
        """How many times what independent errors explain."""
        return self.together / self.error if math.isfinite(self.error) else 0.0


UNTOLD = Motion(together=0.0, error=math.inf, moved=0.0)


def _neighbours(middles: Numbers) -> Mask:
    """(n, n) which blocks lie beside each other and share no pixel."""
    apart = np.hypot(middles[:, None, 0] - middles[None, :, 0], middles[:, None, 1] - middles[None, :, 1])
    return np.asarray((apart >= SIDE - 1) & (apart < _NEIGHBOURS * SIDE), bool)


def _projected(blocks: Blocks, along: Numbers) -> Numbers:
    """Displacements (n, 2) in x and y of what is told along each block's own axes (n, 2)."""
    return np.asarray(np.einsum("nij,nj->ni", blocks.axes, np.where(blocks.told, along, 0.0)), np.float64)


def common_motion(blocks: Blocks, rest: Numbers) -> tuple[float, float]:
    """The common movement of neighbouring blocks, and its error, both in pixels.

    The products of what two neighbours are off, each along the directions that its structure tells, weighted by what
    their own differences explain: independent errors cancel, a movement of both adds up. Moran's measure of spatial
    correlation, in pixels; what is farther off than ``_FARTHEST`` counts as so far.

    Parameters:
        blocks: n of them.
        rest: (n, 2) what is left of their shifts after the transform.

    References:
        P. A. P. Moran, "Notes on continuous stochastic phenomena" (Biometrika 37, 1950).
    """
    errors = np.maximum(blocks.expected, _LEAST_ERROR)
    off = _projected(blocks, np.clip(blocks.along(rest), -_FARTHEST, _FARTHEST))
    told = blocks.told.astype(np.float64)
    directions = np.einsum("nij,nj,nkj->nik", blocks.axes, told, blocks.axes)
    variance = (told * errors**2).sum(axis=1) / np.maximum(told.sum(axis=1), 1)
    first, second = np.nonzero(np.triu(_neighbours(blocks.middles)))
    share = np.einsum("nij,nij->n", directions[first], directions[second]) / 2
    both = share > _SAME_WAY
    if np.count_nonzero(both) < _PAIRS:
        return 0.0, math.inf
    first, second, share = first[both], second[both], share[both]
    product = np.einsum("ni,ni->n", off[first], off[second])
    explained = variance[first] * variance[second]
    weight = 1 / (_LEAST_ERROR**2 + np.sqrt(explained))
    total = float((weight * share).sum())
    mean = float((weight * product).sum()) / total
    error = math.sqrt(float((weight**2 * explained * share).sum())) / total
    return math.copysign(math.sqrt(abs(mean)), mean), math.sqrt(error)


def moved_share(blocks: Blocks, rest: Numbers, own: Numbers | None = None) -> float:
    """The share of blocks that are found again whole but elsewhere, as far and in the direction of a neighbour.

    Parameters:
        blocks: n of them.
        rest: (n, 2) what is left of their shifts after the transform.
        own: (n,) how far the original itself shows each there; what it has a second time there has not moved.
    """
    both = blocks.told.all(axis=1)
    along = blocks.along(rest)
    least = np.maximum(_OFF, _OFF_ERRORS * np.maximum(blocks.expected, _LEAST_ERROR))
    off = both & (np.abs(along) > least).any(axis=1) & (blocks.likeness > _WHOLE)
    if own is not None:
        off &= blocks.likeness > own
    if np.count_nonzero(off) < _FEWEST:
        return 0.0
    shifts = _projected(blocks, along)[off]
    length = np.hypot(*shifts.T)
    apart = np.hypot(shifts[:, None, 0] - shifts[None, :, 0], shifts[:, None, 1] - shifts[None, :, 1])
    alike = apart < np.maximum(_UNLIKE * np.maximum(length[:, None], length[None, :]), _LEAST_UNLIKE)
    with_another = (alike & _neighbours(blocks.middles[off])).any(axis=1)
    count = int(np.count_nonzero(with_another))
    return count / int(np.count_nonzero(both)) if count >= _FEWEST else 0.0


def find_motion(
    blocks: Blocks,
    width: int,
    height: int,
    *,
    everywhere: Blocks | None = None,
    own: Numbers | None = None,
    rest: Numbers | None = None,
) -> Motion:
    """How blocks of a frame moved together.

    Parameters:
        blocks: of the frame, width x height pixels.
        everywhere: those to look among for parts that moved, where they are more.
        own: (n,) how far the original itself shows each of these where it was found.
        rest: (n, 2) what is left of the blocks' shifts after one flat transform, where it is known.
    """
    wider = blocks if everywhere is None else everywhere
    moved = 0.0
    if len(wider) >= _FEWEST:
        moved = moved_share(wider, fit_homography(wider, width, height)[1], own)
    if len(blocks) < _FEWEST:
        return Motion(together=0.0, error=math.inf, moved=moved)
    left = fit_homography(blocks, width, height)[1] if rest is None else rest
    together, error = common_motion(blocks, left)
    return Motion(together=together, error=error, moved=moved)


def carried_share(left: Plane, right: Plane, covered: Mask, changed: Mask) -> float:
    """The share of changed blocks that are found again whole a little way off, along with their neighbours.

    What is replaced is gone; what moved is beside its place. Letters over a block leave it where it is. A block that
    the original itself has a second time there (an edge, a row of tiles) tells nothing, nor do blocks that go along
    only with such as share pixels with them: one likeness by chance would do that.

    Parameters:
        left, right: (H, W) grey levels in one frame.
        covered, changed: (H, W) where both are seen, and where they differ.
    """
    places = _changed_places(left, covered, changed, _SMALL // 2)
    if len(places) > _MANY:
        places = _changed_places(left, covered, changed, _SMALL)
    reach = max(_LEAST_REACH, round(_REACH * max(left.shape)))
    table = np.array([(x, y, *_best(left, right, y, x, reach)) for x, y in places], np.float64).reshape(-1, 5)
    away = table[table[:, 4] > 0]
    apart = np.abs(away[:, None, :2] - away[None, :, :2]).max(axis=2)
    way = np.hypot(*(away[:, None, 2:4] - away[None, :, 2:4]).transpose(2, 0, 1))
    along = (apart > 0) & (apart <= _BESIDE * _SMALL) & (way <= _TOGETHER)
    company, clear = (along & (apart <= _SMALL)).sum(axis=1), (along & (apart >= _SMALL)).any(axis=1)
    count = int(np.count_nonzero((company >= _COMPANY) & clear))
    return count / len(table) if count >= _FEWEST_CARRIED else 0.0


def _changed_places(left: Plane, covered: Mask, changed: Mask, step: int) -> list[tuple[int, int]]:
    """Left and top of the textured small blocks that are seen whole and differ in part."""
    import cv2

    size = (_SMALL, _SMALL)
    differing, seen = (
        cv2.boxFilter(mask.astype(np.float32), cv2.CV_32F, size, anchor=(0, 0)) for mask in (changed, covered)
    )
    wanted = (differing >= _TOUCHED) & (seen >= _COVERED) & (deviations(left, _SMALL) >= _TEXTURE)
    rows, columns = range(0, left.shape[0] - _SMALL + 1, step), range(0, left.shape[1] - _SMALL + 1, step)
    return [(column, row) for row in rows for column in columns if wanted[row, column]]


def _best(left: Plane, right: Plane, top: int, start: int, reach: int) -> tuple[float, float, float]:
    """The shift in x and y at which a block agrees best, and 1 where that is whole, away, better than in place, new."""
    import cv2

    first_row, first_column = max(0, top - reach), max(0, start - reach)
    window = slice(first_row, top + _SMALL + reach), slice(first_column, start + _SMALL + reach)
    block = left[top : top + _SMALL, start : start + _SMALL]
    scores = np.asarray(cv2.matchTemplate(right[window], block, cv2.TM_CCOEFF_NORMED), np.float32)
    row, column = divmod(int(scores.argmax()), scores.shape[1])
    down, across = top - first_row, start - first_column
    here = _near(scores, down, across)
    best = float(scores[row, column])
    away = math.hypot(row - down, column - across) > _AWAY and best > _WHOLE and best - here > _BETTER
    if away:
        again = left[window][max(0, row - 1) : row + _SMALL + 1, max(0, column - 1) : column + _SMALL + 1]
        away = float(cv2.matchTemplate(again, block, cv2.TM_CCOEFF_NORMED).max()) < _REPEATED
    return float(column - across), float(row - down), float(away)


def _near(scores: Plane, row: int, column: int) -> float:
    """The best score within a pixel of a place."""
    return float(scores[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].max())
